"""The HTML page as an independent parser reads it, and what it must never say."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any, Final
from xml.etree.ElementTree import Element

import html5lib
import pytest
from msgspec.structs import replace

from benchmarks.corpus import policies
from migrator import convert
from migrator.api import Input
from migrator.findings.base import Severity
from migrator.merge.model import Migration
from migrator.render.manifest import manifest_text
from migrator.report.html import html_report
from migrator.report.options import ReportOptions
from migrator.report.page.lines import listing
from migrator.report.page.picture import Box, Mark, limited, picture
from migrator.verify.model import (
    Announcement,
    Attempt,
    Attempts,
    Client,
    Denied,
    Difference,
    Kind,
    Outcome,
    Request,
    Subject,
    Verdict,
)
from tests.report.conftest import Named
from tests.report.test_escape import HOSTILE

CUNNING = (
    *HOSTILE,
    "</pre></script><script>alert(1)</script>",
    "</title></svg><svg onload=alert(1)>",
    '" autofocus onfocus="alert(1)',
    "' onmouseover='alert(1)",
    "]]><!--<![CDATA[",
    "{{ 7 * 7 }}{% raw %}",
    "\u202eabc\u2066",
    "\x1b[2J\x00",
    "half \udcff",
    "\u2028\u2029",
    "x" * 10_000,
    "javascript:alert(1)",
)

MOST_PER_POLICY: Final = 12_300
"""Bytes that each of 50 policies may add to the page: a unit and 4.7 findings, on average, were 11 150."""


def parsed(page: str) -> Element:
    """The document; a parse error fails the test, as does a name that occurs twice."""
    parser = html5lib.HTMLParser(namespaceHTMLElements=False)
    root: Element = parser.parse(page)
    # html5lib knows nothing of SVG's self-closing children that HTML forbids; there are none.
    assert [error for error in parser.errors if error[1] != "expected-doctype-but-got-chars"] == []
    identities = [node.get("id") for node in root.iter() if node.get("id")]
    assert len(identities) == len(set(identities))
    return root


def nodes(root: Element) -> list[Element]:
    """The elements; comments have a function for a tag."""
    every: Iterator[Any] = root.iter()
    return [node for node in every if isinstance(node.tag, str)]


def text_of(node: Element) -> str:
    return "".join(node.itertext())


def by_id(root: Element, identity: str) -> Element:
    return next(node for node in root.iter() if node.get("id") == identity)


def test_the_page_is_well_formed_and_leads_only_to_itself(migration: Migration) -> None:
    root = parsed(html_report(migration))
    identities = {node.get("id") for node in nodes(root)}
    for node in nodes(root):
        for name in ("href", "src", "action", "data", "poster", "style"):
            value = node.get(name)
            assert value is None or (name == "href" and value.startswith("#") and value[1:] in identities)
        assert not any(name.startswith("on") for name in node.attrib)


def test_the_policy_forbids_every_request_and_knows_style_and_script(migration: Migration) -> None:
    root = parsed(html_report(migration))
    policy = next(n.get("content") for n in nodes(root) if n.get("http-equiv") == "Content-Security-Policy")
    assert policy is not None
    assert policy.startswith("default-src 'none';")
    running = [n for n in nodes(root) if n.tag in ("style", "script") and n.get("type") is None]
    assert [n.tag for n in running] == ["style", "script"]
    for node in running:
        digest = b64encode(sha256(text_of(node).encode()).digest()).decode()
        assert f"'sha256-{digest}'" in policy


def test_every_finding_and_every_unit_is_there_once(migration: Migration) -> None:
    root = parsed(html_report(migration))
    rows = [node for node in nodes(root) if node.tag == "li" and re.fullmatch(r"f\d+", node.get("id", ""))]
    assert len(rows) == len(migration.findings)
    said = " ".join(text_of(row) for row in rows)
    for found in migration.findings:
        assert found.code in said
    severities = [row.get("class", "").split()[1] for row in rows]
    assert severities == sorted(severities, key=["error", "warning", "note"].index)
    units = [node for node in nodes(root) if node.get("class") == "unit"]
    assert len(units) == len(migration.units)


def test_what_was_lost_is_marked_in_the_picture_in_words(migration: Migration) -> None:
    root = parsed(html_report(migration))
    unit = by_id(root, "u0")
    marks = [text_of(n) for n in unit.iter() if n.get("class") == "mk"]
    assert "✕ lost protection T602" in marks
    drawn = next(n for n in unit.iter() if n.get("class") == "pic")
    named = drawn.get("aria-labelledby", "").split()
    assert "before and after" in text_of(by_id(root, named[0]))
    assert "restrict-ips (lost protection, T602)" in text_of(by_id(root, named[1]))
    assert "1. ngrok" in text_of(drawn)
    assert "openai/primary" in text_of(drawn)


def test_headings_of_a_picture_stand_above_their_columns(migration: Migration) -> None:
    page = html_report(migration)
    pictures = [n for n in nodes(parsed(page)) if n.get("class") == "pic"]
    columns = {n.get("x") for one in pictures for n in nodes(one)} - {None}
    assert columns == set(re.findall(r"transform:translate\((\d+)px,36px\)", page))
    assert len(columns) == 7


def lane(root: Element, title: str) -> str:
    """What the lane ``Before`` or ``After`` of the first unit's picture says."""
    drawn = next(n for n in by_id(root, "u0").iter() if n.get("class") == "pic")
    before, _, after = text_of(drawn).rpartition("After")
    return before.partition("Before")[2] if title == "Before" else after


def test_what_was_lost_leaves_an_empty_place_after_the_migration(migration: Migration) -> None:
    root = parsed(html_report(migration))
    assert "restrict-ipsnothing in its place✕ lost protection T602" in lane(root, "After")
    assert "nothing in its place" not in lane(root, "Before")


def test_a_difference_is_marked_at_what_makes_it(migration: Migration) -> None:
    found = next(one for one in migration.findings if one.code == "T106")
    told = Announcement(found, decided=False)
    first, *others = migration.units
    shown = (
        replace(difference(told), outputs=("/accessKeyConfigurations/0/body/access/providers",)),
        replace(difference(told), outputs=("/accessKeyConfigurations/0/body/router/rules/1",)),
        replace(difference(None), outputs=("/accessKeyConfigurations/0/body/router/rules/0",)),
    )
    verdict = Verdict(first.id, Kind.WIDER, "possible", shown, {})
    units = (replace(first, verdict=verdict), *others)
    root = parsed(html_report(replace(migration, units=units)))
    after = lane(root, "After")
    sign = {"error": "✕", "warning": "▲", "note": "•"}[found.severity.value]
    assert f"2 providersopenai, anthropic{sign} wider T106" in after
    assert f"anthropic1 step{sign} wider T106" in after
    assert "openai1 step\n1. own keys" in after
    assert after.count("T106") == 2


def test_a_provider_that_is_not_carried_over_has_its_empty_place() -> None:
    policy = """
on_http_request:
  - actions:
      - type: ai-gateway
        config:
          only_allow_configured_providers: true
          providers:
            - id: openai
              api_keys: [{value: "${secrets.get('openai', 'primary')}"}]
            - id: nowhere
              api_keys: [{value: "${secrets.get('nowhere', 'primary')}"}]
"""
    root = parsed(convert([Input("a.yaml", "a.yaml", policy.encode())]).report("html"))
    assert "nowherenot carried over" in lane(root, "After")


@pytest.mark.parametrize("text", CUNNING, ids=range(len(CUNNING)))
def test_a_hostile_policy_is_harmless(named: Named, migration: Migration, text: str) -> None:
    def tags(page: str) -> set[str]:
        return {str(node.tag) for node in nodes(parsed(page))}

    page = html_report(named(text))
    root = parsed(page)
    assert tags(page) <= tags(html_report(migration)) | {"p"}
    assert len([node for node in nodes(root) if node.tag == "script"]) == 2
    assert not any(name.startswith("on") for node in nodes(root) for name in node.attrib)
    assert not re.search(
        "[\x00-\x09\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]", page
    )
    json.loads(text_of(by_id(root, "data")))


def test_a_converted_hostile_policy_is_harmless() -> None:
    name = "</script><img src=x onerror=alert(1)>"
    policy = {
        "on_http_request": [
            {"expressions": [f"'{name}' == ''"], "actions": [{"type": name}]},
            {
                "actions": [
                    {
                        "type": "ai-gateway",
                        "config": {
                            "providers": [
                                {"id": name, "base_url": f"https://{name}", "models": [{"id": name}]}
                            ],
                            "headers": {name: name},
                        },
                    }
                ]
            },
        ]
    }
    result = convert([Input(f"{name}.json", f"{name}.json", json.dumps(policy).encode())])
    root = parsed(result.report("html"))
    assert not [node for node in nodes(root) if node.tag in ("img", "iframe", "object")]


def test_the_same_run_gives_the_same_bytes(migration: Migration) -> None:
    turned = replace(migration, findings=tuple(reversed(migration.findings)))
    assert html_report(migration) == html_report(turned)


def test_manifest_and_source_are_linked_as_the_provenance_says(migration: Migration) -> None:
    root = parsed(html_report(migration))
    data = json.loads(text_of(by_id(root, "data")))
    paths = [
        text_of(next(n for n in node.iter() if n.tag == "code"))
        for node in nodes(root)
        if node.get("class") == "file"
    ]
    manifest = manifest_text(migration)
    assert manifest.text == "\n".join([*manifest.lines, ""])
    expected = {
        (manifest.ranges[pointer], at.path, at.span.line)
        for pointer, places in migration.provenance()
        for at in places
    }
    linked = {
        ((first, last), paths[rest[at]], rest[at + 1])
        for first, last, *rest in data["links"]
        for at in range(0, len(rest), 2)
    }
    assert linked == expected
    assert ["- ref:" in manifest.lines[first - 1] for first, _ in data["objects"]] == [True] * 8
    assert all("metadata:" in manifest.lines[last - 1] for _, last in data["objects"])


def test_a_range_of_the_manifest_is_the_entry_it_names(migration: Migration) -> None:
    manifest = manifest_text(migration)
    assert manifest.text.split("\n") == [*manifest.lines, ""]
    first, last = manifest.ranges["/accessKeyConfigurations/0/body/router/rules/1"]
    assert manifest.lines[first - 1].strip().startswith("- provider: anthropic")
    assert "type: ngrok" in manifest.lines[last - 1]


def test_a_run_without_the_action_says_that_there_is_nothing_to_do(idle: Migration) -> None:
    root = parsed(html_report(idle))
    assert "Nothing to migrate" in text_of(by_id(root, "verdict"))
    assert "12 files without the action" in text_of(by_id(root, "summary"))


@pytest.mark.parametrize(
    "fail_on,words", [(None, "Findings do not fail this run."), ("error", ": the run fails.")]
)
def test_the_threshold_is_told(migration: Migration, fail_on: Any, words: str) -> None:
    options = ReportOptions(fail_on=None if fail_on is None else Severity(fail_on))
    assert words in text_of(by_id(parsed(html_report(migration, options)), "summary"))


def test_a_fine_run_says_so(fine: Migration) -> None:
    assert text_of(by_id(parsed(html_report(fine)), "verdict")) == "Everything carried over."


def difference(announced: Announcement | None) -> Difference:
    attempt = Attempt("openai", "gpt-4o", "openai/primary", "openai")
    return Difference(
        Kind.WIDER,
        "possible",
        Subject("model", "openai", "gpt-4o"),
        Request("anthropic", "<b>", ("o3",), Client("anybody")),
        Outcome((Denied("ERR_NGROK_1", "it was closed"),)),
        Outcome((Attempts((attempt,)), Denied("ERR_NGROK_2", "perhaps"))),
        requests=3,
        announced=announced,
    )


def test_a_verdict_is_shown_with_its_witnesses(migration: Migration) -> None:
    found = next(one for one in migration.findings if one.unit == migration.units[0].id)
    told = Announcement(found, decided=False)
    counts = {"equal": 4, "wider": 3, "narrower": 0}
    first, *others = migration.units
    verdict = Verdict(first.id, Kind.WIDER, "possible", (difference(told), difference(None)), counts)
    units = (replace(first, verdict=verdict), *(replace(one, verdict=None) for one in others))
    root = parsed(html_report(replace(migration, units=units)))
    unit = text_of(by_id(root, "u0"))
    assert "Compared with the retired gateway: possibly wider" in unit
    assert "<b>, then o3 in the anthropic format from anybody and 2 like it" in unit
    assert "openai:gpt-4o on openai/primary or refused (ERR_NGROK_2, perhaps)" in unit
    assert "no finding" in unit
    assert "not compared" in text_of(by_id(root, "fleet"))
    assert "3 narrower" not in unit


def test_nothing_is_said_of_a_comparison_that_was_not_made(migration: Migration) -> None:
    assert "Compared with" not in html_report(replace(migration, units=()))


def test_a_picture_is_bounded_and_keeps_what_is_marked() -> None:
    kept = limited((Box(f"action {number}") for number in range(100)), "actions")
    assert len(kept) == 12
    assert (kept[-1].label, kept[-1].sub) == ("and 89 more", "actions")
    assert picture([]).height == 0


def test_a_box_tells_whole_what_it_shows_cut() -> None:
    long = "a-name-of-more-than-twenty-two-characters"
    assert Box("short", "also short").whole == ""
    assert Box(long, "also short").whole == long
    assert Box("short", long).whole == long
    assert Box(long, long).whole == f"{long} — {long}"
    assert Box("https://chat.example.com").whole == "https://chat.example.com"


def test_a_box_is_tall_where_it_has_three_lines() -> None:
    mark = Mark("note", "wider", "T001", 0)
    boxes = (Box("a"), Box("a", "b"), Box("a", mark=mark), Box("a", "b", mark))
    assert [box.is_tall for box in boxes] == [False, False, False, True]
    assert [box.height for box in boxes] == [38, 38, 38, 54]


def test_a_policy_of_many_adds_little_to_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MIGRATOR_SHARED", str(tmp_path))  # so that the policies are those of the fixtures
    fleet = [Input(name, name, text.encode()) for name, text in policies(50)]
    empty = [Input("a.yaml", "a.yaml", b"on_http_request: []\n")]
    sizes = [len(convert(inputs).report("html").encode()) for inputs in (empty, fleet)]
    assert (sizes[1] - sizes[0]) / len(fleet) < MOST_PER_POLICY


def test_a_long_text_is_cut_and_what_is_left_is_counted() -> None:
    made = listing(["x" * 5000, *["y"] * 30_000, ""])
    assert (made.count, made.left) == (20_000, 10_001)
    assert len(made.text.split("\n", 1)[0]) == 4001
