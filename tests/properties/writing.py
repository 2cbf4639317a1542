"""Policies as text: YAML in lines and in brackets, JSON, quotes of every kind, comments, anchors, merge keys.

A text says what its data says: an alias stands only for what is equal to its anchor, and what a
merge key brings in belongs to the mapping or is overruled in it. Nothing here knows the migrator.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Final

import yaml
from hypothesis import strategies as st
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from yaml.representer import SafeRepresenter

from tests.properties.policies import Data, Draw

PHASES: Final = ("on_tcp_connect", "on_http_request", "on_http_response", "on_event_stream_message")
LEGACY: Final = ("inbound", "outbound")
URL: Final = "https://ai.example.com"
KINDS: Final = ("policy", "policy", "policy", "agent", "tunnel", "object", "string", "list")
_STR: Final = "tag:yaml.org,2002:str"
_MERGE: Final = "tag:yaml.org,2002:merge"
_STYLES: Final = (None, None, "'", '"', "|", ">")


@dataclass(frozen=True)
class Written:
    """A policy and the file it stands in. ``where`` leads from the document to the policy's root.

    ``held`` is the policy's own text where the file holds it as a string.
    """

    data: Data
    text: str
    json: bool
    where: tuple[str | int, ...] = ()
    held: str | None = None

    @property
    def policy_text(self) -> str:
        return self.text if self.held is None else self.held


@st.composite
def texts(draw: Draw, data: st.SearchStrategy[Data]) -> Written:
    """A policy file."""
    policy = draw(data)
    form = draw(st.sampled_from(("lines", "lines", "lines", "brackets", "mixed", "json")))
    if form == "json":
        return Written(policy, _json(draw, policy), json=True)
    return Written(policy, _yaml(draw, policy, form), json=False)


@st.composite
def files(draw: Draw, data: st.SearchStrategy[Data], kinds: tuple[str, ...] = KINDS) -> Written:
    """A policy file, or a file of another kind that holds a policy. All agent endpoints have one URL."""
    kind = draw(st.sampled_from(kinds))
    made = draw(texts(data))
    if kind == "policy":
        return made
    held: Data = made.data
    where: tuple[str | int, ...]
    document: Data
    if kind in ("agent", "string"):
        held = made.text if kind == "string" else held
        document = {"version": 3, "endpoints": [{"name": "x"}, {"url": URL, "traffic_policy": held}]}
        where = ("endpoints", 1, "traffic_policy")
    elif kind == "tunnel":
        document = {"version": "2", "tunnels": {"one": {"proto": "http", "policy": held}}}
        where = ("tunnels", "one", "policy")
    else:
        document = _kubernetes("NgrokTrafficPolicy", {"policy": held})
        where = ("spec", "policy")
        if kind == "list":
            document = {"apiVersion": "v1", "kind": "List", "items": [_kubernetes("Secret", None), document]}
            where = ("items", 1, *where)
    form = draw(st.sampled_from(("lines", "json"))) if kind == "string" else "lines"
    as_json = form == "json"
    text = _json(draw, document) if as_json else _yaml(draw, document, form)
    return Written(made.data, text, as_json, where, made.text if kind == "string" else None)


def _kubernetes(kind: str, spec: Data) -> Data:
    return {
        "apiVersion": "ngrok.k8s.ngrok.com/v1alpha1",
        "kind": kind,
        "metadata": {"name": "ai", "namespace": "team"},
        "spec": spec,
    }


def _json(draw: Draw, data: Data) -> str:
    ascii_only = draw(st.booleans())
    return json.dumps(data, indent=draw(st.sampled_from((None, None, 1, 4))), ensure_ascii=ascii_only)


def _yaml(draw: Draw, data: Data, form: str) -> str:
    writer = _Writer(draw, form, anchors=draw(st.booleans()))
    node = writer.node(data)
    text: str = yaml.serialize(
        writer.with_shared(node, data),
        Dumper=yaml.CSafeDumper,
        allow_unicode=draw(st.booleans()),
        width=draw(st.sampled_from((40, 10**6))),
        indent=draw(st.sampled_from((2, 4))),
        explicit_start=draw(st.booleans()),
    )
    return _ended(draw, _commented(draw, text))


def _commented(draw: Draw, text: str) -> str:
    """``text`` with a few comments, where they change nothing."""
    if draw(st.booleans()):
        return text
    lines = text.split("\n")
    for _ in range(2):
        at = draw(st.integers(0, len(lines) - 1))
        if draw(st.booleans()):
            lines.insert(at, " " * draw(st.integers(0, 6)) + '# note: [it\'s "so"')
        else:
            lines[at] += "  # note"
    noted = "\n".join(lines)
    try:
        return noted if _tree(noted) == _tree(text) else text
    except yaml.YAMLError:
        return text


def _tree(text: str) -> Any:
    return repr(yaml.compose(text, Loader=yaml.CSafeLoader)).replace("anchor", "")


def _ended(draw: Draw, text: str) -> str:
    ending = draw(st.integers(0, 5))
    if ending == 0:
        return text.replace("\n", "\r\n")
    if ending == 1:
        return "\ufeff" + text
    return text.rstrip("\n") if ending == 2 and "|" not in text else text


class _Writer:
    """Data as YAML nodes, each in a style of its own; equal data may be one node."""

    def __init__(self, draw: Draw, form: str, *, anchors: bool) -> None:
        self._draw = draw
        self._form = form
        self._anchors = anchors
        self._known: dict[str, Node] = {}
        self._plain = form != "brackets" and draw(st.booleans())
        self._representer = SafeRepresenter()

    def node(self, data: Data, depth: int = 0) -> Node:
        name = json.dumps(data)
        if self._anchors and depth and name in self._known and self._one_in(2):
            return self._known[name]
        made = self._made(data, depth)
        self._known.setdefault(name, made)
        return made

    def with_shared(self, root: Node, data: Data) -> Node:
        """A policy in phases whose anchors stand in front, under a key of their own."""
        named = isinstance(data, dict) and any(key in data for key in (*PHASES, *LEGACY))
        if not self._anchors or not named or not isinstance(root, MappingNode) or not self._one_in(3):
            return root
        shared = [node for node in self._known.values() if node is not root and self._one_in(8)]
        if not shared:
            return root
        held = SequenceNode("tag:yaml.org,2002:seq", shared, flow_style=False)
        return MappingNode(root.tag, [(ScalarNode(_STR, "x-shared"), held), *root.value], flow_style=False)

    def _made(self, data: Data, depth: int) -> Node:
        flow = self._form == "brackets" or (self._form == "mixed" and self._one_in(3))
        if isinstance(data, list):
            items = [self.node(item, depth + 1) for item in data]
            return SequenceNode("tag:yaml.org,2002:seq", items, flow_style=flow)
        if isinstance(data, dict):
            entries: list[tuple[Node, Node]] = [
                (self._key(key), self.node(value, depth + 1)) for key, value in data.items()
            ]
            if self._anchors and depth > 1 and len(entries) > 1 and self._one_in(5):
                entries = self._merged(entries)
            return MappingNode("tag:yaml.org,2002:map", entries, flow_style=flow)
        return self._scalar(data)

    def _merged(self, entries: list[tuple[Node, Node]]) -> list[tuple[Node, Node]]:
        """The last entries brought in through ``<<``, beside one that the mapping overrules."""
        at = self._draw(st.integers(1, len(entries) - 1))
        own, rest = entries[:at], entries[at:]
        overruled = (ScalarNode(_STR, own[0][0].value), ScalarNode(_STR, "overruled"))
        flow = self._form != "lines"  # a null that is left out cannot stand in brackets
        source: Node = MappingNode("tag:yaml.org,2002:map", [overruled, *rest], flow_style=flow)
        if self._one_in(3):
            later = (ScalarNode(_STR, rest[0][0].value), ScalarNode(_STR, "too late"))
            second = MappingNode("tag:yaml.org,2002:map", [later], flow_style=True)
            source = SequenceNode("tag:yaml.org,2002:seq", [source, second], flow_style=flow)
        merge = (ScalarNode(_MERGE, "<<"), source)
        return [merge, *own] if self._one_in(2) else [*own, merge]

    def _key(self, key: str) -> ScalarNode:
        style = None if self._plain else self._draw(st.sampled_from((None, None, "'", '"')))
        return ScalarNode(_STR, key, style=style)

    def _scalar(self, data: Data) -> ScalarNode:
        if isinstance(data, str):
            return ScalarNode(_STR, data, style=None if self._plain else self._draw(st.sampled_from(_STYLES)))
        made = self._representer.represent_data(data)
        assert isinstance(made, ScalarNode)
        if data is None and self._form == "lines":
            made.value = self._draw(st.sampled_from(("null", "~", "")))
        return made

    def _one_in(self, number: int) -> bool:
        drawn: int = self._draw(st.integers(0, number - 1))
        return drawn == 0
