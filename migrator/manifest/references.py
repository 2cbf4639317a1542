"""References between the entries of a manifest: each names an entry that can exist before."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from migrator.manifest.model import MEMBERS, REF, Path, places
from migrator.manifest.problems import Problem, near


def reference_problems(document: dict[str, Any]) -> Iterator[Problem]:
    """Every ``$ref`` that names nothing, or nothing that exists before what it stands in."""
    known = {
        f"{member}/{item['ref']}": rank
        for rank, member in enumerate(MEMBERS)
        for item in document.get(member) or ()
    }
    for rank, member in enumerate(MEMBERS):
        for index, item in enumerate(document.get(member) or ()):
            own = f"{member}/{item['ref']}"
            for place, value in places(item["body"], REF, (member, index, "body")):
                yield from _reference_problem(value, place, own, rank, known)


def _reference_problem(
    value: dict[str, Any], at: Path, own: str, rank: int, known: dict[str, int]
) -> Iterator[Problem]:
    target = value[REF]
    if len(value) != 1 or not isinstance(target, str):
        yield Problem(
            at, f"{REF} needs `member/ref`, and stands alone", f"Write `{{{REF}: providerKeys/REF}}`."
        )
    elif target not in known:
        yield Problem(
            at,
            f"{own} refers to {target[:120]}, which this manifest does not have.{near(target, known)}",
            "Correct it, or add the entry.",
        )
    elif known[target] >= rank:
        circle = "itself" if target == own else f"{target}, which cannot exist before it"
        yield Problem(
            at,
            f"{own} refers to {circle}",
            f"Only {', '.join(MEMBERS[:rank]) or 'nothing'} can be named here.",
        )
    elif (wanted := _wanted(at)) and not target.startswith(f"{wanted}/"):
        yield Problem(at, f"{own} refers to {target}, but an entry of {wanted} goes here", "Correct it.")


def _wanted(at: Path) -> str:
    """The member that a reference at this place has to name."""
    if at[-1] == "accessKeyConfigurationId":
        return "accessKeyConfigurations"
    if at[-1] == "id" and "steps" in at:
        return "providerKeys"
    return "providers"
