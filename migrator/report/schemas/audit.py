"""The schema of ``migrator audit --format json`` (docs/json.md)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, get_args

from migrator.findings.base import Effect, Severity
from migrator.merge.model import STATUSES
from migrator.policy.coverage import NAMES
from migrator.report.audit_data import FORMAT_VERSION
from migrator.report.options import GroupBy
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
    told,
    version,
)
from migrator.report.schemas.report import BASELINE, CODE, COVERAGE, DECISION, RECORDED, STATUS

_SEVERITIES: Final = tuple(Severity)
_PERCENT: Final[Schema] = {"type": "number", "minimum": 0, "maximum": 100}


def _shares(names: Iterable[str]) -> Schema:
    return record({"total": COUNT, **dict.fromkeys(names, record({"count": COUNT, "percent": _PERCENT}))})


_FILE: Final = record(
    {
        "path": TEXT,
        "container": TEXT,
        "status": STATUS,
        "units": array(TEXT),
        "findings": counts(_SEVERITIES),
        "coverage": COVERAGE,
    }
)
_GROUP: Final = record(
    {
        "name": told(nullable(TEXT), "Null for what has none, files without a unit included."),
        "status": STATUS,
        "units": array(TEXT),
        "findings": counts(_SEVERITIES),
        "coverage": COVERAGE,
    }
)
_SEARCH: Final = record(
    {
        "files": COUNT,
        "ignored": array(TEXT),
        "vendored": array(TEXT),
        "elsewhere": array(TEXT),
        "bundles": array(TEXT),
        "unread": array(record({"path": TEXT, "reason": TEXT})),
    }
)
_UNSUPPORTED: Final = record(
    {
        "code": CODE,
        "title": TEXT,
        "severity": choice(_SEVERITIES),
        "effect": choice(Effect),
        "findings": COUNT,
        "files": COUNT,
        "units": COUNT,
    }
)


def audit_schema() -> Schema:
    shape = record(
        {
            "formatVersion": version(FORMAT_VERSION),
            "migration": TEXT,
            "summary": record(
                {
                    "files": _shares(STATUSES),
                    "units": _shares(STATUSES),
                    "leaves": _shares(NAMES.values()),
                    "findings": counts(_SEVERITIES),
                    "waived": told(COUNT, "Findings that are waived; they are not among those."),
                }
            ),
            "files": array(_FILE),
            "groupBy": told(choice(get_args(GroupBy)), "What the groups are; files are no groups."),
            "groups": array(_GROUP),
            "policies": array(record({"places": array(record({"path": TEXT, "line": FROM_ONE}))})),
            "search": _SEARCH,
            "mentions": array(record({**PLACE["properties"], "url": TEXT, "holdsPolicy": FLAG})),
            "unsupported": array(_UNSUPPORTED),
            "decisions": array(DECISION),
            "tasks": array(
                record(
                    {
                        "code": CODE,
                        "task": TEXT,
                        "for": array(record({"message": TEXT, "places": array(PLACE)})),
                    }
                )
            ),
            "recorded": RECORDED,
            "baseline": BASELINE,
        },
        ("baseline",),
    )
    return document("audit", FORMAT_VERSION, "migrator: audit", shape)
