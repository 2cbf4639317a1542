"""lark, which makes the tables of the grammar and judges what is read with them.

``python -m tests.cel.by_lark`` (``make grammar``) stores the tables.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from operator import itemgetter
from typing import Any

from lark import Lark, Token
from lark.exceptions import UnexpectedCharacters, UnexpectedToken
from lark.lexer import PatternStr
from lark.parsers.lalr_analysis import Shift
from msgspec import json

from migrator.cel import lexer
from migrator.cel.builder import Builder
from migrator.cel.errors import CelSyntaxError
from migrator.cel.grammar import END, UNKNOWN, Rule, State, Tables
from migrator.resources import path_of, read_text

FILE = path_of("grammars", "cel.lark").with_name("cel.tables.json")


class _Transformer(Builder):
    """The builder, given the program's tokens in the place of lark's."""

    def __getattr__(self, name: str) -> Callable[[Token], lexer.Token]:
        if not name.isupper():
            raise AttributeError(name)
        return lambda token: lexer.Token(token.type, str(token), token.start_pos or 0, token.end_pos or 0)


@cache
def parser() -> Lark:
    """lark's parser of the grammar, which must have no conflicts. It calls the program's builder."""
    return Lark(
        read_text("grammars", "cel.lark"),
        parser="lalr",
        lexer="basic",
        start="expr",
        keep_all_tokens=True,
        maybe_placeholders=False,
        strict=True,
        transformer=_Transformer(),
    )


def outcome(text: str) -> object:
    """What lark makes of a text: a node, or what is wrong where.

    That is the builder's complaint, or the terminal and place where reading ended; if it is a terminal, with those
    that could have stood there and what was read before and is not yet part of something larger.
    """
    try:
        return parser().parse(text)
    except CelSyntaxError as error:
        return error.reason, error.offset
    except UnexpectedCharacters as error:
        return UNKNOWN, error.pos_in_stream
    except UnexpectedToken as error:
        state: Any = error.interactive_parser
        at = len(text) if error.token.type == END else error.pos_in_stream
        accepted = sorted(state.accepts()) or [END]  # all is read: lark's last state accepts nothing by name
        return error.token.type, at, accepted, state.parser_state.value_stack


def tables() -> Tables:
    """What the program needs of lark's tables, with the states in the order in which they are reached."""
    lark: Any = parser()  # whose types stop here
    table = lark.parser.parser._parse_table
    rows = {state: sorted(row.items(), key=itemgetter(0)) for state, row in table.states.items()}
    order = {table.start_states["expr"]: 0}
    waiting = list(order)
    for state in waiting:
        for _, (action, to) in rows[state]:
            if action is Shift and to not in order:
                order[to] = len(order)
                waiting.append(to)
    rules = sorted(set(map(_rule, lark.rules)))
    texts = {
        str(each.name): each.pattern.value for each in lark.terminals if isinstance(each.pattern, PatternStr)
    }
    states = []
    for state in order:
        row = {
            str(name): order[to] if action is Shift else ~rules.index(_rule(to))
            for name, (action, to) in rows[state]
        }
        if state == table.end_states["expr"]:
            row[END] = len(order)
        terminals = {name for name in row if name.isupper()}
        states.append(
            State(
                {name: row[name] for name in row if name in terminals},
                {name: row[name] for name in row if name not in terminals},
            )
        )
    return Tables(
        patterns=tuple(
            (str(each.name), each.pattern.to_regexp())
            for each in lark.parser.lexer.scanner.terminals
            if each.name not in texts
        ),
        fixed={text: name for name, text in texts.items()},
        ignored=frozenset(map(str, lark.ignore_tokens)),
        rules=tuple(Rule(origin, size, method or None) for origin, size, method in rules),
        states=(*states, State({}, {})),
    )


def written() -> bytes:
    """The tables as they are stored."""
    return json.format(json.encode(tables(), order="deterministic"), indent=1) + b"\n"


def _rule(rule: Any) -> tuple[str, int, str]:
    size = len(rule.expansion)
    passed_on = rule.options.expand1 and not rule.alias and size == 1
    return str(rule.origin.name), size, "" if passed_on else str(rule.alias or rule.origin.name)


if __name__ == "__main__":
    FILE.write_bytes(written())
