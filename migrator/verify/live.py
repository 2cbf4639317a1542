"""What an account holds, as the objects of a manifest: known by the refs that the migration left on them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from migrator.verify.objects import Objects, secret_name


class Stored(NamedTuple):
    """One object of an account. ``ref`` is the mark that this migration left on it, None for another's."""

    member: str
    id: str
    ref: str | None
    body: Mapping[str, Any]


def stored_objects(stored: Iterable[Stored], expected: Objects) -> Objects:
    """The objects of an account by ref, others by id.

    A provider key cannot be read back, so what it holds is taken from the key of that ref in ``expected``.
    Access keys of others are left out: this migration answers for its own.
    """
    names: dict[str, str] = {}
    taken: set[tuple[str, str]] = set()
    held = list(stored)
    for one in held:
        name = one.ref if one.ref is not None and (one.member, one.ref) not in taken else one.id
        taken.add((one.member, name))
        names[one.id] = name
    entries = [
        (one.member, names[one.id], _with_refs(one.body, names))
        for one in held
        if one.member != "accessKeys" or one.ref is not None
    ]
    credentials = {
        ref: named
        for ref, body in expected.keys.items()
        if (named := secret_name(body.get("value"))) is not None
    }
    made = Objects.of(entries, credentials)
    return Objects(
        made.providers, made.keys, made.configurations, made.access_keys, made.credentials, live=True
    )


def _with_refs(value: Any, names: Mapping[str, str]) -> Any:
    """A body with refs where the account has ids."""
    if isinstance(value, str):
        return names.get(value, value)
    if isinstance(value, Mapping):
        return {key: _with_refs(member, names) for key, member in value.items()}
    return [_with_refs(item, names) for item in value] if isinstance(value, list | tuple) else value
