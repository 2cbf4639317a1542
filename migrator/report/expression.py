"""An expression as a tree: for a terminal, and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from migrator.cel import Node, unparse
from migrator.cel.nodes import Part, members
from migrator.render.safe import shown


def expression_text(node: Node) -> str:
    """The expression in its canonical spelling, then its parts, one a line, with their places."""
    return "\n".join([shown(unparse(node)), "", *_lines(node, ""), ""])


def _lines(part: Part, indent: str, label: str = "") -> Iterator[str]:
    place = f"  [{part.start}:{part.end}]" if part.start >= 0 else ""
    own = " ".join(
        f"{name}={shown(repr(value))}"
        for name, value in members(part)
        if not isinstance(value, Part | tuple) and value is not None and value is not False
    )
    yield f"{indent}{label}{type(part).__name__}{f' {own}' if own else ''}{place}"
    for name, value in members(part):
        if isinstance(value, Part):
            yield from _lines(value, f"{indent}  ", f"{name}: ")
        elif isinstance(value, tuple):
            for item in value:
                if isinstance(item, Part):
                    yield from _lines(item, f"{indent}  ", f"{name}: ")


def expression_json(node: Node) -> str:
    """``{"expression", "tree"}``; each part has its ``type``, its ``span`` (code points) and its members."""
    document = {"expression": shown(unparse(node)), "tree": _tree(node)}
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def _tree(part: Part) -> dict[str, Any]:
    made: dict[str, Any] = {"type": type(part).__name__, "span": [part.start, part.end]}
    for name, value in members(part):
        if isinstance(value, Part):
            made[name] = _tree(value)
        elif isinstance(value, tuple):
            made[name] = [_tree(item) if isinstance(item, Part) else item for item in value]
        elif isinstance(value, bytes):
            made[name] = value.hex()
        elif isinstance(value, int) and not isinstance(value, bool):
            made[name] = value if abs(value) < 2**53 else str(value)
        else:
            made[name] = shown(value) if isinstance(value, str) else value
    return made
