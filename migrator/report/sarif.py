"""The report as SARIF 2.1.0: what code scanning, editors and dashboards read.

Every finding is a result, none are grouped: consumers group by themselves. Code scanning refuses a run with too many,
so the gravest are kept of those, and a notification says how many are not there. Positions are those of
the JSON contract (lines and columns from 1, in code points, the end exclusive), which is what the
standard calls ``unicodeCodePoints``. Paths are relative references from ``%SRCROOT%``, the directory
the tool was started in. A result's identity is the finding's fingerprint, which survives moved lines.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final
from urllib.parse import quote

from migrator.findings.base import DANGERS, REGISTER, Effect, Finding, Severity
from migrator.merge.model import Migration
from migrator.render.safe import encodable, json_text, shown
from migrator.report.arrangement import NOTHING, headline
from migrator.report.baseline import Entry, State, compare
from migrator.report.escape import bounded
from migrator.report.explain import EFFECTS, explain, explanation, explanation_markdown
from migrator.report.json_report import visible_data
from migrator.report.layout import LONGEST
from migrator.report.options import DEFAULTS, ReportOptions
from migrator.report.outcome import FINE_EXIT, FOUND_EXIT, UNREADABLE_EXIT, exit_code
from migrator.report.paths import Paths
from migrator.report.recorded import regraded, waived_words
from migrator.report.tally import number
from migrator.spans import Location
from migrator.version import __version__

SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
VERSION: Final = "2.1.0"
MOST_RESULTS: Final = 25_000
"""With more results in a run code scanning refuses the whole file."""
FINGERPRINT: Final = "migratorFinding/v1"
ROOT: Final = "%SRCROOT%"

_LEVELS: Final = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "note"}
_STATES: Final[dict[State, str]] = {"new": "new", "known": "unchanged"}
_EXITS: Final = {
    FINE_EXIT: "no finding reaches the threshold",
    FOUND_EXIT: "findings reach the threshold",
    UNREADABLE_EXIT: "no input could be read",
}

Json = dict[str, Any]
_Placed = tuple[Finding, Location, State]


def sarif_report(migration: Migration, options: ReportOptions = DEFAULTS) -> str:
    """The run as one SARIF log with one run."""
    log = {"$schema": SCHEMA, "version": VERSION, "runs": [_Run(migration, options).document()]}
    return f"{json_text(visible_data(log), indent=2)}\n"


class _Run:
    def __init__(self, migration: Migration, options: ReportOptions) -> None:
        self._migration = migration
        self._fail_on = options.fail_on
        self._paths = Paths(migration, options.base)
        self._baseline = options.baseline
        self._compared = compare(migration, options.baseline)
        codes = {one.code for one in migration.findings}
        codes |= {one.code for one in self._compared.gone if one.code in REGISTER}
        self._rules = {code: at for at, code in enumerate(sorted(codes))}
        self._regraded = regraded(migration)
        self._has_waived = any(found.waiver is not None for found in migration.findings) or any(
            entry.is_waived for entry in self._compared.gone
        )
        placed = [(found, found.at, state) for found, state in self._findings() if found.at is not None]
        gone = [entry for entry in self._compared.gone if entry.path]
        self._placed = _gravest(placed)
        self._gone = gone[: MOST_RESULTS - len(self._placed)]
        self._left = len(placed) + len(gone) - len(self._placed) - len(self._gone)
        self._artifacts = _numbered(self._paths.uri(path) for path in _files(migration))

    def document(self) -> Json:
        name = encodable(self._migration.name)
        return {
            "tool": {
                "driver": {
                    "name": "migrator",
                    "version": __version__,
                    "rules": [_rule(code, self._regraded.get(code)) for code in self._rules],
                }
            },
            "automationDetails": {"id": f"migrator/{quote(name, safe='')}/"},
            "invocations": [self._invocation()],
            "columnKind": "unicodeCodePoints",
            "originalUriBaseIds": {
                ROOT: {"description": {"text": "The directory that migrator was started in."}}
            },
            "artifacts": [
                {"location": _artifact(uri), "roles": ["analysisTarget"]} for uri in self._artifacts
            ],
            "results": [
                *({**self._result(found, at), **self._state(state)} for found, at, state in self._placed),
                *map(self._absent, self._gone),
            ],
        }

    def _invocation(self) -> Json:
        """What concerns the call stands here: code scanning refuses a result that has no place."""
        code = exit_code(self._migration, self._fail_on, self._baseline)
        said = [self._notification(found, state) for found, state in self._findings() if found.at is None]
        said += [self._absent_notification(entry) for entry in self._compared.gone if not entry.path]
        return {
            "executionSuccessful": code != UNREADABLE_EXIT,
            "exitCode": code,
            "exitCodeDescription": _EXITS[code],
            **({"toolConfigurationNotifications": said} if said else {}),
            **({"toolExecutionNotifications": [_incomplete(self._left)]} if self._left else {}),
        }

    def _findings(self) -> Iterable[tuple[Finding, State]]:
        return zip(self._migration.findings, self._compared.states, strict=True)

    def _state(self, state: State) -> Json:
        """What the standard calls it; nothing where nothing was compared."""
        return {} if self._baseline is None else {"baselineState": _STATES[state]}

    def _notification(self, found: Finding, state: State) -> Json:
        """Only results have a state in the standard; here it is a property."""
        waived = "" if found.waiver is None else f"\n{shown(waived_words(found.waiver))}"
        compared = {} if self._baseline is None else {"properties": self._state(state)}
        return {
            "associatedRule": {"id": found.code, "index": self._rules[found.code]},
            "level": _LEVELS[found.severity if found.waiver is None else Severity.NOTE],
            "message": {"text": f"{self._message(found)}{waived}"},
            **compared,
        }

    def _absent(self, entry: Entry) -> Json:
        """A result of the baseline that there is no more; its file may be gone as well, so it is no artifact."""
        return {
            **self._rule_of("ruleId", "ruleIndex", entry),
            "level": _LEVELS[entry.severity],
            "message": {"text": self._gone_message(entry)},
            "locations": [
                {
                    "physicalLocation": {
                        "artifactLocation": _artifact(self._paths.uri(entry.path)),
                        "region": {"startLine": entry.line, "startColumn": entry.column},
                    }
                }
            ],
            "partialFingerprints": {FINGERPRINT: entry.fingerprint},
            **({"suppressions": _absent_suppressions(entry)} if self._has_waived else {}),
            "properties": {"unit": None if entry.unit is None else shown(entry.unit)},
            "baselineState": "absent",
        }

    def _absent_notification(self, entry: Entry) -> Json:
        return {
            "associatedRule": self._rule_of("id", "index", entry),
            "level": "note",
            "message": {"text": f"Not found any more: {self._gone_message(entry)}"},
            "properties": {"baselineState": "absent"},
        }

    def _rule_of(self, name: str, index: str, entry: Entry) -> Json:
        """A code of another version may have no rule here."""
        known = {index: self._rules[entry.code]} if entry.code in self._rules else {}
        return {name: entry.code, **known}

    def _gone_message(self, entry: Entry) -> str:
        words = shown(bounded(self._paths.within(entry.headline), LONGEST)) or entry.code
        return words.replace("](", "] (")

    def _result(self, found: Finding, at: Location) -> Json:
        return {
            "ruleId": found.code,
            "ruleIndex": self._rules[found.code],
            "level": _LEVELS[found.severity],
            "message": {"text": self._message(found)},
            "locations": [self._location(at)],
            "partialFingerprints": {FINGERPRINT: found.fingerprint},
            **({"suppressions": _suppressions(found)} if self._has_waived else {}),
            "properties": {
                "effect": found.effect.value,
                "unit": None if found.unit is None else shown(found.unit),
                "pointer": shown(found.pointer),
            },
        }

    def _location(self, at: Location) -> Json:
        uri = self._paths.uri(at.path)
        place: Json = {
            "artifactLocation": {**_artifact(uri), "index": self._artifacts[uri]},
            "region": {
                "startLine": at.span.line,
                "startColumn": at.span.column,
                "endLine": at.span.end_line,
                "endColumn": at.span.end_column,
            },
        }
        if at.embedded is None:
            return {"physicalLocation": place}
        line, column = at.embedded
        within = f"Line {line}, column {column} of the policy that stands here as a string."
        return {"physicalLocation": place, "message": {"text": within}}

    def _message(self, found: Finding) -> str:
        """What was found and, on a line of its own, what to do about it.

        A bracket in front of a parenthesis would make a link of a policy's text: a space parts them.
        """
        lines = [headline(found), *([] if found.advice == NOTHING else [found.advice])]
        shortened = [shown(bounded(self._paths.within(line), LONGEST)) for line in lines]
        return "\n".join(shortened).replace("](", "] (")


def _gravest(placed: list[_Placed]) -> list[_Placed]:
    """All of them in their order, or as many as a run may have: what is waived is left out first, then notes."""
    if len(placed) <= MOST_RESULTS:
        return placed

    def gravity(index: int) -> tuple[bool, int]:
        found, *_ = placed[index]
        return found.waiver is not None, -found.severity.rank

    kept = sorted(range(len(placed)), key=gravity)[:MOST_RESULTS]
    return [placed[index] for index in sorted(kept)]


def _incomplete(left: int) -> Json:
    words = (
        f"{number(left, 'result is', 'results are')} left out: code scanning takes {MOST_RESULTS} of a run. "
        "The JSON report has all."
    )
    return {"level": "warning", "message": {"text": words}}


def _suppressions(found: Finding) -> list[Json]:
    """Where one result of a run says whether it is suppressed, the standard wants all of them to."""
    if found.waiver is None:
        return []
    justification = shown(bounded(waived_words(found.waiver), LONGEST))
    return [{"kind": "external", "status": "accepted", "justification": justification}]


def _absent_suppressions(entry: Entry) -> list[Json]:
    """Who waived it, and why, nobody says any more."""
    return [{"kind": "external", "status": "accepted"}] if entry.is_waived else []


def _files(migration: Migration) -> Iterable[str]:
    """Every file of the run, and every other that a finding is about."""
    yield from (source.path for source in migration.sources)
    yield from (found.at.path for found in migration.findings if found.at is not None)


def _numbered(uris: Iterable[str]) -> dict[str, int]:
    return {uri: index for index, uri in enumerate(dict.fromkeys(uris))}


def _artifact(uri: str) -> Json:
    """A place below the root; the standard allows no base for a reference that leaves it."""
    return {"uri": uri} if ".." in uri.split("/") else {"uri": uri, "uriBaseId": ROOT}


def _rule(code: str, severity: Severity | None) -> Json:
    kind = REGISTER[code]
    one = explanation(kind)
    tags = [kind.effect.value] if kind.effect is not Effect.NONE else []
    return {
        "id": code,
        "name": kind.__name__,
        "shortDescription": {"text": one.title},
        "fullDescription": {"text": f"{one.title}. Effect: {EFFECTS[one.effect]}."},
        "help": {"text": explain(code), "markdown": explanation_markdown(one)},
        "defaultConfiguration": {"level": _LEVELS[severity or one.severity]},
        "properties": {"tags": [*tags, *(["security"] if kind.effect in DANGERS else [])]},
    }
