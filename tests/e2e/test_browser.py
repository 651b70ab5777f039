"""Chromium, on pages that the application serves, directly and behind nginx."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest
from selenium.webdriver import Chrome

from tests.chromium import chromium
from tests.e2e.browser import Browser, Selenium, cookies, hold, visit
from tests.e2e.conversations import CLOSES, CONVERSATIONS, REFUSALS, Conversation, Heard
from tests.e2e.places import Place

pytestmark = pytest.mark.once


@pytest.fixture(scope="module")
def chrome() -> Iterator[Chrome]:
    with chromium() as running:
        yield running


@pytest.fixture
def page(chrome: Chrome, shop: Place) -> Browser:
    return visit(Selenium(chrome), shop)


@pytest.mark.parametrize(
    ("conversation", "heard"), CONVERSATIONS.values(), ids=CONVERSATIONS.keys()
)
def test_conversation(page: Browser, conversation: Conversation, heard: Heard) -> None:
    expected = Heard(**{**vars(heard), "status": None})
    assert hold(page, conversation) == expected


@pytest.mark.parametrize(("path", "status"), REFUSALS.values(), ids=REFUSALS.keys())
def test_refusal(page: Browser, chrome: Chrome, path: str, status: int) -> None:
    """Scripts are told 1006 only; the status is in the console."""
    assert hold(page, Conversation(path)) == Heard(status=None, code=1006, clean=False)
    messages = [entry["message"] for entry in chrome.get_log("browser")]  # type: ignore[no-untyped-call]
    assert [each for each in messages if f"response code: {status}" in each]


@pytest.mark.parametrize("end", CLOSES.values(), ids=CLOSES.keys())
def test_the_application_learns_how_the_page_closed(
    page: Browser, shop: Place, end: tuple[int, str], request: pytest.FixtureRequest
) -> None:
    name = request.node.callspec.id
    code, reason = end
    conversation = Conversation(f"/ws/record/{name}", say=("hi",), close=end)
    expected = Heard(status=None, messages=["noted: hi"], code=code)
    assert hold(page, conversation) == expected
    assert shop.fetch(f"/diary/{name}").value == {"code": code, "reason": reason}


OPEN = """
    window.socket = new WebSocket(location.origin.replace("http", "ws") + args[0]);
    await new Promise((resolve) => socket.addEventListener("open", resolve));
"""


@pytest.mark.parametrize(
    ("leave", "code"),
    [
        pytest.param(lambda page, shop: page.run("socket.close()"), 1005, id="close"),
        pytest.param(lambda page, shop: page.open(f"{shop.http}/"), 1001, id="reload"),
    ],
)
def test_how_a_page_leaves(
    page: Browser,
    shop: Place,
    leave: Callable[[Browser, Place], None],
    code: int,
    request: pytest.FixtureRequest,
) -> None:
    name = request.node.name
    page.run(OPEN, f"/ws/record/{name}")
    leave(page, shop)
    assert shop.fetch(f"/diary/{name}").value == {"code": code, "reason": ""}


def test_how_a_tab_leaves(page: Browser, chrome: Chrome, shop: Place) -> None:
    page.run(OPEN, "/ws/record/tab")
    left = chrome.current_window_handle
    chrome.switch_to.new_window("tab")
    entered = chrome.current_window_handle
    chrome.switch_to.window(left)
    chrome.close()
    chrome.switch_to.window(entered)
    assert shop.fetch("/diary/tab").value == {"code": 1001, "reason": ""}


def test_the_page_and_its_cookies(page: Browser, shop: Place) -> None:
    page.open(f"{shop.http}/")
    assert page.run("return document.getElementById('greeting').textContent") == "Grüße"
    assert cookies(page) == {"visited": "yes", "language": "de"}
    heard = hold(page, Conversation("/ws/cookies"))
    assert json.loads(heard.messages[0]) == {"visited": "yes", "language": "de"}


def test_what_the_application_sees(page: Browser, shop: Place) -> None:
    heard = hold(page, Conversation("/ws/who"))
    seen = json.loads(heard.messages[0])
    headers = dict(seen["headers"])
    assert seen["client"][0] == "127.0.0.1"
    assert (headers["host"], headers["origin"]) == (shop.address, shop.http)
    assert seen["url"] == f"{shop.ws}/ws/who"


def test_fetch_of_a_large_body(page: Browser) -> None:
    script = """
        const body = new Uint8Array(3 << 20).fill(7);
        const answer = await fetch("/upload", { method: "PUT", body });
        return (await answer.json()).size;
    """
    assert page.run(script) == 3 << 20


def test_event_source(page: Browser, request: pytest.FixtureRequest) -> None:
    script = """
        const events = new EventSource(args[0]);
        const next = () => new Promise((resolve) => { events.onmessage = resolve; });
        const times = [Number((await next()).data), Number((await next()).data)];
        events.close();
        return times;
    """
    first, second = page.run(script, f"/feed/{request.node.name}")
    assert 0 < first < second
