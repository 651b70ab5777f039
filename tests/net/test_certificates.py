"""The files of TLS: what is wrong with them in one sentence, and newer ones while it serves."""

from __future__ import annotations

import logging
import os
import ssl
from pathlib import Path

import pytest

from tests.client import Client
from tests.e2e.certificate import make_certificate
from tests.net.secure import context, secure
from tests.net.skipping import SkippingLoop
from tests.net.test_tls import echo
from tests.serving import Serving, serve
from wsgate.config import Config
from wsgate.errors import ConfigError, StartupError
from wsgate.net.certificates import LOOK_EVERY, Certificates
from wsgate.net.clock import TICK, Clock
from wsgate.server import Server

PASSWORD = "correct horse"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Files that are good, each for itself, and some that are not."""
    made = tmp_path_factory.mktemp("certificates")
    for name in ("good", "other"):
        pem = make_certificate(made, name).read_text()
        begin = pem.index("-----BEGIN CERTIFICATE-----")
        (made / f"{name}.key").write_text(pem[:begin])
        (made / f"{name}.crt").write_text(pem[begin:])
    make_certificate(made, "locked", password=PASSWORD)
    (made / "empty").touch()
    (made / "junk").write_text("-----BEGIN CERTIFICATE-----\njunk\n-----END CERTIFICATE-----\n")
    (made / "folder").mkdir()
    return made


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        pytest.param(
            {"certfile": "missing", "keyfile": "good.key"},
            "--ssl-certfile 'missing' cannot be read (No such file or directory)",
            id="no-certificate-file",
        ),
        pytest.param(
            {"certfile": "good.crt", "keyfile": "missing"},
            "--ssl-keyfile 'missing' cannot be read (No such file or directory)",
            id="no-key-file",
        ),
        pytest.param(
            {"certfile": "folder"},
            "--ssl-certfile 'folder' cannot be read (Is a directory)",
            id="folder",
        ),
        pytest.param(
            {"certfile": "good.crt\0"}, "--ssl-certfile 'good.crt\\x00' cannot be read", id="nul"
        ),
        pytest.param(
            {"certfile": "empty"}, "--ssl-certfile 'empty' holds no certificate", id="empty"
        ),
        pytest.param(
            {"certfile": "good.key"},
            "--ssl-certfile 'good.key' holds no certificate",
            id="key-for-certificate",
        ),
        pytest.param({"certfile": "junk"}, "--ssl-certfile 'junk' cannot be used", id="junk"),
        pytest.param(
            {"certfile": "good.crt"}, "--ssl-certfile 'good.crt' cannot be used", id="no-key"
        ),
        pytest.param(
            {"certfile": "good.crt", "keyfile": "empty"},
            "--ssl-keyfile 'empty' cannot be used",
            id="empty-key",
        ),
        pytest.param(
            {"certfile": "good.crt", "keyfile": "other.key"},
            "--ssl-keyfile 'other.key' cannot be used (key values mismatch)",
            id="another-key",
        ),
        pytest.param(
            {"certfile": "locked.pem"},
            "--ssl-certfile 'locked.pem' needs a password: give it with --ssl-keyfile-password",
            id="no-password",
        ),
        pytest.param(
            {"certfile": "locked.pem", "keyfile_password": "wrong"},
            "--ssl-certfile 'locked.pem' needs another password",
            id="wrong-password",
        ),
        pytest.param(
            {"certfile": "good.pem", "ca_certs": "missing", "cert_reqs": 2},
            "--ssl-ca-certs 'missing' cannot be read",
            id="no-authorities",
        ),
        pytest.param(
            {"certfile": "good.pem", "ca_certs": "empty", "cert_reqs": 1},
            "--ssl-ca-certs 'empty' cannot be used",
            id="empty-authorities",
        ),
        pytest.param(
            {"certfile": "good.pem", "ciphers": "ROT13"},
            "--ssl-ciphers 'ROT13' cannot be used",
            id="ciphers",
        ),
    ],
)
def test_what_cannot_be_used(
    folder: Path, monkeypatch: pytest.MonkeyPatch, options: dict[str, object], sentence: str
) -> None:
    monkeypatch.chdir(folder)
    with pytest.raises(StartupError) as caught:
        Server(Config(app=echo, **{f"ssl_{name}": value for name, value in options.items()}))  # type: ignore[arg-type]
    assert str(caught.value).startswith(sentence)
    assert "\n" not in str(caught.value)
    assert caught.value.exit_code == 1


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"keyfile": "good.key"}, "--ssl-keyfile needs --ssl-certfile"),
        ({"keyfile_password": "x"}, "--ssl-keyfile-password needs --ssl-certfile"),
        ({"ca_certs": "good.crt"}, "--ssl-ca-certs needs --ssl-certfile"),
        ({"cert_reqs": 2}, "--ssl-cert-reqs needs --ssl-certfile"),
        ({"certfile": "a", "cert_reqs": 2}, "--ssl-cert-reqs 2 needs --ssl-ca-certs"),
        ({"certfile": "a", "ca_certs": "b"}, "--ssl-ca-certs needs --ssl-cert-reqs 1 or 2"),
        ({"certfile": "a", "cert_reqs": 3}, "--ssl-cert-reqs must be at most 2"),
        ({"certfile": ""}, "--ssl-certfile must not be empty"),
        ({"certfile": "a", "version": 5}, "--ssl-version must be 17 (PROTOCOL_TLS_SERVER)"),
        ({"certfile": "a", "min_version": "1.1"}, "--ssl-min-version must be one of 1.2, 1.3"),
        ({"certfile": "a", "handshake_timeout": 0}, "--ssl-handshake-timeout must be at least"),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_options_that_do_not_go_together(options: dict[str, object], sentence: str) -> None:
    with pytest.raises(ConfigError) as caught:
        Config(app=echo, **{f"ssl_{name}": value for name, value in options.items()})  # type: ignore[arg-type]
    assert str(caught.value).startswith(sentence)
    assert caught.value.exit_code == 2


def test_a_password_is_not_shown(folder: Path) -> None:
    config = Config(
        app=echo, ssl_certfile=str(folder / "locked.pem"), ssl_keyfile_password=PASSWORD
    )
    assert PASSWORD not in repr(config)
    Certificates(config)


def fingerprint(client: Client) -> bytes:
    assert isinstance(client.sock, ssl.SSLSocket)
    return client.sock.getpeercert(binary_form=True) or b""


def test_a_new_certificate_while_it_serves(loop_kind: str, tmp_path: Path) -> None:
    """New connections have it; those that are open go on; a broken one changes nothing."""
    served = make_certificate(tmp_path)
    first, second = context(served), context(make_certificate(tmp_path, "next"))

    def put(server: Serving, content: bytes) -> None:
        served.write_bytes(content)
        server.call(server.server.reload_certificates)

    options = {"loop": loop_kind, "lifespan": "off", "ssl_certfile": str(served)}
    with serve(echo, **options) as server, secure(server, first) as open_one:
        open_one.open_websocket()
        put(server, b"junk")
        with secure(server, first) as another:
            another.open_websocket()
        put(server, (tmp_path / "next.pem").read_bytes())
        with pytest.raises(ssl.SSLCertVerificationError):
            secure(server, first)
        with secure(server, second) as another:
            assert fingerprint(another) != fingerprint(open_one)
        open_one.send_text("still here")
        assert open_one.read_text() == "still here"


def test_files_that_change(
    loop: SkippingLoop, clock: Clock, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """They are loaded once they have stayed as they are from one look to the next."""
    caplog.set_level(logging.INFO, "wsgate.error")
    served, following = make_certificate(tmp_path), make_certificate(tmp_path, "next")
    certificates = Certificates(Config(app=echo, ssl_certfile=str(served)))
    certificates.watch(clock)
    before = certificates.current

    def pass_time(looks: int) -> None:
        loop.run_until(loop.time() + looks * LOOK_EVERY + TICK)

    pass_time(10)
    assert certificates.current is before

    served.write_bytes(following.read_bytes()[:500])
    pass_time(1)
    os.replace(following, served)
    pass_time(1)
    assert certificates.current is before
    pass_time(1)
    loaded = certificates.current
    assert loaded.certificate != before.certificate

    served.unlink()
    pass_time(10)
    assert certificates.current is loaded
    levels = [record.levelname for record in caplog.records]
    assert levels == ["INFO", "ERROR"], "each change is told once"
