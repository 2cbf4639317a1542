"""Masking: every credential of a file, in its tree's values and in its text, before anything else sees it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import NamedTuple

from msgspec import Struct, field

from migrator.patterns import pattern
from migrator.policy.parse import GATEWAY, is_policy
from migrator.secrets import MASK_LIMIT, Secret, has_mask, mask
from migrator.sources.credentials import Context, Spot, by_form, in_comments, key_spots, keys, spots, walk
from migrator.sources.expressions import credential_variables
from migrator.sources.sensitive import declared
from migrator.sources.stray import holds_it
from migrator.sources.survey import survey
from migrator.spans import Span
from migrator.tree.load import load
from migrator.tree.nodes import Document, Node, Scalar, values
from migrator.tree.place import Located
from migrator.tree.problems import Problem
from migrator.tree.scalars import Kind
from migrator.tree.text import BOM, line_starts, split_lines

EVERYWHERE = 6
"""A credential of at least this many characters is masked wherever else its file has it."""

_DEPTH = 3
"""Strings within strings that are looked into: an object in an annotation, a policy in that, and one more."""

_SETTING = pattern(r"[A-Za-z_]\w{0,80}=(?=\s*[\[{])")
_BEGINS = pattern(
    r"(?:[ \t\r]*(?:#[^\n]*|---[^\n]*)?\n)*[ \t]*(?:-[ \t]+)*(?:[{\[}\]]|[\"']?[\w-]{1,40}[\"']?[ \t]*:(?![\w/]))"
)
"""How YAML begins, broken or not: with a key, a bracket or an item, behind comments."""

_LINE = pattern(r"\s*[\w\-\"']{1,80}\s*:\s*[\[{]")
_WORD = pattern(r"\S+")
_PLAIN_WORD = pattern(r"[a-z][a-z_-]*\Z")
_LONG_WORD = 12
_SHORT = 120
_MOST = 4096
_HARMLESS: set[tuple[str, Kind, Context]] = set()
"""Values that hold no credential, by their places, where no key is one: words and expressions that policies repeat."""

_NAMING = frozenset({"type", "id", "kind", "format", "surface", "name"})
"""Keys whose values a policy cannot be read without."""


class Masked(Struct, frozen=True):
    """A file's text without credentials; where each one stood; whether there were too many to mask."""

    text: str
    spots: tuple[tuple[int, str, Span], ...] = ()
    overflow: bool = False
    broken: tuple[tuple[Problem, Span], ...] = ()
    """Policies held as strings that cannot be read, masked as a whole: why, and where the string stands."""
    hidden: tuple[Span, ...] = ()
    """Strings that seem to hold a policy and are masked as a whole: credentials by their place, if nothing else of the
    file repeats it, and texts that are no YAML, such as the scripts of a pipeline."""


class Held(NamedTuple):
    """What a string holds from ``start`` on: documents, or a policy that cannot be read."""

    roots: list[Node]
    problem: Problem | None
    start: int = 0


def mask_file(text: str, documents: Iterable[Document]) -> Masked:
    """Mask every credential of a file. The tree's scalars change in place; positions stay true."""
    return _Masker(text).run([document.root for document in documents if document.root is not None])


def every_scalar(documents: Iterable[Document]) -> Iterator[Scalar]:
    """Every value and every key of the documents."""
    for document in documents:
        if document.root is not None:
            yield from (scalar for scalar, _ in walk(document.root))
            yield from (key for key, _ in keys(document.root))


class _Masker(Struct, dict=True):
    text: str
    ordinals: dict[Secret, int] = field(default_factory=dict)
    found: list[tuple[int, str, Span]] = field(default_factory=list)
    ranges: list[tuple[int, int, int]] = field(default_factory=list)
    broken: list[tuple[Problem, Span]] = field(default_factory=list)
    foreign: list[Span] = field(default_factory=list)

    @cached_property
    def lines(self) -> list[str]:
        return split_lines(self.text)

    @cached_property
    def starts(self) -> list[int]:
        return line_starts(self.text)

    def run(self, roots: list[Node]) -> Masked:
        seen = survey(roots)
        scalars = seen.scalars
        variables = _variables(scalars) if seen.variables else frozenset()
        secret = _declared(roots) if seen.declared else {}
        embedded: list[Node] = []
        hidden: list[tuple[Secret, Span]] = []
        shown: set[Secret] = set()
        usual = not (variables or secret or seen.keys)
        for scalar, context in scalars:
            place = (scalar.text, scalar.kind, context)
            if usual and place in _HARMLESS:
                continue
            inside = _Inside()
            found = inside.spots(scalar.text) if ":" in scalar.text else []
            found += spots(scalar, context, variables, opened=_is_opened(inside.roots))
            if (role := secret.get(id(scalar))) is not None:
                found.append(Spot(0, len(scalar.text), role))
            embedded += inside.roots
            for problem, is_policy_text in inside.problems:
                if is_policy_text:
                    self.broken.append((problem, scalar.span))
                elif scalar.span not in self.foreign:
                    self.foreign.append(scalar.span)
            text = scalar.text if not inside.problems and holds_it(scalar) else ""
            if usual and not (found or text or inside.roots) and len(scalar.text) <= _SHORT:
                _remember(place)
            if found and (parts := _unmasked(scalar, _disjoint(found))):
                self._mask_scalar(scalar, parts)
            if text and not holds_it(scalar):
                hidden.append((Secret(text), scalar.span))
            elif text:
                shown.add(Secret(text))
        for key, context in [key for root in roots for key in keys(root)] if seen.keys or self.found else ():
            if parts := _unmasked(key, _disjoint(key_spots(key, context))):
                self._mask_scalar(key, parts)
        self._comments()
        if not self.ranges:
            return Masked(self.text)
        names = [key for root in roots for key in keys(root)]
        words = {key.text for key, _ in (*names, *(found for root in embedded for found in keys(root)))}
        named = [*scalars, *(found for root in embedded for found in walk(root))]
        words |= {scalar.text for scalar, context in named if context.key in _NAMING}
        self._everywhere([scalar for scalar, _ in (*scalars, *names)], words)
        _forget_anchors(roots, self.ordinals)
        return Masked(
            self._apply(),
            tuple(self.found),
            len(self.ordinals) > MASK_LIMIT,
            tuple(self.broken),
            (*self.foreign, *(span for text, span in hidden if text not in shown)),
        )

    def _ordinal(self, value: str) -> int:
        return min(self.ordinals.setdefault(Secret(value), len(self.ordinals)), MASK_LIMIT - 1)

    def _mask_scalar(self, scalar: Scalar, parts: list[Spot]) -> None:
        text = scalar.text
        where = Located(self.lines, scalar)
        for part in parts:
            value = scalar.text[part.start : part.end]
            ordinal = self._ordinal(value)
            text = text[: part.start] + mask(ordinal, len(value)) + text[part.end :]
            places = _written(self.text, self.starts, scalar, part, where)
            self.found.append((ordinal, part.role, self._span(*places[0]) if places else scalar.span))
            self.ranges.extend((start, end, ordinal) for start, end in places)
        scalar.text = text
        scalar.kind = "str"

    def _span(self, start: int, end: int) -> Span:
        line = bisect_right(self.starts, start)
        column = start - self.starts[line - 1] + 1
        return Span(line, column, line, column + end - start)

    def _comments(self) -> None:
        """What is known by its form outside any value: comments, mostly."""
        covered = [(start, end) for start, end, _ in self.ranges]
        for part in by_form(self.text):
            if not any(start < part.end and part.start < end for start, end in covered):
                self.ranges.append((part.start, part.end, self._ordinal(self.text[part.start : part.end])))
        for part in in_comments(self.text):
            ordinal = min(
                len(self.ordinals), MASK_LIMIT - 1
            )  # of its own: a word of a comment is masked only there
            self.ranges.append((part.start, part.end, ordinal))

    def _everywhere(self, scalars: list[Scalar], words: set[str]) -> None:
        """Mask what was found wherever else it stands, but for plain words that the file's grammar needs."""
        sought: dict[str, int] = {}
        for secret, ordinal in self.ordinals.items():
            value = secret.reveal()
            plain = _PLAIN_WORD.match(value) is not None and (value in words or len(value) < _LONG_WORD)
            if len(value.strip()) >= EVERYWHERE and not plain:
                sought[value] = min(ordinal, MASK_LIMIT - 1)
        search = _Search(list(sought))
        for value, places in search.found(self.text):
            self.ranges.extend((at, at + len(value), sought[value]) for at in places)
        for scalar in scalars:
            for value, _ in search.found(scalar.text):
                scalar.text = scalar.text.replace(value, mask(sought[value], len(value)))
                scalar.kind = "str"

    def _apply(self) -> str:
        characters = list(self.text)
        for start, end, ordinal in self.ranges:
            for index in range(start, end):
                if characters[index] not in "\r\n":
                    characters[index] = mask(ordinal, 1)
        return "".join(characters)


class _Search:
    """Where any of some credentials stands in a text, in their order.

    A dump has thousands: looking for each of them in all of it would take for ever.
    """

    _FEW = 50

    def __init__(self, sought: list[str]) -> None:
        self._sought = sought
        self._by_beginning: dict[str, list[int]] = {}
        for number, value in enumerate(sought):
            self._by_beginning.setdefault(value[:EVERYWHERE], []).append(number)

    def found(self, text: str) -> list[tuple[str, list[int]]]:
        if len(self._sought) <= self._FEW:
            return [(value, places) for value in self._sought if (places := _places(text, value))]
        met: dict[int, list[int]] = {}
        known = self._by_beginning
        for at in range(len(text) - EVERYWHERE + 1):
            for number in known.get(text[at : at + EVERYWHERE], ()):
                value, before = self._sought[number], met.setdefault(number, [])
                if text.startswith(value, at) and (not before or before[-1] + len(value) <= at):
                    before.append(at)
        return [(self._sought[number], met[number]) for number in sorted(met) if met[number]]


def _remember(harmless: tuple[str, Kind, Context]) -> None:
    if len(_HARMLESS) >= _MOST:
        _HARMLESS.clear()
    _HARMLESS.add(harmless)


def _declared(roots: Iterable[Node]) -> dict[int, str]:
    return {key: role for root in roots for key, role in declared(root).items()}


def _variables(scalars: list[tuple[Scalar, Context]]) -> frozenset[str]:
    assigned = ((context.key, scalar.text) for scalar, context in scalars if "vars" in context.path)
    return credential_variables((scalar.text for scalar, _ in scalars), assigned)


def _forget_anchors(roots: list[Node], ordinals: dict[Secret, int]) -> None:
    """Anchors are spelled like credentials only by accident, but then they are ones."""
    seen: set[int] = set()
    todo = list(roots)
    while todo:
        node = todo.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        if node.anchor and (any(by_form(node.anchor)) or any(s.reveal() in node.anchor for s in ordinals)):
            node.anchor = "masked"
        todo.extend(values(node))


def _held(text: str) -> Held:
    """The documents of a policy that is held as a string, and why not; nothing for any other string."""
    setting = _SETTING.match(text)
    start = setting.end() if setting is not None else 0
    if text.startswith(BOM, start):
        start += 1  # no parser counts it
    named = GATEWAY in text
    plainly = "\n" in text or text[start:].lstrip()[:1] in ("{", "[") or _LINE.match(text) is not None
    if ":" not in text or not (plainly or named):
        return Held([], None)
    loaded = load(text[start:])
    if loaded.problems and named:
        return Held([], loaded.problems[0] if plainly else None, start)
    roots = (document.root for document in loaded.documents)
    return Held([root for root in roots if root is not None and not isinstance(root, Scalar)], None, start)


class _Inside(Struct):
    """What strings hold, and the strings in what they hold: their documents, and why some cannot be read."""

    roots: list[Node] = field(default_factory=list)
    problems: list[tuple[Problem, bool]] = field(default_factory=list)
    """With whether the string begins as a policy does, so that it was meant to be one."""

    def spots(self, text: str, depth: int = 0) -> list[Spot]:
        """Credentials in what a string holds, by their places in that string."""
        held = _held(text)
        if held.problem is not None:
            begins = _BEGINS.match(text, held.start) is not None
            self.problems.append((held.problem, begins or "type" not in text))
            return [Spot(0, len(text), "broken policy")]
        if not held.roots:
            return []
        self.roots += held.roots
        text = text[held.start :]
        starts, lines = line_starts(text), split_lines(text)
        scalars = [found for root in held.roots for found in walk(root)]
        variables = _variables(scalars)
        secret = _declared(held.roots)
        parts = [(key, list(key_spots(key, context))) for root in held.roots for key, context in keys(root)]
        for scalar, context in scalars:
            before = len(self.roots)
            found = self.spots(scalar.text, depth + 1) if depth < _DEPTH else []
            found += spots(scalar, context, variables, opened=_is_opened(self.roots[before:]))
            if (role := secret.get(id(scalar))) is not None:
                found.append(Spot(0, len(scalar.text), role))
            parts.append((scalar, found))
        return [
            Spot(held.start + start, held.start + end, part.role)
            for scalar, found in parts
            if found
            for where in (Located(lines, scalar),)
            for part in _disjoint(found)
            for start, end in _written(text, starts, scalar, part, where)
        ]


def _is_opened(roots: list[Node]) -> bool:
    """Whether a string held a policy: not every string that YAML can read is meant to be read by it."""
    return bool(roots) and is_policy(roots[0])


def _written(
    text: str, starts: list[int], scalar: Scalar, part: Spot, where: Located
) -> list[tuple[int, int]]:
    """Where a part of a scalar's value stands in the text, as offsets.

    Exact where the value is written as it reads; else every word of the scalar (escapes, folding).
    """
    span = where.span(part.start, part.end - part.start)
    start, end = starts[span.line - 1] + span.column - 1, starts[span.end_line - 1] + span.end_column - 1
    value = scalar.text[part.start : part.end]
    if text[start:end] == value:
        return [(start, end)]
    whole = scalar.span
    start = starts[whole.line - 1] + whole.column - 1
    end = starts[whole.end_line - 1] + whole.end_column - 1
    places = [(start + at, start + at + len(value)) for at in _places(text[start:end], value)]
    return places or list(_interior(text[start:end], start, scalar.style))


def _disjoint(parts: Iterable[Spot]) -> list[Spot]:
    """Ranges without overlaps, the outermost and first kept."""
    kept: list[Spot] = []
    for part in sorted(parts, key=lambda p: (p.start, -p.end)):
        if not kept or part.start >= kept[-1].end:
            kept.append(part)
        elif part.end > kept[-1].end:
            kept[-1] = Spot(kept[-1].start, part.end, kept[-1].role)
    return [part for part in kept if part.start < part.end]


def _unmasked(scalar: Scalar, parts: list[Spot]) -> list[Spot]:
    """Without what an alias already led to."""
    return [part for part in parts if not has_mask(scalar.text[part.start : part.end])]


def _places(text: str, value: str) -> list[int]:
    found: list[int] = []
    at = text.find(value)
    while at >= 0:
        found.append(at)
        at = text.find(value, at + len(value))
    return found


def _interior(raw: str, start: int, style: str) -> Iterator[tuple[int, int]]:
    """A scalar whose source is not its value (escapes, folding): every word of it, but for its quotes."""
    inner = (0, len(raw))
    if style in ("|", ">"):
        inner = (raw.find("\n") + 1, len(raw))
    elif style:
        inner = (raw.index(style) + 1, len(raw) - 1)
    for word in _WORD.finditer(raw, *inner):
        yield start + word.start(), start + word.end()
