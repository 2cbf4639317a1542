"""The HTML page in a real browser: Debian's Chromium, started and stopped here, with no network of its own.

``MIGRATOR_SCREENSHOTS`` names a folder for pictures of the page.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.keys import Keys

from benchmarks.page import FIRST_RESULT
from migrator import convert
from migrator.merge.model import Migration
from migrator.report.html import html_report
from tests.report.conftest import Named

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    chromium, chromedriver = shutil.which("chromium"), shutil.which("chromedriver")
    if chromium is None or chromedriver is None:
        pytest.skip("needs Chromium and its driver: apt-get install chromium chromium-driver")
    options = Options()
    options.binary_location = chromium
    for argument in (
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--disable-background-networking",
        "--proxy-server=127.0.0.1:9",
        "--force-prefers-reduced-motion",
        "--window-size=1400,1000",
        f"--user-data-dir={tmp_path_factory.mktemp('browser')}",
    ):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(chromedriver))
    driver.set_script_timeout(60)
    yield driver
    driver.quit()


@pytest.fixture
def demo(repository: Path) -> Migration:
    return convert([str(repository / "fixtures" / "demo")]).migration


class Page:
    """One page that is open in the browser."""

    def __init__(self, browser: webdriver.Chrome, folder: Path, migration: Migration) -> None:
        self._browser = browser
        self._path = folder / "report.html"
        self._path.write_text(html_report(migration), encoding="utf-8")
        self._log("browser")
        self._log("performance")
        self.open()

    def open(self, fragment: str = "") -> None:
        self._browser.get("about:blank")
        self._browser.get(f"{self._path.as_uri()}{fragment}")

    def _log(self, kind: str) -> list[dict[str, Any]]:
        """What was written since it was last asked for."""
        browser: Any = self._browser
        entries: list[dict[str, Any]] = browser.get_log(kind)
        return entries

    def run(self, script: str, *arguments: Any) -> Any:
        return self._browser.execute_script(script, *arguments)

    def first_result(self, text: str) -> float:
        """Milliseconds from a text in the filter until its result has been drawn."""
        taken: float = self._browser.execute_async_script(FIRST_RESULT, text)
        return taken

    def seen(self, selector: str) -> list[str]:
        """The ids of what is laid out."""
        found: list[str] = self.run(
            "return [...document.querySelectorAll(arguments[0])].filter((n) => n.getClientRects().length).map((n) => n.id)",
            selector,
        )
        return found

    def text(self, selector: str) -> str:
        return str(self.run("return document.querySelector(arguments[0]).textContent", selector))

    def press(self, *keys: str) -> None:
        webdriver.ActionChains(self._browser).send_keys(*keys).perform()

    def focused(self) -> str:
        return str(
            self.run("const a = document.activeElement; return a.getAttribute('href') || a.id || a.tagName")
        )

    def complaints(self) -> list[str]:
        return [entry["message"] for entry in self._log("browser")]

    def requested(self) -> set[str]:
        """The schemes of everything the page was fetched from or asked for."""
        events = [json.loads(entry["message"])["message"] for entry in self._log("performance")]
        urls = [
            event["params"]["request"]["url"]
            for event in events
            if event["method"] == "Network.requestWillBeSent"
            and event["params"]["documentURL"].startswith(self._path.as_uri())
        ]
        return {urlsplit(url).scheme for url in urls}

    def failures(self) -> list[str]:
        """What the accessibility check finds wrong."""
        self.run((files("axe_core_python") / "axe.min.js").read_text(encoding="utf-8"))
        found = self._browser.execute_async_script(
            "const done = arguments[arguments.length - 1];"
            "axe.run(document, {runOnly: {type: 'tag', values: arguments[0]}}).then(done, (e) => done({violations: [], failed: String(e)}))",
            RULES,
        )
        assert "failed" not in found, found
        assert found["passes"]
        return [
            f"{one['id']}: {node['target']} {node['failureSummary']}"
            for one in found["violations"]
            for node in one["nodes"]
        ]

    def picture(self, name: str) -> None:
        folder = os.environ.get("MIGRATOR_SCREENSHOTS")
        if folder:
            Path(folder).mkdir(parents=True, exist_ok=True)
            height = min(int(self.run("return document.documentElement.scrollHeight")) + 120, 6000)
            self._browser.set_window_size(1400, height)
            self._browser.save_screenshot(str(Path(folder) / f"{name}.png"))
            self._browser.set_window_size(1400, 1000)


def test_nothing_complains_and_nothing_is_requested(
    browser: webdriver.Chrome, tmp_path: Path, demo: Migration
) -> None:
    page = Page(browser, tmp_path, demo)
    page.run("document.querySelectorAll('details').forEach((node) => (node.open = true))")
    page.picture("fleet-open")
    assert page.requested() == {"file"}
    assert page.complaints() == []


def test_the_policy_of_the_page_stops_a_request(
    browser: webdriver.Chrome, tmp_path: Path, demo: Migration
) -> None:
    page = Page(browser, tmp_path, demo)
    page.run("document.body.append(Object.assign(new Image(), {src: 'http://127.0.0.1:9/x.png'}))")
    assert any("Content Security Policy" in words for words in page.complaints())


def test_findings_are_filtered(browser: webdriver.Chrome, tmp_path: Path, demo: Migration) -> None:
    page = Page(browser, tmp_path, demo)
    total = len(demo.findings)
    assert page.text("#count") == f"{total} findings of {total}"
    page.first_result("oauth")
    assert [page.text(f"#{one} b") for one in page.seen("#rows > li")] == ["T601"]
    page.run("document.querySelector('#tools button[type=reset]').click()")
    page.first_result("no such words at all")
    assert page.text("#count") == "No finding matches."
    page.run("document.querySelector('#tools button[type=reset]').click()")
    page.first_result("")
    for selector, value, expected in (
        ("#by-code", "W001", sum(one.code == "W001" for one in demo.findings)),
        ("#by-unit", "0", sum(one.unit == demo.units[0].id for one in demo.findings)),
    ):
        page.run(
            "const s = document.querySelector(arguments[0]); document.getElementById('tools').reset(); s.value = arguments[1];",
            selector,
            value,
        )
        page.first_result("")
        assert len(page.seen("#rows > li")) == expected
    page.run(
        "document.getElementById('tools').reset(); document.querySelector('input[value=note]').checked = false"
    )
    page.first_result("")
    assert len(page.seen("#rows > li")) == sum(one.severity.value != "note" for one in demo.findings)


def test_the_findings_of_one_unit_are_a_button_away(
    browser: webdriver.Chrome, tmp_path: Path, demo: Migration
) -> None:
    page = Page(browser, tmp_path, demo)
    page.run(
        "document.querySelector('#u3').open = true; document.querySelector('#u3 button[data-only]').click()"
    )
    assert len(page.seen("#rows > li")) == sum(one.unit == demo.units[3].id for one in demo.findings)
    assert page.focused() == "by-unit"


def test_the_table_sorts_both_ways(browser: webdriver.Chrome, tmp_path: Path, demo: Migration) -> None:
    page = Page(browser, tmp_path, demo)
    column = "[...document.querySelectorAll('#fleet tbody tr')].map((row) => +row.cells[5].textContent)"
    page.run("document.querySelectorAll('#fleet th button')[5].click()")
    down = page.run(f"return {column}")
    assert down == sorted(down, reverse=True)
    assert page.run("return document.querySelectorAll('#fleet thead th')[5].ariaSort") == "descending"
    page.run("document.querySelectorAll('#fleet th button')[5].click()")
    assert page.run(f"return {column}") == sorted(down)


def test_source_and_manifest_lead_to_each_other(
    browser: webdriver.Chrome, tmp_path: Path, demo: Migration
) -> None:
    page = Page(browser, tmp_path, demo)
    page.run("document.querySelector('#u3').open = true; document.querySelector('#u3 .pair').open = true")
    browser.execute_async_script("setTimeout(arguments[0], 100)")
    lit = "return [...document.querySelectorAll('#u3 .two > div:nth-child({}) .to .x')].map((n) => n.firstChild.data)"
    page.run(
        "[...document.querySelectorAll('#u3 .two > div:nth-child(1) .ln.has')]"
        ".find((n) => n.textContent.includes('anthropic')).querySelector('button').click()"
    )
    assert any("anthropic" in words for words in page.run(lit.format(2)))
    page.run(
        "[...document.querySelectorAll('#u3 .two > div:nth-child(2) .ln.has')]"
        ".find((n) => n.textContent.includes('type: ngrok')).querySelector('button').click()"
    )
    assert page.run(lit.format(1)) == ["            - id: openai"]


def test_a_link_to_a_place_opens_it(browser: webdriver.Chrome, tmp_path: Path, demo: Migration) -> None:
    page = Page(browser, tmp_path, demo)
    page.run("document.querySelector('#f0 a[data-l]').click()")
    browser.execute_async_script("setTimeout(arguments[0], 100)")
    assert page.run("return document.querySelectorAll('#files .ln.to').length") >= 1
    assert (
        page.run("return document.querySelector('#files details[open] > .code').checkVisibility()") is False
    )
    page.open("#u2")
    assert page.run("return document.querySelector('#u2').open") is True


def test_the_keyboard_reaches_everything(browser: webdriver.Chrome, tmp_path: Path, demo: Migration) -> None:
    page = Page(browser, tmp_path, demo)
    page.press(Keys.TAB)
    assert page.focused() == "#main"
    page.press(Keys.ENTER)
    assert page.focused() == "main"
    page.run("document.querySelector('#u1 > summary').focus()")
    page.press(Keys.ENTER)
    assert page.run("return document.querySelector('#u1').open") is True
    page.run("document.querySelector('#fleet th button').focus()")
    page.press(Keys.SPACE)
    assert page.run("return document.querySelector('#fleet th').ariaSort") == "ascending"


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_everybody_can_read_it(
    browser: webdriver.Chrome, tmp_path: Path, demo: Migration, theme: str
) -> None:
    page = Page(browser, tmp_path, demo)
    page.run(
        "document.documentElement.dataset.theme = arguments[0];"
        "document.querySelectorAll('.unit, .pair, .file').forEach((node) => (node.open = true))",
        theme,
    )
    browser.execute_async_script("setTimeout(arguments[0], 200)")
    page.run("document.querySelector('.ln.has button').click(); document.querySelector('.told a').click()")
    page.picture(f"fleet-{theme}")
    assert page.failures() == []


def test_the_theme_is_a_button(browser: webdriver.Chrome, tmp_path: Path, demo: Migration) -> None:
    page = Page(browser, tmp_path, demo)
    colours = set()
    for _ in range(2):
        page.run("document.getElementById('theme').click()")
        colours.add(page.run("return getComputedStyle(document.body).backgroundColor"))
    assert len(colours) == 2
    assert page.text("#theme") == "Theme: dark"


def test_a_hostile_policy_runs_nothing(browser: webdriver.Chrome, tmp_path: Path, named: Named) -> None:
    text = (
        '</script><img src=x onerror="document.title=1"><svg onload="document.title=2">\u202e' + "x" * 10_000
    )
    page = Page(browser, tmp_path, named(text))
    page.run("document.querySelectorAll('details').forEach((node) => (node.open = true))")
    page.picture("hostile")
    assert page.run("return document.title") == "Migration report"
    assert page.run("return document.documentElement.scrollWidth <= innerWidth") is True
    assert page.complaints() == []


def test_it_is_complete_without_a_script(browser: webdriver.Chrome, tmp_path: Path, demo: Migration) -> None:
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        page = Page(browser, tmp_path, demo)
        assert len(page.seen("#rows > li")) == len(demo.findings)
        assert page.seen("#tools") == []
        assert len(page.seen("#fleet tbody th a")) == len(demo.units)
        assert len(page.seen("#cards > details")) == len(demo.units)
    finally:
        browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


def test_a_fleet_is_paged_and_stays_quick(
    browser: webdriver.Chrome, tmp_path: Path, fleet: Migration
) -> None:
    page = Page(browser, tmp_path, fleet)
    assert len(page.seen("#rows > li")) == 100
    page.run("document.getElementById('rows-more').click()")
    assert len(page.seen("#rows > li")) == 200
    page.first_result("temperature")
    assert page.text("#count").startswith("500 findings")
    assert page.run("return getComputedStyle(document.querySelector('#rows > li.on')).display") == "block"
    page.first_result("no such words at all")
    assert page.seen("#rows > li") == []
    page.run("document.querySelector('a[href=\"#u499\"]').click()")
    assert "u499" in page.seen("#cards > details")


def test_on_paper_everything_is_open(browser: webdriver.Chrome, tmp_path: Path, demo: Migration) -> None:
    page = Page(browser, tmp_path, demo)
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    try:
        assert page.seen("#theme") == []
        assert len(page.seen("#rows > li")) == len(demo.findings)
        page.run("dispatchEvent(new Event('beforeprint'))")
        assert page.run("return document.querySelectorAll('.unit:not([open])').length") == 0
        page.run("dispatchEvent(new Event('afterprint'))")
        assert page.run("return document.querySelectorAll('.unit[open]').length") == 0
    finally:
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
