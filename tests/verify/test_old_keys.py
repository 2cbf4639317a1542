"""Clients that had a key of the old gateway: compared with what their own access key does."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

from migrator.api import Input, convert
from migrator.comparison import verify
from migrator.verify.model import Kind
from migrator.verify.objects import Objects
from tests.sources.test_account_keys import KEY, attached, endpoints, keys, provider_keys

Document = dict[str, Any]

DOCUMENTS = [
    endpoints(),
    keys(KEY, {**KEY, "id": "aigk_2", "description": "batch"}),
    provider_keys(
        attached("aigpk_a", "2026-05-01T00:00:00Z"),
        attached("aigpk_b", "2026-06-01T00:00:00Z"),
        attached("aigpk_c", "2026-05-01T00:00:00Z", "groq"),
    ),
]
INPUTS = [Input(f"{n}.json", f"{n}.json", json.dumps(one).encode()) for n, one in enumerate(DOCUMENTS)]


def own(document: Document) -> Document:
    held: Document = document["accessKeyConfigurations"][1]["body"]
    return held


def swap(document: Document) -> None:
    own(document)["router"]["rules"][0]["steps"][0]["keys"].reverse()


def drop_rule(document: Document) -> None:
    del own(document)["router"]["rules"][1]


def share(document: Document) -> None:
    key = next(one for one in document["accessKeys"] if "aigk_1" in one["ref"])
    key["body"]["accessKeyConfigurationId"] = {"$ref": "accessKeyConfigurations/ai.example.com"}


def lend(document: Document) -> None:
    key = next(one for one in document["accessKeys"] if "aigk_2" in one["ref"])
    key["body"]["accessKeyConfigurationId"] = {
        "$ref": "accessKeyConfigurations/" + document["accessKeyConfigurations"][1]["ref"]
    }


def kinds(change: Callable[[Document], None]) -> set[tuple[str, Kind, str | None]]:
    """(client, kind, provider) of what differs once the manifest is changed."""
    document = copy.deepcopy(convert(INPUTS).manifest())
    change(document)
    (found,) = verify(INPUTS, objects=Objects.of_document(document)).verdicts
    return {(one.request.client.name, one.kind, one.subject.provider) for one in found.differences}


def test_what_conversion_makes_of_them_pays_as_before() -> None:
    (unit,) = convert(INPUTS).units
    assert unit.verdict is not None
    assert unit.verdict.unannounced == ()
    certain = {one.kind for one in unit.verdict.differences if one.certainty == "certain"}
    assert certain <= {Kind.NARROWER, Kind.RECREDENTIALED}
    paying = [
        one
        for one in unit.verdict.differences
        if one.request.client.name == "chat app" and one.kind is Kind.RECREDENTIALED
    ]
    assert paying == []


@pytest.mark.parametrize(
    "change, expected",
    [
        (swap, ("chat app", Kind.REORDERED, "openai")),
        (drop_rule, ("chat app", Kind.RECREDENTIALED, "groq")),
        (share, ("chat app", Kind.RECREDENTIALED, "openai")),
        (lend, ("batch", Kind.RECREDENTIALED, "openai")),
    ],
)
def test_what_is_wrong_with_a_clients_own_configuration_is_found(
    change: Callable[[Document], None], expected: tuple[str, Kind, str]
) -> None:
    assert expected in kinds(change) - kinds(lambda _: None)
