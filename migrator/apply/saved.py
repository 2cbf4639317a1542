"""A saved plan, when it is applied: what of it is still to do, if the account is as it was seen.

What this plan did itself since, in a run that was interrupted, is no difference: the journal has it, and it is done.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from migrator.account import Live
from migrator.apply.hide import Hide, hidden, nothing
from migrator.apply.journal import Journal
from migrator.apply.model import Change, Plan, Seen
from migrator.apply.normal import Names, normal, normal_settings
from migrator.apply.ownership import Observed
from migrator.apply.plan_file import stale
from migrator.errors import StaleError, UsageError
from migrator.render.safe import shown
from migrator.target.state import Body


def remaining(saved: Plan, observed: Observed, journal: Journal, hide: Hide = nothing) -> Plan:
    """What of a saved plan is still to do. ``hide`` is what it was saved with.

    Raises StaleError, with the differences, if the account changed, and UsageError if it is another one.
    """
    if saved.account not in {"", observed.account}:
        raise UsageError(
            f"the plan was made for the account {shown(saved.account)}, and the API key is of {shown(observed.account)}",
            "Nothing was changed. Check AI_GATEWAY_API_KEY, or plan again.",
        )
    names = _names(observed)
    ours = _ours(saved, journal, observed, names)
    live = {(one.member, one.id): one for one in observed.all()}
    changes = tuple(
        change for one in saved.changes if (change := _left(one, ours, live, names, hide)) is not None
    )
    fresh = replace(
        saved,
        seen=tuple(_seen(one, names, hide) for one in live.values() if _is_marked(one, saved)),
        settings_seen=None if saved.settings_seen is None else _settings(saved, observed),
    )
    settings = saved.settings
    excused = replace(saved, seen=tuple(_excused(saved, fresh, ours)))
    if settings is not None and fresh.settings_seen == _wanted_settings(saved):
        excused, settings = replace(excused, settings_seen=fresh.settings_seen), None
    if lines := stale(excused, fresh):
        error = StaleError(
            "the account changed since the plan was made",
            "Nothing was changed. Plan again, look at it, and apply that.",
        )
        error.details = lines
        raise error
    return replace(fresh, changes=changes, settings=settings)


def _left(
    change: Change,
    ours: dict[tuple[str, str], str],
    live: dict[tuple[str, str], Live],
    names: Names,
    hide: Hide,
) -> Change | None:
    """A change that is still to be made; one that was made became *none*."""
    if change.action == "create":
        made = next(
            (id_ for (member, id_), ref in ours.items() if (member, ref) == (change.member, change.ref)), None
        )
        return change if made is None else replace(change, action="none", id=made, body=None, fields=())
    there = live.get((change.member, change.id or ""))
    if change.action == "delete":
        return None if there is None else change
    if change.action == "update" and there is not None and (there.member, there.id) in ours:
        now = hidden(normal(there.member, there.body, names), hide)
        if now != change.before:
            return replace(change, action="none", body=None, fields=(), before=now)
    return change


def _ours(saved: Plan, journal: Journal, observed: Observed, names: Names) -> dict[tuple[str, str], str]:
    """By member and id, the ref of every object that is now what this plan made of it, as the journal has it.

    What another plan or an adoption made of it since is as much a difference as what somebody else did.
    """
    bodies = {(one.member, one.ref): one.body for one in saved.changes if one.action in {"create", "update"}}
    made: dict[tuple[str, str], str] = {}
    for step in journal.steps():
        if step.state != "done" or step.id is None or step.after is None or step.action == "settings":
            continue
        key, there = (step.member, step.id), observed.of(step.member, step.id)
        is_wanted = step.action == "rotate" and key in made
        if step.action in {"create", "update"}:
            is_wanted = step.sent is not None and step.sent == bodies.get((step.member, step.ref))
        is_so = there is not None and normal(step.member, step.after, names) == normal(
            step.member, there.body, names
        )
        if is_wanted and is_so:
            made[key] = step.ref
        else:
            made.pop(key, None)
    return made


def _excused(saved: Plan, fresh: Plan, ours: dict[tuple[str, str], str]) -> Iterator[Seen]:
    """What was seen, with what this journal did since."""
    deleted = {(one.member, one.id) for one in saved.changes if one.action == "delete"}
    now = {(one.member, one.id): one for one in fresh.seen}
    then = {(one.member, one.id): one for one in saved.seen}
    for key, one in then.items():
        if key in now and key in ours:
            yield now[key]
        elif key in now or key not in deleted:
            yield one
    yield from (one for key, one in now.items() if key not in then and key in ours)


def _names(observed: Observed) -> Names:
    named = ((live.id, live.body.get("providerId")) for live in observed.objects.get("providers", ()))
    return Names(provider_ids={identity: name for identity, name in named if isinstance(name, str)})


def _seen(live: Live, names: Names, hide: Hide) -> Seen:
    ref = live.mark.ref if live.mark is not None else ""
    return Seen(live.member, live.id, ref, hidden(normal(live.member, live.body, names), hide))


def _is_marked(live: Live, saved: Plan) -> bool:
    return live.mark is not None and live.mark.migration == saved.migration


def _settings(saved: Plan, observed: Observed) -> Body:
    return normal_settings(observed.settings or {}, saved.settings_seen or {})


def _wanted_settings(saved: Plan) -> Body | None:
    if saved.settings is None or saved.settings_seen is None:
        return None
    return {**saved.settings_seen, **normal_settings(saved.settings.body, saved.settings.body)}
