"""Every code can be met: by a fixture, or by an input that no file of its own would show better."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path

import pytest
from msgspec.structs import replace

import migrator
from migrator import Input, Options
from migrator.findings import REGISTER, Severity, documentation
from migrator.findings.rulings import Regrade, Rulings, Waiver
from migrator.translate.model import Name, Names, Reason


def gateway(config: str, around: str = "") -> bytes:
    """A policy with one action; ``config`` in flow style."""
    return f"on_http_request:\n  - actions:\n      - type: ai-gateway\n        config: {config}\n{around}".encode()


SPECIAL: dict[str, Input] = {
    "L010": Input(
        "a.yaml",
        "a.yaml",
        b"{ai_gateway_api_keys: [{id: aigk_1, description: a}], uri: x}\n---\n"
        b"{ai_gateway_api_keys: [{id: aigk_1, description: b}], uri: x}\n",
    ),
    "L013": Input("a.yaml", "a.yaml", b"{endpoints: [], uri: x, next_page_uri: y}\n"),
    "D001": Input("a.yaml", "a.yaml", gateway("{}")),
    "D002": Input("a.yaml", "a.yaml", gateway("{}")),
    "D003": Input("a.yaml", "a.yaml", gateway("{}")),
    "D004": Input("a.yaml", "a.yaml", gateway("{}")),
    "D005": Input("a.yaml", "a.yaml", gateway("{}")),
    "M011": Input("a.yaml", "a.yaml", gateway("{providers: [{id: x, base_url: 'https://x.internal'}]}")),
    "V004": Input("a.yaml", "a.yaml", gateway("{providers: [{id: openai, id_aliases: [mine]}]}")),
    "L003": Input(
        "a.yaml",
        "a.yaml",
        b"""
kind: CloudEndpoint
metadata: {name: a}
spec:
  trafficPolicyName: other
  trafficPolicy: {inline: {on_http_request: [{actions: [{type: ai-gateway}]}]}}
""",
    ),
    "M004": Input(
        "a.yaml",
        "a.yaml",
        gateway("{providers: [{id: x, base_url: 'https://x.internal', display_name: %s}]}" % ("n" * 300)),
    ),
    "M005": Input(
        "a.yaml",
        "a.yaml",
        gateway("{providers: [{id: x, base_url: 'https://x.internal', metadata: {m: %s}}]}" % ("n" * 5000)),
    ),
    "P010": Input("a.yaml", "a.yaml", gateway("{providers: nobody}")),
    "P016": Input("a.yaml", "a.yaml", b"on_http_response: [{actions: [{type: ai-gateway}]}]"),
    "P019": Input("a.yaml", "a.yaml", gateway("{total_timeout: soon}")),
    "P020": Input("a.yaml", "a.yaml", gateway("{providers: [{base_url: 'https://x.internal'}]}")),
    "R002": Input("a.yaml", "a.yaml", b"\xff\xff\xff"),
    "T121": Input(
        "a.yaml", "a.yaml", gateway("{providers: [{id: openai, base_url: 'https://proxy.example.com'}]}")
    ),
    "V001": Input(
        "a.yaml",
        "a.yaml",
        b"on_http_request: [{actions: [{type: deny}, {type: ai-gateway, config: {providers: [{id: openai}]}}]}]",
    ),
    "T310": Input(
        "a.yaml",
        "a.yaml",
        gateway("{providers: [{id: openai, api_keys: [{value: \"${secrets.get('openai','a')}\"}]}]}"),
    ),
}
OPTIONS = {
    "T121": Options(decisions={"reserved-id:*": "built-in"}),
    "D001": Options(decisions={"nobody:asks": "this"}),
    "D002": Options(rulings=Rulings((Waiver("T117", "old", date.max),))),
    "D003": Options(rulings=Rulings((Waiver("T616", "old", date.min), Waiver("W001", "old", date.min)))),
    "D004": Options(names=Names({"accessKeys/nobody": Name("x")})),
    "D005": Options(rulings=Rulings(regrades={"T117": Regrade("T117", Severity.ERROR)})),
    "M011": Options(names=Names(provider_ids={"x": Name("y")})),
    "V004": Options(
        decisions={"accepted-narrower:*": "accept"}, reasons={"accepted-narrower:*": Reason("unused")}
    ),
    "T310": Options(decisions={"other-providers:*": "allow"}),
    "V001": Options(decisions={"unreachable:*": "convert"}),
}


def codes(*inputs: Input | str | Path, options: Options | None = None) -> set[str]:
    return {found.code for found in migrator.convert(inputs, options).findings}


def test_every_code_can_be_met(repository: Path, tmp_path: Path) -> None:
    met = codes("nowhere.yaml")
    for path in sorted((repository / "fixtures").rglob("*")):
        met |= codes(path)
    for code, item in SPECIAL.items():
        found = codes(item, options=OPTIONS.get(code))
        assert code in found
        met |= found
    met |= _linked_directory(tmp_path)
    met |= _rewritten(tmp_path) | codes(tmp_path / "out")
    missing = (
        set(REGISTER) - met - {"R021", "V003", "V005"}
    )  # a process died (tests/batch), or the tool is mistaken
    assert not missing, f"neither a fixture nor SPECIAL leads to {sorted(missing)}"


def _linked_directory(folder: Path) -> set[str]:
    (folder / "loop").symlink_to(folder)
    (folder / "gone.yaml").symlink_to(folder / "nowhere")
    return codes(folder)


def _rewritten(folder: Path) -> set[str]:
    """What is met only when the residual policies are made: no clean cut, and no reading it again."""
    aliased = b"x: &gw {type: ai-gateway}\non_http_request:\n  - actions:\n      - *gw\n      - type: log\n"
    named = gateway("{providers: [&hunter2hunter2 {id: openai, api_keys: [{value: hunter2hunter2}]}]}")
    keyed = gateway("{providers: [{id: openai, api_keys: [{value: hunter2hunter2}]}]}")
    items = [
        Input("p.yaml", "p.yaml", aliased),
        Input("q.yaml", "q.yaml", named),
        Input("r.yaml", "r.yaml", keyed),
    ]
    return {found.code for found in migrator.convert(items).write_bundle(folder / "out").findings}


def test_no_two_findings_have_one_title() -> None:
    titles = [documentation(kind).title for kind in REGISTER.values()]
    assert len(set(titles)) == len(titles)


ASKS = re.compile(r"\b[Aa]nswer the decision\b|\bDecide `")


@pytest.mark.parametrize("code", [code for code, kind in REGISTER.items() if ASKS.search(kind.remedy)])
def test_nobody_is_asked_for_an_answer_that_is_given(code: str) -> None:
    kind = REGISTER[code]
    made = kind(**dict.fromkeys(kind.fact_names, "x"))  # type: ignore[arg-type]  # the facts of every class take any text
    assert ASKS.search(made.advice)
    assert not ASKS.search(replace(made, decided=True).advice)


def test_what_was_answered_asks_for_nothing(repository: Path) -> None:
    asked = migrator.convert([repository / "fixtures"])
    accepting = "accepted-wider:*"
    answers = {one.id: one.default for one in asked.decisions if not one.id.startswith("accepted-")}
    options = Options(decisions={**answers, accepting: "accept"}, reasons={accepting: Reason("for the test")})
    answered = migrator.convert([repository / "fixtures"], options)
    decisions = {(one.unit, one.code) for one in answered.decisions}
    findings = [found for found in answered.findings if (found.unit, found.code) in decisions]
    assert len({found.code for found in findings}) > 5
    assert [found.code for found in findings if ASKS.search(found.advice)] == []
    advised = {one["fingerprint"]: one["remedy"] for one in json.loads(answered.json())["findings"]}
    assert all(advised[found.fingerprint] == found.advice for found in findings)
