"""What is left of an expression that stays open, and what it waits for."""

from __future__ import annotations

import pytest

from migrator.cel import unparse
from migrator.cel.possible import Open
from tests.cel.test_partial import partially


@pytest.mark.parametrize(
    "text, left",
    [
        ("u && true", "u"),
        ("m.known && u == 1", "u == 1"),
        ("u == 1 || !m.known", "u == 1"),
        ("u == 1 && q", "u == 1 && q"),
        ("u + 1 < m.pricing.input", "u + 1 < m.pricing.input"),
        ("(true ? u : w) + 1", "u + 1"),
        ("!(u || false)", "!u"),
        ("u ? 1 : 2", "u ? 1 : 2"),
        ("(m.known && q) ? 1 : n", "q ? 1 : n"),
        ("(m.known ? u : w).a[0]", "u.a[0]"),
        ("[u].exists(x, x == 1)", "[u].exists(x, x == 1)"),
        ("[u].map(x, x + 1)[0]", "[u].map(x, x + 1)[0]"),
        ("[[u]].map(x, x.map(y, y + w)[0])[0] + w", "[[u]].map(x, x.map(y, y + w)[0])[0] + w"),
        ("m.metadata.missing != 1", "m.metadata.missing != 1"),
    ],
)
def test_what_is_left_is_what_could_not_be_decided(text: str, left: str) -> None:
    found, _ = partially(text)
    assert isinstance(found, Open)
    assert unparse(found.left) == left


@pytest.mark.parametrize(
    "text, needs",
    [
        ("u && w", "u w"),
        ("u || true ? n : q", "n"),
        ("3 in three", "three"),
        ("three.size()", "three"),
        ("three[2]", "three"),
        ("some[0]", "the gateway's order|three"),
        ("three.exists(x, x == 3 && u)", "three u"),
        ("m.metrics.global.error_rate.total < 1", "metrics.global.error_rate.total"),
        ("m.metrics.api_keys['k'].quota.remaining_tokens", "metrics.api_keys['k'].quota.remaining_tokens"),
        ("m.metadata.missing", "metadata"),
        ("req.headers['x'][0]", "req.headers['x']"),
        ("secrets.get('a', 'b') == 'c'", "secrets"),
        ("rand.int(0, n)", "int()|n"),
        ("u.lower()", "lower() u"),
    ],
)
def test_what_stays_open_names_the_facts_it_waits_for(text: str, needs: str) -> None:
    found, _ = partially(text)
    assert isinstance(found, Open)
    assert sorted(found.needs) == needs.split("|" if "|" in needs else None)
