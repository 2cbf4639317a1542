"""The schema of ``migrator.yaml``: recorded decisions."""

from __future__ import annotations

from typing import Final

from migrator.report.schemas.parts import TEXT, Schema, document, nullable, record, table, told

FORMAT_VERSION: Final = 1

_OPTION: Final[Schema] = {"type": ["string", "number", "boolean"]}
"""An option is a word; some words are numbers or truth values to YAML, and mean themselves."""

_EXPLAINED: Final = record(
    {
        "choose": _OPTION,
        "reason": told(TEXT, "Why; has to be said where something wider is accepted."),
        "by": told(TEXT, "Who decided."),
    },
    ("reason", "by"),
    closed=True,
)


def decisions_schema() -> Schema:
    answers = told(
        nullable(table({"anyOf": [_OPTION, _EXPLAINED]})),
        "The id of a decision, or a pattern such as who-pays:*, and the option to take.",
    )
    shape = nullable(record({"decisions": answers}, ("decisions",), closed=True))
    return document("decisions", FORMAT_VERSION, "migrator: recorded decisions", shape)
