"""What holds for every policy, however it is laid out."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from migrator.policy.parse import LEGACY_PHASES, PHASES
from migrator.residual.residual import residual
from migrator.secrets import has_mask
from migrator.tree.load import load
from migrator.tree.nodes import to_python
from tests.residual.files import CREDENTIAL, codes, name, read
from tests.residual.generated import Generated, anchored, files

_PHASES = {*PHASES, *LEGACY_PHASES}


@given(st.one_of(files().map(lambda made: made.text), anchored()))
def test_the_rest_says_what_it_said(text: str) -> None:
    file = read(text)
    assume(file.policies and not load(text).problems)
    result = residual(file, name)
    assume(result is not None)
    assert result is not None

    assert not has_mask(result.text)
    assert "made-up" not in result.text
    expected = [_without(document) for document in _content(_placeholders(text))]
    assert json.dumps(_content(result.text)) == json.dumps(expected)
    assert residual(read(result.text), name) is None


@given(files())
def test_what_is_cut_out_keeps_its_surroundings(made: Generated) -> None:
    file = read(made.text)
    assume(file.policies and not load(made.text).problems)
    result = residual(file, name)
    assume(result is not None)
    assert result is not None
    assert "W003" not in codes(result)

    # In brackets a line may lose a part of itself; else lines are kept or go, and nothing is added.
    assume(not made.brackets)
    before = iter(_placeholders(made.text).splitlines())
    for line in result.text.splitlines():
        before_emptied = line.replace(" []", "", 1)
        assert line.strip() == "[]" or any(candidate in (line, before_emptied) for candidate in before), line


def _placeholders(text: str) -> str:
    ordinals: dict[str, int] = {}
    return CREDENTIAL.sub(
        lambda found: f"REPLACE_WITH_LITERAL_{ordinals.setdefault(found.group(), len(ordinals))}", text
    )


def _content(text: str) -> list[Any]:
    """What every document says, policies held as strings included."""
    return [_opened(to_python(document.root)) if document.root else None for document in load(text).documents]


def _opened(document: Any) -> Any:
    if isinstance(document, dict) and "endpoints" in document:
        for endpoint in document["endpoints"]:
            if isinstance(endpoint.get("traffic_policy"), str):
                endpoint["traffic_policy"] = _content(endpoint["traffic_policy"])[0]
    return document


def _without(document: Any) -> Any:
    """The same without the action, worked out on plain values."""
    if isinstance(document, dict) and "endpoints" in document:
        held = [endpoint for endpoint in document["endpoints"] if "traffic_policy" in endpoint]
        for endpoint in held:
            endpoint["traffic_policy"] = _without(endpoint["traffic_policy"])
        return document
    if isinstance(document, dict):
        return {key: _phase(value) if key in _PHASES else value for key, value in document.items()}
    return _phase(document)


def _phase(value: Any) -> Any:
    if isinstance(value, dict):
        rules = _rules([value])
        return rules[0] if rules else []
    return _rules(value) if isinstance(value, list) else value


def _rules(items: list[Any]) -> list[Any]:
    kept = []
    for item in items:
        if isinstance(item, dict) and "actions" in item:
            actions = [action for action in item["actions"] if action.get("type") != "ai-gateway"]
            if actions:
                kept.append(item | {"actions": actions})
        elif not isinstance(item, dict) or item.get("type") != "ai-gateway":
            kept.append(item)
    return kept
