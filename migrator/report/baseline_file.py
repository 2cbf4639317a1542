"""Reading a baseline: the JSON report of an earlier run, from a file that may hold anything.

Members are read one after the other, and what a comparison does not need is dropped at once: a report of ten
thousand policies is some 150 MB.
"""

from __future__ import annotations

import json
import os
import re
from json.decoder import JSONDecoder
from pathlib import Path
from typing import Any, Final, NoReturn

from migrator.errors import UsageError
from migrator.findings.base import Severity
from migrator.render.safe import shown
from migrator.report.baseline import Baseline, Entry
from migrator.report.escape import bounded
from migrator.report.json_report import FORMAT_VERSION
from migrator.tree.problems import Problem
from migrator.tree.text import decode

SIZE_LIMIT: Final = 512 * 1024 * 1024
REMEDY: Final = "Give the JSON report of an earlier run: what migrator convert wrote with --report json=FILE or --format json."

_SPACE: Final = re.compile(r"[ \t\r\n]*")
_CODE: Final = re.compile(r"[A-Z][0-9]{3}")
_FINGERPRINT: Final = re.compile(r"[0-9a-f]{16}")
_NEEDED: Final = ("formatVersion", "findings", "decisions")
_SHOWN: Final = 40

Json = dict[str, Any]


class _NotThisError(Exception):
    """The file is no report, and why; nothing of what it holds is in the message."""


def read_baseline(path: str | os.PathLike[str]) -> Baseline:
    """The baseline in a file. Raises UsageError with the file, what is wrong with it and what was expected."""
    name = os.fspath(path)
    try:
        with Path(path).open("rb") as stream:
            data = stream.read(SIZE_LIMIT + 1)
    except (OSError, ValueError) as error:
        why = (getattr(error, "strerror", None) or "it has no such name").lower()
        raise UsageError(f"{name}: the baseline could not be read: {why}", REMEDY) from error
    try:
        return _baseline(name, _members(_text(data)))
    except _NotThisError as error:
        raise UsageError(f"{name} is no baseline: {error}", REMEDY) from error


def _text(data: bytes) -> str:
    if len(data) > SIZE_LIMIT:
        raise _NotThisError(f"it is bigger than {SIZE_LIMIT // 1024 // 1024} MiB")
    if not data.strip():
        raise _NotThisError("it is empty")
    text = decode(data)
    if isinstance(text, Problem):
        raise _NotThisError("it is not text")
    return text


def _members(text: str) -> Json:
    """The members of the one object in ``text``; None for those that a comparison does not need."""
    needed = JSONDecoder(object_pairs_hook=_once, parse_constant=_no_constant)
    other = JSONDecoder(parse_constant=_no_constant)
    members: Json = {}
    at = _after(text, 0, "{")
    try:
        while True:
            if not members and text.startswith("}", at):
                break
            name, at = other.raw_decode(text, at)
            if not isinstance(name, str):
                raise _not_json(text, at)
            if name in members:
                raise _NotThisError("a member stands twice in it")
            value, at = (needed if name in _NEEDED else other).raw_decode(text, _after(text, at, ":"))
            members[name] = value if name in _NEEDED else None
            at = _skipped(text, at)
            if text.startswith("}", at):
                break
            at = _after(text, at, ",")
    except json.JSONDecodeError as error:
        raise _not_json(text, error.pos) from error
    except RecursionError as error:
        raise _NotThisError("its values are nested too deeply") from error
    except ValueError as error:
        raise _NotThisError("it has a number with too many digits") from error
    if _skipped(text, at + 1) != len(text):
        raise _not_json(text, at + 1)
    return members


def _skipped(text: str, at: int) -> int:
    space = _SPACE.match(text, at)
    return at if space is None else space.end()


def _after(text: str, at: int, sign: str) -> int:
    """Where the next thing begins behind ``sign``, which stands next."""
    at = _skipped(text, at)
    if not text.startswith(sign, at):
        raise _not_json(text, at)
    return _skipped(text, at + 1)


def _not_json(text: str, at: int) -> _NotThisError:
    if text.lstrip()[:1] not in ("{", "[") and at < len(text):
        return _NotThisError("it is not JSON")
    return _NotThisError(f"line {text.count(chr(10), 0, at) + 1}: here it is not the JSON of one object")


def _once(pairs: list[tuple[str, Any]]) -> Json:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise _NotThisError("a member stands twice in one of its objects")
    return made


def _no_constant(name: str) -> NoReturn:
    raise _NotThisError(f"{name} is no number of JSON")


def _baseline(path: str, members: Json) -> Baseline:
    if "runs" in members:
        raise _NotThisError("it is a SARIF log")
    if "formatVersion" not in members:
        raise _NotThisError("it has no formatVersion")
    if {"mentions", "unsupported"} <= members.keys():
        raise _NotThisError("it is the document of migrator audit, which has no fingerprints")
    for name in ("findings", "decisions"):
        if name not in members:
            raise _NotThisError(f"it has no {name}")
    version = members["formatVersion"]
    if isinstance(version, bool) or version != FORMAT_VERSION:
        found = shown(bounded(json.dumps(version), _SHOWN))
        raise _NotThisError(f"its formatVersion is {found}, expected {FORMAT_VERSION}")
    return Baseline(
        path,
        tuple(_finding(one, f"findings/{index}") for index, one in enumerate(_list(members, "findings"))),
        frozenset(
            _string(one, "id", f"decisions/{index}")
            for index, one in enumerate(_list(members, "decisions"))
            if _string(one, "by", f"decisions/{index}") == "default"
        ),
    )


def _list(members: Json, name: str) -> list[Any]:
    found = members[name]
    if not isinstance(found, list):
        raise _NotThisError(f"{name}: expected a list")
    return found


def _finding(one: Any, where: str) -> Entry:
    code, fingerprint = _string(one, "code", where), _string(one, "fingerprint", where)
    severity = _string(one, "severity", where)
    if not _CODE.fullmatch(code):
        raise _NotThisError(f"{where}/code: expected a letter and three digits")
    if not _FINGERPRINT.fullmatch(fingerprint):
        raise _NotThisError(f"{where}/fingerprint: expected 16 hexadecimal digits")
    if severity not in tuple(Severity):
        raise _NotThisError(f"{where}/severity: expected {', '.join(Severity)}")
    unit = None if one.get("unit", "") is None else _string(one, "unit", where)
    place: tuple[str, int, int] = ("", 0, 0)
    if _member(one, "location", where) is not None:
        at, within = one["location"], f"{where}/location"
        place = _string(at, "path", within), _number(at, "line", within), _number(at, "column", within)
    return Entry(
        code,
        Severity(severity),
        fingerprint,
        unit,
        _string(one, "title", where),
        _string(one, "message", where),
        *place,
        is_waived=_is_waived(one, where),
        pointer=_string(one, "pointer", where) if "pointer" in one else "",
    )


def _is_waived(one: Json, where: str) -> bool:
    """Reports from before there were waivers have no such member."""
    waiver = one.get("waiver")
    if waiver is not None and not isinstance(waiver, dict):
        raise _NotThisError(f"{where}/waiver: expected null or an object")
    return waiver is not None


def _member(one: Any, name: str, where: str) -> Any:
    if not isinstance(one, dict):
        raise _NotThisError(f"{where}: expected an object")
    if name not in one:
        raise _NotThisError(f"{where} has no {name}")
    return one[name]


def _string(one: Any, name: str, where: str) -> str:
    found = _member(one, name, where)
    if not isinstance(found, str):
        raise _NotThisError(f"{where}/{name}: expected text")
    return found


def _number(one: Any, name: str, where: str) -> int:
    found = _member(one, name, where)
    if isinstance(found, bool) or not isinstance(found, int) or found < 1:
        raise _NotThisError(f"{where}/{name}: expected a number from 1")
    return found
