"""The HTML report of many policies: how large it is, and how long a reader waits for a filter in Chromium."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from selenium.webdriver import Chrome

WORDS: Final = ("oauth", "gpt-4o", "access key")
"""What is looked for: something rare, something usual, something nearly everywhere."""

FIRST_RESULT: Final = """
const done = arguments[arguments.length - 1], count = document.getElementById("count"), begin = performance.now();
new MutationObserver((_, seen) => {
  seen.disconnect();
  requestAnimationFrame(() => setTimeout(() => done(performance.now() - begin)));
}).observe(count, { childList: true });
const box = document.getElementById("by-text");
box.value = arguments[0];
box.dispatchEvent(new Event("input", { bubbles: true }));
"""
"""Asks an open page for a text; the answer is the milliseconds until what it found has been drawn."""


def write(folder: Path, page: Path) -> int:
    """The report about the policies in ``folder``; how many bytes it has."""
    import migrator

    return page.write_bytes(migrator.convert([folder]).report("html").encode())


def missing() -> str:
    """Why no browser can be asked; empty if one can."""
    absent = [name for name in ("chromium", "chromedriver") if shutil.which(name) is None]
    return f"no {' and no '.join(absent)}" if absent else ""


def first_result(page: Path) -> float:
    """The most seconds from typing until the result has been drawn, each time with a page that was just opened."""
    with _browser() as browser:
        taken: list[float] = []
        for words in WORDS:
            browser.get("about:blank")
            browser.get(page.as_uri())
            taken.append(float(browser.execute_async_script(FIRST_RESULT, words)))
    return max(taken) / 1000


@contextmanager
def _browser() -> Iterator[Chrome]:
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = str(shutil.which("chromium"))
    with TemporaryDirectory() as profile:
        for argument in (
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--proxy-server=127.0.0.1:9",
            "--window-size=1400,1000",
            f"--user-data-dir={profile}",
        ):
            options.add_argument(argument)
        browser = webdriver.Chrome(options=options, service=Service(str(shutil.which("chromedriver"))))
        try:
            browser.set_script_timeout(60)
            yield browser
        finally:
            browser.quit()
