"""TLS of the real command: refusals at the start, and a new certificate under load."""

from __future__ import annotations

import shutil
import signal
import ssl
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tests.client import Client
from tests.e2e.certificate import make_certificate
from tests.e2e.command import wsgate
from tests.e2e.places import PATHS, Place
from tests.e2e.process import PROJECT, TIMEOUT


@pytest.mark.parametrize(
    ("options", "code", "sentence"),
    [
        (["--ssl-keyfile", "x"], 2, "Error: --ssl-keyfile needs --ssl-certfile"),
        (["--ssl-certfile", "missing"], 1, "Error: --ssl-certfile 'missing' cannot be read"),
        (["--ssl-certfile", "missing", "--workers", "2"], 1, "Error: --ssl-certfile 'missing'"),
    ],
    ids=["no-certificate", "missing", "workers"],
)
def test_a_start_that_fails(options: list[str], code: int, sentence: str) -> None:
    command = [sys.executable, "-m", "wsgate", "tests.e2e.apps.fastapi_app:app", "--port", "0"]
    done = subprocess.run(
        [*command, *options], cwd=PROJECT, capture_output=True, text=True, timeout=TIMEOUT
    )
    assert done.returncode == code
    assert done.stderr.startswith(sentence)
    assert done.stderr.count("\n") == 1


def connect(place: Place, rules: ssl.SSLContext) -> Client:
    return Client(rules.wrap_socket(place.connect(), server_hostname="127.0.0.1"))


@pytest.mark.parametrize("path", PATHS)
def test_a_new_certificate_under_load(path: str, tmp_path: Path) -> None:
    """Clients that trust both connect all the time: none is refused, and no open one is cut."""
    served = make_certificate(tmp_path)
    old, new = tmp_path / "old.pem", make_certificate(tmp_path, "new")
    shutil.copy(served, old)
    both = ssl.create_default_context(cafile=old)
    both.load_verify_locations(new)
    only_new = ssl.create_default_context(cafile=new)
    connected: list[int] = []
    failures: list[BaseException] = []
    over = threading.Event()

    def load(place: Place) -> None:
        try:
            while not over.is_set():
                with connect(place, both) as client:
                    connected.append(client.request(target="/").status)
        except BaseException as error:
            failures.append(error)

    with wsgate("fastapi_app:app", *PATHS[path], "--ssl-certfile", str(served)) as command:
        place = Place(command.address, served)
        loading = [threading.Thread(target=load, args=(place,)) for _ in range(2)]
        with connect(place, both) as open_one:
            open_one.open_websocket("/ws/echo")
            for thread in loading:
                thread.start()
            shutil.copy(new, served)
            command.process.send(signal.SIGHUP)
            command.process.wait_for("New connections are served with the certificate")
            with connect(place, only_new) as client:
                assert client.request(target="/").status == 200
            before = len(connected)
            while len(connected) < before + 20 and not failures:
                pass
            over.set()
            for thread in loading:
                thread.join(TIMEOUT)
            open_one.send_text("still here")
            assert open_one.read_text() == "still here"
    assert not failures
    assert set(connected) == {200}
