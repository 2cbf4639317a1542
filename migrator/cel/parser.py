"""From text to nodes: the only module that drives lark.

Importing it costs lark's import, so ``migrator.cel`` imports it when the first expression is parsed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any, cast

from lark import Lark, Token
from lark.exceptions import UnexpectedInput, UnexpectedToken
from lark.lark import PostLex

from migrator.cel.builder import Builder
from migrator.cel.errors import CelSyntaxError
from migrator.cel.grammar import parser
from migrator.cel.nodes import Ident, Node, Part, Select, children
from migrator.secrets import is_mask

MAX_LENGTH = 100_000
"""Code points of an expression."""

MAX_NESTING = 150
"""How deep brackets and nodes may be nested, a chain of operators or selections included.

The language asks for 32. What walks nodes may recurse: Python's limit of 1000 calls then leaves
it six for each level, and ``==`` on nodes takes four.
"""

_TOO_DEEP = f"more than {MAX_NESTING} levels of nesting, or operators in a row"

_SURROGATE = re.compile("[\ud800-\udfff]")

_BRACKETS = {"LPAR": 1, "LSQB": 1, "LBRACE": 1, "RPAR": -1, "RSQB": -1, "RBRACE": -1}
_KEYWORDS = {"IN", "TRUE", "FALSE", "NULL"}
_NAME = {"IDENT", "RESERVED", "DOT"}
_AFTER_RESERVED = {"DOT", "LBRACE"}
"""All that may follow a reserved word at the head of a name: it can only be a message's."""

_CLASSES = dict.fromkeys(("IDENT", "RESERVED", "QUOTED"), "a name") | {
    **dict.fromkeys(("INT", "UINT", "FLOAT"), "a number"),
    **dict.fromkeys(("STRING", "TRIPLE_STRING", "BYTES", "TRIPLE_BYTES"), "a string"),
}


def parse(text: str) -> Node:
    """The expression that ``text`` is; ``CelSyntaxError`` otherwise."""
    if len(text) > MAX_LENGTH:
        raise CelSyntaxError(f"more than {MAX_LENGTH} characters", MAX_LENGTH)
    if not text.isascii() and (surrogate := _SURROGATE.search(text)):
        raise CelSyntaxError("half of a surrogate pair", surrogate.start())
    result = _parsed(text)
    if isinstance(result, UnexpectedInput):
        # Here and not in a handler: lark's error quotes the expression and must not be the context.
        raise _syntax_error(text, result)
    if len(text) > MAX_NESTING:
        _check_depth(result)
    return result


class _Nesting(PostLex):
    """Stops at brackets nested too deep: parentheses leave no trace in the nodes."""

    always_accept = ()

    def process(self, stream: Iterator[Token]) -> Iterator[Token]:
        depth = 0
        for token in stream:
            depth += _BRACKETS.get(token.type, 0)
            if depth > MAX_NESTING:
                raise CelSyntaxError(_TOO_DEEP, token.start_pos or 0)
            yield token


@cache
def _lark() -> Lark:
    return parser(transformer=Builder(), postlex=_Nesting())


def _parsed(text: str) -> Node | UnexpectedInput:
    try:
        return cast("Node", _lark().parse(text))  # what the builder made, not lark's tree
    except UnexpectedInput as error:
        return error


def _check_depth(node: Node) -> None:
    level: list[Part] = [node]
    for _ in range(MAX_NESTING):
        level = [child for part in level for child in children(part)]
        if not level:
            return
    raise CelSyntaxError(_TOO_DEEP, level[0].start)


def _syntax_error(text: str, error: UnexpectedInput) -> CelSyntaxError:
    state: Any = error.interactive_parser  # where lark's own types stop
    offset = cast("int", error.pos_in_stream)
    if not text.strip("\t\n\f\r "):
        return CelSyntaxError("an empty expression", 0, ("a value",))
    if not isinstance(error, UnexpectedToken):
        return CelSyntaxError(_character(text[offset]), offset)
    accepted: set[str] = state.accepts()
    if accepted == _AFTER_RESERVED:
        return CelSyntaxError(
            "a reserved word in place of a name", _name_start(state.parser_state.value_stack)
        )
    if error.token.type == "$END":
        return CelSyntaxError("the expression ends too early", len(text), _expected(accepted))
    if error.token.type in _KEYWORDS and "IDENT" in accepted:
        return CelSyntaxError("a keyword in place of a name", offset)
    found = _CLASSES.get(error.token.type) or _symbol(error.token.type)
    return CelSyntaxError(f"{found} in the wrong place", offset, _expected(accepted))


def _name_start(stack: list[Any]) -> int:
    """Where the dotted name begins that was read last: nodes, and the tokens not yet in one."""
    start = 0
    for item in reversed(stack):
        if isinstance(item, Token) and item.type in _NAME:
            start = item.start_pos or 0
        elif isinstance(item, Ident | Select):
            start = item.start
        else:
            break
    return start


def _character(char: str) -> str:
    if char in "'\"":
        return "a string that is not closed"
    if char == "`":
        return "a quoted field name that is not closed or has other characters than those allowed"
    if is_mask(char):
        return "a credential outside a string"
    return "a character that is not part of the language"


def _expected(accepted: set[str]) -> tuple[str, ...]:
    """The terminals in plain words, in the order in which a reader would think of them."""
    words = []
    if "INT" in accepted:
        words.append("a value" if "IDENT" in accepted else "a number")
    elif "IDENT" in accepted:
        words.append("a name")
    if "OR" in accepted:
        words.append("an operator")
    words.extend(_symbol(name) for name in ("COMMA", "COLON", "RPAR", "RSQB", "RBRACE") if name in accepted)
    if "$END" in accepted or not accepted:  # all is read: lark's last state accepts nothing by name
        words.append("the end")
    return tuple(words)


def _symbol(name: str) -> str:
    """A terminal of fixed text, as it is written."""
    pattern = _lark().get_terminal(name).pattern
    return f"`{pattern.value}`"
