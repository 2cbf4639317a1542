"""Which language a file is of is told without asking the languages where its name and words rule them out."""

from __future__ import annotations

from pathlib import Path

import pytest

from migrator.sources.hosts.languages import host_of, hosts

FIXTURES = Path(__file__).parents[2] / "fixtures"
NAMES = ("a.yaml", "a.YML", "a.json", "a.sh", "a.py", "a.tf", "a.tpl", "a", "a.txt")
TEXTS = (
    "",
    "a: 1\n",
    "#!/bin/sh\n",
    "#!/usr/bin/env python\n",
    "jobs:\n  one:\n    steps:\n      - run: x\n",
    "runs:\n  steps:\n    - uses: x\n",
    "{{ x }}",
)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("text", TEXTS)
def test_no_language_is_ruled_out_that_would_have_matched(name: str, text: str) -> None:
    assert host_of(name, text) is next((one for one in hosts() if one.matches(name, text)), None)


def test_no_language_of_a_fixture_is_ruled_out() -> None:
    seen = 0
    for path in FIXTURES.rglob("*"):
        if path.is_file():
            text = path.read_bytes().decode("utf-8", "replace")
            assert host_of(str(path), text) is next(
                (one for one in hosts() if one.matches(str(path), text)), None
            )
            seen += 1
    assert seen > 100
