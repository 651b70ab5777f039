"""Chromium without a screen, driven by selenium."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

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
    "--hide-scrollbars",
    "--no-proxy-server",
)


@contextmanager
def chromium() -> Iterator[Chrome]:
    """Start it with an empty profile, and end it; its console is kept whole."""
    binary = require("chromium", "chromium")
    driver = require("chromedriver", "chromium-driver")
    options = ChromeOptions()
    options.binary_location = binary
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    options.accept_insecure_certs = True  # nobody knows who signs those of tests
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
