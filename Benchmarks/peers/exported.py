"""The exported network of a case, made by a process of its own so that PyTorch's memory is not the peer's."""

import contextlib
import pathlib
import subprocess
import sys
import tempfile

import numpy

EXPORT = pathlib.Path(__file__).with_name("export_onnx.py")


@contextlib.contextmanager
def network(case):
    """The path of an ONNX file that is deleted at the end, and the network's number of parameters."""
    with tempfile.TemporaryDirectory() as directory:
        path = str(pathlib.Path(directory) / "network.onnx")
        command = [sys.executable, "-W", "ignore", str(EXPORT), case.name, path]
        made = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
        yield path, int(made.stdout.split()[-1])


def images(case):
    return numpy.random.default_rng(0).integers(0, 256, (case.batch, *case.shape), dtype=numpy.uint8)
