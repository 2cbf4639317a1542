"""The comparison of old and new as text and as JSON: verdicts, and a request that shows each difference."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

from migrator.findings.rulings import Waiver
from migrator.render.safe import json_text, shown
from migrator.report.json_report import visible_data
from migrator.report.layout import INDENT, heading, paragraph
from migrator.report.options import DEFAULTS, ReportOptions
from migrator.report.recorded import waived_words, waiver_data
from migrator.report.verdicts import counts
from migrator.translate.model import Decision
from migrator.verify.model import Difference, Request, Verdict
from migrator.verify.words import answered

FORMAT_VERSION: Final = 1
_PATHS: Final = {"openai": "/v1/chat/completions", "anthropic": "/v1/messages"}
_DEEPER: Final = INDENT * 2

Accepted = Mapping[str, Decision]
"""By unit the decision that accepts what got wider, or narrower."""
Waived = Mapping[str, Waiver]
"""By fingerprint what was waived among the findings that told differences."""
_NOBODY: Final[Accepted] = MappingProxyType({})
_NOTHING: Final[Waived] = MappingProxyType({})


def verification_json(
    verdicts: Sequence[Verdict],
    accepted: Accepted,
    narrower: Accepted = _NOBODY,
    waived: Waived = _NOTHING,
) -> str:
    """The document of ``migrator verify --format json``."""
    units = [_unit(one, accepted.get(one.unit), narrower.get(one.unit), waived) for one in verdicts]
    return f"{json_text(visible_data({'formatVersion': FORMAT_VERSION, 'units': units}), indent=2)}\n"


def verification_text(
    verdicts: Sequence[Verdict],
    accepted: Accepted,
    options: ReportOptions = DEFAULTS,
    narrower: Accepted = _NOBODY,
    waived: Waived = _NOTHING,
    *,
    mistaken: bool = False,
) -> str:
    """The same for a terminal, the sums last.

    ``mistaken``: a finding should have told each difference, and this is worth a word where none did.
    """
    untold = "no finding" if mistaken else ""
    return "\n".join([*_lines(verdicts, accepted, narrower, waived, untold, options), ""])


def _unit(
    verdict: Verdict, wider: Decision | None, narrower: Decision | None, waived: Waived
) -> dict[str, Any]:
    return {
        "unit": verdict.unit,
        "verdict": verdict.kind.value,
        "certainty": verdict.certainty,
        "counts": dict(verdict.counts),
        "accepted": _accepted(wider),
        "acceptedNarrower": _accepted(narrower),
        "differences": [
            {**one.data(), "waiver": None if (held := _waiver(one, waived)) is None else waiver_data(held)}
            for one in verdict.differences
        ],
    }


def _accepted(decision: Decision | None) -> dict[str, Any] | None:
    if decision is None:
        return None
    return {"decision": decision.id, "reason": decision.reason, "by": decision.approver}


def _lines(
    verdicts: Sequence[Verdict],
    accepted: Accepted,
    narrower: Accepted,
    waived: Waived,
    untold: str,
    options: ReportOptions,
) -> Iterator[str]:
    for verdict in verdicts:
        yield heading(f"{shown(verdict.unit)}: {verdict.words}", options)
        yield ""
        yield from paragraph(f"classes of requests: {counts(verdict)}", options, INDENT)
        for kind, given in (("wider", accepted), ("narrower", narrower)):
            if (decision := given.get(verdict.unit)) is not None:
                by = f" by {decision.approver}" if decision.approver else ""
                words = f"what got {kind} is accepted{by}: {decision.reason}"
                yield from paragraph(shown(words), options, INDENT)
        for one in verdict.differences:
            yield ""
            yield from _difference(one, _waiver(one, waived), untold, options)
        yield ""
    yield heading("summary", options)
    yield ""
    yield from paragraph(_summary(verdicts), options, "")


def _waiver(one: Difference, waived: Waived) -> Waiver | None:
    return None if one.announced is None or one.is_wide else waived.get(one.announced.fingerprint)


def _difference(one: Difference, waiver: Waiver | None, untold: str, options: ReportOptions) -> Iterator[str]:
    kind = one.kind.value if one.certainty == "certain" else f"possibly {one.kind.value}"
    requests = "1 class of requests" if one.requests == 1 else f"{one.requests} classes of requests"
    painted = options.style.paint("error" if one.is_wide else "warning", kind)
    yield f"{INDENT}{painted} ({requests})"
    rows = [
        ("request", sent(one.request)),
        ("from", _client(one.request)),
        ("before", answered(one.old)),
        ("now", answered(one.new)),
        ("policy", ", ".join(str(at) for at in one.sources)),
        ("manifest", ", ".join(one.outputs)),
        ("told by", untold if one.announced is None else f"{one.announced.code}, {one.announced.message}"),
        ("but", "" if waiver is None else waived_words(waiver)),
    ]
    for name, text in rows:
        if text:
            first = f"{_DEEPER}{name:<9}"
            yield from paragraph(shown(text), options, " " * len(first), first)


def sent(request: Request) -> str:
    """The request as one would send it: path and body."""
    body: dict[str, Any] = {} if request.model is None else {"model": request.model}
    if request.models:
        body["models"] = list(request.models)
    return f"POST {_PATHS[request.format]} {json.dumps(body, ensure_ascii=False)}"


def _client(request: Request) -> str:
    return (
        request.client.title if request.branch is None else f"{request.client.title}, when {request.branch}"
    )


def _summary(verdicts: Sequence[Verdict]) -> str:
    counted: dict[str, int] = {}
    for one in sorted(verdicts, key=lambda verdict: -verdict.kind.rank):
        counted[one.words] = counted.get(one.words, 0) + 1
    parts = [f"{count} {words}" for words, count in counted.items()]
    return f"{len(verdicts)} compared: {', '.join(parts)}." if parts else "Nothing to compare."
