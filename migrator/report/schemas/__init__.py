"""JSON Schemas of what people and other tools write and read: the one table, and how a name is printed.

A further schema is a function that gives its document, and one line here. They are made from the
same constants as the documents themselves, stand each for itself (no reference leads to another
file), and what is read by tools is open: members may be added within a ``formatVersion``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from msgspec import Struct

from migrator.errors import UsageError
from migrator.render.safe import json_text
from migrator.report.schemas.audit import audit_schema
from migrator.report.schemas.decisions import decisions_schema
from migrator.report.schemas.manifest import manifest_schema
from migrator.report.schemas.parts import Schema
from migrator.report.schemas.plan import plan_schema
from migrator.report.schemas.report import report_schema
from migrator.report.schemas.verification import verification_schema
from migrator.report.suggest import did_you_mean


class Described(Struct, frozen=True):
    """A schema: what ``migrator schema`` calls it, which document it is of, and how it is made."""

    name: str
    about: str
    make: Callable[[], Schema]


SCHEMAS: Final = {
    one.name: one
    for one in (
        Described("manifest", "manifest.yaml, what has to exist at ngrok.ai", manifest_schema),
        Described("decisions", "migrator.yaml, the decisions file", decisions_schema),
        Described("report", "convert --format json and report.json", report_schema),
        Described("audit", "audit --format json", audit_schema),
        Described("verification", "verify --format json", verification_schema),
        Described("plan", "plan --out FILE", plan_schema),
    )
}


def schema(name: str) -> Schema:
    """The schema called ``name`` as data. Raises UsageError, with the closest names, where there is none."""
    found = SCHEMAS.get(name)
    if found is None:
        hint = did_you_mean(name, SCHEMAS)
        raise UsageError(
            f"there is no schema {name}", f"{hint} Choose one of: {', '.join(SCHEMAS)}.".lstrip()
        )
    return found.make()


def schema_text(name: str) -> str:
    """The same as text."""
    return f"{json_text(schema(name), indent=2)}\n"
