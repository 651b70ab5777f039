"""The page in Chromium: two windows talk, the server restarts, and both come back."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager

import pytest
from selenium.webdriver import Chrome

from tests.chromium import chromium
from tests.demo.window import Device, Window
from tests.e2e.process import Process, running

pytestmark = pytest.mark.once

DEVICES = {
    "desktop-light": Device(1280, 800),
    "desktop-dark": Device(1280, 800, dark=True),
    "phone-light": Device(390, 844, phone=True),
    "phone-dark": Device(390, 844, phone=True, dark=True),
    "small-phone": Device(320, 568, phone=True, dark=True),
}


FLOOD = """
const text = document.getElementById("text");
for (let line = 1; line <= 40; line++) {
  text.value = `flood ${line}`;
  text.form.requestSubmit();
}
"""


def chat(port: str, http: str) -> AbstractContextManager[Process]:
    """The command of `make demo`, on another port."""
    options = ("--port", port, "--http", http)
    return running([sys.executable, "-m", "wsgate", "wsgate.demo.app:app", *options])


def port_of(process: Process) -> str:
    """The port, once the server listens on it."""
    return process.wait_for(r"wsgate running on http://127\.0\.0\.1:(\d+)")[1]


@pytest.fixture
def browser() -> Iterator[Chrome]:
    with chromium() as browser:
        yield browser


def meet(browser: Chrome, port: str) -> tuple[Window, Window]:
    """Open two windows, in which Ada and Grace are."""
    url = f"http://127.0.0.1:{port}/"
    windows = Window(browser, url), Window(browser, url)
    for window, name in zip(windows, ("Ada Lovelace", "Grace Hopper"), strict=True):
        window.wait_for_texts("#state", "Connected")
        window.write("name", name)
    for window in windows:
        window.wait_for(window.people, ["Ada Lovelace", "Grace Hopper"])
    return windows


def test_two_windows_talk_and_survive_a_restart(browser: Chrome, http: str) -> None:
    with chat("0", http) as process:
        port = port_of(process)
        ada, grace = meet(browser, port)
        ada.write("text", "Hello! Is anybody here?")
        grace.wait_for_texts(".message .text", "Hello! Is anybody here?")
        grace.write("text", "Yes, in the second window.")
        grace.write("text", "This is <b>text</b>, <script>never HTML</script>.")
        said = [
            "Hello! Is anybody here?",
            "Yes, in the second window.",
            "This is <b>text</b>, <script>never HTML</script>.",
        ]
        for window in (ada, grace):
            window.wait_for_texts(".message .text", *said)
        assert ada.texts(".message:not(.grouped) .author") == ["", "Grace Hopper"]
        ada.wait_for(lambda: ada.texts("#detail")[0].endswith(" ms"), True)

    for window in (ada, grace):
        window.wait_for_texts("#state", "Reconnecting")
    ada.dress(DEVICES["small-phone"])
    ada.wait_for(lambda: ada.texts("#detail")[0].startswith("in "), True)
    assert not ada.overflows()
    ada.take_screenshot("chat-away")
    ada.dress(DEVICES["desktop-light"])

    with chat(port, http) as process:
        for window in (ada, grace):
            window.wait_for_texts("#state", "Connected")
            window.wait_for(window.people, ["Ada Lovelace", "Grace Hopper"])
        grace.write("text", "Back again, and nobody had to reload the page or to lose a line.")
        said.append("Back again, and nobody had to reload the page or to lose a line.")
        for window in (ada, grace):
            window.wait_for_texts(".message .text", *said)
            assert any(note.startswith("The server restarted") for note in window.texts(".note"))
        for name, device in DEVICES.items():
            grace.dress(device)
            assert not grace.overflows()
            grace.take_screenshot(f"chat-{name}")
        late = Window(browser, f"http://127.0.0.1:{port}/")
        late.wait_for_texts(".message .text", said[-1])

    for entry in browser.get_log("browser"):  # type: ignore[no-untyped-call]
        assert "ERR_CONNECTION_REFUSED" in entry["message"], "the browser complains"


def test_who_is_sent_away_is_told_why_and_may_come_back(browser: Chrome) -> None:
    with chat("0", "httptools") as process:
        window = Window(browser, f"http://127.0.0.1:{port_of(process)}/")
        window.wait_for_texts("#state", "Connected")
        window.front.execute_script(FLOOD)
        window.wait_for_texts("#state", "Disconnected: too many messages")
        assert window.texts("#retry") == ["Retry"]
        window.front.find_element("id", "retry").click()
        window.wait_for_texts("#state", "Connected")
        window.wait_for(lambda: window.texts(".note")[-1].startswith("You are back."), True)
