"""A tree written as text, without comments, anchors and merge keys.

A document in brackets is written in brackets, as JSON where it is JSON; any other in lines.
Strings are plain only where no reader of YAML could take them for anything else.
"""

from __future__ import annotations

import json
import re
from typing import Final

from migrator.tree.nodes import Mapping, Node, Scalar, Sequence
from migrator.tree.scalars import kind_of

_PLAIN: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_./-]*(?: [A-Za-z0-9_/][A-Za-z0-9_./-]*)*")
_WORDS: Final = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})
_NOT_PRINTED: Final = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
_NOT_IN_A_BLOCK: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
_KEY_LIMIT: Final = 1000
"""A longer key (YAML: 1024 code points) needs a question mark in front."""


def emit(root: Node) -> str:
    """The text of a document."""
    lines: list[str] = []
    if not isinstance(root, Scalar) and root.flow:
        _bracketed(lines, root, "", "", "")
    else:
        _block(lines, root, "", "")
    return "\n".join((*lines, ""))


def quoted(text: str) -> str:
    """A string in double quotes that YAML and JSON read alike, on one line."""
    return _NOT_PRINTED.sub(
        lambda found: f"\\u{ord(found.group()):04x}", json.dumps(text, ensure_ascii=False)
    )


def fits_one_line(text: str) -> bool:
    """Whether a string can stand in single quotes as it is."""
    return "\n" not in text and not _NOT_IN_A_BLOCK.search(text)


def block_string(text: str) -> list[str] | None:
    """A string as a literal block: the header, then its lines without indentation.

    None for a string that a block cannot hold, or only with more than its lines.
    """
    body = text.removesuffix("\n")
    lines = body.split("\n")
    if any(not line.strip() for line in (lines[0], lines[-1])) or lines[0][0] in " \t":
        return None
    if _NOT_IN_A_BLOCK.search(text) or any(line and not line.strip() for line in lines):
        return None
    return ["|" if body != text else "|-", *lines]


def _scalar(node: Scalar) -> str:
    """A scalar outside of brackets."""
    plain = node.kind == "str" and _PLAIN.fullmatch(node.text) and kind_of(node.text) == "str"
    return node.text if plain and node.text.lower() not in _WORDS else _json_scalar(node)


def _json_scalar(node: Scalar) -> str:
    if node.kind == "str":
        return quoted(node.text)
    if node.kind == "null":
        return "null"
    if node.kind != kind_of(node.text):
        return f"!<tag:yaml.org,2002:{node.kind}> {node.text}"  # `!!float 1`
    return node.text


def _block(lines: list[str], node: Node, first: str, rest: str) -> None:
    """Write a node: ``first`` stands in front of its first line, ``rest`` in front of the others."""
    if isinstance(node, Scalar):
        _block_scalar(lines, node, first, rest)
    elif isinstance(node, Sequence):
        for item in node.items:
            _block(lines, item, first + "- ", rest + "  ")
            first = rest
    else:
        for entry in node.entries:
            key = _scalar(entry.key)
            lead = f"{first}{key}:"
            if len(key) > _KEY_LIMIT:
                lines.append(f"{first}? {key}")
                lead = f"{rest}:"
            if isinstance(entry.value, Scalar) or _is_empty(entry.value):
                _block(lines, entry.value, f"{lead} ", rest + "  ")
            else:
                lines.append(lead)
                _block(lines, entry.value, rest + "  ", rest + "  ")
            first = rest
    if _is_empty(node):
        lines.append(first + ("[]" if isinstance(node, Sequence) else "{}"))


def _is_empty(node: Node) -> bool:
    return (isinstance(node, Sequence) and not node.items) or (isinstance(node, Mapping) and not node.entries)


def _block_scalar(lines: list[str], node: Scalar, first: str, rest: str) -> None:
    block = block_string(node.text) if node.kind == "str" and "\n" in node.text else None
    if block is None:
        lines.append(first + _scalar(node))
        return
    lines.append(first + block[0])
    lines += [rest + line if line else "" for line in block[1:]]


def _bracketed(lines: list[str], node: Node, first: str, rest: str, comma: str) -> None:
    """Write a node in brackets, ``comma`` behind it."""
    if isinstance(node, Scalar):
        lines.append(first + _json_scalar(node) + comma)
        return
    opened, closed = "[]" if isinstance(node, Sequence) else "{}"
    if _is_empty(node):
        lines.append(first + opened + closed + comma)
        return
    if isinstance(node, Sequence):
        inside = [("", item) for item in node.items]
    else:
        keys = [_json_scalar(entry.key) for entry in node.entries]
        marks = ["? " if len(key) > _KEY_LIMIT else "" for key in keys]
        leads = [f"{mark}{key}: " for mark, key in zip(marks, keys, strict=True)]
        inside = list(zip(leads, (entry.value for entry in node.entries), strict=True))
    lines.append(first + opened)
    for number, (key, value) in enumerate(inside, 1):
        _bracketed(lines, value, f"{rest}  {key}", rest + "  ", "," if number < len(inside) else "")
    lines.append(rest + closed + comma)
