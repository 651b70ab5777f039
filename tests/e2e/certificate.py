"""A certificate that a test can trust, as openssl makes it."""

from __future__ import annotations

import subprocess
from pathlib import Path

from tests.programs import require


def make_certificate(folder: Path) -> Path:
    """Make a certificate for 127.0.0.1 that nobody signed; the file holds its key as well."""
    path = folder / "wsgate.pem"
    kind = ["-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    name = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-days", "2"]
    openssl = require("openssl", "openssl")
    files = ["-keyout", str(path), "-out", str(path)]
    subprocess.run([openssl, "req", *kind, *name, *files], check=True, capture_output=True)
    return path
