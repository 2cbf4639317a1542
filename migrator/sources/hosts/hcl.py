"""HCL: the values of constant expressions, with the places of their text."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from migrator.sources.hosts.hcl_tree import WRAPPING, Source, nodes, of_type, said
from migrator.sources.hosts.literal import Gap, Home, Piece, Pieces, add_decoded, character

if TYPE_CHECKING:
    from tree_sitter import Node

DEPTH = 60
"""Expressions inside each other."""

MOST = 200_000
"""Expressions that are evaluated for one file: names that stand for others multiply. It takes half a second."""

_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([nrt\"\\]))|\$\$\{|%%\{")
_HEREDOC_ESCAPE = re.compile(r"\$\$\{|%%\{")
_CHARACTERS = {"n": "\n", "r": "\r", "t": "\t"}
_INDENT = re.compile(r"[ \t]*")
_HEREDOC_NAME = "END_OF_TEMPLATE_1f0c"


class Unknown(Struct, frozen=True):
    """A value that is known only when Terraform runs."""


class Text(Struct, frozen=True):
    """A string. ``exact``: its pieces say where it is written in the file that is read.

    ``home`` is where all of it stands as a string, or is encoded.
    """

    pieces: Pieces
    exact: bool = True
    home: Home | None = None

    @property
    def text(self) -> str:
        return "".join(piece.text for piece in self.pieces.done)


Value: TypeAlias = "Unknown | Text | bool | int | float | list[Value] | dict[str, Value] | None"

UNKNOWN = Unknown()


def plain(text: str) -> Text:
    """A string that nobody wrote as it is."""
    pieces = Pieces()
    pieces.add(text, 0, len(text))
    return Text(pieces, exact=False)


def _nowhere(_name: str) -> None:
    return None


def _untold(_node: Node, _value: Value) -> None:
    return None


class Steps(Struct):
    """How many expressions may still be evaluated."""

    left: int = MOST


class Scope(Struct):
    """What names and functions mean. ``steps`` are those of a whole run over a file."""

    source: Source
    name: Callable[[list[str], int], Value]
    call: Callable[[Node, Scope, int], Value]
    steps: Steps
    own: bool = True
    """Whether the source is the file that is read: places lead nowhere else."""
    file: str | None = ""
    """The file beside it that the source is; none for a text whose strings nobody reads by themselves."""
    local: Callable[[str], Node | None] = _nowhere
    """Where a local value stands in the file that is read."""
    passed: Callable[[Node, Value], None] = _untold
    """Is told what an expression of that file may be as well, and where: other variables choose otherwise."""


def template_of(text: str, name: Callable[[list[str], int], Value], steps: Steps, depth: int) -> Value:
    """What ``templatefile`` makes of a template's text."""
    if _HEREDOC_NAME in text or depth > DEPTH:
        return UNKNOWN
    source = Source(f"x = <<{_HEREDOC_NAME}\n{text}\n{_HEREDOC_NAME}\n")
    if source.root.has_error:
        return UNKNOWN
    held = next((node for node in nodes(source.root) if node.type == "heredoc_template"), None)
    if held is None:
        return UNKNOWN
    value = evaluate(held, Scope(source, name, _no_call, steps, own=False, file=None), depth)
    return plain_with_gaps(value, value.text.removesuffix("\n")) if isinstance(value, Text) else value


def plain_with_gaps(value: Text, text: str) -> Text:
    """Another text for a value; that it has holes is still known, and where it is from."""
    made = plain(text)
    made.pieces.gaps += value.pieces.gaps
    made.pieces.inherit(value.pieces)
    return made


def at_home(value: Text, node: Node, scope: Scope) -> Text:
    """A string that stands where a node does."""
    if scope.file is None:
        return value
    home = Home(scope.file, *scope.source.range(node))
    value.pieces.homes.append(home)
    return replace(value, home=home)


def homes_of(value: Value) -> Iterator[Home]:
    """Where the strings in a value stand."""
    match value:
        case Text():
            yield from value.pieces.homes
        case dict() | list():
            for held in value.values() if isinstance(value, dict) else value:
                yield from homes_of(held)


def _no_call(_node: Node, _scope: Scope, _depth: int) -> Value:
    return UNKNOWN


def evaluate(node: Node, scope: Scope, depth: int = 0) -> Value:
    """The value of an expression; unknown where it is not constant, or too much."""
    scope.steps.left -= 1
    if depth > DEPTH or scope.steps.left < 0 or node.has_error:
        return UNKNOWN
    inside = said(node)
    if node.type in WRAPPING:
        if len(inside) == 1:
            return evaluate(inside[0], scope, depth + 1)
        return _path(inside, scope, depth)
    match node.type:
        case "string_lit" | "quoted_template":
            return _quoted(node, scope, depth)
        case "heredoc_template":
            return _heredoc(node, scope, depth)
        case "numeric_lit":
            return _number(scope.source.written(node))
        case "bool_lit":
            return scope.source.written(node) == "true"
        case "null_lit":
            return None
        case "tuple":
            return [_known(item, scope, depth) for item in inside if item.type == "expression"]
        case "object":
            return _object(inside, scope, depth)
        case "variable_expr":
            return _path([node], scope, depth)
        case "function_call":
            return scope.call(node, scope, depth)
        case "operation":
            return _signed(inside, scope, depth)
        case "conditional":
            return _conditional(inside, scope, depth)
    return UNKNOWN


def _known(node: Node, scope: Scope, depth: int) -> Value:
    """A value; a string with a hole in it for an unknown one."""
    value = evaluate(node, scope, depth + 1)
    if not isinstance(value, Unknown):
        return value
    pieces = Pieces()
    pieces.gap(scope.source.written(node), *_range(node, scope))
    return Text(pieces, exact=scope.own)


def _range(node: Node, scope: Scope) -> tuple[int, int]:
    return scope.source.range(node) if scope.own else (0, 0)


def _number(written: str) -> Value:
    try:
        return int(written) if written.isdigit() else float(written)
    except ValueError:
        return UNKNOWN


def _signed(inside: list[Node], scope: Scope, depth: int) -> Value:
    """A negative number, or the opposite of a truth value; other operations are not followed."""
    held = inside[0] if len(inside) == 1 and inside[0].type == "unary_operation" else None
    if held is None or not held.named_children:
        return UNKNOWN
    sign, value = scope.source.written(held)[:1], evaluate(held.named_children[0], scope, depth + 1)
    if isinstance(value, bool):
        return not value if sign == "!" else UNKNOWN
    return -value if sign == "-" and isinstance(value, int | float) else UNKNOWN


def _conditional(inside: list[Node], scope: Scope, depth: int) -> Value:
    if len(inside) != 3:  # noqa: PLR2004 - condition and two values
        return UNKNOWN
    condition = evaluate(inside[0], scope, depth + 1)
    if not isinstance(condition, bool):
        return UNKNOWN
    taken, other = inside[1:] if condition else reversed(inside[1:])
    if scope.own:
        scope.passed(other, evaluate(other, scope, depth + 1))
    return evaluate(taken, scope, depth + 1)


def _object(inside: list[Node], scope: Scope, depth: int) -> Value:
    made: dict[str, Value] = {}
    for element in inside:
        if element.type != "object_elem":
            continue
        parts = [child for child in element.named_children if child.type == "expression"]
        if len(parts) != 2:  # noqa: PLR2004 - key and value
            return UNKNOWN
        key, value = parts
        written = scope.source.written(key)
        if re.fullmatch(r"[\w-]+", written):
            made[written] = _known(value, scope, depth)
            continue
        name = evaluate(key, scope, depth + 1)
        if not isinstance(name, Text) or name.pieces.gaps:
            return UNKNOWN
        held = _known(value, scope, depth)
        if isinstance(held, Text):
            held.pieces.inherit(name.pieces)
        made[name.text] = held
    return made


def _path(inside: list[Node], scope: Scope, depth: int) -> Value:
    """``var.x``, ``local.x.y[0]``, ``ngrok_vault.ai.name``."""
    if not inside or inside[0].type != "variable_expr":
        return UNKNOWN
    parts = [scope.source.written(inside[0])]
    for node in inside[1:]:
        if node.type == "get_attr" and (name := of_type(node, "identifier")) is not None:
            parts.append(scope.source.written(name))
        elif node.type == "index":
            held = next((one for one in nodes(node) if one.type in ("expression", "numeric_lit")), None)
            value = evaluate(held, scope, depth + 1) if held is not None else UNKNOWN
            if isinstance(value, Text) and not value.pieces.gaps:
                part = value.text
            elif isinstance(value, int) and not isinstance(value, bool):
                part = str(value)
            else:
                return UNKNOWN
            if scope.own and held is not None and _names(held):
                scope.passed(node, _without(scope.name(parts, depth + 1), part))
            parts.append(part)
        else:
            return UNKNOWN
    return scope.name(parts, depth + 1)


def _names(node: Node) -> bool:
    """Whether an expression names a variable, a local or anything else."""
    return any(one.type == "variable_expr" for one in nodes(node))


def _without(value: Value, part: str) -> Value:
    """What else a value holds."""
    if isinstance(value, dict):
        return [held for key, held in value.items() if key != part]
    return [held for at, held in enumerate(value) if str(at) != part] if isinstance(value, list) else UNKNOWN


def member(value: Value, parts: list[str]) -> Value:
    """What stands under these keys and numbers of a value."""
    for part in parts:
        if isinstance(value, dict) and part in value:
            value = value[part]
        elif isinstance(value, list) and part.isdigit() and int(part) < len(value):
            value = value[int(part)]
        else:
            return UNKNOWN
    return value


def _quoted(node: Node, scope: Scope, depth: int) -> Value:
    start, end = scope.source.range(node)
    pieces = Pieces()
    _template(node, scope, depth, (start + 1, end - 1), pieces)
    return at_home(Text(pieces, exact=scope.own), node, scope)


def _heredoc(node: Node, scope: Scope, depth: int) -> Value:
    names = [child for child in node.children if child.type == "heredoc_identifier"]
    if len(names) != 2:  # noqa: PLR2004 - the word that begins it and the one that ends it
        return UNKNOWN
    text = scope.source.text
    start = text.find("\n", scope.source.range(names[0])[1]) + 1
    end = text.rfind("\n", start - 1, scope.source.range(names[1])[0]) + 1
    pieces = Pieces()
    opening = of_type(node, "heredoc_start")
    trimmed = opening is not None and scope.source.written(opening) == "<<-"
    indent = _common_indent(text[start:end]) if trimmed else 0
    _template(node, scope, depth, (start, end), pieces, indent)
    return at_home(Text(pieces, exact=scope.own), node, scope)


def _common_indent(body: str) -> int:
    lines = [line for line in body.split("\n") if line.strip()]
    return min((len(line) - len(line.lstrip(" \t")) for line in lines), default=0)


def _template(
    node: Node, scope: Scope, depth: int, body: tuple[int, int], pieces: Pieces, indent: int | None = None
) -> None:
    """Add the text of a template."""
    at, end = body
    for child in node.children:
        if child.type not in ("template_interpolation", "template_directive"):
            continue
        start, behind = scope.source.range(child)
        _text(scope.source.text, at, start, pieces, indent)
        at = behind
        expression = of_type(child, "expression")
        marks = any(one.type == "strip_marker" for one in child.children)
        value = evaluate(expression, scope, depth + 1) if expression is not None and not marks else UNKNOWN
        place = (start, behind) if scope.own else (0, 0)
        if isinstance(value, Text):
            pieces.done.append(Piece(value.text, *place))
            pieces.gaps += [Gap(*place)] if value.pieces.gaps else []
            pieces.inherit(value.pieces)
        elif isinstance(value, bool):
            pieces.done.append(Piece(str(value).lower(), *place))
        elif isinstance(value, int | float):
            pieces.done.append(Piece(str(value), *place))
        else:
            name = scope.source.written(expression) if expression is not None else ""
            pieces.gap(name, *place)
    _text(scope.source.text, at, end, pieces, indent)


def _text(text: str, start: int, end: int, pieces: Pieces, indent: int | None) -> None:
    """Literal text of a template: of a heredoc where ``indent`` is given, without that much at each line's start."""
    if indent is None:
        add_decoded(pieces, text, start, end, _ESCAPE, _unescaped)
        return
    at = start
    while at < end:
        line_end = text.find("\n", at, end) + 1 or end
        begins = at == 0 or text[at - 1] == "\n"
        begin = at
        if begins and indent:
            found = _INDENT.match(text, at, min(at + indent, line_end))
            begin = found.end() if found is not None else at
        add_decoded(pieces, text, begin, line_end, _HEREDOC_ESCAPE, _unescaped)
        at = line_end


def _unescaped(found: re.Match[str]) -> str:
    written = found.group()
    if written[0] in "$%":
        return written[1:]
    digits = found.group(1) or found.group(2)
    if digits is None:
        return _CHARACTERS.get(found.group(3), found.group(3))
    return character(int(digits, 16))
