"""Fingerprints stay when lines move, in the finding's own file and in those that it names."""

from __future__ import annotations

from collections import Counter

import pytest

from migrator.api import Input, Options, convert
from tests import manual

FOLDERS = [
    case
    for case in manual.cases("fleets")
    if (manual.FIXTURES / case.path).is_dir() and case.title != "some-broken"  # an empty file would be none
]


def fingerprints(case: manual.Case, before: bytes) -> Counter[tuple[str, str]]:
    inputs = [
        Input(file.name, file.name, before + file.read_bytes())
        for file in case.files()
        if file.suffix in (".yaml", ".yml")
    ]
    found = convert(inputs, Options(verify=False)).findings
    return Counter((one.code, one.fingerprint) for one in found)


@pytest.mark.parametrize("case", FOLDERS, ids=lambda case: case.name)
def test_moved_lines_keep_every_fingerprint(case: manual.Case) -> None:
    there = fingerprints(case, b"")
    assert there
    assert fingerprints(case, b"# moved\n\n") == there


def test_other_policies_do_not_change_what_is_counted_over_all() -> None:
    (case,) = [case for case in FOLDERS if case.title == "settings-conflict"]
    others = [
        Input(f"{name}.yaml", f"{name}.yaml", b"on_http_request: [{actions: [{type: ai-gateway}]}]\n")
        for name in "xy"
    ]
    own = [Input(file.name, file.name, file.read_bytes()) for file in case.files() if file.suffix == ".yaml"]

    def conflicts(inputs: list[Input]) -> list[str]:
        found = convert(inputs, Options(verify=False)).findings
        return [one.fingerprint for one in found if one.code == "M001"]

    assert conflicts([*own, others[0]]) == conflicts([*own, *others]) != []
