"""The page and its assets over HTTP, and what the browser is told to forbid."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPResponse

import pytest

from tests.conftest import Serve
from tests.demo.visitor import visiting
from tests.serving import TIMEOUT, Serving
from wsgate.demo.app import app
from wsgate.demo.pages import ASSETS

MEDIA_TYPES = {
    "/": "text/html; charset=utf-8",
    "/chat.css": "text/css; charset=utf-8",
    "/chat.js": "text/javascript; charset=utf-8",
    "/connection.js": "text/javascript; charset=utf-8",
    "/icon.svg": "image/svg+xml",
}


@contextmanager
def fetching(
    server: Serving, path: str, method: str = "GET", **headers: str
) -> Iterator[HTTPResponse]:
    """Send one request; a header's name is written with underscores."""
    connection = HTTPConnection(server.host, server.port, timeout=TIMEOUT)
    try:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, headers=named)
        yield connection.getresponse()
    finally:
        connection.close()


def fetched(server: Serving, path: str) -> str:
    with fetching(server, path) as response:
        assert response.status == 200
        return response.read().decode()


def test_every_asset_has_its_type() -> None:
    assert set(MEDIA_TYPES) == set(ASSETS)


@pytest.mark.parametrize("path", MEDIA_TYPES)
def test_an_asset_is_served_with_its_type_and_policy(chat: Serving, path: str) -> None:
    with fetching(chat, path) as response:
        body = response.read()
        assert response.status == 200
        assert response.headers["content-type"] == MEDIA_TYPES[path]
        assert response.headers["x-content-type-options"] == "nosniff"
        assert response.headers["cache-control"] == "no-cache"
        policy = response.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self';")
        assert "unsafe" not in policy
        etag, length = response.headers["etag"], response.headers["content-length"]
    assert int(length) == len(body) > 0
    with fetching(chat, path, "HEAD") as response:
        assert response.status == 200
        assert response.headers["content-length"] == length
        assert response.headers["etag"] == etag
        assert response.read() == b""


@pytest.mark.parametrize("held", ["{}", "W/{}", '"other", {}', "*"])
def test_who_holds_an_asset_is_not_sent_it_again(chat: Serving, held: str) -> None:
    with fetching(chat, "/") as response:
        etag = response.headers["etag"]
        response.read()
    with fetching(chat, "/", if_none_match=held.format(etag)) as response:
        assert response.status == 304
        assert response.headers["etag"] == etag
        assert "content-type" not in response.headers
        assert response.read() == b""
    with fetching(chat, "/chat.js", if_none_match=etag) as response:
        assert response.status == 200


def test_health(chat: Serving) -> None:
    with fetching(chat, "/healthz", if_none_match="*") as response:
        assert response.status == 200
        assert response.headers["cache-control"] == "no-store"
        assert response.read() == b"ok"
    with fetching(chat, "/healthz", "HEAD") as response:
        assert response.status == 200
        assert response.headers["content-length"] == "2"


@pytest.mark.parametrize("path", ["/nothing", "/index.html", "/chat.py", "/../app.py", "/ws"])
def test_nothing_else_is_there(chat: Serving, path: str) -> None:
    with fetching(chat, path) as response:
        assert response.status == 404
        assert response.read() == b"there is no such page"


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_other_methods_are_not_allowed(chat: Serving, method: str) -> None:
    with fetching(chat, "/", method) as response:
        assert response.status == 405
        assert response.headers["allow"] == "GET, HEAD"


def test_behind_a_prefix(serving: Serve) -> None:
    with serving(app, lifespan="on", root_path="/chat") as server:
        assert "wsgate chat" in fetched(server, "/")
        with visiting(server, "Ada") as ada:
            assert ada.hear()["type"] == "welcome"


def test_the_page_needs_nothing_from_elsewhere(chat: Serving) -> None:
    sources = {path: fetched(chat, path) for path in MEDIA_TYPES}
    page = sources["/"]
    for address in re.findall(r'(?:src|href)="([^"]*)"', page):
        assert f"/{address}" in sources
    for path, source in sources.items():
        assert not re.search(r"url\(|@import|//[a-z0-9.-]+\.[a-z]+/(?!2000/svg)", source), path
    # What the policy would forbid: the browser must have no reason to complain.
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|<script(?![^>]*\ssrc=)", page)
    script = sources["/chat.js"] + sources["/connection.js"]
    assert not re.search(r"innerHTML|outerHTML|insertAdjacent|document\.write|eval", script)
