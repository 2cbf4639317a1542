"""The schema of a saved plan. It is checked by its checksum; a tool that reads it wants to know its members."""

from __future__ import annotations

from typing import Any, Final, get_args

from migrator.apply.model import Action
from migrator.apply.plan_file import FORMAT, FORMAT_VERSION
from migrator.manifest.model import MEMBERS
from migrator.report.schemas.parts import (
    FLAG,
    TEXT,
    Schema,
    array,
    choice,
    document,
    nullable,
    record,
    told,
    version,
)

_ANY: Final[dict[str, Any]] = {}
_BODY: Final[Schema] = {"type": "object"}
_FIELDS: Final = array(record({"path": told(TEXT, "JSON pointer."), "before": _ANY, "after": _ANY}))
_NAMED: Final = {"member": choice(MEMBERS), "ref": TEXT, "id": TEXT}
_CHANGE: Final = record(
    {
        "member": choice(MEMBERS),
        "ref": TEXT,
        "action": choice(get_args(Action)),
        "id": nullable(TEXT),
        "body": told(nullable(_BODY), "What is sent, with $ref and $secret in place of ids and secrets."),
        "before": nullable(_BODY),
        "fields": _FIELDS,
        "widens": array(TEXT),
        "pays": array(TEXT),
        "rotates": FLAG,
        "rotation": nullable(_BODY),
        "problem": TEXT,
        "notes": array(TEXT),
        "at": TEXT,
        "source": TEXT,
    }
)
_PLAN: Final = record(
    {
        "migration": TEXT,
        "digest": told(TEXT, "SHA-256 of the manifest's data."),
        "changes": array(_CHANGE),
        "settings": nullable(record({"body": _BODY, "before": _BODY, "fields": _FIELDS})),
        "foreign": array(
            record(
                {
                    **_NAMED,
                    "name": TEXT,
                    "shares": choice(("name", "providerId")),
                    "migration": nullable(TEXT),
                }
            )
        ),
        "orphans": array(record({**_NAMED, "name": TEXT})),
        "duplicates": array(record({**_NAMED, "kept": TEXT, "used_by": array(TEXT)})),
        "seen": array(record({**_NAMED, "body": _BODY})),
        "settings_seen": nullable(_BODY),
        "notices": array(TEXT),
        "is_offline": FLAG,
        "prune": FLAG,
        "rotate": array(TEXT),
        "manifest": told(TEXT, "The way to the manifest; empty for one that came from standard input."),
        "account": told(TEXT, "The id of the account that it was made for."),
    }
)


def plan_schema() -> Schema:
    shape = record(
        {
            "format": {"const": FORMAT},
            "formatVersion": version(FORMAT_VERSION),
            "checksum": TEXT,
            "plan": _PLAN,
        }
    )
    return document("plan", FORMAT_VERSION, "migrator: saved plan", shape)
