"""Two answers to one request: in which ways the second differs from the first.

Models first: one that only the new side tries is *wider*, one that only the old side tries is *narrower*. Then
who pays, model by model: a credential that only the new side uses is *re-credentialed*; where the new side merely
lacks one, a request that it would have saved fails now, which is *narrower*. Then the order.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import product

from migrator.verify.model import (
    GRAVITY,
    Answer,
    Attempt,
    Attempts,
    Certainty,
    Denied,
    Kind,
    Outcome,
    Request,
)

Found = Mapping[Kind, bool]
"""Kinds of difference, and whether each is certain."""


def differences(old: Outcome, new: Outcome, request: Request | None = None) -> dict[Kind, Certainty]:
    """The ways in which two outcomes differ; none for equal ones.

    One is certain if it holds whichever answers are the true ones. A single name of the ``request`` that the
    new side passes on as it is may still mean the same to the provider.
    """
    if new.denied and not (old.chosen or new.chosen):
        return _refused(old)
    names = request.names if request is not None else ()
    unread = names[0].rpartition(":")[2].lower() if len(names) == 1 else None
    if old.certain and new.certain:
        only = between(old.likely, new.likely, unread)
        return {kind: _certainty(sure=only[kind]) for kind in GRAVITY if kind in only}
    pairs = [between(one, other, unread) for one, other in product(old.answers, new.answers)]
    open_choice = old.chosen or new.chosen
    found: dict[Kind, Certainty] = {}
    for kind in GRAVITY:
        held = [pair.get(kind) for pair in pairs]
        if any(one is not None for one in held):
            sure = all(one is True for one in held) and not open_choice
            found[kind] = _certainty(sure=sure)
    if (
        new.chosen
        and not old.denied
        and any(isinstance(one, Attempts) and len(_by_target(one.attempts)) > 1 for one in new.answers)
    ):
        found.setdefault(Kind.REORDERED, "possible")
    return found


def _certainty(*, sure: bool) -> Certainty:
    return "certain" if sure else "possible"


def _refused(old: Outcome) -> dict[Kind, Certainty]:
    """What it means that a request is refused now."""
    worked = [isinstance(one, Attempts) for one in old.answers]
    if not any(worked):
        return {}
    return {Kind.NARROWER: _certainty(sure=all(worked))}


def between(old: Answer, new: Answer, unread: str | None = None) -> Found:
    """The ways in which two certain answers differ. ``unread``: the name that was sent, without its provider."""
    if isinstance(new, Denied):
        return {} if isinstance(old, Denied) else {Kind.NARROWER: True}
    if isinstance(old, Denied):
        return {Kind.WIDER: True}
    found = _models(old, new, unread)
    for kind, sure in (*_payers(old, new), *_order(old, new)):
        found[kind] = found.get(kind, False) or sure
    if old.then == "forward-internal":
        found.setdefault(Kind.NARROWER, False)
    return found


def _models(old: Attempts, new: Attempts, unread: str | None) -> dict[Kind, bool]:
    before, after = _by_target(old.attempts), _by_target(new.attempts)
    lost = [target for target in before if target not in after]
    gained = [target for target in after if target not in before]
    servers = {server for server, _ in before}
    passed = [target for target in gained if target[1] == unread and target[0] in servers]
    found: dict[Kind, bool] = {}
    if len(passed) < len(gained):
        found[Kind.WIDER] = True
    if lost:
        found[Kind.NARROWER] = not passed or len(passed) < len(lost)
    return found


def _payers(old: Attempts, new: Attempts) -> Iterable[tuple[Kind, bool]]:
    before, after = _by_target(old.attempts), _by_target(new.attempts)
    for target, held in before.items():
        if target not in after:
            continue
        ours = [one.credential for one in held]
        theirs = [one.credential for one in after[target]]
        if set(theirs) - set(ours):
            yield Kind.RECREDENTIALED, True
        elif set(ours) - set(theirs):
            yield Kind.NARROWER, True
        elif ours != theirs or (len(ours) > 1 and len(before) == 1 and old.ordered != new.ordered):
            yield Kind.REORDERED, old.ordered and new.ordered


def _order(old: Attempts, new: Attempts) -> Iterable[tuple[Kind, bool]]:
    before, after = _by_target(old.attempts), _by_target(new.attempts)
    ours = [target for target in before if target in after]
    theirs = [target for target in after if target in before]
    if len(ours) > 1 and not (old.ordered and new.ordered):
        yield Kind.REORDERED, False
    elif ours != theirs:
        yield Kind.REORDERED, True


def _by_target(attempts: Iterable[Attempt]) -> dict[tuple[str, str], list[Attempt]]:
    found: dict[tuple[str, str], list[Attempt]] = {}
    for attempt in attempts:
        found.setdefault(attempt.target, []).append(attempt)
    return found
