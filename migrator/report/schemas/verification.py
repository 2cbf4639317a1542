"""The schema of ``migrator verify --format json`` (docs/json.md)."""

from __future__ import annotations

from typing import Final

from migrator.report.schemas.parts import (
    COUNT,
    PLACE,
    TEXT,
    Schema,
    array,
    choice,
    document,
    nullable,
    record,
    table,
    told,
    version,
)
from migrator.report.schemas.report import CERTAINTIES, CODE, KINDS, WAIVER
from migrator.report.verification import FORMAT_VERSION
from migrator.verify.model import FORMATS, NAMED_ATTEMPTS

_ATTEMPT: Final = record({"provider": TEXT, "model": TEXT, "credential": TEXT})
_ONE: Final = {
    "denied": told(TEXT, "ngrok's own code."),
    "attempts": array(_ATTEMPT),
    "more": told(COUNT, f"Attempts beside those {NAMED_ATTEMPTS} that are named."),
}
_ANSWER: Final = told(
    record({**_ONE, "or": array(record(_ONE, _ONE))}, (*_ONE, "or")),
    "A refusal or attempts in order; `or` are the other answers that may be true.",
)
_REQUEST: Final = record(
    {
        "format": choice(FORMATS),
        "model": nullable(TEXT),
        "models": array(TEXT),
        "client": TEXT,
        "branch": nullable(TEXT),
    }
)
_DIFFERENCE: Final = record(
    {
        "kind": choice(KINDS),
        "certainty": choice(CERTAINTIES),
        "requests": COUNT,
        "request": _REQUEST,
        "old": _ANSWER,
        "new": _ANSWER,
        "sources": array(PLACE),
        "outputs": array(TEXT),
        "finding": nullable(record({"code": CODE, "message": TEXT, "fingerprint": TEXT})),
        "waiver": told(nullable(WAIVER), "Who takes that finding as it is."),
    }
)


_ACCEPTED: Final = nullable(record({"decision": TEXT, "reason": nullable(TEXT), "by": nullable(TEXT)}))


def verification_schema() -> Schema:
    unit = record(
        {
            "unit": TEXT,
            "verdict": choice(KINDS),
            "certainty": choice(CERTAINTIES),
            "counts": table(COUNT),
            "accepted": told(_ACCEPTED, "Who accepted what got wider."),
            "acceptedNarrower": told(_ACCEPTED, "Who accepted what got narrower."),
            "differences": array(_DIFFERENCE),
        }
    )
    shape = record({"formatVersion": version(FORMAT_VERSION), "units": array(unit)})
    return document("verification", FORMAT_VERSION, "migrator: comparison of old and new", shape)
