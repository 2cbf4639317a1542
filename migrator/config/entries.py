"""The sections of ``migrator.yaml``, one function each: what stands there as what the library takes."""

from __future__ import annotations

from typing import Final

from migrator.config.reading import Reader, quoted
from migrator.findings.base import REGISTER, Severity
from migrator.findings.rulings import Regrade, Waiver
from migrator.report.suggest import did_you_mean
from migrator.sources.prose import holds_credential
from migrator.target.limits import NAME
from migrator.translate.model import Name, Reason
from migrator.tree.nodes import Entry, Mapping, Node, Scalar

ANSWER: Final = "Write `ID: OPTION`, or `ID: {choose: OPTION, reason: WHY, by: WHO}`."
REGRADE: Final = "Write `CODE: error`, `warning` or `note`; or `CODE: {level: note, reason: WHY, by: WHO}`."
WAIVER: Final = (
    "Write `- {code: CODE, reason: WHY, until: YYYY-MM-DD}`; `unit`, `file`, `pointer` and `by` may be added."
)
NAMED: Final = "Write `accessKeys/REF: NAME`, the reference as the manifest and the plan show it."
IDS: Final = "Write `ID: NEW-ID`, the id that the provider has without the entry in front."
_CODES: Final = "`migrator explain --all` lists the codes."

ANSWER_KEYS: Final = ("choose", "reason", "by")
REGRADE_KEYS: Final = ("level", "reason", "by")
WAIVER_KEYS: Final = ("code", "unit", "file", "pointer", "reason", "by", "until")


def answers(reader: Reader, section: Entry) -> tuple[dict[str, str], dict[str, Reason]]:
    """``decisions``: options, and what was said beside them, by id or pattern."""
    chosen: dict[str, str] = {}
    reasons: dict[str, Reason] = {}
    held = reader.mapping(section, "ids to options", ANSWER)
    for entry in held.entries if held is not None else ():
        key, at = entry.key.text, reader.at(entry.key)
        if isinstance(entry.value, Mapping):
            said = _said(reader, entry.value, ANSWER_KEYS, " in a decision", ANSWER)
            if "choose" not in said:
                raise reader.error(entry.value, "a decision without choose", ANSWER)
            chosen[key] = reader.text(said["choose"], ANSWER)
            reasons[key] = Reason(*_reason(reader, said, ANSWER), at)
        elif isinstance(entry.value, Scalar) and entry.value.text.strip() and entry.value.kind != "null":
            chosen[key] = entry.value.text
            reasons[key] = Reason(at=at)
        else:
            raise reader.error(entry.key, "a decision's option is one word", ANSWER)
    return chosen, reasons


def severities(reader: Reader, section: Entry) -> dict[str, Regrade]:
    """``severity``: by code."""
    found: dict[str, Regrade] = {}
    held = reader.mapping(section, "codes to severities", REGRADE)
    for entry in held.entries if held is not None else ():
        code = _code(reader, entry.key)
        level, said = entry, dict[str, Entry]()
        if isinstance(entry.value, Mapping):
            said = _said(reader, entry.value, REGRADE_KEYS, " in a severity", REGRADE)
            if "level" not in said:
                raise reader.error(entry.value, f"{code} without level", REGRADE)
            level = said["level"]
        grade = Severity(reader.choice(level, Severity, REGRADE))
        found[code] = Regrade(code, grade, *_reason(reader, said, REGRADE), reader.at(entry.key))
    return found


def waivers(reader: Reader, section: Entry) -> tuple[Waiver, ...]:
    """``waivers``, in the order of the file."""
    held = reader.sequence(section, "waivers", WAIVER)
    return tuple(_waiver(reader, item) for item in (held.items if held is not None else ()))


def _waiver(reader: Reader, item: Node) -> Waiver:
    if not isinstance(item, Mapping):
        raise reader.error(item, "a waiver is a mapping", WAIVER)
    said = _said(reader, item, WAIVER_KEYS, " in a waiver", WAIVER)
    for needed in ("code", "reason", "until"):
        if needed not in said:
            raise reader.error(item, f"a waiver without {needed}", WAIVER)
    patterns = {name: reader.text(said[name], WAIVER) for name in ("unit", "file", "pointer") if name in said}
    for name, pattern in patterns.items():
        _no_credential(reader, said[name].value, pattern, f"the pattern of {name}", WAIVER)
    reader.text(said["code"], WAIVER)
    reason, by = _reason(reader, said, WAIVER)
    return Waiver(
        _code(reader, said["code"].value),
        reason or "",
        reader.day(said["until"], WAIVER),
        by,
        **patterns,
        at=reader.at(item),
    )


def names(reader: Reader, section: Entry) -> dict[str, Name]:
    """``names``: what objects are called, by ``member/ref``."""
    return _names(reader, section, "references to names", NAMED)


def provider_ids(reader: Reader, section: Entry) -> dict[str, Name]:
    """``provider-ids``: ids of custom providers, by ``providers/ref`` or the one that each has otherwise."""
    return _names(reader, section, "ids to ids", IDS)


def _names(reader: Reader, section: Entry, of: str, remedy: str) -> dict[str, Name]:
    found: dict[str, Name] = {}
    held = reader.mapping(section, of, remedy)
    for entry in held.entries if held is not None else ():
        _no_credential(reader, entry.key, entry.key.text, "a key", remedy)
        text = reader.text(entry, remedy)
        name = reader.prose(entry, remedy)
        if "***" in name:
            raise reader.error(entry.value, f"{quoted(entry.key.text)}: the name holds a credential", remedy)
        if len(text) > NAME or not text.isprintable():
            raise reader.error(
                entry.value, f"{quoted(entry.key.text)}: a name has 1 to {NAME} printable characters", remedy
            )
        found[entry.key.text] = Name(text, reader.at(entry.key))
    return found


def migration(reader: Reader, section: Entry) -> str:
    """``migration``: the default of ``--migration``."""
    text = reader.text(section, "Write `migration: NAME`.")
    if len(text) > 100 or not text.isprintable():  # noqa: PLR2004 -- a label
        raise reader.error(section.value, "a migration's name has 1 to 100 printable characters")
    _no_credential(reader, section.value, text, "a migration's name", "Write `migration: NAME`.")
    return text


def _no_credential(reader: Reader, node: Node, text: str, what: str, remedy: str) -> None:
    if holds_credential(text):
        raise reader.error(node, f"{what} holds a credential", remedy)


def _code(reader: Reader, node: Node) -> str:
    """A finding's code."""
    text = node.text if isinstance(node, Scalar) else ""
    if text not in REGISTER:
        hint = did_you_mean(text.upper(), REGISTER)
        raise reader.error(node, f"there is no finding {quoted(text)}", f"{hint} {_CODES}".lstrip())
    return text


def _said(reader: Reader, held: Mapping, names: tuple[str, ...], where: str, remedy: str) -> dict[str, Entry]:
    return {entry.key.text: entry for entry in reader.known(held, names, where, remedy)}


def _reason(reader: Reader, said: dict[str, Entry], remedy: str) -> tuple[str | None, str | None]:
    """Why, and by whom, where it is said."""
    reason, by = (reader.prose(said[name], remedy) if name in said else None for name in ("reason", "by"))
    return reason, by
