"""How each browser is started; what the tests do with it is `tests.e2e.browser.Browser`."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from selenium.webdriver import WebKitGTK, WebKitGTKOptions
from selenium.webdriver.webkitgtk.service import Service

from tests.chromium import chromium
from tests.e2e.browser import ASYNC, Browser, Selenium, value_of
from tests.e2e.process import TIMEOUT, running
from tests.programs import require

UNKNOWN_AUTHORITIES = ("acceptInsecureCerts", True)
"""For the certificates of these tests, which nobody knows."""

MINI_BROWSER = f"/usr/lib/{os.uname().machine}-linux-gnu/webkit2gtk-4.1/MiniBrowser"


@contextmanager
def in_chromium() -> Iterator[Browser]:
    """Chromium, by selenium."""
    with chromium() as driver:
        yield Selenium(driver)


@contextmanager
def in_webkit() -> Iterator[Browser]:
    """WebKitGTK's MiniBrowser, by selenium, on a screen that nobody sees."""
    driver_path = require("WebKitWebDriver", "webkit2gtk-driver")
    screen = require("Xvfb", "xvfb")
    options = WebKitGTKOptions()
    options.binary_location = require(MINI_BROWSER, "libwebkit2gtk-4.1-0")
    options.add_argument("--automation")
    options.set_capability(*UNKNOWN_AUTHORITIES)
    with running([screen, "-displayfd", "1", "-nolisten", "tcp"]) as process:
        display = process.wait_for(r"(?m)^(\d+)$")[1]
        service = Service(driver_path, env={**os.environ, "DISPLAY": f":{display}"})
        with _patience():
            driver = WebKitGTK(options, service=service)
        driver.set_script_timeout(TIMEOUT)
        driver.set_page_load_timeout(TIMEOUT)
        try:
            yield Selenium(driver)
        finally:
            driver.quit()


@contextmanager
def in_firefox() -> Iterator[Browser]:
    """Firefox without a screen, by the protocol of its own, Marionette."""
    binary = require("firefox-esr", "firefox-esr")
    with _patience():
        from marionette_driver.marionette import Marionette

        client = Marionette(bin=binary, headless=True, gecko_log=os.devnull, port=0)
        client.start_session(dict([UNKNOWN_AUTHORITIES]))
    client.timeout.script = client.timeout.page_load = TIMEOUT
    try:
        yield Firefox(client)
    finally:
        with _patience():
            client.quit()
            client.cleanup()


@contextmanager
def _patience() -> Iterator[None]:
    """Both drivers use what is deprecated, and Marionette's leaves sockets to the collector."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


class Firefox:
    """A browser that Marionette drives."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def open(self, url: str) -> None:
        """See `Browser`."""
        self._client.navigate(url)

    def run(self, script: str, *arguments: Any) -> Any:
        """See `Browser`."""
        # Without a sandbox of its own, which would see the page's objects through a veil.
        return value_of(self._client.execute_async_script(ASYNC % script, arguments, sandbox=None))


BROWSERS: dict[str, Callable[[], AbstractContextManager[Browser]]] = {
    "chromium": in_chromium,
    "firefox": in_firefox,
    "webkit": in_webkit,
}
