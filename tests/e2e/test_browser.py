"""Chromium, on pages that the application serves, directly and behind nginx."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By

from tests.e2e.browser import chromium, run
from tests.e2e.conversations import CLOSES, CONVERSATIONS, REFUSALS, Conversation, Heard
from tests.e2e.places import Place
from tests.programs import NODE_FOLDER

HOLD = (NODE_FOLDER / "conversation.js").read_text()
SOCKET = "new WebSocket(location.origin.replace('http', 'ws') + args[0], args[1].offer)"


@pytest.fixture(scope="module")
def browser() -> Iterator[Chrome]:
    with chromium() as running:
        yield running


@pytest.fixture
def page(browser: Chrome, shop: Place) -> Chrome:
    """The browser on the front page of the shop, without cookies."""
    if browser.current_url != f"{shop.http}/":
        browser.get(f"{shop.http}/")
    browser.delete_all_cookies()
    return browser


def with_chromium(page: Chrome, conversation: Conversation) -> Heard:
    """Go through a conversation; the status is what scripts are not told."""
    for name, value in conversation.cookies.items():
        page.add_cookie({"name": name, "value": value})
    script = f"{HOLD}; return await hold({SOCKET}, args[1]);"
    heard = Heard.from_json(run(page, script, conversation.path, conversation.to_json()))
    heard.status = None
    held = {each["name"]: each["value"] for each in page.get_cookies()}
    heard.cookies = {name: held[name] for name in held.keys() - conversation.cookies.keys()}
    return heard


@pytest.mark.parametrize(
    ("conversation", "heard"), CONVERSATIONS.values(), ids=CONVERSATIONS.keys()
)
def test_conversation(page: Chrome, conversation: Conversation, heard: Heard) -> None:
    expected = Heard(**{**vars(heard), "status": None})
    assert with_chromium(page, conversation) == expected


@pytest.mark.parametrize(("path", "status"), REFUSALS.values(), ids=REFUSALS.keys())
def test_refusal(page: Chrome, path: str, status: int) -> None:
    """Scripts are told 1006 only; the status is in the console."""
    assert with_chromium(page, Conversation(path)) == Heard(status=None, code=1006, clean=False)
    messages = [entry["message"] for entry in page.get_log("browser")]  # type: ignore[no-untyped-call]
    assert [each for each in messages if f"response code: {status}" in each]


@pytest.mark.parametrize("end", CLOSES.values(), ids=CLOSES.keys())
def test_the_application_learns_how_the_page_closed(
    page: Chrome, shop: Place, end: tuple[int, str], request: pytest.FixtureRequest
) -> None:
    name = request.node.callspec.id
    code, reason = end
    conversation = Conversation(f"/ws/record/{name}", say=("hi",), close=end)
    expected = Heard(status=None, messages=["noted: hi"], code=code)
    assert with_chromium(page, conversation) == expected
    assert shop.fetch(f"/diary/{name}").value == {"code": code, "reason": reason}


OPEN = """
    window.socket = new WebSocket(location.origin.replace('http', 'ws') + args[0]);
    await new Promise((resolve) => socket.addEventListener('open', resolve));
"""


def close_tab(browser: Chrome) -> None:
    """Close the tab, and go on in a new one."""
    left = browser.current_window_handle
    browser.switch_to.new_window("tab")
    entered = browser.current_window_handle
    browser.switch_to.window(left)
    browser.close()
    browser.switch_to.window(entered)


@pytest.mark.parametrize(
    ("leave", "code"),
    [
        pytest.param(lambda page: page.execute_script("socket.close()"), 1005, id="close"),
        pytest.param(Chrome.refresh, 1001, id="reload"),
        pytest.param(close_tab, 1001, id="close-tab"),
    ],
)
def test_how_a_page_leaves(
    page: Chrome,
    shop: Place,
    leave: Callable[[Chrome], None],
    code: int,
    request: pytest.FixtureRequest,
) -> None:
    name = request.node.name
    run(page, OPEN, f"/ws/record/{name}")
    leave(page)
    assert shop.fetch(f"/diary/{name}").value == {"code": code, "reason": ""}


def test_the_page_and_its_cookies(browser: Chrome, shop: Place) -> None:
    browser.get(f"{shop.http}/")
    assert browser.find_element(By.ID, "greeting").text == "Grüße"
    cookies = {each["name"]: each["value"] for each in browser.get_cookies()}
    assert cookies == {"visited": "yes", "language": "de"}
    heard = with_chromium(browser, Conversation("/ws/cookies"))
    assert json.loads(heard.messages[0]) == cookies


def test_what_the_application_sees_of_chromium(page: Chrome, shop: Place) -> None:
    heard = with_chromium(page, Conversation("/ws/who"))
    seen = json.loads(heard.messages[0])
    headers = dict(seen["headers"])
    assert seen["client"][0] == "127.0.0.1"
    assert (headers["host"], headers["origin"]) == (shop.address, shop.http)
    assert seen["url"] == f"{shop.ws}/ws/who"


def test_fetch_of_a_large_body(page: Chrome) -> None:
    script = """
        const body = new Uint8Array(3 << 20).fill(7);
        const answer = await fetch("/upload", { method: "PUT", body });
        return (await answer.json()).size;
    """
    assert run(page, script) == 3 << 20


def test_event_source(page: Chrome, request: pytest.FixtureRequest) -> None:
    script = """
        const events = new EventSource(args[0]);
        const next = () => new Promise((resolve) => { events.onmessage = resolve; });
        const times = [Number((await next()).data), Number((await next()).data)];
        events.close();
        return times;
    """
    first, second = run(page, script, f"/feed/{request.node.name}")
    assert 0 < first < second
