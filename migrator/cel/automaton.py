"""What drives the tables of the grammar: tokens in, and what a builder makes of them out.

It does what lark's LALR parser does, with lark's tables and without importing it: the same rules are completed in the
same order, and it stops at the same token. A test compares the two.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from msgspec import Struct

from migrator.cel.grammar import Tables
from migrator.cel.lexer import Token


class Refusal(Struct, frozen=True):
    """Where reading ended too early: at ``token``, with the ``values`` that were not yet part of a larger one."""

    token: Token
    values: tuple[Any, ...]
    states: tuple[int, ...]


class Automaton:
    """The tables, with the methods of a builder in the place of their names."""

    def __init__(self, tables: Tables, builder: object) -> None:
        self._actions = [state.actions for state in tables.states]
        self._gotos = [state.gotos for state in tables.states]
        self._rules: list[tuple[str, int, Callable[[list[Any]], Any] | None]] = [
            (rule.origin, rule.size, getattr(builder, rule.method) if rule.method else None)
            for rule in tables.rules
        ]

    def read(self, tokens: Iterable[Token]) -> Any | Refusal:
        """What the builder made of the tokens, the last of which is ``END``."""
        actions, gotos, rules = self._actions, self._gotos, self._rules
        states = [0]
        values: list[Any] = []
        for token in tokens:
            kind = token.kind
            while (action := actions[states[-1]].get(kind)) is None or action < 0:
                if action is None:
                    return Refusal(token, tuple(values), tuple(states))
                origin, size, make = rules[~action]
                if make is None:
                    states[-1] = gotos[states[-2]][origin]
                    continue
                value = make(values[-size:])
                del values[-size:], states[-size:]
                values.append(value)
                states.append(gotos[states[-1]][origin])
            states.append(action)
            values.append(token)
        return values[0]

    def accepted(self, refusal: Refusal) -> set[str]:
        """The terminals that could have stood there."""
        return {kind for kind in self._actions[refusal.states[-1]] if self._takes(refusal.states, kind)}

    def _takes(self, before: tuple[int, ...], kind: str) -> bool:
        """Whether a state takes the terminal once all rules are completed that it completes."""
        states = list(before)
        while (action := self._actions[states[-1]].get(kind)) is not None:
            if action >= 0:
                return True
            origin, size, _ = self._rules[~action]
            del states[-size:]
            states.append(self._gotos[states[-1]][origin])
        return False
