"""The chat's page in the windows of Chromium."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, TypeVar

from selenium.common.exceptions import StaleElementReferenceException, TimeoutException
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.wait import WebDriverWait

from tests.e2e.process import PROJECT, TIMEOUT

T = TypeVar("T")

ARTEFACTS = PROJECT / "artefacts"


class Device(NamedTuple):
    """Size in CSS pixels, and what the stylesheet asks for."""

    width: int
    height: int
    phone: bool = False
    dark: bool = False


class Window:
    """One window with the page; each use of it brings it to the front."""

    def __init__(self, browser: Chrome, url: str) -> None:
        self._browser = browser
        browser.switch_to.new_window("window")
        self._handle = browser.current_window_handle
        browser.get(url)

    @property
    def front(self) -> Chrome:
        """The browser, with this window selected."""
        self._browser.switch_to.window(self._handle)
        return self._browser

    def texts(self, selector: str) -> list[str]:
        """What is written in each element that the CSS selector finds."""
        return [found.text for found in self.front.find_elements(By.CSS_SELECTOR, selector)]

    def people(self) -> list[str]:
        """Who is here, as the page shows it, by name."""
        return sorted(self.texts("#people .name"))

    def wait_for(self, what: Callable[[], T], expected: T) -> None:
        """Wait until ``what()`` is as expected; fails with what it was last."""
        waiting = WebDriverWait(
            self.front, TIMEOUT, 0.05, ignored_exceptions=[StaleElementReferenceException]
        )
        try:
            waiting.until(lambda _: what() == expected)
        except TimeoutException:
            assert what() == expected
            raise

    def wait_for_texts(self, selector: str, *expected: str) -> None:
        """Wait until exactly these texts are in the elements that the selector finds."""
        self.wait_for(lambda: self.texts(selector), list(expected))

    def write(self, field: str, text: str) -> None:
        """Write into the field with this id, in place of what it held, and press Enter."""
        element = self.front.find_element(By.ID, field)
        element.send_keys(Keys.CONTROL, "a")
        element.send_keys(text, Keys.ENTER)

    def dress(self, device: Device) -> None:
        """Give the window the size and the colours of a device."""
        screen = {
            "width": device.width,
            "height": device.height,
            "deviceScaleFactor": 1 + device.phone,
            "mobile": device.phone,
        }
        scheme = {"name": "prefers-color-scheme", "value": "dark" if device.dark else "light"}
        front = self.front
        front.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", screen)
        front.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [scheme]})

    def overflows(self) -> bool:
        """Tell whether the page is wider than the window."""
        root = "document.documentElement"
        wider = self.front.execute_script(f"return {root}.scrollWidth > {root}.clientWidth")
        return bool(wider)

    def take_screenshot(self, name: str) -> None:
        """Write artefacts/<name>.png, to be looked at."""
        ARTEFACTS.mkdir(exist_ok=True)
        assert self.front.save_screenshot(str(ARTEFACTS / f"{name}.png"))
