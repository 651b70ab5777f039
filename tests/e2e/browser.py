"""Chromium without a window, driven by selenium."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service

from tests.e2e.process import TIMEOUT
from tests.programs import require

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--no-proxy-server",
)


@contextmanager
def chromium() -> Iterator[Chrome]:
    """Start Chromium with a profile of its own, and end it."""
    binary = require("chromium", "chromium")
    driver = require("chromedriver", "chromium-driver")
    options = ChromeOptions()
    options.binary_location = binary
    with tempfile.TemporaryDirectory(prefix="wsgate-", ignore_cleanup_errors=True) as profile:
        for flag in (*FLAGS, f"--user-data-dir={profile}"):
            options.add_argument(flag)
        browser = Chrome(options, Service(driver))
        browser.set_script_timeout(TIMEOUT)
        browser.set_page_load_timeout(TIMEOUT)
        try:
            yield browser
        finally:
            browser.quit()


def run(browser: Chrome, script: str, *arguments: Any) -> Any:
    """Run the body of an async function in the page; it reads `args`, and what it returns comes.

    Fails with what the script threw.
    """
    code = (
        "const done = arguments[arguments.length - 1], args = [...arguments].slice(0, -1);"
        f"(async () => {{ {script} }})().then("
        "  (value) => done({ value }), (error) => done({ error: String(error) }));"
    )
    outcome = browser.execute_async_script(code, *arguments)
    assert "error" not in outcome, outcome["error"]
    return outcome["value"]
