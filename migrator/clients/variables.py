"""Environment variables that are entries of a list, with ``name`` and ``value`` or ``valueFrom``: as Kubernetes has them.

So have others, each in words of its own: container apps of Azure (``secretRef``), task definitions (``Name``, ``ValueFrom``),
Terraform (``env {}`` with ``value_from {}``), Render and Postman (``key``).

A text is not parsed: templates of Helm are no YAML. An entry is a mapping in one of the two styles that holds
a name beside a value, whichever comes first; what holds a name alone (a container, a volume) is none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from msgspec import Struct

from migrator.sources.credentials import by_form

_LONGEST: Final = 12
"""Lines of an entry in block style."""
_WIDEST: Final = 1_000
"""Characters of an entry in flow style."""
_DEEPEST: Final = 5
"""Braces within each other: those of an entry, of ``valueFrom`` and of a template."""

_KEY: Final = r"[\"']?(?P<key>(?i:name|key|value_?(?:from|source)|value|secret_?(?:ref|name)))[\"']?"
_DASH: Final = re.compile(rf"^ *- +(?={_KEY} *:)", re.MULTILINE)
_BRACE: Final = re.compile(rf"\{{(?=\s*{_KEY}\s*[:=])")
_QUOTED: Final = r"\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\n]|'')*'"
_NESTS: Final = re.compile(rf"(?<=[\s:=,{{\[])(?:{_QUOTED})|[{{}}]")
_BLOCK_KEY: Final = re.compile(rf"^[ -]*{_KEY} *:(?=\s|\Z)(?P<raw>.{{0,{_WIDEST}}})", re.MULTILINE)
_FLOW_KEY: Final = re.compile(
    rf"[{{,\n]\s*{_KEY}(?:\s*(?:(?P<equals>=)|:)\s*(?P<raw>{_QUOTED}|[^,{{}}\n]*)|[ \t]*(?=\0))"
)
"""A line ends an entry's part as well as a comma; what is in braces may stand behind its name alone."""

_SCALAR: Final = re.compile(
    r"\s*(?:\"(?P<double>[^\"\\]*)\"|'(?P<single>[^']*)'|(?P<plain>[^\s\"'|>&*!%@`{\[#\0][^\n\0]*?))\s*(?:(?<=\s)#.*)?\Z"
)
_MENTIONED: Final = re.compile(r"value|secret", re.IGNORECASE)
_VALUES: Final = ("value", "valuefrom", "valuesource", "secretref", "secretname")
_NAME: Final = re.compile(r"[A-Za-z_][\w.-]*")
_BETWEEN: Final = re.compile(r"(?:[\s,-]++|#.*+|//.*+|\{\{.*+|\benv(?=\s*+\Z))*+")
"""What stands between two entries of a list."""

_OBJECT: Final = re.compile(
    r"[\"']?(?P<kind>secret|config_?Map)_?Key_?Ref[\"']?\s*[:={](?P<members>.*)", re.DOTALL | re.IGNORECASE
)
_MEMBER: Final = re.compile(
    r"(?<![\w-])[\"']?(?P<key>name|key)[\"']?[ \t]*[:=][ \t]*[\"']?(?P<value>[\w.-]+)[\"']?\s*?(?=[,}\r\n]|\s#|\Z)"
)
_SECRET: Final = re.compile(
    r"\bsecret_?(?:Ref|Name)[\"']?[ \t]*[:=][ \t]*[\"']?(?P<name>[\w.-]+)[\"']?\s*?(?=[,}\r\n]|\s#|\Z)",
    re.IGNORECASE,
)
_OF_THE_POD: Final = re.compile(r"\b(?:resource_?F|f)ield_?Ref\b", re.IGNORECASE)
_OF_A_WORKFLOW: Final = re.compile(
    r"[\"']?[ \t]*[:=][ \t]*[\"']?\$\{\{[ \t]*secrets\.(?P<name>\w+)[ \t]*\}\}"
)


class Variable(Struct, frozen=True):
    """An entry from ``start`` to ``end``. ``value`` is empty where it is not simply written there."""

    start: int
    end: int
    name: str
    name_start: int
    value: str
    value_start: int
    is_elsewhere: bool = False
    """Whether the value is what something else says."""


def variables(text: str) -> tuple[Variable, ...]:
    """Every variable in order."""
    if _MENTIONED.search(text) is None:
        return ()
    found = [variable for variable in (*_in_block(text), *_in_flow(text)) if variable is not None]
    return tuple(sorted(found, key=lambda variable: variable.start))


def are_neighbours(text: str, one: Variable, next_one: Variable) -> bool:
    """Whether two variables follow each other in one list."""
    return _BETWEEN.fullmatch(text, one.end, next_one.start) is not None


def is_of_the_pod(text: str, variable: Variable) -> bool:
    """Whether a variable's value is something about the pod itself."""
    return _OF_THE_POD.search(text, variable.start, variable.end) is not None


def holder(text: str, variable: Variable) -> str:
    """What holds a variable's value, where that is another place than its entry; empty where it stands there."""
    if variable.value:
        return workflow_secret(text, text.rfind(":", variable.start, variable.value_start))
    entry = _without_name(text, variable)
    found = _OBJECT.search(entry)
    if found is None and (secret := _SECRET.search(entry)) is not None:
        return _shown(f"the secret {secret.group('name')}", "the secret it comes from", secret.group("name"))
    if found is None:
        return "what its value comes from" if variable.is_elsewhere else ""
    kind = "Secret" if found.group("kind").lower() == "secret" else "ConfigMap"
    unnamed = f"the {kind} it comes from"
    members = _members(found)
    if members.keys() != {"name", "key"}:
        return unnamed
    return _shown(f"the key {members['key']} of the {kind} {members['name']}", unnamed, *members.values())


def config_map_of(text: str, variable: Variable) -> str:
    """The name of the ConfigMap that a variable's value comes from; empty for anything else."""
    found = _OBJECT.search(_without_name(text, variable))
    if found is None or found.group("kind").lower() == "secret":
        return ""
    return _members(found).get("name", "")


def _members(found: re.Match[str]) -> dict[str, str]:
    return {match.group("key"): match.group("value") for match in _MEMBER.finditer(found.group("members"))}


def _without_name(text: str, variable: Variable) -> str:
    behind_name = variable.name_start + len(variable.name)
    return text[variable.start : variable.name_start] + text[behind_name : variable.end]


def workflow_secret(text: str, offset: int) -> str:
    """The secret of a GitHub workflow, where it is the value of the setting whose name ends at an offset."""
    found = _OF_A_WORKFLOW.match(text, offset)
    if found is None:
        return ""
    name = found.group("name")
    return _shown(f"the secret {name}", "the secret it comes from", name)


def _shown(text: str, otherwise: str, *names: str) -> str:
    """A text with names in it, unless one of them may be a credential."""
    return otherwise if any(any(by_form(name)) for name in names) else text


def _in_block(text: str) -> Iterator[Variable | None]:
    for dash in _DASH.finditer(text):
        column = dash.end() - dash.start()
        outer: list[str] = []
        end = start = dash.start()
        for _ in range(_LONGEST):
            stop = text.find("\n", start) + 1 or len(text)
            line = text[start:stop]
            depth = len(line) - len(line.lstrip(" "))
            is_other = not line.strip() or line.lstrip().startswith(("#", "{{"))
            if outer and depth < column and not is_other:
                break
            is_inner = is_other or depth > column or line.lstrip(" ").startswith("- ")
            outer.append(_blank(line) if outer and is_inner else line)
            end = end if is_other else start + len(line.rstrip())
            start = stop
            if start == len(text):
                break
        yield _variable("".join(outer), dash.start(), end, _BLOCK_KEY)


def _in_flow(text: str) -> Iterator[Variable | None]:
    for brace in _BRACE.finditer(text):
        start = done = brace.start()
        outer: list[str] = []
        depth = 0
        for match in _NESTS.finditer(text, start, start + _WIDEST):
            if match.group() not in ("{", "}"):
                continue
            piece = text[done : match.start()]
            outer.append(piece if depth <= 1 else _blank(piece))
            outer.append(match.group() if depth + (match.group() == "{") == 1 else _blank("{"))
            depth += 1 if match.group() == "{" else -1
            done = match.end()
            if not 0 < depth < _DEEPEST:
                break
        if depth == 0 and outer:
            yield _variable("".join(outer), start, done, _FLOW_KEY)


def _variable(outer: str, start: int, end: int, key: re.Pattern[str]) -> Variable | None:
    """The variable of an entry, whose nested parts ``outer`` leaves blank; None where it is something else."""
    found: dict[str, tuple[str, int]] = {}
    is_computed = False
    for match in key.finditer(outer):
        word = match.group("key").lower().replace("_", "")
        raw = match.group("raw") or ""
        value, offset = _scalar(raw)
        if "equals" in match.re.groupindex and match.group("equals") and raw[:1] not in ("'", '"'):
            is_computed = is_computed or word == "value"
            value, offset = "", 0
        found.setdefault(word, (value, start + max(match.start("raw"), 0) + offset))
    name, name_start = found.get("name") or found.get("key", ("", start))
    if _NAME.fullmatch(name) is None or found.keys().isdisjoint(_VALUES):
        return None
    value, value_start = found.get("value", ("", start))
    return Variable(start, end, name, name_start, value, value_start, is_computed or "value" not in found)


def _scalar(raw: str) -> tuple[str, int]:
    """A value without quotes and comment, and its offset; empty where it is written in any other way."""
    match = _SCALAR.match(raw)
    if match is None:
        return "", 0
    group = str(match.lastgroup)
    return match.group(group), match.start(group)


def _blank(text: str) -> str:
    """A text that is no part of any key or value, of the same length and with the same lines."""
    return "\n".join("\0" * len(line) for line in text.split("\n"))
