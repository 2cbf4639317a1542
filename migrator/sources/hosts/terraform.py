"""Terraform: the policies of ``ngrok_cloud_endpoint`` and any other string of a file that is one."""

from __future__ import annotations

import json
import posixpath
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from migrator.policy.parse import GATEWAY
from migrator.sources.credentials import by_form
from migrator.sources.hosts.hcl import (
    DEPTH,
    UNKNOWN,
    Scope,
    Steps,
    Text,
    Unknown,
    Value,
    evaluate,
    member,
    plain,
    plain_with_gaps,
    template_of,
)
from migrator.sources.hosts.hcl_tree import Source, called, nodes, of_type
from migrator.sources.hosts.jsonencode import encoded
from migrator.sources.hosts.literal import (
    Attached,
    Computed,
    Fault,
    Folder,
    Found,
    Gap,
    Literal,
    Pieces,
    PolicyFileNamed,
)

if TYPE_CHECKING:
    from tree_sitter import Node

LIMIT = 256 * 1024
"""Code points of one file. A text made to be hard takes the parser some seconds at this size."""

_BESIDE = 50
"""Files beside the one that is read in which variables and locals are looked for."""

_KIND = "ngrok_cloud_endpoint"
_HELD = "traffic_policy"
_FACTS = ("url", "description", "metadata", "bindings")
_OBJECT = "kubernetes_manifest"
_MANIFEST = "manifest"
_ENCODING = frozenset({"jsonencode", "yamlencode"})
_DECODING = frozenset({"jsondecode", "yamldecode"})
_STRINGS = frozenset({"string_lit", "quoted_template", "heredoc_template"})


class Terraform:
    """``.tf`` files."""

    name = "terraform"
    advice = "Take the finished policy from the state: `terraform show -json`, and convert that."
    hints = (_KIND,)

    def matches(self, path: str, text: str) -> bool:  # noqa: ARG002 - the name says it
        return path.lower().endswith((".tf", ".tofu"))

    def literals(self, text: str, folder: Folder) -> Iterator[Found]:
        if len(text) > LIMIT:
            yield Fault(0, f"it has more than {LIMIT // 1024} thousand characters")
            return
        yield from _File(text, folder).found()


class _Block:
    """One block of a file, with its labels and its attributes."""

    def __init__(self, node: Node, source: Source, *, own: bool) -> None:
        self.source = source
        self.own = own
        self.node = node
        first = node.children[0] if node.children else None
        self.type = source.written(first) if first is not None else ""
        self.labels = [source.written(part).strip('"') for part in node.children[1:] if part.type in _LABELS]
        self.attributes: dict[str, Node] = {}
        body = of_type(node, "body")
        for child in body.children if body is not None else ():
            name, value = of_type(child, "identifier"), of_type(child, "expression")
            if child.type == "attribute" and name is not None and value is not None:
                self.attributes[source.written(name)] = value


_LABELS = frozenset({"string_lit", "identifier"})


def _blocks(source: Source, *, own: bool) -> Iterator[_Block]:
    body = of_type(source.root, "body")
    for node in body.children if body is not None else ():
        if node.type == "block":
            yield _Block(node, source, own=own)


class _File:
    """One file while it is read, with what the others of its folder say of its names."""

    def __init__(self, text: str, folder: Folder) -> None:
        self._source = Source(text)
        self._folder = folder
        self._own = list(_blocks(self._source, own=True))
        self._others: list[_Block] | None = None
        self._set: dict[str, tuple[Node, Source] | Value] | None = None
        self._used: list[tuple[int, int]] = []
        self._passed: dict[tuple[int, int], None] = {}
        self._scope = Scope(
            self._source, self._name, self._call, Steps(), local=self._local, passed=self._pass_over
        )

    def found(self) -> Iterator[Found]:
        fault = self._fault()
        if fault is not None:
            yield fault
        for block in self._own:
            if (
                block.type in ("resource", "data")
                and block.labels[:1] == [_KIND]
                and _HELD in block.attributes
            ):
                yield from self._endpoint(block)
            elif block.type == "resource" and block.labels[:1] == [_OBJECT] and _MANIFEST in block.attributes:
                yield from self._whole(block.attributes[_MANIFEST], encoded)
        yield from self._strings()
        yield from (Computed(*place) for place in self._passed)

    def _fault(self) -> Fault | None:
        if not self._source.root.has_error:
            return None
        wrong = next((node for node in nodes(self._source.root) if node.is_error or node.is_missing), None)
        while wrong is not None and wrong.start_byte == wrong.end_byte and wrong.parent is not None:
            wrong = wrong.parent  # what is missing is missing at the end
        start = self._source.range(wrong)[0] if wrong is not None else 0
        return Fault(start, "the syntax is wrong from here on, or a string, heredoc or bracket does not end")

    # ------------------------------------------------------------------------------------------ endpoints

    def _endpoint(self, block: _Block) -> Iterator[Found]:
        held = block.attributes[_HELD]
        start, end = self._source.range(held)
        self._used.append((start, end))
        attached = Attached("cloud", self._facts(block))
        path = self._file_named(held)
        if path is not None:
            yield PolicyFileNamed(start, end, path, attached)
            return
        value = self._value(held)
        if value is None and self._source.written(held) == "null":
            return
        if not isinstance(value, Text):
            self._passed = {place: None for place in self._passed if not start <= place[0] < end}
            yield Computed(start, end)
            return
        gaps = tuple(dict.fromkeys(value.pieces.gaps))
        if not value.exact:
            gaps = (Gap(start, end),) if gaps else ()
        pieces = tuple(value.pieces.done)
        yield Literal(start, end, pieces, gaps, exact=value.exact, attached=True, endpoint=attached)

    def _facts(self, block: _Block) -> dict[str, object]:
        facts: dict[str, object] = {"name": ".".join(block.labels[1:])}
        passed = dict(self._passed)
        for name in _FACTS:
            value = self._value(block.attributes[name]) if name in block.attributes else UNKNOWN
            if isinstance(value, Text) and not value.pieces.gaps:
                facts[name] = value.text
            elif isinstance(value, list):
                facts[name] = [item.text for item in value if isinstance(item, Text)]
        self._passed = passed  # no policy stands there
        return facts

    def _file_named(self, node: Node) -> str | None:
        """The path of ``file(…)``, if that is all the expression is, or what it decodes to encode it again."""
        name, argument = self._called(node)
        if name in _ENCODING and argument is not None:
            name, argument = self._called(argument)
            if name not in _DECODING or argument is None:
                return None
            name, argument = self._called(argument)
        return None if name != "file" or argument is None else _path(self._value(argument))

    def _called(self, node: Node) -> tuple[str, Node | None]:
        """The function that an expression is a call of, and its argument, if it has one and no more."""
        call = node.named_children[0] if len(node.named_children) == 1 else None
        if call is None or call.type != "function_call":
            return "", None
        name, given = called(call)
        return name, given[0] if len(given) == 1 else None

    # --------------------------------------------------------------------------------------------- values

    def _value(self, node: Node) -> Value:
        return evaluate(node, self._scope)

    def _beyond(self, source: Source) -> Scope:
        """The scope of another file of the folder."""
        return Scope(source, self._name, self._call, self._scope.steps, own=False)

    def _pass_over(self, node: Node, value: Value) -> None:
        """Note what a policy may be as well, where that has the action."""
        place = self._source.range(node)
        if GATEWAY in self._source.text[slice(*place)] or _holds_action(value):
            self._passed[place] = None

    def _local(self, name: str) -> Node | None:
        """Where a local value stands in this file."""
        held = (block.attributes for block in self._own if block.type == "locals")
        return next((attributes[name] for attributes in held if name in attributes), None)

    def _name(self, parts: list[str], depth: int) -> Value:
        """What a name stands for: a local, the default of a variable, an attribute of a resource."""
        if depth > DEPTH:
            return UNKNOWN
        match parts:
            case ["path", "module" | "root" | "cwd"]:
                return plain(".")
            case ["local", name, *rest]:
                return member(self._of_block(lambda b: b.type == "locals", name, depth), rest)
            case ["var", name, *rest]:
                return member(self._variable(name, depth), rest)
            case ["data", kind, label, name, *rest]:
                return member(self._labelled("data", [kind, label], name, depth), rest)
            case [kind, label, name, *rest]:
                return member(self._labelled("resource", [kind, label], name, depth), rest)
        return UNKNOWN

    def _labelled(self, kind: str, labels: list[str], name: str, depth: int) -> Value:
        return self._of_block(lambda b: b.type == kind and b.labels == labels, name, depth)

    def _variable(self, name: str, depth: int) -> Value:
        values = self._given()
        if name in values:
            given = values[name]
            if not isinstance(given, tuple):
                return given
            node, source = given
            return evaluate(node, self._beyond(source), depth + 1)
        return self._of_block(lambda b: b.type == "variable" and b.labels == [name], "default", depth)

    def _of_block(self, wanted: Wanted, name: str, depth: int) -> Value:
        for block in (*self._own, *self._beside()):
            if wanted(block) and name in block.attributes:
                node = block.attributes[name]
                if block.own:
                    self._used.append(self._source.range(node))
                return evaluate(node, self._scope if block.own else self._beyond(block.source), depth + 1)
        return UNKNOWN

    def _beside(self) -> list[_Block]:
        """The blocks of the other files of the folder."""
        if self._others is None:
            self._others = []
            names = [name for name in self._folder.names() if name.endswith((".tf", ".tofu"))]
            for name in names[:_BESIDE]:
                text = self._folder.text(name)
                if text is not None and len(text) <= LIMIT and text != self._source.text:
                    self._others += _blocks(Source(text), own=False)
        return self._others

    def _given(self) -> dict[str, tuple[Node, Source] | Value]:
        """The variables that files of values set; the later file wins, as it does for Terraform."""
        if self._set is None:
            self._set = {}
            names = self._folder.names()
            wanted = [name for name in names if name in ("terraform.tfvars", "terraform.tfvars.json")]
            wanted += [name for name in names if name.endswith((".auto.tfvars", ".auto.tfvars.json"))]
            for name in wanted[:_BESIDE]:
                text = self._folder.text(name)
                if text is not None and len(text) <= LIMIT:
                    self._set |= _set_in_json(text) if name.endswith(".json") else _set_in(text)
        return self._set

    def _call(self, name: str, written: list[Node], scope: Scope, depth: int) -> Value:
        if name in _ENCODING:
            return encoded(written[0], scope, depth) if len(written) == 1 else UNKNOWN
        match name, [evaluate(one, scope, depth + 1) for one in written]:
            case "file", [value]:
                path = _path(value)
                text = self._folder.text(path) if path is not None else None
                return UNKNOWN if text is None else plain(text)
            case "templatefile", [value, dict() as given]:
                path = _path(value)
                text = self._folder.text(path) if path is not None else None
                return (
                    UNKNOWN
                    if text is None
                    else template_of(text, _given_names(given), scope.steps, depth + 1)
                )
            case "trimspace" | "chomp", [Text() as value]:
                stripped = value.text.strip() if name == "trimspace" else value.text.rstrip("\r\n")
                return plain_with_gaps(value, stripped)
            case "tostring" | "sensitive" | "nonsensitive", [value]:
                return value
        return UNKNOWN

    # ------------------------------------------------------------------------------------- other strings

    def _strings(self) -> Iterator[Found]:
        """Every string that belongs to no endpoint: some other resource may hold a policy."""
        todo = [self._source.root]
        while todo:
            node = todo.pop()
            if node.type in _STRINGS or (node.type == "function_call" and called(node)[0] in _ENCODING):
                found = [*self._whole(node, evaluate)]
                yield from found
                if found or node.type in _STRINGS:
                    continue
            todo.extend(reversed(node.children))

    def _whole(self, node: Node, read: Callable[[Node, Scope, int], Value]) -> Iterator[Found]:
        """A value that names the action, unless it was read already."""
        start, end = self._source.range(node)
        if GATEWAY not in self._source.text[start:end] or node.has_error:
            return
        if any(begin <= start and end <= behind for begin, behind in self._used):
            return
        value = read(node, self._scope, 0)
        if isinstance(value, Text):
            self._used.append((start, end))
            yield Literal(start, end, tuple(value.pieces.done), tuple(dict.fromkeys(value.pieces.gaps)))


def _set_in(text: str) -> dict[str, tuple[Node, Source] | Value]:
    source = Source(text)
    body = of_type(source.root, "body")
    made: dict[str, tuple[Node, Source] | Value] = {}
    for child in body.children if body is not None else ():
        key, value = of_type(child, "identifier"), of_type(child, "expression")
        if key is not None and value is not None:
            made[source.written(key)] = (value, source)
    return made


def _set_in_json(text: str) -> dict[str, tuple[Node, Source] | Value]:
    try:
        held = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return {name: _of_data(value) for name, value in held.items()} if isinstance(held, dict) else {}


def _of_data(data: Any, depth: int = 0) -> Value:
    """A value of JSON; its texts are no templates here."""
    if depth > DEPTH:
        pieces = Pieces()
        pieces.gap("", 0, 0)
        return Text(pieces, exact=False)
    match data:
        case str():
            return plain(data.encode("utf-8", "replace").decode())
        case dict():
            return {key: _of_data(value, depth + 1) for key, value in data.items()}
        case list():
            return [_of_data(value, depth + 1) for value in data]
    return cast("Value", data)


def _path(value: Value) -> str | None:
    """A path that may be shown: constant, and no credential."""
    if isinstance(value, Unknown) or not isinstance(value, Text) or value.pieces.gaps:
        return None
    return None if any(by_form(value.text)) else posixpath.normpath(value.text)


def _holds_action(value: Value) -> bool:
    match value:
        case Text():
            return GATEWAY in value.text
        case dict():
            return any(map(_holds_action, value.values()))
        case list():
            return any(map(_holds_action, value))
    return False


def _given_names(given: dict[str, Value]) -> Callable[[list[str], int], Value]:
    def name(parts: list[str], _depth: int) -> Value:
        return member(given, parts)

    return name


Wanted: TypeAlias = Callable[[_Block], bool]
