"""What differs between a body in normal form and the one that is wanted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from migrator.apply.model import FieldChange
from migrator.apply.normal import Names, normal, others
from migrator.manifest.model import Entry
from migrator.target.state import Body


def wanted_of(entry: Entry, names: Names) -> Body:
    """The normal form of what the manifest wants."""
    return normal(entry.member, entry.body, names)


def differences(entry: Entry, live: Mapping[str, Any], names: Names) -> tuple[FieldChange, ...]:
    """Every difference that an update would remove, by JSON pointer into the normal form.

    Members that the manifest does not have are wanted empty, with three exceptions. Metadata belongs to
    others too: what the manifest does not name stays. Surfaces that were not asked for are the API's default.
    Of members that nobody knows, those are compared that can be read back.
    """
    wanted, seen = wanted_of(entry, names), normal(entry.member, live, names)
    if "supportedApiSurfaces" not in wanted:
        seen.pop("supportedApiSurfaces", None)
    extra = others(entry.member, entry.body)
    wanted |= {name: value for name, value in extra.items() if name in live}
    seen |= {name: live[name] for name in extra if name in live}
    held = seen.get("metadata")
    if isinstance(held, dict):
        own = wanted.get("metadata")
        seen["metadata"] = {key: one for key, one in held.items() if isinstance(own, dict) and key in own}
        if not seen["metadata"]:
            del seen["metadata"]
    return tuple(changed(seen, wanted))


def changed(before: Any, after: Any, path: str = "") -> Iterator[FieldChange]:
    """The smallest parts of two values that differ, in order of their keys; None is *not there*."""
    if isinstance(before, dict) and isinstance(after, dict):
        for key in sorted(before.keys() | after.keys()):
            step = key.replace("~", "~0").replace("/", "~1")
            yield from changed(before.get(key), after.get(key), f"{path}/{step}")
    elif not _same(before, after):
        yield FieldChange(path, before, after)


def _same(before: Any, after: Any) -> bool:
    """Equality as JSON has it: true is not 1."""
    if isinstance(before, list) and isinstance(after, list):
        return len(before) == len(after) and all(map(_same, before, after))
    if isinstance(before, dict) and isinstance(after, dict):
        return before.keys() == after.keys() and all(_same(before[key], after[key]) for key in before)
    return before == after and isinstance(before, bool) == isinstance(after, bool)
