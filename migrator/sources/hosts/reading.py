"""From the strings of a host to policies: each string is read as a file of its own would be.

Nothing else of the host's text is handed on: what no tree covers cannot be masked.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from migrator.findings.base import Finding
from migrator.findings.hosts import (
    BrokenHost,
    ComputedPart,
    ComputedString,
    FilledInLater,
    MentionInString,
)
from migrator.findings.read import (
    ActionInUnknownPlace,
    BrokenSyntax,
    LiteralCredential,
    NotRendered,
    NotText,
    TooBig,
)
from migrator.policy.origin import Embedding, Field, Origin
from migrator.policy.parse import GATEWAY, parse
from migrator.policy.reader import Notes
from migrator.secrets import has_mask
from migrator.sources.context import Context, text_at
from migrator.sources.credentials import walk
from migrator.sources.hosts.fragments import NAMED, is_asked_for, is_cut_off
from migrator.sources.hosts.holes import open_places
from migrator.sources.hosts.lines import host_text
from migrator.sources.hosts.literal import (
    Computed,
    Fault,
    Folder,
    Found,
    Gap,
    Literal,
    Places,
    PolicyFileNamed,
    TextHost,
    Unrendered,
    embedding,
)
from migrator.sources.hosts.parts import Part, Parts, described
from migrator.sources.inputs import Input
from migrator.sources.masking import every_scalar
from migrator.sources.model import (
    CredentialSpot,
    Endpoint,
    FileRead,
    FoundPolicy,
    GatewayObject,
    HeldString,
    PolicyReference,
    Written,
    beside,
)
from migrator.sources.stray import ENCODED
from migrator.spans import Location, Span, is_within, whole
from migrator.tree.load import load
from migrator.tree.nodes import Document
from migrator.tree.problems import Problem, problem_text
from migrator.tree.text import BOM

LIMIT = 2 * 1024 * 1024
"""Code points of a host; more was generated, and what it was generated from is what to read."""

_POSITIONAL = frozenset({"go", "rust", "java"})
"""Languages that refuse an argument which nothing takes."""

_ENCLOSING = frozenset({"terraform"})
"""Languages in which what fills a string in stands within it, or is a value of its own: it may always go."""

_TYPE = re.compile(rf"\btype[\"']?\s*:\s*[\"']?{re.escape(GATEWAY)}(?![\w.-])")

_NAMED_GAP = re.compile(r"\$|\{[A-Za-z_]")

_STRUCTURED = re.compile(r"\s*(?:---\s)?\s*(?:-\s)*(?:[{\[]|[\"']?[\w-]{1,40}[\"']?:\s)")


class Tools(NamedTuple):
    """What reads the documents of any file."""

    document: Callable[[Document, Context], list[str]]
    problem: Callable[[str, str, Problem], Finding]


def concerns(host: TextHost, text: str) -> bool:
    """Whether a text is worth parsing."""
    return any(hint in text for hint in (GATEWAY, *host.hints, *ENCODED))


def read_host(item: Input, text: str, host: TextHost, folder: Folder, tools: Tools) -> FileRead:
    """Read one host."""
    if not concerns(host, text):
        return FileRead(item.path, item.stem, container=host.name)
    if len(text) > LIMIT:
        reason = f"The file has more than {LIMIT // 1024 // 1024} million characters."
        found = TooBig(at=whole(item.path), reason=reason)
        return FileRead(item.path, item.stem, host.name, findings=(found,), readable=False)
    reading = _Reading(item, host, text, tools)
    for one in host.literals(text, folder):
        reading.take(one)
    for name in ENCODED:
        if (at := text.find(name)) >= 0:
            reading.take(Computed(at, at + len(name)))
    return reading.result()


class _Held(Struct, eq=False):
    """A string or a named file with what is said of its endpoint."""

    what: Literal | PolicyFileNamed
    part: Part
    facts: Part | None


@dataclass
class _Reading:
    item: Input
    host: TextHost
    text: str
    tools: Tools
    held: list[_Held] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    policies: list[FoundPolicy] = field(default_factory=list)
    references: list[PolicyReference] = field(default_factory=list)
    gateways: list[GatewayObject] = field(default_factory=list)
    strings: list[HeldString] = field(default_factory=list)
    faulty: bool = False
    count: int = 0
    places: Places = field(init=False)

    def __post_init__(self) -> None:
        self.places = Places(self.text)

    # ---------------------------------------------------------------------- strings and their documents

    def take(self, found: Found) -> None:
        """Take what the host has at one place."""
        match found:
            case Fault():
                self.faulty = True
                at = self._location(found.start, found.start)
                self.findings.append(BrokenHost(at=at, language=self.host.name, reason=found.reason))
            case Unrendered():
                self.faulty = True
                self.findings.append(NotRendered(at=self._location(found.start, found.end)))
            case Computed():
                self._computed(found.start, found.end)
            case PolicyFileNamed():
                self._hold(found, "", (), {"file": found.path})
            case Literal():
                self._literal(found.settled())

    def _literal(self, literal: Literal) -> None:
        text = literal.text
        if not literal.attached and NAMED.search(text) is None:
            return
        at = self._location(literal.start, literal.end)
        if literal.unused:
            self.findings.append(MentionInString(at=at))
        elif text.strip() == GATEWAY:
            self._computed(literal.start, literal.end)
        elif has_mask(text) or text.startswith(BOM):
            self.findings.append(NotText(at=at, reason="a string holds characters of Unicode plane 16"))
        elif _STRUCTURED.match(text) or (":" in text and "\n" in text):
            self._structured(literal, text, at)
        elif "\\n" in text and _TYPE.search(text) is not None:  # `printf` and the like make its lines
            self._computed(literal.start, literal.end)
        elif NAMED.search(text) is not None:
            self.findings.append(MentionInString(at=at))
        elif literal.attached and literal.gaps:
            self._computed(literal.start, literal.end)

    def _structured(self, literal: Literal, text: str, at: Location) -> None:
        loaded = load(text)
        if "\\" in text and any(has_mask(scalar.text) for scalar in every_scalar(loaded.documents)):
            self.findings.append(NotText(at=at, reason="a string holds characters of Unicode plane 16"))
            return
        if loaded.problems and not literal.attached and "type" not in text:
            self.findings.append(MentionInString(at=at))
            return
        if not literal.attached and any(is_cut_off(document.root) for document in loaded.documents):
            if is_asked_for(self.text, literal.start, literal.end):
                self.findings.append(MentionInString(at=at))
            else:
                self._computed(literal.start, literal.end)
            return
        found = [self.tools.problem(self.item.path, text, problem) for problem in loaded.problems]
        rendered = [one for one in found if isinstance(one, NotRendered)]
        if found and literal.gaps and not rendered:  # what is filled in may be whole lines
            self._computed(literal.start, literal.end)
            return
        part = self._hold(literal, text, loaded.documents, {})
        self.findings += [part.moved(one) for one in rendered or found]

    def _hold(
        self,
        what: Literal | PolicyFileNamed,
        text: str,
        documents: tuple[Document, ...],
        further: dict[str, str],
    ) -> Part:
        place = embedding(what, self.places) if isinstance(what, Literal) else self._range(what)
        part = Part(text, documents, place)
        facts = None
        if what.endpoint is not None:
            said = json.dumps({**what.endpoint.facts, **further}, default=str)
            facts = Part(said, load(said).documents, self._range(what))
        self.held.append(_Held(what, part, facts))
        return part

    def _range(self, what: Literal | PolicyFileNamed) -> Embedding:
        return Embedding(self.places.span(what.start, what.end))

    def _computed(self, start: int, end: int) -> None:
        at = self._location(start, end)
        self.findings.append(ComputedString(at=at, language=self.host.name, how=self.host.advice))

    def _location(self, start: int, end: int) -> Location:
        return Location(self.item.path, self.places.span(start, end))

    # ------------------------------------------------------------------------------ policies, once masked

    def result(self) -> FileRead:
        """What the host held."""
        parts = [part for held in self.held for part in (held.part, held.facts) if part is not None]
        if not parts:
            return self._file(())
        texts = Parts(self.item.path, parts)
        masked = texts.mask()
        if masked.overflow:
            self.faulty = True
            reason = "More credentials than a file can have."
            self.findings.append(TooBig(at=whole(self.item.path), reason=reason))
            return self._file(())
        for problem, span in masked.broken:
            reason, hint = problem_text(problem)
            self.findings.append(BrokenSyntax(at=texts.location(span), reason=reason, hint=hint))
        self.findings += [ActionInUnknownPlace(at=texts.location(span)) for span in masked.hidden]
        used: set[int] = set()
        for held in self.held:
            if isinstance(held.what, PolicyFileNamed):
                self._refer(held, held.what)
            elif self._read(held, held.what, texts.text(held.part)):
                used.add(id(held.part))
        spots = tuple(
            CredentialSpot(ordinal, role, texts.location(span)) for ordinal, role, span in masked.spots
        )
        self.findings += [
            LiteralCredential(at=spot.at, role=spot.role)
            for spot, (_, _, span) in zip(spots, masked.spots, strict=True)
            if id(texts.part(span)) in used
        ]
        return self._file(spots)

    def _file(self, spots: tuple[CredentialSpot, ...]) -> FileRead:
        return FileRead(
            self.item.path,
            self.item.stem,
            container=self.host.name,
            policies=tuple(self.policies),
            references=tuple(self.references),
            credentials=spots,
            findings=tuple(self.findings),
            readable=not self.faulty or bool(self.policies),
            host=host_text(self.text, self.item.path, sorted(self.strings, key=_place)),
            gateways=tuple(self.gateways),
        )

    def _read(self, held: _Held, literal: Literal, text: str) -> bool:
        """The policies of one string; whether any has the action."""
        context = Context(self.item.path, self.item.stem, text, 0)
        first = self.count
        for document in held.part.documents:
            document.index = self.count
            self.count += 1
            self.tools.document(document, context)
        own = described(literal.endpoint, held.facts, self._location(literal.start, literal.end))
        uses = tuple(Location(beside(self.item.path, name), span) for name, span in literal.uses)
        policies = [replace(self._moved(found, held.part, own), uses=uses) for found in context.policies]
        self.policies += policies
        self.references += [
            replace(one, at=held.part.home(one.at), endpoint=_at_home(one.endpoint, held.part))
            for one in context.references
        ]
        self.gateways += context.gateways
        self.findings += [held.part.moved(one) for one in context.findings]
        gateways = any(found.policy.gateways() for found in policies)
        if gateways:
            self.findings += self._gaps(literal, held.part)
            if literal.exact and literal.pieces:
                actions = [at for found in policies for at in found.policy.gateway_places()]
                self.strings.append(self._string(literal, text, context, first, actions))
        elif literal.attached and literal.gaps:
            told = list(self._open(held.part))
            self.findings += told
            for gap in () if told else literal.gaps:
                if NAMED.search(self.text, *gap) is not None:
                    self._computed(*gap)
        elif NAMED.search(text) is not None and not context.findings and held.part.documents:
            self.findings.append(MentionInString(at=self._location(literal.start, literal.end)))
        return gateways

    def _string(
        self, literal: Literal, text: str, context: Context, first: int, actions: Iterable[Location]
    ) -> HeldString:
        """A string with policies as a file of its own, and where it stands. ``first`` is its first document."""
        policies = (
            replace(found, origin=replace(found.origin, document=found.origin.document - first))
            for found in context.policies
        )
        path, stem = self.item.path, self.item.stem
        file = FileRead(path, stem, self.host.name, text=text, policies=tuple(policies))
        written = tuple(
            Written(len(piece.text), piece.start, piece.end, piece.via) for piece in literal.pieces
        )
        fixed = tuple((gap.start, gap.end) for gap in literal.gaps if not self._may_go(gap))
        return HeldString(file, written, fixed, tuple(actions))

    def _may_go(self, gap: Gap) -> bool:
        """Whether a part that is filled in later is all that the host has for it: no argument elsewhere."""
        if self.host.name in _ENCLOSING:
            return True
        return self.host.name not in _POSITIONAL and _NAMED_GAP.match(self.text, gap.start) is not None

    def _open(self, part: Part) -> Iterator[Finding]:
        """What may become an action of a policy that has none yet."""
        for document in part.documents:
            for place in open_places(document.root) if document.root is not None else ():
                at = part.home(Location(self.item.path, place.span))
                yield ComputedPart(at=at, language=self.host.name)

    def _gaps(self, literal: Literal, part: Part) -> Iterator[Finding]:
        """What is filled in later: a key, or what the policy says. What its object is called is neither."""
        keys: set[Span] = set()
        names: set[Span] = set()
        for document in part.documents:
            for scalar, context in walk(document.root) if document.root is not None else ():
                if "api_keys" in context.path:
                    keys.add(part.embedding.place(scalar.span))
                elif context.path[:1] == ("metadata",):
                    names.add(part.embedding.place(scalar.span))
        for gap in literal.gaps:
            at = self._location(gap.start, gap.end)
            if literal.exact and _is_within(at.span, names):
                continue
            kind = FilledInLater if literal.exact and _is_within(at.span, keys) else ComputedPart
            yield kind(at=at, language=self.host.name)

    def _moved(self, found: FoundPolicy, part: Part, own: Endpoint | None) -> FoundPolicy:
        """A policy of a string, with places in the host."""
        inner = found.origin.embedding
        place = part.embedding if inner is None else replace(inner, outer=part.embedding)
        origin = Origin(self.item.path, found.origin.document, found.origin.pointer, place)
        endpoint = own if found.endpoint is None else _at_home(found.endpoint, part)
        return replace(
            found,
            policy=parse(found.policy.root.node, origin, Notes()),
            origin=origin,
            container=self.host.name if found.container in ("", "policy-file") else found.container,
            endpoint=endpoint,
            findings=tuple(part.moved(one) for one in found.findings),
        )

    def _refer(self, held: _Held, named: PolicyFileNamed) -> None:
        at = self._location(named.start, named.end)
        endpoint = described(named.endpoint, held.facts, at)
        root = held.facts.documents[0].root if held.facts is not None else None
        path = text_at(Field(root, "", Origin(self.item.path)), "file") if root is not None else None
        if endpoint is not None and path is not None:
            self.references.append(
                PolicyReference(
                    path,
                    endpoint,
                    self.host.name,
                    at,
                    self.count,
                    "",
                    elsewhere=named.elsewhere,
                    part=named.part,
                )
            )
            self.count += 1


def _is_within(span: Span, spans: Iterable[Span]) -> bool:
    return any(is_within(span, one) for one in spans)


def _place(string: HeldString) -> int:
    return string.written[0].start


def _at_home(endpoint: Endpoint, part: Part) -> Endpoint:
    return endpoint if endpoint.at is None else replace(endpoint, at=part.home(endpoint.at))
