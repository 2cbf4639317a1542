"""The schema of ``migrator.yaml``: recorded decisions."""

from __future__ import annotations

from typing import Final

from migrator.report.schemas.parts import Schema, document, nullable, record, table, told

FORMAT_VERSION: Final = 1

_OPTION: Final[Schema] = {"type": ["string", "number", "boolean"]}
"""An option is a word; some words are numbers or truth values to YAML, and mean themselves."""


def decisions_schema() -> Schema:
    answers = told(
        nullable(table(_OPTION)),
        "The id of a decision, or a pattern such as who-pays:*, and the option to take.",
    )
    shape = nullable(record({"decisions": answers}, ("decisions",), closed=True))
    return document("decisions", FORMAT_VERSION, "migrator: recorded decisions", shape)
