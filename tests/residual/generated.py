"""Policies as text, in every layout: lines and brackets, comments anywhere, odd indentation."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any, NamedTuple

from hypothesis import strategies as st

Draw = Callable[[st.SearchStrategy[Any]], Any]

_PLAIN = re.compile(r"[A-Za-z0-9_$][A-Za-z0-9_./$-]*")
_TEXTS = [
    *(
        "",
        "a",
        "it's",
        'say "x"',
        "a: b",
        "# no comment",
        " in front",
        "behind ",
        "- dash",
        "*star",
        "yes",
        "12",
    ),
    *(
        "made-up-key",
        "Bearer made-up-key",
        "${f('made-up-other-key')}",
        "two\nlines\n",
        "no\n\nend",
        "\n",
        "  x\ny\n",
    ),
    *("made-up-key\nmade-up-other-key\n", "é😀\u2028", "a\tb", "null", "~", "on_http_request: []"),
]
_OTHER_TYPES = ["log", "deny", "custom-response", "set-vars", "rate-limit"]


class Generated(NamedTuple):
    """A text, and whether an action may stand in brackets in it."""

    text: str
    brackets: bool


_scalars = st.sampled_from([*_TEXTS, None, True, False, 3, 0.5])
_values = st.recursive(
    _scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from(["a", "b c", "x-y", "1", "on", "made-up-key"]), inner, max_size=3),
    ),
    max_leaves=6,
)


@st.composite
def _action(draw: Draw) -> dict[str, Any]:
    kind = draw(st.sampled_from([*_OTHER_TYPES, "ai-gateway", "ai-gateway"]))
    action: dict[str, Any] = {"type": kind}
    if draw(st.booleans()):
        action["config"] = draw(_values)
    return dict(reversed(action.items())) if draw(st.integers(0, 5)) == 0 else action


@st.composite
def _rule(draw: Draw) -> dict[str, Any]:
    if draw(st.integers(0, 3)) == 0:
        return draw(_action())
    rule: dict[str, Any] = {"actions": draw(st.lists(_action(), min_size=1, max_size=4))}
    if draw(st.booleans()):
        rule["expressions"] = draw(st.lists(st.sampled_from(["true", "a == 'b'"]), max_size=2))
    if draw(st.booleans()):
        rule = {"name": draw(st.sampled_from(["one", 404, "a b"])), **rule}
    return rule


@st.composite
def policies(draw: Draw) -> Any:
    phases = ["on_http_request", "on_http_response", "on_tcp_connect", "inbound"]
    rules = st.lists(_rule(), max_size=4)
    phase = st.one_of(rules, rules, rules, _action(), _rule(), st.none())
    policy: dict[str, Any] = draw(st.dictionaries(st.sampled_from(phases), phase, max_size=3))
    gateway = {"type": "ai-gateway", "config": draw(_values)}
    policy["outbound"] = [*draw(rules), {"actions": [gateway, *draw(st.lists(_action(), max_size=1))]}]
    return policy if draw(st.integers(0, 9)) else policy["outbound"]


@st.composite
def texts(draw: Draw) -> Generated:
    policy = draw(policies())
    form = draw(st.sampled_from(["lines", "lines", "mixed", "brackets", "json"]))
    text = _json(policy, draw) if form == "json" else _yaml(policy, form, draw)
    return Generated(text, form != "lines")


@st.composite
def anchored(draw: Draw) -> str:
    """Policies with anchors, aliases and merge keys."""
    return _yaml(draw(policies()), draw(st.sampled_from(["lines", "mixed", "brackets"])), draw, anchors=True)


@st.composite
def files(draw: Draw) -> Generated:
    """Policies by themselves, in a stream, in an agent configuration, as a string."""
    made = draw(texts())
    form = draw(st.sampled_from(["plain", "plain", "stream", "agent", "block", "quotes"]))
    text = made.text
    if form == "stream":
        text = f"# first\nx: made-up-key\n---\n{text}\n...\n--- # last\n- made-up-other-key\n"
    elif form == "agent":
        endpoint = {"name": "made-up-key", "traffic_policy": draw(policies()), "upstream": {"url": 80}}
        document = {"version": 3, "endpoints": [endpoint, {"name": "second", "upstream": {"url": 81}}]}
        text = _yaml(document, "brackets" if made.brackets else "lines", draw)
    elif form == "block" and text.strip() and not text.startswith((" ", "\n")):
        chomp = draw(st.sampled_from(["", "-", "+"]))
        lines = [f"    {line}" if line.strip() else "" for line in text.split("\n")]
        text = "\n".join(["endpoints:", f"- traffic_policy: |{chomp} # a string", *lines, "  z: 1 # end", ""])
    elif form == "quotes":
        text = json.dumps(
            {"endpoints": [{"traffic_policy": text, "type": "agent"}]},
            indent=draw(st.sampled_from([None, 1])),
        )
    if draw(st.integers(0, 3)) == 0:
        text = text.replace("\n", "\r\n")
    if draw(st.integers(0, 3)) == 0:
        text = text.rstrip("\r\n")
    return Generated(text, made.brackets or form == "quotes")


def _json(value: Any, draw: Draw) -> str:
    return json.dumps(value, indent=draw(st.sampled_from([None, 1, 4])), ensure_ascii=False) + "\n"


def _yaml(value: Any, form: str, draw: Draw, *, anchors: bool = False) -> str:
    writer = _Writer(draw, mixed=form == "mixed", anchors=anchors)
    if form == "brackets":
        return writer.flow(value) + "\n"
    return "\n".join(writer.block(value, 0)) + "\n"


def _kind(value: Any) -> str:
    """What an alias may stand for, so that a policy with aliases is still one."""
    if isinstance(value, dict):
        return "action" if "type" in value else "rule" if "actions" in value else "mapping"
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return "actions" if "type" in value[0] else "rules"
    return "value"


class _Writer:
    """YAML as people write it; with ``anchors``, some nodes are anchored and some others aliases."""

    def __init__(self, draw: Draw, *, mixed: bool, anchors: bool) -> None:
        self._draw = draw
        self._mixed = mixed
        self._anchors: list[tuple[str, str]] | None = [] if anchors else None
        self._count = 0

    def block(self, value: Any, column: int) -> list[str]:
        lines: list[str] = []
        indent = " " * column
        if isinstance(value, dict):
            for key, inner in value.items():
                lines += self._noise(column)
                steps = [0, 2, 3] if isinstance(inner, list) else [1, 2, 4]
                lines += self._value(f"{indent}{self._scalar(key)}:", inner, column, steps)
            if (merged := self._alias("mapping")) and self._one_in(2):
                lines.append(f"{indent}<<: {merged}")
            return lines
        for inner in value:
            lines += self._noise(column)
            gap = self._draw(st.sampled_from([2, 2, 2, 4]))
            if isinstance(inner, dict) and inner and not self._brackets() and self._anchors is None:
                inside = self.block(inner, column + gap)
                alone = not inside[0].strip() or inside[0].lstrip().startswith("#") or self._one_in(10)
                first = [indent + "-" + self._trail()] if alone else [indent + "-" + inside[0][column + 1 :]]
                lines += [*first, *(inside if alone else inside[1:])]
            else:
                lines += self._value(indent + "-", inner, column, [gap])
        return lines

    def flow(self, value: Any, column: int = 0) -> str:
        anchor, alias = self._property(value)
        if alias or not isinstance(value, dict | list):
            return alias or anchor + self._scalar(value)
        indent = "\n" + " " * (column + 1)
        blanks = st.sampled_from(["", "", " ", " ", indent, f" # note{indent}", f"{indent}# above{indent}"])
        opened, closed = "[]" if isinstance(value, list) else "{}"
        if isinstance(value, list):
            parts = [self.flow(inner, column + 1) for inner in value]
        else:
            parts = [f"{self._scalar(key)}: {self.flow(inner, column + 1)}" for key, inner in value.items()]
        written = anchor + opened
        for number, part in enumerate(parts):
            comma = "," if number + 1 < len(parts) or self._one_in(4) else ""
            behind = " " if part.startswith("*") else ""
            written += (
                self._draw(blanks) + part + behind + self._draw(st.sampled_from(["", "", indent])) + comma
            )
        return written + self._draw(blanks) + closed

    def _value(self, lead: str, value: Any, column: int, steps: list[int]) -> list[str]:
        """A value behind its key or dash: on the same line, or below it."""
        if isinstance(value, dict | list):
            if not value or self._brackets():
                return f"{lead} {self.flow(value, column + 1)}{self._trail()}".split("\n")
            anchor, alias = self._property(value)
            if alias:
                return [f"{lead} {alias}{self._trail()}"]
            below = self.block(value, column + self._draw(st.sampled_from(steps)))
            return [f"{lead} {anchor}".rstrip() + self._trail(), *below]
        anchor, alias = self._property(value)
        block = (
            isinstance(value, str)
            and "\n" in value.rstrip("\n")
            and value[0] not in " \n"
            and self._one_in(2)
        )
        if alias or not block:
            return [f"{lead} {alias or anchor + self._scalar(value)}{self._trail()}"]
        chomp = "" if value.endswith("\n") else "-"
        indent = " " * (column + 2)
        lines = value.removesuffix("\n").split("\n")
        return [f"{lead} {anchor}|{chomp}", *(indent + line if line else "" for line in lines)]

    def _property(self, value: Any) -> tuple[str, str]:
        """An anchor to write in front of the value, or an alias to write instead of it."""
        kind = _kind(value)
        if self._anchors is None or not self._one_in(4):
            return "", ""
        if (alias := self._alias(kind)) and self._one_in(2):
            return "", alias
        self._count += 1
        anchor = f"a{self._count}"
        self._anchors.append((kind, anchor))
        return f"&{anchor} ", ""

    def _alias(self, kind: str) -> str:
        known = [anchor for of, anchor in self._anchors or () if of == kind]
        return "*" + self._draw(st.sampled_from(known)) if known else ""

    def _brackets(self) -> bool:
        return self._mixed and self._one_in(4)

    def _one_in(self, number: int) -> bool:
        drawn: int = self._draw(st.integers(0, number - 1))
        return drawn == 0

    def _noise(self, column: int) -> list[str]:
        if not self._one_in(4):
            return []
        columns = st.sampled_from([column, column, 0, column + 2, column + 5])
        lines = st.one_of(st.just(""), st.builds(lambda at: " " * at + "# note", columns))
        drawn: list[str] = self._draw(st.lists(lines, max_size=3))
        return drawn

    def _trail(self) -> str:
        drawn: str = self._draw(st.sampled_from(["", "", "", "", " # trailing", "  "]))
        return drawn

    def _scalar(self, value: Any) -> str:
        if not isinstance(value, str):
            return json.dumps(value)
        style = self._draw(st.sampled_from(["plain", "single", "double"]))
        if style == "plain" and _PLAIN.fullmatch(value) and value not in ("null", "12", "1"):
            return value
        if style == "single" and "\n" not in value and value.isascii():
            return "'" + value.replace("'", "''") + "'"
        return json.dumps(value, ensure_ascii=not value.isascii() and "😀" not in value).replace(
            "\u2028", "\\u2028"
        )
