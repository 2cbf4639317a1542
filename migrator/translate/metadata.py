"""The source's own metadata, as far as it fits beside the mark."""

from __future__ import annotations

import math

from migrator.findings.merge import MetadataTooLong
from migrator.policy.coverage import Outcome
from migrator.policy.origin import Field
from migrator.spans import Location
from migrator.target.bodies import metadata_text
from migrator.target.limits import METADATA
from migrator.target.state import Body
from migrator.translate.draft import Draft
from migrator.tree.nodes import to_python


def plain(field: Field | None) -> Body | None:
    """A mapping as JSON has it; None for anything else."""
    value = None if field is None else to_python(field.node)
    return {str(key): _json(member) for key, member in value.items()} if isinstance(value, dict) else None


def _json(value: object) -> object:
    """A value as JSON has it: numbers that JSON does not know become text."""
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, dict):
        return {key: _json(member) for key, member in value.items()}
    return [_json(member) for member in value] if isinstance(value, list) else value


def fitting(draft: Draft, source: Body | None, ref: str, at: Location, field: Field | None = None) -> Body:
    """``source`` if it fits with the mark of ``ref``; nothing, and a finding, if it does not."""
    if not source:
        return {}
    if len(metadata_text(source, draft.options.migration, ref)) <= METADATA:
        return source
    draft.ledger.claim(field, Outcome.UNSUPPORTED)
    draft.add(MetadataTooLong(at=at, limit=METADATA))
    return {}
