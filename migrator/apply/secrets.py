"""The secrets that a plan needs: all of them before the first write, or none.

Each is looked for in the file, in the environment, and then asked of the command, the first that has it. A
value is only ever in a ``Secret``; no message has one.
"""

from __future__ import annotations

import resource
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from msgspec import Struct

from migrator.apply.model import Plan
from migrator.apply.secret_command import Refusal, SecretCommand
from migrator.apply.secret_file import read_secrets_file
from migrator.errors import UsageError
from migrator.manifest.model import Entry, SecretUse
from migrator.render.safe import shown
from migrator.secrets import Secret

_SIZE_LIMIT: Final = 64 * 1024


class NeededSecret(Struct, frozen=True):
    """One secret, and where it is used: ``addresses`` of provider keys, ``places`` in manifest and sources."""

    use: SecretUse
    addresses: tuple[str, ...]
    places: tuple[str, ...]

    @property
    def env(self) -> str:
        """The name that people know it by."""
        return self.use.env


@dataclass(frozen=True, slots=True)
class SecretSources:
    """Where values may come from; ``command`` is run once for each that neither of the others has."""

    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    file: Path | None = None
    command: SecretCommand | None = None


class SecretsMissingError(UsageError):
    """Some secrets could not be had: all of them are named, with where they are used."""


def needed_secrets(plan: Plan) -> tuple[NeededSecret, ...]:
    """What the plan's creates and rotations need, by name; nothing else is asked for."""
    found: dict[str, tuple[SecretUse, list[str], list[str]]] = {}
    for change in plan.changes:
        bodies = (change.body if change.action == "create" else None, change.rotation)
        for body in bodies:
            for use in Entry(change.member, change.ref, body or {}).secrets():
                _, addresses, places = found.setdefault(use.env, (use, [], []))
                addresses.append(change.address)
                places += [place for place in (change.at, change.source) if place]
    return tuple(
        NeededSecret(use, tuple(dict.fromkeys(addresses)), tuple(dict.fromkeys(places)))
        for _, (use, addresses, places) in sorted(found.items())
    )


def resolve_secrets(needed: tuple[NeededSecret, ...], sources: SecretSources) -> dict[str, Secret]:
    """The value of each, by its name. Raises SecretsMissingError naming all that are missing.

    Raises UsageError for a file that cannot be used. From here on the process leaves no core dump.
    """
    _no_core_dump()
    held = read_secrets_file(sources.file) if sources.file is not None else {}
    values: dict[str, Secret] = {}
    missing: list[str] = []
    for one in needed:
        value = _usable(_value(one, held, sources))
        if isinstance(value, Refusal):
            missing.append(_line(one, value))
        else:
            values[one.env] = value
    if missing:
        error = SecretsMissingError(
            f"{len(missing)} of {len(needed)} needed secrets cannot be had; nothing was changed",
            "Set each in the environment, in a file given with --secrets, or name a --secrets-command that prints it.",
        )
        error.details = tuple(missing)
        raise error
    return values


def _value(one: NeededSecret, held: Mapping[str, Secret], sources: SecretSources) -> Secret | Refusal:
    from_file = held.get(one.env)
    if from_file is not None and from_file:
        return from_file
    value = sources.environment.get(one.env, "")
    if value:
        return Secret(value) if len(value) <= _SIZE_LIMIT else Refusal("its value is too long for a key")
    if sources.command is not None:
        return sources.command.value(one.use)
    if from_file is not None or one.env in sources.environment:
        return Refusal("is empty")
    return Refusal("is not set")


def _usable(value: Secret | Refusal) -> Secret | Refusal:
    """The value, unless no provider could ever take it: it would be stored, and fail with each request."""
    if isinstance(value, Refusal):
        return value
    text = value.reveal()
    if not text.strip():
        return Refusal("is empty but for white space")
    if text.strip("\r\n") != text:
        return Refusal("begins or ends with a line break, which is no part of a key")
    if "\0" in text or not _is_utf8(text):
        return Refusal("is no text: it has a NUL, or bytes that are no UTF-8")
    return value


def _is_utf8(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _line(one: NeededSecret, refusal: Refusal) -> str:
    places = f" ({'; '.join(one.places)})" if one.places else ""
    return shown(f"{one.env} {refusal.reason}: for {', '.join(one.addresses)}{places}")


def _no_core_dump() -> None:
    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
