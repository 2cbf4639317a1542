"""Open decisions as the part of ``migrator.yaml`` that answers them: the safe side, ready to be edited."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from msgspec import Struct

from migrator.findings.rulings import matches
from migrator.render.safe import shown, yaml_scalar
from migrator.report.layout import wrapped
from migrator.report.tally import number
from migrator.secrets import visible
from migrator.translate.model import Decision

CONFIGURATION_FILE: Final = "migrator.yaml"

_KEY_LIMIT: Final = 1000
"""YAML allows 1024 characters for a key that stands on one line with its value."""
_WORDS_LIMIT: Final = 1000
_GLOB: Final = frozenset("*?[")


class Answer(Struct, frozen=True):
    """One entry below ``decisions:``: the id of a decision, or a pattern for ``count`` of them."""

    key: str
    question: str
    options: tuple[str, ...]
    chosen: str
    count: int = 1

    def lines(self, width: int) -> list[str]:
        """The question and its options as a comment, then the key with the option in force."""
        options = ", ".join(shown(option) for option in self.options)
        many = f" Asked {number(self.count, 'time')}." if self.count > 1 else ""
        words = f"{shown(self.question)}{many} Options: {options}."[:_WORDS_LIMIT]
        comment = wrapped(words, max(width - 4, 20))
        key, value = yaml_scalar(visible(self.key)), yaml_scalar(visible(self.chosen))
        entry = [f"  {key}: {value}"] if len(key) <= _KEY_LIMIT else [f"  ? {key}", f"  : {value}"]
        return [*(f"  # {line}" for line in comment), *entry]


def open_decisions(decisions: Iterable[Decision]) -> tuple[Decision, ...]:
    return tuple(decision for decision in decisions if decision.is_open)


def answers(decisions: Sequence[Decision]) -> tuple[Answer, ...]:
    """One entry for each question: where several units ask the same, a pattern answers all of them."""
    alike: dict[tuple[str, str, tuple[str, ...], str], list[Decision]] = {}
    for one in decisions:
        alike.setdefault((_pattern(one), one.question, one.options, one.chosen), []).append(one)
    return tuple(
        entry for (pattern, *_), same in alike.items() for entry in _entries(pattern, same, decisions)
    )


def _entries(pattern: str, same: Sequence[Decision], decisions: Sequence[Decision]) -> Iterator[Answer]:
    """One entry for ``same``, or one for each where their pattern would answer other decisions as well."""
    first = same[0]
    if len(same) > 1 and sum(matches(pattern, one.id) for one in decisions) == len(same):
        yield Answer(pattern, first.question, first.options, first.chosen, len(same))
    else:
        yield from (Answer(one.id, one.question, one.options, one.chosen) for one in same)


def answers_yaml(entries: Iterable[Answer], width: int) -> list[str]:
    """The lines of a file that gives ``entries``."""
    return ["decisions:", *(line for entry in entries for line in entry.lines(width))]


def _pattern(decision: Decision) -> str:
    """The decision's id with a ``*`` for its unit; the id itself where that would match something else."""
    if decision.unit is None or _GLOB.intersection(decision.id):
        return decision.id
    kind, colon, rest = decision.id.partition(":")
    unit, more, subject = rest.partition(":")
    return f"{kind}{colon}*{more}{subject}" if unit == decision.unit else decision.id
