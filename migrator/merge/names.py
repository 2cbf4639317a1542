"""Names that people chose for what is created, and ids that they chose for custom providers."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Final, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from migrator.catalog import Catalogs
from migrator.errors import UsageError
from migrator.findings.base import Finding
from migrator.findings.decisions import NameUnmatched
from migrator.findings.merge import ProviderCollision, ProviderRenamed
from migrator.merge.providers import has_given_id, with_provider_id
from migrator.merge.recorded import NameUse
from migrator.merge.unmatched import Guess
from migrator.secrets import visible
from migrator.target.limits import NAME, PROVIDER_ID
from migrator.target.state import AccessKey, Configuration, DesiredState, Provider, ProviderKey
from migrator.translate.model import Name, Names, UnitResult

OBJECTS: Final = "names"
IDS: Final = "provider-ids"
_UNUSABLE: Final = re.compile(r"[:/\s\x00-\x1f\x7f]")

T = TypeVar("T", Provider, ProviderKey, Configuration, AccessKey)


class Named(Struct, frozen=True):
    """What became of the entries of one section."""

    findings: tuple[Finding, ...] = ()
    uses: tuple[NameUse, ...] = ()
    ids: Mapping[str, str] = {}
    """What became of the ids that custom providers had otherwise."""


def with_names(state: DesiredState, names: Names) -> tuple[DesiredState, Named]:
    """The desired state with every recorded name. Raises UsageError for one that no object can have."""
    given = names.objects
    if not given:
        return state, Named()
    for entry, name in given.items():
        if not 1 <= len(name.text) <= NAME or not name.text.isprintable():
            raise _refused(entry, name, f"a name has 1 to {NAME} printable characters")

    def called(items: tuple[T, ...]) -> tuple[T, ...]:
        return tuple(
            replace(item, name=given[key].text) if (key := f"{item.member}/{item.ref}") in given else item
            for item in items
        )

    known = [f"{item.member}/{item.ref}" for item in state.objects()]
    made = replace(
        state,
        providers=called(state.providers),
        provider_keys=called(state.provider_keys),
        configurations=called(state.configurations),
        access_keys=called(state.access_keys),
    )
    return made, _told(OBJECTS, given, known)


def with_ids(results: list[UnitResult], names: Names, catalogs: Catalogs) -> tuple[list[UnitResult], Named]:
    """The units with every recorded id in place of the one that a custom provider would have.

    An entry says ``providers/REF``, or the id without it. Raises UsageError for an id that no provider can have,
    or that another one has, and for two entries about one provider.
    """
    given = names.provider_ids
    if not given:
        return results, Named()
    there = {_ref(one): one.provider_id for result in results for one in result.fragment.providers}
    for entry, name in given.items():
        if (problem := _id_problem(name.text, catalogs)) is not None:
            raise _refused(entry, name, problem)
        if (old := there.get(entry)) in given:
            raise _refused(entry, name, f"there is an entry {old} for the same provider")
    entries = {
        ref: ref if ref in given else old for ref, old in there.items() if ref in given or old in given
    }
    chosen = {ref: given[entry].text for ref, entry in entries.items()}
    wanted = Counter(name.text for name in given.values())
    for ref, entry in entries.items():
        text = chosen[ref]
        if text != there[ref] and (text in there.values() or wanted[text] > 1):
            raise _refused(entry, given[entry], f"another provider has the id {text}")
    told = _told(IDS, given, sorted({*there.values(), *there}))
    findings: list[Finding] = list(told.findings)
    made = [_with_own_ids(result, chosen, findings) for result in results]
    ids = {there[ref]: text for ref, text in chosen.items()}
    return made, Named(tuple(findings), told.uses, ids)


def _ref(provider: Provider) -> str:
    return f"{provider.member}/{provider.ref}"


def _with_own_ids(result: UnitResult, chosen: Mapping[str, str], findings: list[Finding]) -> UnitResult:
    for provider in result.fragment.providers:
        old, renamed = provider.provider_id, chosen.get(_ref(provider))
        if renamed is None or renamed == old:
            continue
        if not has_given_id(result, old):  # else it is told already that the id changes
            findings.append(
                ProviderRenamed(
                    at=provider.origins[0], unit=result.unit, provider=old, renamed=renamed, decided=True
                )
            )
        result = with_provider_id(result, provider, renamed)
    return result


def with_told_ids(findings: Iterable[Finding], ids: Mapping[str, str]) -> Iterator[Finding]:
    """The findings about collisions, with the ids that were chosen in place of those that the tool gave."""
    for found in findings:
        if isinstance(found, ProviderCollision) and found.renamed in ids:
            yield replace(found, renamed=ids[found.renamed])
        else:
            yield found


def _id_problem(text: str, catalogs: Catalogs) -> str | None:
    if not 1 <= len(text) <= PROVIDER_ID or _UNUSABLE.search(text) or not text.isprintable():
        return f"an id has 1 to {PROVIDER_ID} characters and no colon, slash or white space"
    if catalogs.current.is_reserved(text):
        return f"the id {text} is reserved for a built-in provider"
    return None


def _refused(entry: str, name: Name, problem: str) -> UsageError:
    place = f"{name.at.path}:{name.at.span.line}: " if name.at is not None else ""
    return UsageError(f"{place}{visible(entry)}: {problem}", "Choose another one.")


def _told(key: str, given: Mapping[str, Name], known: list[str]) -> Named:
    there, guess = set(known), Guess(known)
    findings = tuple(
        NameUnmatched(at=name.at, key=key, entry=entry, hint=guess.meant(entry))
        for entry, name in given.items()
        if entry not in there
    )
    uses = tuple(NameUse(key, entry, name.text, entry in there) for entry, name in given.items())
    return Named(findings, uses)
