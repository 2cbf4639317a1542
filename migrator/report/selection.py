"""What selection strategies keep, model by model: for a terminal, and as JSON."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, Final

from msgspec import Struct

from migrator.cel import unparse
from migrator.cel.strategy import Kept, condition_text
from migrator.gateway.candidates import Candidate
from migrator.gateway.strategies import Strategies, Strategy, Verdict
from migrator.render.safe import shown
from migrator.report.escape import bounded
from migrator.report.layout import heading, paragraph, table
from migrator.report.options import DEFAULTS, ReportOptions, Role

FORMAT_VERSION: Final = 1
ANY_OTHER: Final = "*"
"""Stands for the name of whatever model the catalogue does not know: it was passed through."""

_PAINT: Final[dict[Verdict, Role]] = {
    Verdict.CERTAIN: "note",
    Verdict.POSSIBLE: "warning",
    Verdict.OUT: "faint",
}
_LONGEST: Final = 300


class Evaluated(Struct, frozen=True, eq=False):
    """The strategies of one unit. ``unit`` and ``path`` are empty for an expression without a policy."""

    unit: str
    path: str
    strategies: Strategies
    keys: tuple[Strategy, ...] = ()


class Row(Struct, frozen=True):
    """One model: how it is named, what the strategy says of it, and why."""

    model: str
    verdict: Verdict
    why: str
    needs: tuple[str, ...] = ()


def rows(strategies: Strategies, strategy: Strategy) -> Iterator[Row]:
    """A row for each model: those that are kept in the strategy's order, then the others."""
    of = strategies.candidates.by_record
    kept = {one.record: one for one in strategies.choice.kept(strategy.evaluation)}
    for record, one in kept.items():
        yield _kept(of[record], one)
    for candidate in (*strategies.candidates.models, *strategies.candidates.passing):
        if candidate.record not in kept:
            node = strategy.reach.dropped.get(candidate.record)
            why = f"not {unparse(node)}" if node is not None else "not chosen"
            yield Row(_name(candidate), Verdict.OUT, why)


def _kept(candidate: Candidate, one: Kept) -> Row:
    if one.certain:
        return Row(_name(candidate), Verdict.CERTAIN, "")
    why = f"if {condition_text(one.conditions)}" if one.conditions else "one of these"
    return Row(_name(candidate), Verdict.POSSIBLE, why, tuple(sorted(one.needs)))


def _name(candidate: Candidate) -> str:
    return f"{candidate.provider_id}:{candidate.name or ANY_OTHER}"


# For a terminal


def selection_text(
    evaluated: Sequence[Evaluated], options: ReportOptions = DEFAULTS, *, everything: bool = False
) -> str:
    """Tables; models that are out are counted by reason, or listed as well (``everything``)."""
    lines: list[str] = []
    for one in evaluated:
        if one.unit:
            lines += [heading(shown(f"{one.unit} ({one.path})"), options), ""]
        if not one.strategies.listed and not one.keys:
            lines += ["no strategies: every model may be used, in the order of the request", ""]
        for strategy in one.strategies.listed:
            lines += [*_strategy(one.strategies, strategy, options, everything=everything), ""]
        for strategy in one.keys:
            lines += [*_keys(strategy, options), ""]
    return "\n".join(lines)


def _strategy(
    strategies: Strategies, strategy: Strategy, options: ReportOptions, *, everything: bool
) -> Iterator[str]:
    yield from _head(strategy, options)
    if strategy.selection.undecided and not everything:
        needs = ", ".join(sorted(strategy.selection.needs))
        why = f" (needs {shown(needs)})" if needs else ""
        yield f"nothing can be decided of it: any model may be kept{why}"
        return
    every = list(rows(strategies, strategy))
    counted = Counter(row.verdict for row in every)
    yield ", ".join(f"{counted[verdict]} {verdict.value}" for verdict in Verdict)
    listed = [row for row in every if everything or row.verdict is not Verdict.OUT]
    if listed:
        cells = [(shown(row.model), row.verdict.value, bounded(shown(row.why), _LONGEST)) for row in listed]
        header, *body = table(("model", "verdict", "why"), "<<<", cells)
        yield f"  {header}"
        for row, line in zip(listed, body, strict=True):
            yield f"  {options.style.paint(_PAINT[row.verdict], line)}"
    if not everything:
        reasons = Counter(row.why for row in every if row.verdict is Verdict.OUT)
        for why, count in reasons.items():
            yield options.style.paint("faint", f"  out: {count} models, {bounded(shown(why), _LONGEST)}")


def _head(strategy: Strategy, options: ReportOptions) -> Iterator[str]:
    selection = strategy.selection
    at = strategy.field.location.span
    place = f"{at.line}:{at.column}  " if strategy.field.location.path else ""
    yield from paragraph(f"{place}{shown(strategy.text)}", options, "    ", "")
    if strategy.error is not None:
        yield f"  not CEL: {strategy.error.reason}"
        yield from (f"  {line}" for line in strategy.error.excerpt(strategy.text).splitlines())
    if selection.failure is not None:
        yield f"  no usable result: {selection.failure.reason}"
    for problem in selection.problems:
        hint = f"; did you mean {problem.instead}?" if problem.instead else ""
        yield f"  there is no {problem.kind} {shown(problem.name)}{hint}"
    if selection.order.by is not None:
        known = "as listed" if selection.order.known else "not known"
        yield from paragraph(f"  order: {shown(unparse(selection.order.by))} ({known})", options, "    ")
    for text, count in selection.residuals:
        yield from paragraph(f"  left to decide of {count}: {shown(text)}", options, "    ")


def _keys(strategy: Strategy, options: ReportOptions) -> Iterator[str]:
    yield from _head(strategy, options)
    kept = strategy.selection.kept
    certain = sum(one.certain for one in kept)
    yield (
        f"keys: {certain} certain, {len(kept) - certain} possible, "
        f"{strategy.available - len(kept)} out; each is tried in the order of the list now"
    )


# JSON


def selection_json(evaluated: Sequence[Evaluated]) -> str:
    """``{"formatVersion", "units": [{"unit", "path", "strategies", "keyStrategies"}]}``, see docs/strategies.md."""
    document = {"formatVersion": FORMAT_VERSION, "units": [_unit(one) for one in evaluated]}
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def _unit(one: Evaluated) -> dict[str, Any]:
    return {
        "unit": shown(one.unit),
        "path": shown(one.path),
        "strategies": [
            {
                **_facts(strategy),
                "models": [
                    {
                        "model": shown(row.model),
                        "verdict": row.verdict.value,
                        "why": shown(row.why),
                        "needs": list(row.needs),
                    }
                    for row in rows(one.strategies, strategy)
                ],
            }
            for strategy in one.strategies.listed
        ],
        "keyStrategies": [_facts(strategy) for strategy in one.keys],
    }


def _facts(strategy: Strategy) -> dict[str, Any]:
    selection = strategy.selection
    by = selection.order.by
    at = strategy.field.location
    return {
        "expression": shown(strategy.text),
        "line": at.span.line if at.path else None,
        "column": at.span.column if at.path else None,
        "certain": len(selection.certain),
        "possible": len(selection.kept) - len(selection.certain),
        "order": None if by is None else {"by": shown(unparse(by)), "known": selection.order.known},
        "residuals": [{"expression": shown(text), "models": count} for text, count in selection.residuals],
        "needs": sorted(selection.needs),
        "failure": selection.failure.reason if selection.failure is not None else None,
        "error": strategy.error.reason if strategy.error is not None else None,
        "problems": [
            {"kind": one.kind, "name": shown(one.name), "instead": one.instead or None}
            for one in selection.problems
        ],
    }
