"""What files that have to do with each other came to: all that merging, reports and comparing ask of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from migrator.errors import UsageError
from migrator.findings.base import Finding
from migrator.policy.coverage import Account, Outcome, account, worst
from migrator.policy.origin import LeafKey
from migrator.residual.termination import dead_variables, fallen_through
from migrator.sources.kept import Asked, kept_file, kept_unit, may_go, opened, stands_alone
from migrator.sources.link import link
from migrator.sources.model import (
    FileRead,
    FoundPolicy,
    KeptFile,
    KeptUnit,
    Linked,
    ObjectName,
    Unit,
    VaultSecretName,
)
from migrator.translate.model import UnitResult

_COUNTED: Final[Mapping[LeafKey, Outcome]] = {}
"""The coverage of a result whose leaves are counted: most of what a result holds."""

Translate = Callable[[Iterable[Unit]], Sequence[UnitResult]]
"""The results of some units, in their order."""

Referred = Callable[[Sequence[FileRead], set[str]], Iterable[FileRead]]
"""The policy files that some files refer to, but for those whose paths are known."""


class Portion(Struct, frozen=True, eq=False):
    """Some files with the units they make.

    ``files`` have the account of their leaves beside them, ``results`` are in the order of the ``units`` and have
    theirs in ``accounts``: their ``coverage`` is empty.
    """

    files: tuple[tuple[KeptFile, Account], ...] = ()
    units: tuple[KeptUnit, ...] = ()
    results: tuple[UnitResult, ...] = ()
    accounts: tuple[Account, ...] = ()
    findings: tuple[Finding, ...] = ()
    secrets: frozenset[VaultSecretName] | None = None
    """Every secret of the account's vaults; None where the inputs do not have the whole list."""


def portion(linked: Linked, results: Sequence[UnitResult], *, whole: bool) -> Portion:
    """Files that were linked, with the results of their units. ``whole``: nothing of them is let go."""
    pending = {claim.leaf for result in results for claim in result.fragment.settings}
    accounts = tuple(account(result.coverage, pending) for result in results)
    return Portion(
        files=tuple(_files(linked, results, pending, whole=whole)),
        units=tuple(kept_unit(unit, whole=whole) for unit in linked.units),
        results=tuple(replace(result, coverage=_COUNTED) for result in results),
        accounts=accounts,
        findings=(*linked.findings, *_left_behind(linked), *_grammar(linked)),
        secrets=linked.secrets,
    )


def apart(files: Sequence[FileRead], translate: Translate) -> Iterator[FileRead | Portion]:
    """Files in their order; those that stand alone linked and translated, each stage for all of them.

    An answer that fits none of a file's units may still fit once they are linked with others, so it is judged then.
    """
    linked = [link([file]) if stands_alone(file) else None for file in files]
    try:
        results = iter(translate(unit for one in linked if one is not None for unit in one.units))
    except UsageError:
        if len(files) == 1:
            yield files[0]
        else:
            for file in files:
                yield from apart([file], translate)
        return
    for file, one in zip(files, linked, strict=True):
        if one is None:
            yield file
        else:
            own = list(islice(results, len(one.units)))
            yield portion(one, own, whole=not may_go(file, one.units))


def gathered(read: Iterable[FileRead | Portion], translate: Translate, referred: Referred) -> Portion:
    """A whole run: what stands alone as it is, the rest linked and translated.

    What stood alone, but others lead to it or something in it is called like theirs, is linked again among them.
    """
    alone: list[Portion] = []
    others: list[FileRead] = []
    for one in read:
        if isinstance(one, Portion):
            alone.append(one)
        else:
            others.append(one)
    others += referred(others, {file.path for one in alone for file, _ in one.files})
    asked = Asked(tuple(others))
    joining = [one for one in alone if any(asked.concerns(file, one.units) for file, _ in one.files)]
    while True:
        others += [opened(file) for one in joining for file, _ in one.files]
        left = {id(one) for one in joining}
        alone = [one for one in alone if id(one) not in left]
        linked = link(others)
        names: Counter[object] = Counter(unit.id for unit in linked.units)
        names.update({found.held_by for file in others for found in file.policies} - {None})
        for one in alone:
            names.update(_names(one))
        joining = [one for one in alone if any(names[name] > 1 for name in _names(one))]
        if not joining:
            return joined((*alone, portion(linked, translate(linked.units), whole=True)))


def _names(one: Portion) -> set[str | ObjectName]:
    """What only one file may be called: units, and objects that hold policies."""
    return {*(unit.id for unit in one.units), *(name for file, _ in one.files for name in file.objects)}


def joined(portions: Iterable[Portion]) -> Portion:
    """Portions that have nothing to do with each other as one: files by their paths, units by their ids."""
    known = list(portions)
    units = sorted(
        (triple for one in known for triple in zip(one.units, one.results, one.accounts, strict=True)),
        key=lambda triple: triple[0].id,
    )
    return Portion(
        files=tuple(sorted((pair for one in known for pair in one.files), key=lambda pair: pair[0].path)),
        units=tuple(unit for unit, _, _ in units),
        results=tuple(result for _, result, _ in units),
        accounts=tuple(counted for _, _, counted in units),
        findings=tuple(found for one in known for found in one.findings),
        secrets=next((one.secrets for one in known if one.secrets is not None), None),
    )


def _files(
    linked: Linked, results: Sequence[UnitResult], pending: set[LeafKey], *, whole: bool
) -> Iterable[tuple[KeptFile, Account]]:
    """Each file with its leaves, each once, whatever units it is a source of."""
    by_path: dict[str, list[Mapping[LeafKey, Outcome]]] = {}
    for unit, result in zip(linked.units, results, strict=True):
        for path in dict.fromkeys(source.path for source in unit.sources):
            by_path.setdefault(path, []).append(result.coverage)
    for found in linked.disabled:
        keys = (key for field in found.policy.rule_fields for key in field.leaf_keys())
        by_path.setdefault(found.origin.path, []).append(dict.fromkeys(keys, Outcome.NO_EFFECT))
    for file in linked.files:
        yield kept_file(file, whole=whole), _account(file, by_path.get(file.path, []), pending)


def _account(file: FileRead, claimed: list[Mapping[LeafKey, Outcome]], pending: set[LeafKey]) -> Account:
    leaves = claimed[0] if len(claimed) == 1 else worst(claimed)
    if any(key.path != file.path for key in leaves):
        leaves = {key: outcome for key, outcome in leaves.items() if key.path == file.path}
    return account(leaves, pending)


def _left_behind(linked: Linked) -> list[Finding]:
    """What the policies do without the action, once for each policy and endpoint."""
    findings: list[Finding] = []
    seen: set[tuple[int, str | None]] = set()
    for unit in linked.units:
        place = (id(unit.found), unit.holder.url if unit.holder else None)
        if place in seen:
            continue
        seen.add(place)
        reached = fallen_through(replace(unit.found, endpoint=unit.holder))
        told = dead_variables(unit.found) if reached is None else [reached, *dead_variables(unit.found)]
        findings += [found.in_unit(unit.id) for found in told]
    return findings


def _grammar(linked: Linked) -> list[Finding]:
    """Findings about a policy's form: once, however many units it makes."""
    first: dict[int, tuple[Unit, FoundPolicy]] = {}
    for unit in linked.units:
        for found in unit.policies:
            first.setdefault(id(found), (unit, found))
    return [said.in_unit(unit.id) for unit, found in first.values() for said in found.findings]
