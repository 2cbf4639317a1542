"""A plan as a file: saved, read back, and compared with what is there when it is applied.

JSON with a version and a checksum. It holds the manifest's digest, the bodies with ``$ref`` and ``$secret`` in
place of ids and secrets, and what was seen of the live objects; no secret. A file that was edited is refused:
what is applied is what was shown.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final, TypeVar, get_args

import msgspec

from migrator.apply.compare import changed
from migrator.apply.model import (
    Action,
    Change,
    Duplicate,
    FieldChange,
    Foreign,
    Orphan,
    Plan,
    Seen,
    SettingsChange,
)
from migrator.apply.show import value_text
from migrator.errors import UsageError
from migrator.manifest.model import MEMBERS
from migrator.render.files import write_file
from migrator.render.safe import json_text, shown

T = TypeVar("T")

FORMAT: Final = "migrator-plan"
FORMAT_VERSION: Final = 1
SIZE_LIMIT: Final = 64 * 1024 * 1024
HEAD: Final = 200
"""So many bytes say whether a file is a saved plan."""

_AGAIN: Final = "Plan again: migrator plan MANIFEST --out FILE."


def plan_text(plan: Plan) -> str:
    """The plan as the text of a file."""
    data = msgspec.to_builtins(plan)
    head = {"format": FORMAT, "formatVersion": FORMAT_VERSION, "checksum": _checksum(data)}
    return f"{json_text({**head, 'plan': data}, indent=2)}\n"


def save_plan(plan: Plan, path: Path) -> None:
    """Write the plan, whole or not at all. Raises OutputError."""
    write_file(path, plan_text(plan))


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
    except (TypeError, KeyError, ValueError, AttributeError):
        raise UsageError(f"{path} is no whole plan", _AGAIN) from None


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


def _plan(data: dict[str, Any]) -> Plan:
    return _made(
        Plan,
        data,
        changes=lambda held: tuple(_change(one) for one in held),
        settings=lambda held: None if held is None else _made(SettingsChange, held, fields=_fields),
        foreign=_all(Foreign),
        orphans=_all(Orphan),
        duplicates=lambda held: tuple(_made(Duplicate, one, used_by=tuple) for one in held),
        seen=_all(Seen),
        notices=tuple,
        rotate=tuple,
    )


def _change(data: dict[str, Any]) -> Change:
    if data["action"] not in get_args(Action) or data["member"] not in MEMBERS:
        raise ValueError(data["action"])
    return _made(Change, data, fields=_fields, widens=tuple, pays=tuple, notes=tuple)


def _fields(held: list[dict[str, Any]]) -> tuple[FieldChange, ...]:
    return _all(FieldChange)(held)


def _all(kind: type[T]) -> Callable[[list[dict[str, Any]]], tuple[T, ...]]:
    return lambda held: tuple(kind(**one) for one in held)


def _made(kind: type[T], data: Mapping[str, Any], **read: Callable[[Any], Any]) -> T:
    """A dataclass from its members, some of which have to be read first."""
    return kind(**{name: read[name](value) if name in read else value for name, value in data.items()})
