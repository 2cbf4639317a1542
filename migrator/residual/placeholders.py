"""Placeholders for credentials."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from migrator.secrets import MASK_LIMIT, mask, mask_ordinals

_MASKED: Final = re.compile(f"[{mask(0, 1)}-{mask(MASK_LIMIT - 1, 1)}]+")


def with_placeholders(text: str, name: Callable[[int], str]) -> str:
    """``text`` with ``REPLACE_WITH_<NAME>`` for each masked credential.

    Letters, digits and underscores alone, and no word of YAML: the same text in every kind of
    scalar, in JSON and in an expression's string, and a string wherever it stands alone.
    """

    def placeholder(masked: re.Match[str]) -> str:
        return "".join(f"REPLACE_WITH_{name(ordinal)}" for ordinal in mask_ordinals(masked.group()))

    return text if text.isascii() else _MASKED.sub(placeholder, text)
