"""Prices out of the rates of ``GET /v1/models``.

The contract gives a rate's type, unit and price as text and lists no words for them. What is understood
beyond doubt is taken; anything else leaves the price unknown, which is no error.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

from migrator.catalog.part import PRICE_TYPE, Part

MILLION: Final = 1_000_000

_DECIMAL: Final = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,18})?\Z")
_BETWEEN: Final = re.compile(r"[\s_/-]+")
_TOKENS: Final = {
    "token": 1,
    "1 token": 1,
    "million token": MILLION,
    "1 million token": MILLION,
    "1m token": MILLION,
    "1000000 token": MILLION,
    "mtok": MILLION,
}
"""Tokens that a price is for, by its unit without ``per`` and plural."""


def prices_of(pricing: Part) -> dict[str, float] | None:
    """US dollars per million tokens by price type, or None where nothing is understood.

    A rate with conditions is not the price of every request and is left out, and so is a type with two
    different prices.
    """
    dollars = (pricing.optional("currency", _text) or "").upper() == "USD"
    found: dict[str, set[float]] = {}
    for rate in pricing.optional("rates", Part.items) or []:
        kind, unit, price = (_text(rate.member(name)) for name in ("type", "unit", "price"))
        tokens = _TOKENS.get(_plain(unit))
        conditional = bool(rate.optional("conditions", Part.entries))
        if dollars and tokens and not conditional and PRICE_TYPE.match(kind) and _DECIMAL.match(price):
            found.setdefault(kind, set()).add(float(Decimal(price) * MILLION / tokens))
    return {kind: min(prices) for kind, prices in sorted(found.items()) if len(prices) == 1} or None


def _plain(unit: str) -> str:
    words = _BETWEEN.sub(" ", unit.lower()).strip().removeprefix("per ")
    return words.removesuffix("s")


def _text(part: Part) -> str:
    if not isinstance(part.value, str):
        raise part.refused("text")
    return part.value
