"""Patterns that compile themselves when they are used."""

from __future__ import annotations

import re

import pytest

from migrator.patterns import pattern


def test_a_pattern_finds_what_the_compiled_one_finds() -> None:
    ours, theirs = pattern(r"(a+)(b)?", re.IGNORECASE), re.compile(r"(a+)(b)?", re.IGNORECASE)
    text = "xAAb aab"
    for _ in range(2):
        assert ours.findall(text) == theirs.findall(text)
        assert [one.span() for one in ours.finditer(text)] == [one.span() for one in theirs.finditer(text)]
        assert ours.sub("-", text) == theirs.sub("-", text)
        assert ours.split(text) == theirs.split(text)
        assert ours.match(text) is None
        assert ours.search(text) is not None
        assert ours.fullmatch("AB") is not None
        assert ours.pattern == theirs.pattern


def test_nothing_is_compiled_before_it_is_used() -> None:
    broken = pattern("(")
    with pytest.raises(re.error, match="unterminated"):
        broken.match("")


def test_what_a_pattern_has_not_got_is_an_error() -> None:
    with pytest.raises(AttributeError, match="nowhere"):
        pattern("a").nowhere  # type: ignore[attr-defined]  # noqa: B018 -- that is the mistake
