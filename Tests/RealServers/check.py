"""One small model behind real servers, asked by Dandyroll's clients: the answers have to be equal. Then a model that was
trained on a release behind each of them, audited: the verdicts have to be equal. And bags, good and bent, before another
validator: it has to find what ours finds.

Usage: check.py DANDYROLL [--venvs DIRECTORY] [--only own|mlserver|kserve|triton|audits|bags]
Needs Python 3.10 to 3.12, openssl and PyPI: MLServer, KServe, tritonclient and bagit are installed into virtual
environments of their own, about 1 GB together; --venvs keeps them for the next time. Everything is served on the loopback.

Exit code 0: everything agrees, except what is named in a line that begins with "skipped": its packages could not be
installed. Anything else that goes wrong is an error.
"""

import argparse
import contextlib
import http.server
import json
import os
import pathlib
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request

import audits
import bags

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "Environments"))
import environments

PACKAGES = {
    "mlserver": ["mlserver==1.7.1", "numpy"],
    "kserve": ["kserve==0.21.0", "numpy"],
    "triton": ["tritonclient[http]==2.73.0", "numpy"],
    "bags": ["bagit==1.9.0"],
}
# Two programs add up the same products in another order.
TOLERANCE = 1e-5
START_SECONDS = 180


def python(venvs, name):
    """The interpreter of a virtual environment that is made if need be."""
    return environments.python(venvs / name, PACKAGES[name])


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


@contextlib.contextmanager
def process(command, log, **options):
    with open(log, "wb") as output:
        child = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, **options)
    try:
        yield child
    finally:
        child.terminate()
        try:
            child.wait(30)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def wait(child, url, log):
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        if child.poll() is not None:
            break
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.5)
    raise SystemExit(f"{url} does not answer:\n{pathlib.Path(log).read_text()[-3000:]}")


@contextlib.contextmanager
def own(program, directory, *options, model="small"):
    """Our own server; yields the model's address."""
    log = directory / "own.log"
    command = [program, "model", "serve", directory / f"{model}.safetensors", "--port", "0", *options]
    with process(command, log) as child:
        end = time.monotonic() + START_SECONDS
        while "serving " not in log.read_text():
            if child.poll() is not None or time.monotonic() > end:
                raise SystemExit(log.read_text())
            time.sleep(0.1)
        yield log.read_text().split("serving ")[1].split()[0]


@contextlib.contextmanager
def mlserver(interpreter, directory, model="small", shape=(3, 16, 16), classes=5):
    ports = {"http_port": free_port(), "grpc_port": free_port(), "metrics_port": free_port()}
    (directory / "settings.json").write_text(json.dumps({"host": "127.0.0.1", "parallel_workers": 0, **ports}))
    (directory / "model-settings.json").write_text(json.dumps({
        "name": "small", "implementation": "mlserver_model.SmallModel",
        "inputs": [{"name": "image", "datatype": "UINT8", "shape": [-1, *shape]}],
        "outputs": [{"name": "probabilities", "datatype": "FP32", "shape": [-1, classes]}]}))
    environment = os.environ | {"PYTHONPATH": str(HERE), "SMALL_MODEL": str(directory / f"{model}.safetensors")}
    program = str(pathlib.Path(interpreter).parent / "mlserver")
    log = directory / "mlserver.log"
    with process([program, "start", "."], log, cwd=directory, env=environment) as child:
        url = f"http://127.0.0.1:{ports['http_port']}/v2/models/small"
        wait(child, url + "/ready", log)
        yield url


@contextlib.contextmanager
def kserve(interpreter, directory, model="small"):
    port = free_port()
    log = directory / "kserve.log"
    command = [interpreter, HERE / "kserve_model.py", directory / f"{model}.safetensors", str(port)]
    with process(command, log, cwd=directory) as child:
        base = f"http://127.0.0.1:{port}"
        wait(child, base + "/v2/models/small/ready", log)
        yield base


def untrusted(program, directory):
    """A server whose certificate nobody signed must not see a request."""
    key, certificate = directory / "key.pem", directory / "certificate.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", certificate, "-days", "2",
         "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    seen = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            seen.append(self.path)

    class Server(http.server.HTTPServer):
        def handle_error(self, request, client_address):
            pass  # handshakes that fail are what is wanted

    server = Server(("127.0.0.1", 0), Handler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    result = subprocess.run(
        [program, "model", "ask", f"https://localhost:{server.server_port}/v2/models/m", directory / "00.png",
         "--classes", "a,b", "--allow-private", "--rate", "1000"], capture_output=True, text=True)
    server.shutdown()
    assert result.returncode and "certificate" in result.stderr, (result.returncode, result.stderr)
    assert not seen, seen
    print("an untrusted certificate is refused", flush=True)


def ask(program, url, directory, *options):
    """Answers by image, as our client reads them."""
    command = [
        program, "model", "ask", url, *sorted(directory.glob("*.png")), "--classes", "plane,car,bird,cat,deer",
        "--rate", "1000", "--allow-private", *options]
    result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode:
        raise SystemExit(f"{url}: {result.stderr}")
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    return {pathlib.Path(line["image"]).name: line["answer"]["probabilities"] for line in lines}


def compare(name, answers, truth):
    assert answers.keys() == truth.keys() and len(answers) == 12, sorted(answers)
    worst = max(abs(a - b) for key in truth for a, b in zip(answers[key], truth[key], strict=True))
    assert worst < TOLERANCE, f"{name}: differs by {worst}"
    print(f"{name}: {len(answers)} answers, largest difference {worst:.1e}", flush=True)


def own_servers(program, directory, truth):
    untrusted(program, directory)
    with own(program, directory, "--protocol", "tf-serving") as url:
        compare("own server, tf-serving", ask(program, url, directory, "--protocol", "tf-serving"), truth)


def mlservers(program, directory, truth, interpreter):
    with mlserver(interpreter, directory) as url:
        compare("MLServer, v2", ask(program, url, directory, "--same-order"), truth)


V1 = {"layout": "nchw", "element": "uint8"}  # what KServe's V1 does not say of its input


def kservers(program, directory, truth, interpreter):
    with kserve(interpreter, directory) as base:
        compare("KServe, v2", ask(program, base + "/v2/models/small", directory, "--same-order"), truth)
        form = [word for name, value in V1.items() for word in (f"--{name}", value)]
        found = ask(program, base + "/v1/models/small", directory, "--protocol", "tf-serving", "--same-order", *form)
        compare("KServe, v1", found, truth)


def triton(program, directory, interpreter):
    forms = {"probabilities": [], "label": ["--label-only"], "top": ["--top-k", "3", "--round", "2"]}
    for form, further in forms.items():
        with own(program, directory, *further) as url:
            address = url.removeprefix("http://").split("/")[0]
            subprocess.run([interpreter, HERE / "triton_client.py", address, directory, form], check=True)


def audited(program, directory, venvs, skipping):
    """The same audit over every server, with the same questions."""
    trial = audits.Trial(program, directory / "trial")
    with own(program, trial.directory, model="suspect") as url:
        trial.take("own server, v2", "v2", url)
    with own(program, trial.directory, "--protocol", "tf-serving", model="suspect") as url:
        trial.take("own server, tf-serving", "tf-serving", url)
    with skipping("the audit over MLServer"):
        interpreter = python(venvs, "mlserver")
        with mlserver(interpreter, trial.directory, "suspect", (3, 32, 32), 10) as url:
            trial.take("MLServer, v2", "v2", url, order="same")
    with skipping("the audits over KServe"):
        interpreter = python(venvs, "kserve")
        with kserve(interpreter, trial.directory, "suspect") as base:
            trial.take("KServe, v2", "v2", base + "/v2/models/small", order="same")
            trial.take("KServe, v1", "tf-serving", base + "/v1/models/small", order="same", **V1)


def main():
    parts = ["own", "mlserver", "kserve", "triton", "audits", "bags"]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", type=lambda text: str(pathlib.Path(text).resolve()))
    parser.add_argument("--venvs", type=pathlib.Path)
    parser.add_argument("--only", action="append", choices=parts)
    options = parser.parse_args()
    program, chosen = options.program, options.only or parts
    skipped = []

    @contextlib.contextmanager
    def skipping(what):
        try:
            yield
        except environments.Missing as reason:
            skipped.append(what)
            print(f"skipped: {what}: {reason}", flush=True)

    with tempfile.TemporaryDirectory() as name, skipping("everything that needs numpy"):
        directory = pathlib.Path(name)
        venvs = environments.directory(options.venvs or directory / "venvs")
        if "bags" in chosen:
            with skipping("bagit.py"):
                bags.compare(python(venvs, "bags"), directory / "bags")
        if chosen == ["bags"]:
            return
        subprocess.run([python(venvs, "triton"), HERE / "small_model.py", directory], check=True)
        with own(program, directory) as url:
            truth = ask(program, url, directory)
        assert len({max(range(5), key=row.__getitem__) for row in truth.values()}) > 1, "the answers are all alike"
        if "own" in chosen:
            own_servers(program, directory, truth)
        if "mlserver" in chosen:
            with skipping("MLServer"):
                mlservers(program, directory, truth, python(venvs, "mlserver"))
        if "kserve" in chosen:
            with skipping("KServe"):
                kservers(program, directory, truth, python(venvs, "kserve"))
        if "triton" in chosen:
            triton(program, directory, python(venvs, "triton"))
        if "audits" in chosen:
            audited(program, directory, venvs, skipping)
    print(f"skipped: {', '.join(skipped)}" if skipped else "all servers agree")


if __name__ == "__main__":
    main()
