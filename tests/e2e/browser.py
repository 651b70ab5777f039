"""What tests do with a browser, whichever it is."""

from __future__ import annotations

from http.cookies import SimpleCookie
from typing import Any, Protocol

from selenium.webdriver.remote.webdriver import WebDriver

from tests.e2e.conversations import Conversation, Heard
from tests.e2e.places import Place
from tests.programs import NODE_FOLDER

HOLD = (NODE_FOLDER / "conversation.js").read_text()

ASYNC = """
    const args = [...arguments], done = args.pop();
    (async () => { %s })().then(
        (value) => done({ value }), (error) => done({ error: String(error) }));
"""
"""A script for drivers: their last argument is the function that ends it."""


class Browser(Protocol):
    """A running browser with one page."""

    def open(self, url: str) -> None:
        """Load a page, and wait for it."""

    def run(self, script: str, *arguments: Any) -> Any:
        """Run the body of an async function in the page; it reads `args`, what it returns comes.

        Fails with what the script threw.
        """


class Selenium:
    """A browser that selenium drives."""

    def __init__(self, driver: WebDriver) -> None:
        self.driver = driver

    def open(self, url: str) -> None:
        self.driver.get(url)

    def run(self, script: str, *arguments: Any) -> Any:
        return value_of(self.driver.execute_async_script(ASYNC % script, *arguments))


def value_of(outcome: dict[str, Any]) -> Any:
    """What an ASYNC script returned."""
    assert "error" not in outcome, outcome["error"]
    return outcome.get("value")


def visit(browser: Browser, place: Place) -> Browser:
    """Be on the front page of the shop, without cookies."""
    if browser.run("return location.href") != f"{place.http}/":
        browser.open(f"{place.http}/")
    for name in cookies(browser):
        browser.run("document.cookie = `${args[0]}=; Max-Age=0; Path=/`", name)
    return browser


def cookies(page: Browser) -> dict[str, str]:
    """The cookies that the page sees, by name."""
    jar = SimpleCookie(page.run("return document.cookie"))
    return {name: cookie.value for name, cookie in jar.items()}


def hold(page: Browser, conversation: Conversation, origin: str = "") -> Heard:
    """Go through a conversation with the page's own server, or another; scripts see no status."""
    for name, value in conversation.cookies.items():
        page.run("document.cookie = args[0]", f"{name}={value}")
    script = f"""{HOLD};
        const socket = new WebSocket((args[0] || location.origin.replace("http", "ws")) + args[1],
                                     args[2].offer);
        return await hold(socket, args[2]);
    """
    answer = page.run(script, origin, conversation.path, conversation.to_json())
    heard = Heard.from_json({**answer, "status": None})
    held = cookies(page)
    heard.cookies = {name: held[name] for name in held.keys() - conversation.cookies.keys()}
    return heard
