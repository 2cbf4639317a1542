"""The schema of the JSON contract (docs/json.md)."""

from __future__ import annotations

from typing import Final, get_args

from migrator.findings.base import Category, Effect, Severity
from migrator.merge.model import STATUSES
from migrator.policy.coverage import NAMES
from migrator.report.json_report import FORMAT_VERSION
from migrator.report.schemas.manifest import manifest_shape
from migrator.report.schemas.parts import (
    COUNT,
    FLAG,
    FROM_ONE,
    PLACE,
    TEXT,
    Schema,
    array,
    choice,
    counts,
    document,
    nullable,
    record,
    table,
    told,
    version,
)
from migrator.verify.model import Certainty, Kind

KINDS: Final = tuple(kind.value for kind in Kind)
CERTAINTIES: Final = get_args(Certainty)
CODE: Final[Schema] = told({"type": "string", "pattern": "^[A-Z][0-9]{3}$"}, "migrator explain CODE")
STATUS: Final = choice(STATUSES)
COVERAGE: Final = told(counts(NAMES.values()), "Leaves of the configuration by outcome.")

_ADVICE: Final = record(
    {
        "request": nullable(record({"model": TEXT, "models": array(TEXT)}, ("model", "models"))),
        "renames": table(TEXT),
        "retired": array(TEXT),
    }
)
_UNIT: Final = record(
    {
        "id": TEXT,
        "sources": array(record({"path": TEXT, "document": COUNT, "pointer": TEXT})),
        "endpoint": nullable(TEXT),
        "addresses": array(TEXT),
        "branch": nullable(TEXT),
        "configuration": nullable(TEXT),
        "accessKeys": array(TEXT),
        "status": STATUS,
        "coverage": COVERAGE,
        "clientAdvice": told(_ADVICE, "What clients change."),
        "verdict": told(nullable(choice(KINDS)), "How it compares with the old gateway; null if it was not."),
        "verdictCertainty": nullable(choice(CERTAINTIES)),
    }
)
DECISION: Final = record(
    {
        "id": TEXT,
        "unit": nullable(TEXT),
        "code": CODE,
        "question": TEXT,
        "options": array(TEXT),
        "default": TEXT,
        "chosen": TEXT,
        "by": choice(("default", "config")),
        "reason": nullable(TEXT),
        "approver": nullable(TEXT),
    }
)
_LOCATION: Final = told(
    record(
        {
            **PLACE["properties"],
            "endLine": FROM_ONE,
            "endColumn": FROM_ONE,
            "embedded": nullable(record({"line": FROM_ONE, "column": FROM_ONE})),
        }
    ),
    "In code points from 1, the end exclusive.",
)
_DAY: Final[Schema] = {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}
_WAIVED: Final[dict[str, Schema]] = {
    "reason": TEXT,
    "by": nullable(TEXT),
    "until": told(_DAY, "The last day."),
    "at": told(nullable(PLACE), "Where the decisions file says so."),
}
WAIVER: Final = record(_WAIVED, closed=True)
_FINGERPRINT: Final[Schema] = {"type": "string", "pattern": "^[0-9a-f]{16}$"}
_FINDING: Final = record(
    {
        "code": CODE,
        "severity": choice(Severity),
        "category": choice(Category),
        "effect": choice(Effect),
        "unit": nullable(TEXT),
        "title": TEXT,
        "message": TEXT,
        "remedy": TEXT,
        "fingerprint": _FINGERPRINT,
        "location": nullable(_LOCATION),
        "pointer": TEXT,
        "outputs": array(TEXT),
        "waiver": told(
            nullable(WAIVER),
            "Who takes it as it is, why and how long; it makes no run fail then.",
        ),
        "baseline": told(choice(("new", "known")), "With --baseline: whether the earlier report had it."),
    },
    ("baseline",),
)
BASELINE: Final = told(
    record(
        {
            "new": COUNT,
            "known": COUNT,
            "newDecisions": told(array(TEXT), "Ids of open decisions that were not open before."),
            "gone": array(
                record(
                    {
                        "code": CODE,
                        "severity": choice(Severity),
                        "unit": nullable(TEXT),
                        "title": TEXT,
                        "message": TEXT,
                        "fingerprint": _FINGERPRINT,
                        "location": nullable(PLACE),
                        "waived": FLAG,
                    },
                    closed=True,
                )
            ),
        },
        closed=True,
    ),
    "With --baseline: what is new, and what disappeared.",
)
_RECORDED: Final = record(
    {
        "asOf": told(nullable(_DAY), "The day that waivers were judged against; null without any."),
        "names": array(
            record({"key": choice(("names", "provider-ids")), "entry": TEXT, "name": TEXT, "used": FLAG})
        ),
        "severities": array(
            record(
                {
                    "code": CODE,
                    "severity": choice(Severity),
                    "default": choice(Severity),
                    "reason": nullable(TEXT),
                    "by": nullable(TEXT),
                    "findings": COUNT,
                }
            )
        ),
        "waivers": array(
            record(
                {
                    "code": CODE,
                    "unit": TEXT,
                    "file": TEXT,
                    "pointer": TEXT,
                    **_WAIVED,
                    "expired": FLAG,
                    "findings": COUNT,
                }
            )
        ),
    }
)


RECORDED: Final = told(nullable(_RECORDED), "What the decisions file said beside answers, and what that did.")


def report_schema() -> Schema:
    shape = record(
        {
            "formatVersion": version(FORMAT_VERSION),
            "manifest": manifest_shape(),
            "units": array(_UNIT),
            "decisions": array(DECISION),
            "findings": array(_FINDING),
            "provenance": array(record({"output": TEXT, "inputs": array(PLACE)})),
            "sources": array(
                record(
                    {
                        "path": TEXT,
                        "stem": told(TEXT, "What ids of units are made of."),
                        "container": TEXT,
                        "status": STATUS,
                        "coverage": COVERAGE,
                    }
                )
            ),
            "recorded": RECORDED,
            "distinctConfigurations": told(
                array(record({"configurations": array(TEXT), "units": array(TEXT)}, closed=True)),
                "Configurations that are the same but for their labels, and the units they belong to.",
            ),
            "baseline": BASELINE,
        },
        ("baseline",),
    )
    return document("report", FORMAT_VERSION, "migrator: report", shape)
