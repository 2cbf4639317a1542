"""A policy, the manifest that conversion makes of it, changed by hand, and the verdict about the two."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from migrator.api import Input, Options, Result, convert
from migrator.catalog import bundled
from migrator.merge.verdicts import pair_of
from migrator.verify.model import Difference, Verdict
from migrator.verify.new import NewGateway
from migrator.verify.objects import Objects
from migrator.verify.verdict import verdict

Document = dict[str, Any]
Change = Callable[[Document], None]


def converted(policy: str, decisions: dict[str, str] | None = None) -> Result:
    """One policy, converted and verified."""
    options = Options(decisions=decisions or {})
    return convert([Input("policy.yaml", "policy.yaml", policy.encode())], options)


def damaged(policy: str, change: Change, decisions: dict[str, str] | None = None) -> Verdict:
    """The verdict about a policy and its manifest after ``change``."""
    result = converted(policy, decisions)
    document = copy.deepcopy(result.manifest())
    change(document)
    new = NewGateway(Objects.of_document(document), bundled())
    summary = result.units[0]
    own = [found for found in result.findings if found.unit in (None, summary.id)]
    found, _ = verdict(pair_of(summary, result.migration, new, bundled()), own)
    return found


def unexpected(found: Verdict, policy: str, decisions: dict[str, str] | None = None) -> list[Difference]:
    """The differences that the undamaged manifest does not have."""
    whole = converted(policy, decisions).units[0].verdict
    assert whole is not None
    known = {_key(one) for one in whole.differences}
    return [one for one in found.differences if _key(one) not in known]


def _key(one: Difference) -> object:
    return one.kind, one.certainty, one.request, one.old, one.new
