"""The fleet view for other programs: as CSV and JSON."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from typing import Any, Final

from migrator.findings.base import Severity
from migrator.policy.coverage import NAMES
from migrator.render.safe import json_text, shown
from migrator.report.arrangement import Task
from migrator.report.audit import Audit, FileOutcome
from migrator.report.json_report import comparison_entry, decision_entry, visible_data
from migrator.report.recorded import recorded_data
from migrator.report.tally import percent

FORMAT_VERSION: Final = 1

_FORMULA: Final = ("=", "+", "-", "@")
"""What makes a spreadsheet compute a cell instead of showing it."""


def audit_csv(audit: Audit) -> str:
    """One row for each file, or group (RFC 4180); a cell that a spreadsheet would compute starts with an apostrophe."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, quoting=csv.QUOTE_MINIMAL, lineterminator="\r\n")
    outcomes = list(NAMES.values())
    writer.writerow(
        [
            *(("path", "container") if audit.by == "file" else (audit.by,)),
            "status",
            "units",
            *(f"{severity}s" for severity in Severity),
            *outcomes,
            "convertedPercent",
        ]
    )
    for file in audit.rows:
        counts = [file.severities[severity] for severity in Severity]
        leaves = [file.leaves.get(name, 0) for name in outcomes]
        share = percent(leaves[0], sum(leaves)) if any(leaves) else ""
        named = (file.path, file.container) if isinstance(file, FileOutcome) else (file.title,)
        words = [_cell(word) for word in (*named, file.status)]
        writer.writerow([*words, len(file.units), *counts, *leaves, share])
    return text.getvalue()


def audit_json(audit: Audit) -> str:
    """The fleet view for other tools, ``formatVersion`` 1."""
    document = {
        "formatVersion": FORMAT_VERSION,
        "migration": audit.migration,
        "summary": {
            "files": _shares(audit.counts.files),
            "units": _shares(audit.counts.units),
            "leaves": _shares(audit.counts.leaves),
            "findings": {severity.value: count for severity, count in audit.counts.severities.items()},
            "waived": audit.counts.waived,
        },
        "files": [
            {
                "path": file.path,
                "container": file.container,
                "status": file.status,
                "units": list(file.units),
                "findings": {severity.value: count for severity, count in file.severities.items()},
                "coverage": dict(file.leaves),
            }
            for file in audit.files
        ],
        "groupBy": audit.by,
        "groups": [
            {
                "name": group.name,
                "status": group.status,
                "units": list(group.units),
                "findings": {severity.value: count for severity, count in group.severities.items()},
                "coverage": dict(group.leaves),
            }
            for group in audit.groups
        ],
        "policies": [
            {"places": [{"path": path, "line": line} for path, line in policy.places]}
            for policy in audit.policies
        ],
        "search": {
            "files": audit.search.files,
            "ignored": list(audit.search.ignored),
            "vendored": list(audit.search.vendored),
            "elsewhere": list(audit.search.elsewhere),
            "bundles": list(audit.search.bundles),
            "unread": [{"path": path, "reason": reason} for path, reason in audit.search.unread],
        },
        "mentions": [
            {
                "path": one.path,
                "line": one.line,
                "column": one.column,
                "url": one.url,
                "holdsPolicy": one.holds_policy,
            }
            for one in audit.search.mentions
        ],
        "unsupported": [
            {
                "code": one.code,
                "title": one.title,
                "severity": one.severity.value,
                "effect": one.effect.value,
                "findings": one.findings,
                "files": one.files,
                "units": one.units,
            }
            for one in audit.obstacles
        ],
        "decisions": [decision_entry(decision) for decision in audit.decisions],
        "tasks": [_json_task(task) for task in audit.tasks],
        "recorded": recorded_data(audit.recorded),
        **({} if audit.compared.baseline is None else {"baseline": comparison_entry(audit.compared)}),
    }
    return f"{json_text(visible_data(document), indent=2)}\n"


def _json_task(task: Task) -> dict[str, Any]:
    return {
        "code": task.groups[0].first.code,
        "task": task.advice,
        "for": [
            {
                "message": group.first.text,
                "places": [
                    {"path": at.path, "line": at.span.line, "column": at.span.column} for at in group.places
                ],
            }
            for group in task.groups
        ],
    }


def _shares(counts: Mapping[Any, int]) -> dict[str, Any]:
    total = sum(counts.values())
    parts = {str(name): {"count": count, "percent": percent(count, total)} for name, count in counts.items()}
    return {"total": total, **parts}


def _cell(text: str) -> str:
    safe = shown(text)
    return f"'{safe}" if safe.startswith(_FORMULA) else safe
