"""What a manifest has to look like. Every rule here is one that would else fail, or grant more, later."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from migrator.manifest.bodies import TITLES, body_problems
from migrator.manifest.model import MEMBERS, SECRET, Path, places
from migrator.manifest.problems import Problem, kind, unknown
from migrator.target import limits
from migrator.target.durations import nanoseconds

FORMAT_VERSION: Final = 1
SETTINGS: Final = "gatewayConfig"
_MEMBERS: Final = ("formatVersion", "migration", *MEMBERS, SETTINGS)
_MIGRATION_LIMIT: Final = 100
_REF_LIMIT: Final = 255
_SETTINGS: Final = ("totalTimeout", "perRequestTimeout", "maxInputTokens", "maxOutputTokens")


def document_problems(document: object) -> Iterator[Problem]:
    """Everything about the document as such: what keeps the entries from being looked at."""
    if not isinstance(document, dict):
        yield Problem(
            (), f"expected a mapping, found {kind(document)}", "Give the manifest that convert wrote."
        )
        return
    version = document.get("formatVersion")
    if version != FORMAT_VERSION or isinstance(version, bool):
        found = "there is none" if "formatVersion" not in document else "it is another"
        yield Problem(
            ("formatVersion",) if "formatVersion" in document else (),
            f"expected formatVersion: {FORMAT_VERSION}, but {found}",
            "Give a manifest that this version of migrator wrote, or write it again with convert.",
        )
    migration = document.get("migration")
    if not (
        isinstance(migration, str) and 1 <= len(migration) <= _MIGRATION_LIMIT and migration.isprintable()
    ):
        yield Problem(
            ("migration",) if "migration" in document else (),
            f"expected migration: a name of 1 to {_MIGRATION_LIMIT} printable characters",
            "It is in the mark of every object; put it in quotes if it looks like a number.",
        )
    yield from unknown(document, _MEMBERS, (), "a manifest")
    for member in MEMBERS:
        held = document.get(member)
        if held is not None and not isinstance(held, list):
            yield Problem((member,), f"expected a list, found {kind(held)}", "Begin each with `- ref:`.")


def entry_problems(document: dict[str, Any]) -> Iterator[Problem]:
    """Everything about the entries, one by one, and the account settings."""
    for member in MEMBERS:
        seen: set[str] = set()
        for index, item in enumerate(document.get(member) or ()):
            at: Path = (member, index)
            if not isinstance(item, dict):
                yield Problem(at, "expected a mapping with ref and body", "Write `ref: NAME` and `body:`.")
                continue
            yield from _ref_problems(item.get("ref"), member, at, seen)
            yield from unknown(item, ("ref", "body"), at, f"an entry of {member}")
            body = item.get("body")
            if isinstance(body, dict):
                yield from body_problems(member, body, (*at, "body"))
            else:
                yield Problem(
                    (*at, "body") if "body" in item else at,
                    "an entry has no body",
                    f"Write below `body:` what creates the {TITLES[member]}.",
                )
    yield from _unique_provider_ids(document)
    yield from _unique_secrets(document)
    if (settings := document.get(SETTINGS)) is not None:
        yield from _settings_problems(settings, (SETTINGS,))


def _ref_problems(ref: object, member: str, at: Path, seen: set[str]) -> Iterator[Problem]:
    place = (*at, "ref") if ref is not None else at
    if not isinstance(ref, str) or not limits.REF.match(ref) or len(ref) > _REF_LIMIT:
        yield Problem(
            place,
            "expected ref: a name of lower-case letters, digits, `.`, `_` and `-`",
            "Give every entry one, in quotes if it looks like a number; the mark of its object carries it.",
        )
    elif ref in seen:
        yield Problem(
            place,
            f"{member}/{ref} is here a second time",
            "Remove one of the two, or give one another ref.",
        )
    else:
        seen.add(ref)


def _settings_problems(settings: object, at: Path) -> Iterator[Problem]:
    if (
        not isinstance(settings, dict)
        or settings.keys() != {"body"}
        or not isinstance(settings["body"], dict)
    ):
        yield Problem(at, "expected body, a mapping", "Write `body:` with the settings to change.")
        return
    yield from unknown(settings["body"], _SETTINGS, (*at, "body"), "the account settings", only_near=True)
    for name, value in settings["body"].items():
        place = (*at, "body", name)
        if name in {"totalTimeout", "perRequestTimeout"} and not (
            isinstance(value, str) and nanoseconds(value)
        ):
            yield Problem(place, "expected a duration", "Write it as 30s or 2m.")
        if name in {"maxInputTokens", "maxOutputTokens"} and not (
            value is None or (isinstance(value, int) and not isinstance(value, bool) and value >= 0)
        ):
            yield Problem(place, "expected a number, or null for no limit", "Write it without quotes.")


def _unique_secrets(document: dict[str, Any]) -> Iterator[Problem]:
    """One variable has one value: with two secrets of a vault, one of the keys would get the other's."""
    seen: dict[str, tuple[Any, Any]] = {}
    for index, item in enumerate(document.get("providerKeys") or ()):
        for place, held in places(item, SECRET, ("providerKeys", index)):
            match held[SECRET]:
                case {"env": str(env), **others}:
                    secret = (others.get("vault"), others.get("name"))
                    if seen.setdefault(env, secret) != secret:
                        yield Problem(
                            place,
                            f"{env} stands for another vault or name above, and a variable has one value",
                            "Give this secret a variable of its own.",
                        )


def _unique_provider_ids(document: dict[str, Any]) -> Iterator[Problem]:
    seen: set[str] = set()
    for index, item in enumerate(document.get("providers") or ()):
        body = item.get("body") if isinstance(item, dict) else None
        named = body.get("providerId") if isinstance(body, dict) else None
        if isinstance(named, str) and named in seen:
            yield Problem(
                ("providers", index, "body", "providerId"),
                "another provider has this providerId; an account has each once",
                "Give one of the two another, and use it in allow lists and rules too.",
            )
        if isinstance(named, str):
            seen.add(named)
