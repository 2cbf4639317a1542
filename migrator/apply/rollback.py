"""Taking back what a migration did to an account, as its journal says: nothing more, and nothing of others'.

What it created is deleted, what refers to others first. What it changed and did not create (account settings,
objects it took over) gets back what was there before. What somebody changed since, or what something else
refers to by now, stays, and is told.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, Literal

from msgspec import Struct
from msgspec.structs import replace

from migrator.account import KINDS, SETTINGS, Live
from migrator.apply.events import Done, Report, Working
from migrator.apply.journal import Step
from migrator.apply.normal import normal_settings
from migrator.apply.once import Once, comparable
from migrator.apply.ownership import Observed, users_of
from migrator.errors import MigratorError

_REASON: Final = "rollback"
_CHANGED: Final = "somebody changed it since"
_ACCESS_KEYS: Final = "accessKeys"


class Undo(Struct, frozen=True):
    """One thing to take back. ``body`` is what a restored object gets, ``problem`` why it stays as it is."""

    action: Literal["delete", "restore", "settings"]
    address: str
    id: str
    live: Live | None = None
    body: Mapping[str, Any] | None = None
    problem: str = ""
    note: str = ""


def undo_plan(steps: Sequence[Step], standing: Mapping[str, Step], observed: Observed) -> tuple[Undo, ...]:
    """What there is to take back, in the order in which it can be: pure.

    Access keys go before what they refer to is restored: it may have allowed everything.
    """
    settings = tuple(_settings(steps, observed))
    keys = tuple(_keys(_deletes(standing, observed)))
    restores = tuple(_kept_for(undo, keys) for undo in _restores(steps, standing, observed))
    others = tuple(_deletes(standing, _with_restored(observed, restores)))[len(keys) :]
    return (*settings, *keys, *restores, *others, *_lost(steps, observed))


def roll_back(undos: Sequence[Undo], observed: Observed, once: Once, report: Report) -> None:
    """Take back what has no problem. What stops it is in the report; the next rollback goes on."""
    todo = [undo for undo in undos if not undo.problem]
    report.left = len(todo)
    try:
        for number, undo in enumerate(todo, 1):
            once.tell(Working(undo.address, number, len(todo)))
            done = _take_back(undo, observed, once)
            report.done.append(done)
            report.left -= 1
            once.tell(done)
    except MigratorError as error:
        report.failure = error


def _take_back(undo: Undo, observed: Observed, once: Once) -> Done:
    ref = undo.address.partition("/")[2]
    body = undo.body or {}
    if undo.live is None:
        once.change_settings(normal_settings(observed.settings or {}, body), body)
        return Done("changed", SETTINGS, SETTINGS)
    if undo.action == "delete":
        once.delete_unchanged(undo.live, _REASON)
        return Done("deleted", undo.address, undo.id)
    once.update(undo.live, ref, body, body)
    return Done("updated", undo.address, undo.id)


# ------------------------------------------------------------------------------------- what was created


def _deletes(standing: Mapping[str, Step], observed: Observed) -> Iterator[Undo]:
    """Every object that was created and is there, newest kind first; each needs all its users gone before."""
    gone: set[str] = set()
    for member in reversed(KINDS):
        made = [(identity, step) for identity, step in standing.items() if step.member == member]
        for identity, step in reversed(made):
            live = observed.of(member, identity)
            if live is None:
                continue
            users = [user for user in users_of(observed, live) if user not in gone]
            problem = ""
            if step.after is None or comparable(member, step.after) != comparable(member, live.body):
                problem = _CHANGED
            elif users:
                problem = f"{', '.join(users)} {'refers' if len(users) == 1 else 'refer'} to it"
            else:
                gone.add(identity)
            used = live.body.get("lastUsed")
            note = f"in use, last at {used}" if used is not None else ""
            yield Undo("delete", step.address, identity, live, problem=problem, note=note)


def _keys(undos: Iterator[Undo]) -> Iterator[Undo]:
    """The access keys among what was created: they come first, as nothing refers to them."""
    return (undo for undo in undos if undo.live is not None and undo.live.member == _ACCESS_KEYS)


def _kept_for(undo: Undo, keys: Sequence[Undo]) -> Undo:
    """A configuration that was changed, which stays as it is while a key that was made for it stays."""
    staying = [key.id for key in keys if key.problem and _configuration_of(key) == undo.id]
    if undo.problem or not staying:
        return undo
    return replace(undo, problem=f"{', '.join(staying)} {'refers' if len(staying) == 1 else 'refer'} to it")


def _configuration_of(key: Undo) -> object:
    linked = key.live.body.get("accessKeyConfiguration") if key.live is not None else None
    return linked.get("id") if isinstance(linked, Mapping) else None


def _lost(steps: Sequence[Step], observed: Observed) -> Iterator[Undo]:
    """What was there before and was deleted: nothing brings it back, so that it is told."""
    made = {step.id for step in steps if step.action == "create"}
    for step in steps:
        is_gone = step.action == "delete" and step.state == "done" and step.id is not None
        if is_gone and step.id not in made and observed.of(step.member, step.id or "") is None:
            why = f"it was deleted ({step.reason}) and cannot be brought back"
            yield Undo("delete", step.address, step.id or "", problem=why)


# ------------------------------------------------------------------------------------- what was changed


def _restores(steps: Sequence[Step], standing: Mapping[str, Step], observed: Observed) -> Iterator[Undo]:
    """Every object that was changed and not created, the last changed first, with what it had before."""
    changed: dict[str, list[Step]] = {}
    for step in steps:
        is_change = step.action in {"update", "adopt", "rotate"} and step.state == "done"
        if is_change and step.id is not None and step.id not in standing:
            changed.setdefault(step.id, []).append(step)
    for identity, several in sorted(changed.items(), key=lambda item: -item[1][-1].number):
        last = several[-1]
        live = observed.of(last.member, identity)
        if live is None:
            continue
        body = _before(several, live)
        note = (
            "its value cannot be read back, and stays" if any(s.action == "rotate" for s in several) else ""
        )
        if not body and not note:
            continue
        problem = ""
        if last.after is None or comparable(last.member, last.after) != comparable(last.member, live.body):
            problem = _CHANGED
        elif not body:
            problem = "only its value was replaced"
        yield Undo("restore", last.address, identity, live, body, problem, note)


def _before(steps: Sequence[Step], live: Live) -> dict[str, Any]:
    """The members that were changed, as they were before the first change of each; those that still differ."""
    body: dict[str, Any] = {}
    for step in steps:
        for name in step.sent or {}:
            body.setdefault(name, _writable(name, step.before or {}))
    now = comparable(live.member, live.body)
    return body if comparable(live.member, {**live.body, **body}) != now else {}


def _writable(name: str, body: Mapping[str, Any]) -> Any:
    """A member of an answer as a request has it; None, which clears, for one that was not there."""
    value = body.get(name)
    match name, value:
        case "accessKeyConfigurationId", _:
            linked = body.get("accessKeyConfiguration")
            return linked.get("id") if isinstance(linked, Mapping) else None
        case "router", {"rules": list(rules)}:
            return {"rules": [_rule(rule) for rule in rules]}
        case "models", list():
            return [{key: each for key, each in model.items() if key != "id"} for model in value]
        case (("models" | "supportedApiSurfaces"), None):
            return []
        case _:
            return value


def _rule(rule: Mapping[str, Any]) -> dict[str, Any]:
    steps = [
        {**step, "keys": [{"id": key["id"]} for key in step["keys"]]} if step.get("keys") else dict(step)
        for step in rule.get("steps", ())
    ]
    return {**rule, "steps": steps}


def _with_restored(observed: Observed, restores: Sequence[Undo]) -> Observed:
    """The account as it is when everything is restored: what nothing refers to then can be deleted."""
    bodies = {undo.id: undo.body for undo in restores if undo.body and not undo.problem}
    return replace(
        observed,
        objects={
            member: tuple(_restored(live, bodies.get(live.id)) for live in several)
            for member, several in observed.objects.items()
        },
    )


def _restored(live: Live, body: Mapping[str, Any] | None) -> Live:
    if not body:
        return live
    linked = body.get("accessKeyConfigurationId")
    more = {} if linked is None else {"accessKeyConfiguration": {"id": linked}}
    return dataclasses.replace(live, body={**live.body, **body, **more})


# --------------------------------------------------------------------------------------- the settings


def _settings(steps: Sequence[Step], observed: Observed) -> Iterator[Undo]:
    """Account settings that are as the migration set them, and were otherwise before.

    A request whose answer was lost may have been carried out, so it counts: what is there decides.
    """
    before: dict[str, Any] = {}
    sent: dict[str, list[Any]] = {}
    for step in steps:
        if step.action == "settings" and step.state != "refused":
            for name, value in (step.sent or {}).items():
                before.setdefault(name, (step.before or {}).get(name))
                sent.setdefault(name, []).append(value)
    now = observed.settings or {}
    changed = {name: value for name, value in before.items() if not _is(name, now.get(name), value)}
    ours = {
        name: value
        for name, value in changed.items()
        if any(_is(name, now.get(name), each) for each in sent[name])
    }
    if ours:
        yield Undo("settings", SETTINGS, SETTINGS, None, ours)
    if others := sorted(changed.keys() - ours.keys()):
        yield Undo("settings", SETTINGS, SETTINGS, None, None, f"{', '.join(others)}: {_CHANGED}")


def _is(name: str, one: Any, other: Any) -> bool:
    return normal_settings({name: one}, (name,)) == normal_settings({name: other}, (name,))
