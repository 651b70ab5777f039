"""NiceGUI in Chromium: what is done in the page happens on the server, and the other way round."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.wait import WebDriverWait

from tests.chromium import chromium
from tests.e2e.places import Place
from tests.e2e.process import TIMEOUT

APPLICATION = "nicegui_app:app"


class Board:
    """The page, as a user sees it."""

    def __init__(self, chrome: Chrome, place: Place) -> None:
        self.chrome = chrome
        self._place = place

    def open(self) -> None:
        """Load it; it is there when the server's timer has ticked in it."""
        self.chrome.get(f"{self._place.http}/board")
        self.wait_for_tick()

    def find(self, name: str) -> WebElement:
        return self.chrome.find_element(By.ID, name)

    def type(self, text: str) -> None:
        """Put a text in the place of the name."""
        self.find("name").send_keys(Keys.CONTROL + "a" + Keys.NULL + text)

    def shows(self, name: str, text: str) -> None:
        """Wait until an element has a text."""
        WebDriverWait(self.chrome, TIMEOUT).until(
            lambda chrome: self.find(name).text == text, f"{name} does not show {text!r}"
        )

    def wait_for_tick(self) -> None:
        """Wait for the server to push twice more."""
        seen = int(self.find("ticks").text)
        WebDriverWait(self.chrome, TIMEOUT).until(
            lambda chrome: int(self.find("ticks").text) >= seen + 2, "no tick"
        )

    def notified(self, text: str) -> None:
        """Wait for a notification."""
        WebDriverWait(self.chrome, TIMEOUT).until(
            lambda chrome: text in self.find("q-notify").text, f"no notification {text!r}"
        )


@contextmanager
def second_tab(chrome: Chrome) -> Iterator[None]:
    """Do something in another tab, and come back."""
    first = chrome.current_window_handle
    chrome.switch_to.new_window("tab")
    try:
        yield
    finally:
        chrome.close()
        chrome.switch_to.window(first)


@pytest.fixture(scope="module")
def chrome() -> Iterator[Chrome]:
    with chromium() as running:
        yield running


@pytest.fixture
def board(chrome: Chrome, place: Place) -> Board:
    board = Board(chrome, place)
    board.open()
    return board


def test_the_page_is_whole_and_logs_no_error(board: Board, place: Place) -> None:
    assert board.chrome.title == "The board"
    assert "A board for all" in board.chrome.page_source
    log = board.chrome.get_log("browser")  # type: ignore[no-untyped-call]
    errors = [entry["message"] for entry in log if entry["level"] == "SEVERE"]
    assert [each for each in errors if place.address in each] == []


def test_it_talks_over_a_websocket(board: Board) -> None:
    transport = board.chrome.execute_script("return window.socket.io.engine.transport.name")
    assert transport == "websocket"


def test_a_click_counts_on_the_server_and_shows_in_every_page(board: Board, place: Place) -> None:
    before = place.fetch("/clicks").value
    for _ in range(3):
        board.find("click").click()
    board.shows("clicks", f"{before + 3} clicks")
    assert place.fetch("/clicks").value == before + 3
    with second_tab(board.chrome):
        board.open()
        board.shows("clicks", f"{before + 3} clicks")
        board.find("click").click()
    board.shows("clicks", f"{before + 4} clicks")


def test_what_is_typed_comes_back_and_the_server_asks_the_page(board: Board) -> None:
    board.type("Käthe")
    board.shows("mirror", "You are Käthe")
    board.find("greet").click()
    board.notified("Hello Käthe!")
    width = board.chrome.execute_script("return window.innerWidth")
    board.shows("answer", f"a window of {width}")


def test_a_reload_is_a_new_page_of_the_same_user(board: Board) -> None:
    board.type("Ann")
    board.find("greet").click()
    board.notified("Hello Ann!")
    board.chrome.refresh()
    board.wait_for_tick()
    assert board.find("name").get_attribute("value") == "Ann"


def test_a_page_that_was_cut_off_comes_back_with_its_state(board: Board) -> None:
    board.type("here still")
    board.shows("mirror", "You are here still")
    first = board.chrome.execute_script("return window.socket.id")
    board.chrome.execute_script("window.socket.io.engine.close()")
    WebDriverWait(board.chrome, TIMEOUT).until(
        lambda chrome: chrome.execute_script("return window.socket.id") not in {None, first}
    )
    board.wait_for_tick()
    board.shows("mirror", "You are here still")
    board.type("and again")
    board.shows("mirror", "You are and again")


def test_an_upload(board: Board, tmp_path: Path) -> None:
    file = tmp_path / "large.bin"
    file.write_bytes(bytes(3 << 20))
    board.find("upload").find_element(By.CSS_SELECTOR, "input[type=file]").send_keys(str(file))
    board.shows("taken", f"large.bin: {3 << 20} bytes")
