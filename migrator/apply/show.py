"""A plan for people, in the manner of Terraform: what is created, changed, left alone; counts last.

No secret can be in it: bodies hold ``$secret`` in the place of one. What an account or a manifest says is
quoted, so that nothing in it can be taken for the plan's own words or moves a terminal's cursor.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, Literal, NamedTuple

from migrator.apply.model import Change, FieldChange, Plan
from migrator.apply.widen import payers
from migrator.manifest.model import MEMBERS, REF, SECRET, Entry
from migrator.render.safe import json_text, shown

Tone = Literal["create", "update", "delete", "warn", "head", ""]
_COLOURS: Final[dict[Tone, str]] = {
    "create": "\x1b[32m",
    "update": "\x1b[33m",
    "delete": "\x1b[31m",
    "warn": "\x1b[1;31m",
    "head": "\x1b[1m",
    "": "",
}
_PLAIN: Final = "\x1b[0m"
_SIGNS: Final[dict[str, tuple[str, Tone]]] = {
    "create": ("+", "create"),
    "update": ("~", "update"),
    "delete": ("-", "delete"),
    "none": ("=", ""),
}
_SHOWN: Final = 160
_LINES: Final = 20
_UNCHANGED: Final = 12
"""Up to this many unchanged objects are named one by one."""

_AFTER: Final = "known after apply"


class Line(NamedTuple):
    """One line, and what it is about."""

    text: str
    tone: Tone = ""


def plan_for_people(plan: Plan, *, colour: bool = False) -> str:
    """The plan as text; with ``colour`` for a terminal."""
    if not colour:
        return "".join(f"{line.text}\n" for line in lines(plan))
    return "".join(f"{_COLOURS[line.tone]}{line.text}{_PLAIN if line.tone else ''}\n" for line in lines(plan))


def lines(plan: Plan) -> Iterator[Line]:
    """The plan, line by line."""
    addresses = {one.id: f"{one.member}/{one.ref}" for one in plan.seen}
    where = "an account that has nothing of it" if plan.is_offline else "the account"
    yield Line(f"Plan for the migration {shown(plan.migration)} and {where}:", "head")
    yield Line("")
    few = plan.count("none") <= _UNCHANGED
    for change in plan.changes:
        if change.is_change or change.problem or few:
            yield from _change(change, addresses)
    if not few:
        yield from _unchanged(plan)
    if plan.settings is not None:
        yield Line("  ~ account settings: they apply to every access key of the account", "update")
        for field in plan.settings.fields:
            yield Line(f"      ~ {_label(field.path)}: {_both(field, addresses)}", "update")
    if plan.changes or plan.settings is not None:
        yield Line("")
    yield from _remarks(plan)
    yield Line(counts(plan), "head")


def counts(plan: Plan) -> str:
    """The last line: how much there is to do."""
    unchanged = sum(not change.is_change for change in plan.changes)
    if not plan.has_changes:
        return f"No changes: the account has everything that the manifest says ({unchanged} unchanged)."
    parts = [
        f"{plan.count('create')} to create",
        f"{plan.count('update')} to update",
        f"{plan.count('delete')} to delete",
        f"{unchanged} unchanged",
    ]
    rotations = sum(change.rotates for change in plan.changes)
    if rotations:
        parts.append(f"{rotations} to rotate")
    if plan.settings is not None:
        number = len(plan.settings.fields)
        parts.append(f"{number} account setting{'s' if number > 1 else ''} to change")
    return f"Plan: {', '.join(parts)}."


def value_text(value: Any, addresses: Mapping[str, str] | None = None) -> str:
    """A value on one line, bounded; ids and references by the address of their entry."""
    known = addresses or {}
    match value:
        case None:
            return "(none)"
        case []:
            return "[] (nothing)"
        case str() if value in known:
            return f"{shown(known[value])} ({shown(value)})"
        case {"$ref": str(address)} if value.keys() == {REF}:
            return f"{shown(address)} ({_AFTER})"
        case {"$secret": {"env": str(env)}} if value.keys() == {SECRET}:
            return f"(secret from {shown(env)})"
        case _:
            text = json_text(value)
            return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}… ({len(text)} characters)"


def _change(change: Change, addresses: Mapping[str, str]) -> Iterator[Line]:
    sign, tone = _SIGNS["update" if change.rotates and change.action == "none" else change.action]
    known = f" ({shown(change.id)})" if change.id is not None else ""
    yield Line(f"  {sign} {shown(change.address)}{known}", tone)
    if change.action == "create":
        for path, value in _leaves(change):
            yield Line(f"      {_label(path)}: {_value(path, value, addresses)}", tone)
    elif change.action == "update":
        for field in change.fields:
            yield from _field(field, addresses)
    if change.rotates:
        env = Entry(change.member, change.ref, change.rotation or {}).secrets()
        yield Line(f"      ~ value: rotated, from {shown(', '.join(one.env for one in env))}", "update")
    for label, reasons in (("widens", change.widens), ("who pays", change.pays)):
        for reason in reasons:
            yield Line(f"      ! {label}: {shown(reason)}", "warn")
    for note in change.notes:
        yield Line(f"      # {shown(note)}")
    if change.problem:
        yield Line(f"      ! cannot be done: {shown(change.problem)}", "warn")


def _leaves(change: Change) -> Iterator[tuple[str, Any]]:
    """What a new object will have, one line each."""
    for field in change.fields:
        if field.path == "/models" and isinstance(field.after, dict):
            yield field.path, list(field.after)
        else:
            yield from _below(field.path, field.after)
    if "value" in (change.body or {}):
        yield "/value", (change.body or {})["value"]


def _below(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict) and value and value.keys() not in ({REF}, {SECRET}):
        for key, inner in value.items():
            if path.startswith("/router/rules/") and key in ("provider", "model"):
                continue  # what the rule is for stands in its path
            yield from _below(f"{path}/{key.replace('~', '~0').replace('/', '~1')}", inner)
    else:
        yield path, value


def _field(field: FieldChange, addresses: Mapping[str, str]) -> Iterator[Line]:
    sign, tone = _SIGNS["create" if field.before is None else "delete" if field.after is None else "update"]
    before, after = field.before, field.after
    if isinstance(before, list) and isinstance(after, list) and not field.path.endswith("/steps"):
        yield Line(f"      ~ {_label(field.path)}: {len(before)} -> {len(after)} entries", "update")
        for mark, kind, more in (
            ("+", "create", [one for one in after if one not in before]),
            ("-", "delete", [one for one in before if one not in after]),
        ):
            for one in more[:_LINES]:
                yield Line(f"          {mark} {value_text(one, addresses)}", _SIGNS[kind][1])
            if len(more) > _LINES:
                yield Line(f"          {mark} … and {len(more) - _LINES} more", _SIGNS[kind][1])
    else:
        yield Line(f"      {sign} {_label(field.path)}: {_both(field, addresses)}", tone)


def _both(field: FieldChange, addresses: Mapping[str, str]) -> str:
    before, after = (_value(field.path, one, addresses) for one in (field.before, field.after))
    return after if field.before is None else f"{before} -> {after}"


def _value(path: str, value: Any, addresses: Mapping[str, str]) -> str:
    if isinstance(value, list) and path.endswith("/steps"):
        return shown(payers(value, _say(addresses)))
    if isinstance(value, list) and value and all(isinstance(one, str | dict) for one in value):
        more = len(value) - _LINES
        named = ", ".join(shown(one) if isinstance(one, str) else value_text(one) for one in value[:_LINES])
        return f"{named}, … and {more} more" if more > 0 else named
    return value_text(value, addresses)


def _say(addresses: Mapping[str, str]) -> Callable[[Any], str]:
    def say(value: Any) -> str:
        if isinstance(value, dict) and value.keys() == {REF}:
            return str(value[REF])
        return addresses.get(value, value) if isinstance(value, str) else value_text(value)

    return say


def _label(path: str) -> str:
    """A JSON pointer as people read it: ``access.models.allow``."""
    steps = [step.replace("~1", "/").replace("~0", "~") for step in path.split("/")[1:]]
    return ".".join(shown(step) if step.isidentifier() else json_text(step) for step in steps)


def _unchanged(plan: Plan) -> Iterator[Line]:
    for member in MEMBERS:
        number = sum(
            change.member == member and not change.is_change and not change.problem for change in plan.changes
        )
        if number:
            yield Line(f"  = {member}: {number} unchanged")


def _remarks(plan: Plan) -> Iterator[Line]:
    said = [
        *(Line(f"Foreign: {text}") for text in _foreign(plan)),
        *(Line(f"Orphan: {text}") for text in _orphans(plan)),
        *(Line(f"Duplicate: {text}") for text in _duplicates(plan)),
        *(Line(f"Note: {shown(notice)}") for notice in plan.notices),
    ]
    if any(True for _ in plan.widening()):
        said.append(
            Line("Some changes widen what live keys may do, or change who pays: --allow-widen.", "warn")
        )
    if plan.settings is not None:
        said.append(Line("Account settings change only with --allow-account-settings."))
    problems = [address for address, _ in plan.problems()]
    if problems:
        said.append(Line(f"This plan cannot be applied: {', '.join(map(shown, problems))}.", "warn"))
    yield from said
    if said:
        yield Line("")


def _foreign(plan: Plan) -> Iterator[str]:
    orphans = {one.id: one for one in plan.orphans}
    for one in plan.foreign:
        if (orphan := orphans.get(one.id)) is not None:
            yield (
                f"{shown(one.id)} has the {one.shares} of {shown(one.member)}/{shown(one.ref)} and is this migration's "
                f"{shown(orphan.member)}/{shown(orphan.ref)} (migrator adopt gives it the other ref)"
            )
            continue
        whose = f"migration {shown(one.migration)}" if one.migration is not None else "no migration"
        yield (
            f"{shown(one.id)} has the {one.shares} of {shown(one.member)}/{shown(one.ref)} and is of {whose}; it is left "
            f"alone (migrator adopt takes it over)"
        )


def _orphans(plan: Plan) -> Iterator[str]:
    fate = "is deleted" if plan.prune else "stays (--prune deletes it)"
    for one in plan.orphans:
        yield f"{shown(one.member)}/{shown(one.ref)} ({shown(one.id)}) is not in the manifest any more; it {fate}"


def _duplicates(plan: Plan) -> Iterator[str]:
    for one in plan.duplicates:
        use = f", used by {shown(', '.join(one.used_by))}" if one.used_by else ", used by nothing"
        yield (
            f"{shown(one.id)} carries the mark of {shown(one.member)}/{shown(one.ref)} too{use}; "
            f"the plan works with {shown(one.kept)}"
        )
