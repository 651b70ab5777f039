"""What the interface of browsers promises beyond a conversation, the same in each of them."""

from __future__ import annotations

import pytest

from conformance.browsers.facts import Facts
from tests.e2e.browser import Browser, hold
from tests.e2e.command import wsgate
from tests.e2e.conversations import REFUSALS, Conversation, Heard
from tests.e2e.overheard import CLOSE
from tests.e2e.places import PATHS, Place
from tests.e2e.tap import Tap, tapped

OPENED = """
    const socket = new WebSocket(location.origin.replace("http", "ws") + "/ws/echo");
    const event = (name) => new Promise((resolve) => {
        socket.addEventListener(name, resolve, { once: true });
    });
    await event("open");
"""
"""Open a websocket and wait for that."""


@pytest.mark.parametrize("binary_type", ["arraybuffer", "blob"])
def test_kinds_of_data(page: Browser, binary_type: str) -> None:
    """Everything that send() takes, received as both types that there are."""
    script = """
        socket.binaryType = args[0];
        const bytes = Uint8Array.from({ length: 10 }, (_, index) => index);
        const view = new DataView(bytes.buffer, 3, 2), numbers = new Uint16Array([0x0201]);
        const kinds = ["text", bytes.buffer, bytes, bytes.subarray(2, 4), view, numbers,
            new Blob([bytes, "!"]), new Blob([]), new ArrayBuffer(0)];
        const heard = [];
        for (const kind of kinds) {
            socket.send(kind);
            const { data } = await event("message");
            const name = data.constructor.name;
            const buffer = data instanceof Blob ? await data.arrayBuffer() : data;
            const value = name === "String" ? data : [...new Uint8Array(buffer)];
            heard.push([name, value]);
        }
        socket.close();
        return heard;
    """
    heard = page.run(OPENED + script, binary_type)
    name = {"arraybuffer": "ArrayBuffer", "blob": "Blob"}[binary_type]
    digits = list(range(10))
    binary = [digits, digits, [2, 3], [3, 4], [1, 2], [*digits, ord("!")], [], []]
    assert heard == [["String", "text"], *([name, each] for each in binary)]


def test_states_of_a_websocket(page: Browser, shop: Place) -> None:
    script = """
        const socket = new WebSocket(args[0], ["chat.v1", "chat.v2"]);
        const states = [socket.readyState], events = [];
        const closed = new Promise((resolve) => {
            for (const name of ["open", "message", "error", "close"]) {
                socket.addEventListener(name, () => {
                    events.push(name);
                    states.push(socket.readyState);
                    if (name === "open") {
                        socket.close(1000);
                        states.push(socket.readyState);
                    }
                    if (name === "close") resolve();
                });
            }
        });
        await closed;
        return { states, events, url: socket.url, protocol: socket.protocol,
                 extensions: socket.extensions };
    """
    url = f"{shop.ws}/ws/echo?a=%C3%A9"
    seen = page.run(script, url)
    assert seen.pop("extensions").split(";")[0] == "permessage-deflate"
    assert seen == {
        "states": [0, 1, 2, 3],
        "events": ["open", "close"],
        "url": url,
        "protocol": "chat.v2",
    }


LINES = "To be, or not to be: das ist hier die Frage. " * 20_000
PATTERN = bytes(range(256)) * 4096


def test_compression(page: Browser, tap: Tap, facts: Facts) -> None:
    """Agreed in the handshake, and used in both directions: both are heard on the wire."""
    said = (LINES, PATTERN)
    conversation = Conversation("/ws/echo", say=said, close=(1000, ""))
    heard = hold(page, conversation, tap.place.ws)
    assert heard == Heard(status=None, messages=[*said], code=1000)
    (wire,) = tap.websockets
    assert wire.client.extensions == facts.offers
    assert (wire.server.extensions or "").startswith("permessage-deflate; ")
    for side in wire:
        assert side.compressed == [True, True]
        assert side.size < (len(LINES.encode()) + len(PATTERN)) / 20


def test_buffered_amount(page: Browser, facts: Facts) -> None:
    """It grows by what is sent in one task, as UTF-8, and is 0 again once all has gone."""
    script = """
        const amounts = [socket.bufferedAmount];
        socket.send("é".repeat(1000));
        amounts.push(socket.bufferedAmount);
        socket.send(new Uint8Array(1 << 20));
        amounts.push(socket.bufferedAmount);
        await event("message");
        await event("message");
        amounts.push(socket.bufferedAmount);
        socket.close();
        await event("close");
        socket.send("late"); // goes nowhere, and is counted
        amounts.push(socket.bufferedAmount);
        return amounts;
    """
    amounts = page.run(OPENED + script)
    assert amounts == [0, 2000, 2000 + (1 << 20), 0, len("late") + facts.overhead]


EVENTS = """
    const socket = new WebSocket(...args), events = [];
    let opened;
    window.opened = new Promise((resolve) => { opened = resolve; });
    window.events = new Promise((resolve) => {
        socket.onopen = () => { events.push("open"); opened(); };
        socket.onerror = () => events.push("error");
        socket.onclose = ({ code, reason, wasClean }) => {
            resolve([...events, { code, reason, wasClean }]);
        };
    });
    window.socket = socket;
"""
"""Open a websocket and keep all that happens to it, the last of which is its close."""

FAILED = {"code": 1006, "reason": "", "wasClean": False}


@pytest.mark.parametrize(("path", "status"), REFUSALS.values(), ids=REFUSALS.keys())
def test_refusal(page: Browser, tap: Tap, path: str, status: int) -> None:
    """An error and a close; the status is kept from scripts, and is heard on the wire."""
    page.run(EVENTS, tap.place.ws + path)
    assert page.run("return window.events") == ["error", FAILED]
    assert {wire.server.start.split()[1] for wire in tap.websockets} == {str(status)}


def test_an_offer_that_nobody_takes(page: Browser, shop: Place, facts: Facts) -> None:
    """The 101 names no subprotocol."""
    page.run(
        EVENTS + "window.opened.then(() => socket.close(1000))", f"{shop.ws}/ws/echo", ["chat.v9"]
    )
    closed = ["open", {"code": 1000, "reason": "", "wasClean": True}]
    assert page.run("return window.events") == (["error", FAILED] if facts.insists else closed)


@pytest.mark.parametrize("code", [*range(1000, 1004), *range(1007, 1015), 3000, 3999, 4000, 4999])
def test_code_of_the_server(page: Browser, tap: Tap, facts: Facts, code: int) -> None:
    """Every code that a Close may carry: the page is told it, and the browser gives it back."""
    page.run(EVENTS, f"{tap.place.ws}/ws/close?code={code}&reason=why")
    unknown = code in facts.unknown_codes
    told = ["error", FAILED] if unknown else [{"code": code, "reason": "why", "wasClean": True}]
    assert page.run("return window.events") == ["open", *told]
    wire = tap.wait_for(lambda wire: bool(wire.client.payloads(CLOSE)))
    (answer,) = wire.client.payloads(CLOSE)
    assert int.from_bytes(answer[:2], "big") == (1002 if unknown else code)


def test_a_connection_that_is_lost(page: Browser, shop: Place) -> None:
    """TCP ends without a Close."""
    with tapped(shop) as tap:
        page.run(EVENTS + "await window.opened", f"{tap.place.ws}/ws/echo")
    assert page.run("return window.events") == ["open", FAILED]


RECONNECT = """
    const url = location.origin.replace("http", "ws") + "/ws/echo";
    const open = () => new Promise((resolve, reject) => {
        const socket = new WebSocket(url);
        socket.onopen = () => resolve(socket);
        socket.onclose = reject;
    });
    const pause = () => new Promise((resolve) => setTimeout(resolve, 50));
    const reopen = () => open().catch(() => pause().then(reopen));
    const closed = (socket) => new Promise((resolve) => { socket.onclose = resolve; });
    const answer = (socket) => new Promise((resolve) => { socket.onmessage = resolve; });

    const first = await open();
    window.back = closed(first).then(async ({ code, reason, wasClean }) => {
        const second = await reopen();
        second.send("here again");
        const { data } = await answer(second);
        second.close(1000);
        await closed(second);
        return [data, { code, reason, wasClean }];
    });
"""


@pytest.mark.parametrize("path", PATHS)
def test_reconnect_after_a_restart(browser: Browser, facts: Facts, path: str) -> None:
    """The server ends with 1012, and another one takes its port."""
    with wsgate("fastapi_app:app", *PATHS[path]) as command:
        place = Place(command.address)
        browser.open(f"{place.http}/")
        browser.run(RECONNECT)
    with wsgate("fastapi_app:app", *PATHS[path], "--port", str(place.port)):
        data, end = browser.run("return window.back")
    assert data == "here again"
    restarts = {"code": 1012, "reason": "the server restarts", "wasClean": True}
    assert end == (FAILED if 1012 in facts.unknown_codes else restarts)


def test_pings_of_the_server(page: Browser) -> None:
    with wsgate("fastapi_app:app", "--ws-ping-interval", "0.05") as command:
        place = Place(command.address)
        with tapped(place) as tap:
            page.run(EVENTS, f"{tap.place.ws}/ws/wait/morning")
            tap.wait_for(lambda wire: len(wire.answered_pings) == 3)
            place.fetch("/diary/morning", "POST", "good morning")
            end = {"code": 1000, "reason": "that was long", "wasClean": True}
            assert page.run("return window.events") == ["open", end]
