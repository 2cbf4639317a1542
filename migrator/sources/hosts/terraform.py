"""Terraform: the policies of ``ngrok_cloud_endpoint`` and any other string of a file that is one."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, TypeAlias

from msgspec.structs import replace

from migrator.policy.parse import GATEWAY
from migrator.sources.credentials import by_form
from migrator.sources.hosts.fragments import NAMED
from migrator.sources.hosts.hcl import (
    DEPTH,
    UNKNOWN,
    Scope,
    Steps,
    Text,
    Unknown,
    Value,
    at_home,
    evaluate,
    homes_of,
    member,
    plain,
    plain_with_gaps,
    template_of,
)
from migrator.sources.hosts.hcl_tree import (
    Block,
    Source,
    attributes,
    blocks,
    called,
    nodes,
    of_type,
    unwrapped,
)
from migrator.sources.hosts.jsonencode import encoded
from migrator.sources.hosts.literal import (
    Attached,
    Computed,
    Fault,
    Folder,
    Found,
    Gap,
    Home,
    Literal,
    Places,
    PolicyFileNamed,
)
from migrator.sources.hosts.tfvars import values_in_json
from migrator.sources.inputs import SUFFIXES

if TYPE_CHECKING:
    from tree_sitter import Node

    from migrator.spans import Span

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
_QUOTES = frozenset({"quoted_template_start", "quoted_template_end"})


class Terraform:
    """``.tf`` files, OpenTofu's ``.tofu``, values of variables, and other files in HCL such as Terragrunt's."""

    name = "terraform"
    advice = "Take the finished policy from the state: `terraform show -json`, and convert that."
    hints = (_KIND,)

    def matches(self, path: str, text: str) -> bool:  # noqa: ARG002 - the name says it
        return path.lower().endswith((".tf", ".tofu", ".tfvars", ".hcl"))

    def literals(self, text: str, folder: Folder) -> Iterator[Found]:
        if len(text) > LIMIT:
            yield Fault(0, f"it has more than {LIMIT // 1024} thousand characters")
            return
        yield from _File(text, folder).found()


class _File:
    """One file while it is read, with what the others of its folder say of its names."""

    def __init__(self, text: str, folder: Folder) -> None:
        self._source = Source(text)
        self._folder = folder
        self._own = list(blocks(self._source))
        self._others: list[Block] | None = None
        self._texts: dict[str, str] = {}
        self._set: dict[str, _Given | Value] | None = None
        self._used: list[tuple[int, int]] = []
        self._named: list[tuple[int, int]] = []
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

    def _endpoint(self, block: Block) -> Iterator[Found]:
        start, end = self._source.range(block.attributes[_HELD])
        held = _alone(block.attributes[_HELD])
        self._used.append((start, end))
        attached = Attached("cloud", self._facts(block))
        path = self._file_named(held)
        if path is not None:
            yield PolicyFileNamed(start, end, path, attached)
            return
        self._named.clear()
        value = self._value(held)
        if value is None and self._source.written(held) == "null":
            return
        if not isinstance(value, Text):
            self._passed = {place: None for place in self._passed if not start <= place[0] < end}
            self._used += self._named  # all of it is told here
            yield Computed(start, end)
            return
        if (
            value.home is not None
            and (part := self._part(value.home)) is not None
            and NAMED.search(value.text)
        ):
            yield PolicyFileNamed(start, end, value.home.file, attached, part=part)
            return
        self._use(value)
        uses = dict.fromkeys((home.file, part) for home in homes_of(value) if (part := self._part(home)))
        gaps = tuple(dict.fromkeys(value.pieces.gaps))
        if not value.exact:
            gaps = (Gap(start, end),) if gaps else ()
        pieces = tuple(value.pieces.done)
        yield Literal(
            start, end, pieces, gaps, exact=value.exact, attached=True, endpoint=attached, uses=tuple(uses)
        )

    def _facts(self, block: Block) -> dict[str, object]:
        facts: dict[str, object] = {"name": ".".join(block.labels[1:])}
        passed = dict(self._passed)
        for name in _FACTS:
            value = self._value(block.attributes[name]) if name in block.attributes else UNKNOWN
            self._use(value)
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

    def _beyond(self, source: Source, file: str | None) -> Scope:
        """The scope of another file of the folder."""
        return Scope(source, self._name, self._call, self._scope.steps, own=False, file=file)

    def _use(self, value: Value) -> None:
        """Note that the strings of a value were read."""
        self._used += ((home.start, home.end) for home in homes_of(value) if not home.file)

    def _part(self, home: Home) -> Span | None:
        """The part of a file beside this one where a string stands, if that file can be referred to."""
        text = self._texts.get(home.file, "")
        if GATEWAY not in text[home.start : home.end] or any(by_form(home.file)):
            return None
        return Places(text).span(home.start, home.end) if self._folder.may_be_named(home.file) else None

    def _pass_over(self, node: Node, value: Value) -> None:
        """Note what a policy may be as well, where that has the action."""
        place = self._source.range(node)
        if GATEWAY in self._source.text[slice(*place)] or _holds_action(value):
            self._passed[place] = None
            self._use(value)

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
            node, source, file = given
            return evaluate(node, self._beyond(source, file), depth + 1)
        return self._of_block(lambda b: b.type == "variable" and b.labels == [name], "default", depth)

    def _of_block(self, wanted: Wanted, name: str, depth: int) -> Value:
        for block in (*self._own, *self._beside()):
            if wanted(block) and name in block.attributes:
                node = block.attributes[name]
                if not block.file:
                    self._named.append(self._source.range(node))
                    return evaluate(node, self._scope, depth + 1)
                return evaluate(node, self._beyond(block.source, block.file), depth + 1)
        return UNKNOWN

    def _beside(self) -> list[Block]:
        """The blocks of the other files of the folder."""
        if self._others is None:
            self._others = []
            names = [name for name in self._folder.names() if name.endswith((".tf", ".tofu"))]
            for name in names[:_BESIDE]:
                text = self._folder.text(name)
                if text is not None and len(text) <= LIMIT and text != self._source.text:
                    self._texts[name] = text
                    self._others += blocks(Source(text), name)
        return self._others

    def _given(self) -> dict[str, _Given | Value]:
        """The variables that files of values set; the later file wins, as it does for Terraform."""
        if self._set is None:
            self._set = {}
            names = self._folder.names()
            wanted = [name for name in names if name in ("terraform.tfvars", "terraform.tfvars.json")]
            wanted += [name for name in names if name.endswith((".auto.tfvars", ".auto.tfvars.json"))]
            for name in wanted[:_BESIDE]:
                text = self._folder.text(name)
                if text is None or len(text) > LIMIT:
                    continue
                if name.endswith(".json"):
                    self._set |= values_in_json(text)
                    continue
                self._texts[name] = text
                source = Source(text)
                held = attributes(of_type(source.root, "body"), source)
                self._set |= {key: (node, source, name) for key, node in held.items()}
        return self._set

    def _call(self, node: Node, scope: Scope, depth: int) -> Value:
        name, written = called(node)
        if name in _ENCODING:
            made = encoded(written[0], scope, depth) if len(written) == 1 else UNKNOWN
            return made if isinstance(made, Unknown) else at_home(made, node, scope)
        match name, [evaluate(one, scope, depth + 1) for one in written]:
            case "file", [value]:
                return self._file(value, plain)
            case "templatefile", [value, dict() as given]:
                names = _given_names(given)
                filled = self._file(value, lambda text: template_of(text, names, scope.steps, depth + 1))
                return replace(filled, home=None) if isinstance(filled, Text) else filled
            case "trimspace" | "chomp", [Text() as value]:
                stripped = value.text.strip() if name == "trimspace" else value.text.rstrip("\r\n")
                return plain_with_gaps(value, stripped)
            case "tostring" | "sensitive" | "nonsensitive", [value]:
                return value
        return UNKNOWN

    def _file(self, named: Value, made: Callable[[str], Value]) -> Value:
        """What a function makes of a file's text."""
        path = _path(named)
        text = self._folder.text(path) if path is not None else None
        value: Value = UNKNOWN if text is None else made(text)
        if path is None or text is None or not isinstance(value, Text):
            return UNKNOWN
        self._texts[path] = text
        home = Home(path, 0, len(text))
        value.pieces.homes.append(home)
        return replace(value, home=home) if path.lower().endswith(SUFFIXES) else value

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
            gaps = tuple(dict.fromkeys(value.pieces.gaps))
            yield Literal(start, end, tuple(value.pieces.done), gaps)
            if NAMED.search(value.text) is None:  # then what fills it in has the action
                yield from (
                    Computed(*gap) for gap in gaps if NAMED.search(self._source.text[slice(*gap)]) is not None
                )


def _alone(node: Node) -> Node:
    """An expression, or the one that is all of a string: `"${local.policy}"` is what the local is."""
    held = unwrapped(node)
    parts = [child for child in held.children if child.type not in _QUOTES]
    if held.type != "quoted_template" or len(parts) != 1 or parts[0].type != "template_interpolation":
        return node
    return of_type(parts[0], "expression") or node


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


Wanted: TypeAlias = Callable[[Block], bool]
_Given: TypeAlias = "tuple[Node, Source, str]"
