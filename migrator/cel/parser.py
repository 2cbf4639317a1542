"""From text to nodes, or to what is wrong with the text in plain words."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

from migrator.cel.automaton import Automaton, Refusal
from migrator.cel.builder import Builder
from migrator.cel.errors import CelSyntaxError
from migrator.cel.grammar import END, UNKNOWN, tables
from migrator.cel.lexer import Token, tokens
from migrator.cel.nodes import Ident, Node, Part, Select, children
from migrator.patterns import pattern
from migrator.secrets import is_mask

MAX_LENGTH = 100_000
"""Code points of an expression."""

MAX_NESTING = 150
"""How deep brackets and nodes may be nested, a chain of operators or selections included.

The language asks for 32. What walks nodes may recurse: Python's limit of 1000 calls then leaves
it six for each level, and ``==`` on nodes takes four.
"""

_TOO_DEEP = f"more than {MAX_NESTING} levels of nesting, or operators in a row"

_SURROGATE = pattern("[\ud800-\udfff]")

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
    watch = _Watch()
    result: Node | Refusal = _automaton().read(watch.over(tokens(text)))
    if isinstance(result, Refusal):
        raise _syntax_error(text, result)
    if watch.passed > MAX_NESTING:  # each node has a token that is no other's
        _check_depth(result)
    return result


@cache
def _automaton() -> Automaton:
    return Automaton(tables(), Builder())


class _Watch:
    """Counts the tokens that pass, and stops at brackets nested too deep: parentheses leave no trace in the nodes."""

    passed = 0

    def over(self, tokens: Iterator[Token]) -> Iterator[Token]:
        depth = 0
        for self.passed, token in enumerate(tokens, 1):
            if token.kind in _BRACKETS:
                depth += _BRACKETS[token.kind]
                if depth > MAX_NESTING:
                    raise CelSyntaxError(_TOO_DEEP, token.start)
            yield token


def _check_depth(node: Node) -> None:
    level: list[Part] = [node]
    for _ in range(MAX_NESTING):
        level = [child for part in level for child in children(part)]
        if not level:
            return
    raise CelSyntaxError(_TOO_DEEP, level[0].start)


def _syntax_error(text: str, refusal: Refusal) -> CelSyntaxError:
    token = refusal.token
    if not text.strip("\t\n\f\r "):
        return CelSyntaxError("an empty expression", 0, ("a value",))
    if token.kind == UNKNOWN:
        return CelSyntaxError(_character(token.value), token.start)
    accepted = _automaton().accepted(refusal)
    if accepted == _AFTER_RESERVED:
        return CelSyntaxError("a reserved word in place of a name", _name_start(refusal.values))
    if token.kind == END:
        return CelSyntaxError("the expression ends too early", token.start, _expected(accepted))
    if token.kind in _KEYWORDS and "IDENT" in accepted:
        return CelSyntaxError("a keyword in place of a name", token.start)
    found = _CLASSES.get(token.kind) or _symbol(token.kind)
    return CelSyntaxError(f"{found} in the wrong place", token.start, _expected(accepted))


def _name_start(values: tuple[Any, ...]) -> int:
    """Where the dotted name begins that was read last: nodes, and the tokens not yet in one."""
    start = 0
    for item in reversed(values):
        if isinstance(item, Ident | Select) or (isinstance(item, Token) and item.kind in _NAME):
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
    if END in accepted:
        words.append("the end")
    return tuple(words)


def _symbol(name: str) -> str:
    """A terminal of fixed text, as it is written."""
    return next(f"`{text}`" for text, terminal in tables().fixed.items() if terminal == name)
