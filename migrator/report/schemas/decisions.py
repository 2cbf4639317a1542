"""The schema of ``migrator.yaml``, the decisions file."""

from __future__ import annotations

from typing import Final

from migrator.findings.base import REGISTER, Severity, documentation
from migrator.findings.rulings import UNWAIVABLE
from migrator.report.schemas.parts import Schema, array, choice, document, nullable, record, table, told
from migrator.target.limits import NAME
from migrator.target.spelling import ModelIds

FORMAT_VERSION: Final = 1

_OPTION: Final[Schema] = {"type": ["string", "number", "boolean"]}
"""An option is a word; some words are numbers or truth values to YAML, and mean themselves."""

_WORDS: Final[Schema] = {"type": "string", "pattern": r"\S"}
_BY: Final = told(_WORDS, "Who decided.")
_NAME: Final[Schema] = {"type": "string", "minLength": 1, "maxLength": NAME}
_DAY: Final[Schema] = {"type": "string", "format": "date", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}

_EXPLAINED: Final = record(
    {
        "choose": _OPTION,
        "reason": told(_WORDS, "Why; has to be said where something wider or narrower is accepted."),
        "by": _BY,
    },
    ("reason", "by"),
    closed=True,
)
_REGRADED: Final = record(
    {
        "level": choice(Severity),
        "reason": told(_WORDS, "Why; has to be said where lost protection or wider access is made less."),
        "by": _BY,
    },
    ("reason", "by"),
    closed=True,
)


def decisions_schema() -> Schema:
    shape = record(
        {
            "migration": told(
                {"type": "string", "minLength": 1, "maxLength": 100}, "The default of --migration."
            ),
            "model-ids": told(choice(ModelIds), "The default of --model-ids."),
            "decisions": told(
                nullable(table({"anyOf": [_OPTION, _EXPLAINED]})),
                "The id of a decision, or a pattern such as who-pays:*, and the option to take.",
            ),
            "names": told(
                nullable(table(_NAME)),
                "What objects are called: accessKeys/REF, or another reference of the manifest, and a name.",
            ),
            "provider-ids": told(
                nullable(table(_NAME)),
                "Ids of custom providers: providers/REF, or the id that one has otherwise, and the one it gets.",
            ),
            "severity": told(nullable(_severities()), "Severities of codes: error, warning or note."),
            "waivers": told(
                nullable(array(_waiver())), "Findings that somebody takes as they are, up to a day."
            ),
        },
        ("migration", "model-ids", "decisions", "names", "provider-ids", "severity", "waivers"),
        closed=True,
    )
    return document("decisions", FORMAT_VERSION, "migrator: the decisions file", nullable(shape))


def _severities() -> Schema:
    level = {"anyOf": [choice(Severity), _REGRADED]}
    codes = {code: told(level, documentation(kind).title) for code, kind in sorted(REGISTER.items())}
    return record(codes, codes, closed=True)


def _waiver() -> Schema:
    codes = {
        "oneOf": [
            {"const": code, "description": documentation(kind).title}
            for code, kind in sorted(REGISTER.items())
            if code not in UNWAIVABLE
        ]
    }
    return record(
        {
            "code": told(codes, "The finding's code."),
            "unit": told(_WORDS, "The unit's id, or a pattern with * for several."),
            "file": told(_WORDS, "The path as reports show it, or a pattern."),
            "pointer": told(_WORDS, "The JSON pointer within the policy, or a pattern."),
            "reason": told(_WORDS, "Why it is taken as it is."),
            "by": _BY,
            "until": told(_DAY, "The last day on which it is."),
        },
        ("unit", "file", "pointer", "by"),
        closed=True,
    )
