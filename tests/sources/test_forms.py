"""What is looked for first, because that is quick, rules out nothing that has the form of a credential."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from migrator.policy.vocabulary import holds_credentials, names_a_credential
from migrator.sources.credentials import KNOWN_FORMS, Spot, by_form, may_have_form

# None of these is a credential of anybody: beginnings, and tails of one letter, that are put together at random.
_BEGINNINGS = (
    *("sk", "pk", "rk", "gsk", "csk", "hf", "xai", "nvapi", "r8", "glpat", "pplx", "fw", "tgp", "ghp", "gho"),
    *("ghu", "ghs", "ghr", "github_pat", "AIza", "AKIA", "ASIA", "xoxb-", "xoxp-", "ng", "g1", "eyJ"),
    *("-----BEGIN PRIVATE KEY-----", "1" + "a" * 26, "2" + "B9" * 13, "ghx", "task", "ring"),
)
_TAILS = tuple(letter * length for letter in "xX0" for length in (3, 8, 12, 16, 20, 30))
_BETWEEN = ("-", "_", ".", " ", "\n", "\t", '"', "'", "=", "?", "&", ":", "@", "#", "--", "$", "{", "é", "")
_NAMES = ("token", "api_key", "key", "code", "max_tokens", "plain", "password", "--secret")
_pieces = st.sampled_from((*_BEGINNINGS, *_TAILS, *_BETWEEN, *_BETWEEN, *_NAMES))
_texts = st.lists(_pieces, max_size=9).map("".join)
_forms = st.tuples(
    *map(st.sampled_from, (_BETWEEN, _BEGINNINGS, ("-", "_", ""), _TAILS, (".", "_", ""), _TAILS, _BETWEEN))
).map("".join)

_IN_WORD = re.compile(r"(?:^|(?<=\s))(?:--?)?([A-Za-z][A-Za-z0-9_.\-]{0,80})=([^\s\"'${=]{4,})")
_IN_QUERY = re.compile(r"[?&#]([A-Za-z0-9_.\-]+)=([^&#\s'\"$]+)")


@given(_texts | _forms)
def test_every_known_form_is_found(text: str) -> None:
    expected = [match.span() for match in KNOWN_FORMS.finditer(text)]
    assert [spot[:2] for spot in by_form(text) if spot.role == "known form"] == expected
    assert may_have_form(text) or not expected


def test_each_known_form_is_found_behind_anything_that_does_not_continue_it() -> None:
    found: set[str] = set()
    for beginning in _BEGINNINGS:
        for before in ("", *_BETWEEN):
            for dash in ("-", "_", ""):
                for tail in _TAILS:
                    text = before + beginning + dash + tail
                    expected = [match.span() for match in KNOWN_FORMS.finditer(text)]
                    assert [spot[:2] for spot in by_form(text) if spot.role == "known form"] == expected
                    found.update(beginning for _ in expected)
    assert set(_BEGINNINGS) - found == {
        "ng",
        "g1",
        "eyJ",
        "ghx",
        "task",
        "ring",
    }  # two of these need more behind


@given(_texts)
def test_every_setting_and_every_parameter_is_found(text: str) -> None:
    expected = {
        Spot(*match.span(2), match[1]) for match in _IN_WORD.finditer(text) if holds_credentials(match[1])
    }
    expected |= {
        Spot(*match.span(2), match[1])
        for match in _IN_QUERY.finditer(text)
        if names_a_credential(match[1]) or match[1].lower() == "code"
    }
    assert expected <= set(by_form(text))
