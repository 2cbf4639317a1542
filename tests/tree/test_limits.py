"""What is built to exhaust the reader is refused, soon, with both parsers."""

from __future__ import annotations

import time
import tracemalloc

import pytest

from migrator.tree import build, json_text
from migrator.tree.load import load
from migrator.tree.nodes import to_python

BOTH = pytest.mark.parametrize("pure", [False, True], ids=["libyaml", "python"])
SECONDS = 3.0
"""Ten times what the slowest takes; quadratic time takes minutes."""


def lines(*, by: str, levels: int) -> str:
    return "".join(" " * level + by + "\n" for level in range(levels))


BOMBS = {
    "brackets": ("[" * 10_000, "too-deep"),
    "closed brackets": ("[" * 10_000 + "]" * 10_000, "too-deep"),
    "braces": ("{a: " * 10_000, "too-deep"),
    "json": ('{"a":' * 10_000 + "1" + "}" * 10_000, "too-deep"),
    "dashes": ("- " * 10_000, "too-deep"),
    "question marks": ("? " * 10_000, "too-deep"),
    "mappings in lines": (lines(by="a:", levels=1_500), "too-deep"),
    "lists in lines": (lines(by="-", levels=1_500), "too-deep"),
    "201 levels": ("[" * 201 + "]" * 201, "too-deep"),
    "levels through aliases": (
        "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}]\n" for n in range(1, 300)),
        "too-deep",
    ),
    "a billion laughs": (
        "a0: &a0 [x,x,x,x,x,x,x,x,x]\n"
        + "".join(f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 30)),
        "alias-bomb",
    ),
    "laughs in mappings": (
        "a0: &a0 {k: v}\n" + "".join(f"a{n}: &a{n} {{l: *a{n - 1}, r: *a{n - 1}}}\n" for n in range(1, 100)),
        "alias-bomb",
    ),
    "merges by alias": (
        "a: &a {"
        + ",".join(f"k{n}: 1" for n in range(500))
        + "}\n"
        + "".join(f"m{n}: {{<<: *a}}\n" for n in range(2_000)),
        "alias-bomb",
    ),
    "merges inside each other": (
        "{<<: " * 90 + "{" + ",".join(f"k{n}: 1" for n in range(3_000)) + "}" + "}" * 90,
        "alias-bomb",
    ),
    "a long number": ("a: " + "9" * 200_000, "number-too-long"),
    "an open quote": ('a: "' + "x\n" * 50_000, "syntax"),
    "quotes": ('"' * 100_000, "syntax"),
    "exclamation marks": ("!" * 100_000, "tag"),
    "aliases": ("*a " * 50_000, "undefined-alias"),
    "anchors": ("&a " * 50_000, "syntax"),
    "colons": (": " * 50_000, "syntax"),
    "commas": ("[" + "," * 100_000, "syntax"),
    "tabs": ("\t" * 100_000, "tab-indent"),
    "a key of many words": ("x " * 50_000 + ": y", "syntax"),
    "duplicate keys": ("a: 1\n" * 5_000, "duplicate-key"),
}


@BOTH
@pytest.mark.parametrize("text, kind", BOMBS.values(), ids=BOMBS.keys())
def test_a_bomb_is_refused_in_bounded_time(text: str, kind: str, pure: bool) -> None:
    before = time.process_time()
    loaded = load(text, pure=pure)
    assert time.process_time() - before < SECONDS
    assert loaded.problems[0].kind == kind


@BOTH
@pytest.mark.parametrize("text", [BOMBS["brackets"][0], BOMBS["dashes"][0], BOMBS["a billion laughs"][0]])
def test_a_bomb_takes_little_memory(text: str, pure: bool) -> None:
    tracemalloc.start()
    try:
        load(text, pure=pure)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 10_000_000


@BOTH
@pytest.mark.parametrize(
    "text",
    [
        "a: &a [x]\nb: [" + "*a, " * 5_000 + "]",
        "[" * 100 + "]" * 100,
        "{a: " * 100 + "1" + "}" * 100,
        "- &a " + "[" * 50 + "]" * 50 + "\n- " + "[" * 49 + "*a" + "]" * 49,
        "a: " + "9" * 100,
        "x: " + "-" * 50_000,
        "---\n" * 5_000,
        " " * 100_000 + "a: b",
        "#" * 100_000 + "\n" * 10_000,
    ],
)
def test_what_is_large_but_within_the_limits_is_read(text: str, pure: bool) -> None:
    before = time.process_time()
    loaded = load(text, pure=pure)
    assert time.process_time() - before < SECONDS
    assert loaded.problems == ()


def test_an_alias_bomb_within_the_limits_stays_small_as_python_values() -> None:
    text = "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 15))
    (document,) = load(text).documents
    assert document.root is not None
    plain = to_python(document.root)
    assert isinstance(plain, dict)
    assert plain["a14"][0] is plain["a14"][1] is plain["a13"]


@BOTH
@pytest.mark.parametrize(
    "text, kind",
    [
        ("a: " + "x" * 1_001, "scalar-too-long"),
        ("a: |\n" + " x\n" * 600, "scalar-too-long"),
        ('["' + "x" * 1_001 + '"]', "scalar-too-long"),
        ("[" + "a," * 1_000 + "]", "too-many-nodes"),
        ("[" + "1," * 1_000 + "1]", "too-many-nodes"),
        ("--- a\n" * 1_000, "too-many-nodes"),
    ],
    ids=["plain", "block", "json", "many", "many in json", "many documents"],
)
def test_more_than_a_policy_can_be_is_refused(
    text: str, kind: str, pure: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (build, json_text):  # the real limits take seconds to reach
        monkeypatch.setattr(module, "SCALAR_LIMIT", 1_000)
        monkeypatch.setattr(module, "NODE_LIMIT", 1_000)
    assert [problem.kind for problem in load(text, pure=pure).problems] == [kind]


def test_a_limit_keeps_the_documents_before_it() -> None:
    loaded = load("a: 1\n---\n" + "[" * 300 + "\n---\nb: 2\n")
    assert [document.index for document in loaded.documents] == [0]
    assert [problem.kind for problem in loaded.problems] == ["too-deep"]
