"""A plan as a file: saved, read back, and compared with what is there when it is applied.

JSON with a version and a checksum. It holds the manifest's digest, the bodies with ``$ref`` and ``$secret`` in
place of ids and secrets, and what was seen of the live objects, a credential in it as its digest; no secret. A file that was edited is refused:
what is applied is what was shown.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import msgspec

from migrator.apply.compare import changed
from migrator.apply.hide import Hide, hidden_in
from migrator.apply.model import Change, Plan
from migrator.apply.show import value_text
from migrator.errors import UsageError
from migrator.manifest.bodies import body_problems
from migrator.manifest.model import MEMBERS, REF, SECRET, places
from migrator.manifest.problems import pointer
from migrator.render.files import write_file
from migrator.render.safe import json_text, shown

FORMAT: Final = "migrator-plan"
FORMAT_VERSION: Final = 2
SIZE_LIMIT: Final = 64 * 1024 * 1024
_MODE: Final = 0o600
HEAD: Final = 200
"""So many bytes say whether a file is a saved plan."""

_AGAIN: Final = "Plan again: migrator plan MANIFEST --out FILE."


def plan_text(plan: Plan) -> str:
    """The plan as the text of a file."""
    data = msgspec.to_builtins(plan)
    head = {"format": FORMAT, "formatVersion": FORMAT_VERSION, "checksum": _checksum(data)}
    return f"{json_text({**head, 'plan': data}, indent=2)}\n"


def save_plan(plan: Plan, path: Path, hide: Hide) -> None:
    """Write the plan, whole or not at all; of live objects what ``hide`` shows. Raises OutputError.

    Whoever applies it compares with what the same ``hide`` shows. It is for its owner alone: metadata of others
    that is sent back with a change is in it as it is.
    """
    write_file(path, plan_text(hidden_in(plan, hide)), _MODE)


def is_plan(data: bytes) -> bool:
    """Whether a file says that it is a saved plan, so that it need not be told by its name."""
    return data[:HEAD].lstrip().startswith(b"{") and f'"{FORMAT}"'.encode() in data[:HEAD]


def read_plan(data: bytes, path: str) -> Plan:
    """The plan in a file. Raises UsageError for one that is none, is of another version or was edited."""
    if len(data) > SIZE_LIMIT:
        raise UsageError(f"{path} is larger than any saved plan", _AGAIN)
    try:
        held = json.loads(data.decode("utf-8"))
    except (ValueError, RecursionError):
        raise UsageError(f"{path} is no saved plan: it is not JSON, or only a part of one", _AGAIN) from None
    if not isinstance(held, dict) or held.get("format") != FORMAT:
        raise UsageError(f"{path} is no saved plan", _AGAIN)
    if held.get("formatVersion") != FORMAT_VERSION:
        raise UsageError(f"{path} was saved by another version of migrator", _AGAIN)
    plan: Any = held.get("plan")
    if held.get("checksum") != _checksum(plan):
        raise UsageError(f"{path} was changed since it was saved: what is applied is what was shown", _AGAIN)
    try:
        return _plan(plan)
    except msgspec.ValidationError as error:
        raise UsageError(f"{path} is no whole plan: {shown(str(error))}", _AGAIN) from None
    except UnicodeEncodeError:
        raise UsageError(f"{path} is no whole plan: half a pair of surrogates is in it", _AGAIN) from None


def stale(saved: Plan, fresh: Plan) -> tuple[str, ...]:
    """What changed in the account since ``saved`` was made, in lines; nothing for a plan that still holds."""
    return tuple(_stale(saved, fresh))


def _stale(saved: Plan, fresh: Plan) -> Iterator[str]:
    then = {(one.member, one.id): one for one in saved.seen}
    now = {(one.member, one.id): one for one in fresh.seen}
    for key, old in then.items():
        if key not in now:
            yield f"{old.member}/{old.ref}: {old.id} is gone, or lost its mark"
            continue
        for change in changed(old.body, now[key].body):
            before, after = value_text(change.before), value_text(change.after)
            yield shown(f"{old.member}/{old.ref}{change.path}: was {before}, is {after}")
    for key, new in now.items():
        if key not in then:
            yield f"{new.member}/{new.ref}: {new.id} exists now"
    for change in changed(saved.settings_seen or {}, fresh.settings_seen or {}):
        yield shown(
            f"account settings{change.path}: was {value_text(change.before)}, is {value_text(change.after)}"
        )
    old_foreign = {(one.member, one.id, one.ref) for one in saved.foreign}
    for one in fresh.foreign:
        if one.shares == "providerId" and (one.member, one.id, one.ref) not in old_foreign:
            yield f"{one.member}/{one.ref}: {one.id} has this providerId now"


def _checksum(plan: Any) -> str:
    text = json.dumps(plan, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def _plan(data: Any) -> Plan:
    """The plan in data. Raises ValidationError for what a plan cannot be carried out with."""
    plan = msgspec.convert(data, Plan)
    known: set[str] = set()
    for change in plan.changes:
        if change.member not in MEMBERS or (change.action != "create") != (change.id is not None):
            raise _not_whole(change, "it names no object")
        if change.action == "create":
            body = change.body or {}
            for problem in body_problems(change.member, body, ("body",)):
                raise _not_whole(change, f"{pointer(problem.at)}: {problem.message}")
        if change.rotates and (change.rotation is None or change.rotation.keys() != {"name", "value"}):
            raise _not_whole(change, "a rotation has a name and a value")
        for _, held in places([change.body, change.rotation], REF):
            if held.keys() != {REF} or held[REF] not in known:
                raise _not_whole(change, "it refers to what is not there before")
        for _, held in places([change.body, change.rotation], SECRET):
            if not isinstance(held[SECRET], dict) or not isinstance(held[SECRET].get("env"), str):
                raise _not_whole(change, "a secret has no env")
        known.add(change.address)
    return plan


def _not_whole(change: Change, why: str) -> msgspec.ValidationError:
    return msgspec.ValidationError(f"{change.address}: {why}")
