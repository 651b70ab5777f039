"""Peers that begin to speak TLS, and do not go on as they should."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.e2e.certificate import make_certificate
from tests.e2e.command import Served, wsgate
from tests.e2e.places import PATHS
from tests.e2e.process import TIMEOUT
from tests.programs import require


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("sent", [b"", b"\x16", b"\x16\x03\x01\x02\x00\x01"], ids=len)
def test_R20_a_handshake_that_stalls(path: str, sent: bytes, tmp_path: Path) -> None:
    options = ("--ssl-certfile", str(make_certificate(tmp_path)), "--ssl-handshake-timeout", "0.2")
    with wsgate("crew:app", *options, *PATHS[path]) as command, Served(command).connect() as client:
        client.send(sent)
        try:
            assert client.read_all() == b""
        except ConnectionResetError:
            pass


def test_R20_renegotiation_is_refused(tmp_path: Path) -> None:
    """Its client asks for it where `R` stands alone in a line."""
    program = require("openssl", "openssl")
    served = make_certificate(tmp_path)
    with wsgate("fastapi_app:app", "--ssl-certfile", str(served)) as command:
        asking = [
            program,
            "s_client",
            "-connect",
            command.address,
            "-tls1_2",
            "-CAfile",
            str(served),
        ]
        done = subprocess.run(asking, input="R\n", capture_output=True, text=True, timeout=TIMEOUT)
    assert "RENEGOTIATING" in done.stdout + done.stderr
    assert "no renegotiation" in done.stdout + done.stderr
