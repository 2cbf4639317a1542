"""Files of kinds that nobody reads: what of them is told in the search of a folder."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from migrator.sources.inputs import find_inputs
from migrator.sources.read import PROBE_LIMIT, read

POLICY = "# one\non_http_request: [{actions: [{type: ai-gateway}]}]\n"
ENCODED = "# one\nP=" + base64.b64encode(POLICY.encode()).decode() + "\n"


def told(folder: Path, name: str, data: bytes) -> list[tuple[str, int]]:
    (folder / name).write_bytes(data)
    files = [file for item in find_inputs([folder]).inputs if (file := read(item)) is not None]
    return [(one.code, one.at.span.line) for file in files for one in file.findings if one.at is not None]


@pytest.mark.parametrize(
    "name, data",
    [
        ("a.conf", POLICY.encode()),
        ("a.conf", POLICY.encode("utf-16")),
        ("a.ps1", b"\xef\xbb\xbf" + POLICY.encode()),
        ("a.conf", b"# caf\xe9\n" + POLICY.encode()[6:]),
        (".env", ENCODED.encode()),
    ],
    ids=["plain", "utf-16", "marked", "latin-1", "base64"],
)
def test_the_action_is_told_however_it_is_written(tmp_path: Path, name: str, data: bytes) -> None:
    assert told(tmp_path, name, data) == [("R008", 2)]


@pytest.mark.parametrize("fill", [b"x", b"\n"], ids=["one line", "lines"])
@pytest.mark.parametrize("size", [0, 1, 2, 5, 9, 13])
def test_a_long_file_is_searched_to_its_end(tmp_path: Path, fill: bytes, size: int) -> None:
    before = fill * (2 * PROBE_LIMIT - size)
    assert told(tmp_path, "a.ipynb", before + b"ai-gateway") == [("R008", before.count(b"\n") + 1)]
    assert told(tmp_path, "a.ipynb", before + b"ai-gatewax") == []


def test_what_is_no_text_is_passed_over(tmp_path: Path) -> None:
    assert told(tmp_path, "a.bin", b"\0" + POLICY.encode()) == []
    assert told(tmp_path, "a.bin", b"\0" * (PROBE_LIMIT + 1) + POLICY.encode()) == []


def test_a_script_that_decodes_a_policy_is_told(tmp_path: Path) -> None:
    script = f"#!/bin/sh\necho {ENCODED[8:-1]} | base64 -d | ngrok http 80 --traffic-policy-file p.yml\n"
    assert ("R014", 2) in told(tmp_path, "a.sh", script.encode())
