"""Data as people write it in HCL: names without quotes, `=` or `:`, lines or commas, comments.

Templates (`${`, `%{`) are not escaped yet.
"""

from __future__ import annotations

import json
import re
from random import Random
from typing import Any

_NAME = re.compile(r"[A-Za-z_][\w-]*", re.ASCII)
_COMMENTS = ("# one, two = {", "// ]", "/* } , */")


def written(value: Any, random: Random, indent: int = 1) -> str:
    """A value. JSON's escapes ``\\b``, ``\\f`` and ``\\/`` are none of HCL."""
    if isinstance(value, dict):
        items = [
            f"{_key(key, random)}{_sign(random)}{written(held, random, indent + 1)}"
            for key, held in value.items()
        ]
        return _between("{", items, "}", random, indent, can_part_by_lines=True)
    if isinstance(value, list):
        return _between("[", [written(held, random, indent + 1) for held in value], "]", random, indent)
    if isinstance(value, str):
        return _string(value)
    return json.dumps(value)


def _between(
    begin: str, items: list[str], end: str, random: Random, indent: int, *, can_part_by_lines: bool = False
) -> str:
    if random.random() < 0.4:
        return (
            begin
            + random.choice(("", " "))
            + ", ".join(items)
            + random.choice(("", ", ") if items else ("",))
            + end
        )
    lines = [begin + _comment(random)]
    for at, item in enumerate(items):
        is_last = at == len(items) - 1
        comma = random.choice(("", ",")) if is_last or can_part_by_lines else ","
        lines.append("  " * (indent + 1) + item + comma + _comment(random))
        if random.random() < 0.15:
            lines.append("  " * (indent + 1) + "# a line of its own, with [")
    return "\n".join([*lines, "  " * indent + end])


def _key(key: str, random: Random) -> str:
    return key if _NAME.fullmatch(key) and random.random() < 0.7 else _string(key)


def _sign(random: Random) -> str:
    return random.choice((" = ", "=", "      = ", ": "))


def _string(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _comment(random: Random) -> str:
    return " " + random.choice(_COMMENTS) if random.random() < 0.2 else ""
