"""Virtual environments with packages of PyPI, kept for the next run."""

import os
import pathlib
import subprocess
import sys


class Missing(Exception):
    """Packages that cannot be installed here."""


def directory(path):
    """Where they are kept: nobody else's directory, because what is in it is run."""
    path = pathlib.Path(path).resolve()
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    if path.stat().st_uid != os.getuid():
        raise SystemExit(f"{path} belongs to somebody else")
    return path


def python(home, *alternatives):
    """The interpreter of a virtual environment that is made if need be, with the first packages that can be installed."""
    program, mark = home / "bin" / "python", home / "complete"
    known = [" ".join(packages) for packages in alternatives]
    if mark.exists() and mark.read_text() in known:
        return str(program)
    for packages, wanted in zip(alternatives, known, strict=True):
        print(f"installing {wanted}", flush=True)
        for command in ([sys.executable, "-m", "venv", "--clear", home],
                        [program, "-m", "pip", "install", "-q", "--disable-pip-version-check", *packages]):
            result = subprocess.run(command, capture_output=True, text=True)
            if result.returncode:
                break
        else:
            mark.write_text(wanted)
            return str(program)
    lines = (result.stderr or result.stdout).strip().splitlines()
    raise Missing(f"{wanted} cannot be installed: {lines[-1] if lines else result.returncode}")
