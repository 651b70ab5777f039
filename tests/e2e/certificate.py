"""Certificates that a test can trust, as openssl makes them."""

from __future__ import annotations

import subprocess
from pathlib import Path

from tests.programs import require

KIND = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-days", "2")


def make_certificate(
    folder: Path,
    name: str = "wsgate",
    *,
    subject: str = "/CN=127.0.0.1",
    signed_by: Path | None = None,
    password: str | None = None,
) -> Path:
    """Make ``name.pem``: a certificate for 127.0.0.1 and its key.

    signed_by: a file of the same kind; without one nobody has signed it. password: of the key.
    """
    path = folder / f"{name}.pem"
    address = ("-addext", "subjectAltName=IP:127.0.0.1")
    signer = ("-CA", str(signed_by), "-CAkey", str(signed_by)) if signed_by else ()
    lock = ("-passout", f"pass:{password}") if password else ("-nodes",)
    openssl("req", "-x509", "-utf8", *KIND, "-subj", subject, *address, *signer, *lock, out=path)
    return path


def openssl(*command: str, out: Path) -> None:
    """Run openssl, which writes key and certificate to one file."""
    program = require("openssl", "openssl")
    files = ["-keyout", str(out), "-out", str(out)]
    subprocess.run([program, *command, *files], check=True, capture_output=True)
