"""The texts found in one host: masked together, each with its way back to the host."""

from __future__ import annotations

from bisect import bisect_right
from typing import TypeVar

from msgspec import Struct
from msgspec.structs import replace

from migrator.findings.base import Finding
from migrator.policy.origin import Embedding, Field, Origin
from migrator.sources.context import at_path, metadata_of, text_at, texts_of
from migrator.sources.hosts.literal import Attached
from migrator.sources.masking import Masked, mask_file
from migrator.sources.model import Endpoint
from migrator.sources.positions import every_node
from migrator.spans import Location, Span
from migrator.tree.nodes import Document
from migrator.tree.text import line_starts

F = TypeVar("F", bound=Finding)


class Part(Struct, eq=False):
    """A string of a host, or what the host says of an endpoint, with the documents it holds.

    ``offset`` and ``line`` (from 0) are its place in the text in which all parts are masked.
    """

    text: str
    documents: tuple[Document, ...]
    embedding: Embedding
    offset: int = 0
    line: int = 0

    def home(self, at: Location) -> Location:
        """A place in this text as one in the host."""
        inside = at.embedded or (at.span.line, at.span.column)
        return Location(at.path, self.embedding.place(at.span), inside)

    def moved(self, found: F) -> F:
        """A finding of this text as one of the host."""
        return found if found.at is None else replace(found, at=self.home(found.at))

    def shift(self, lines: int) -> None:
        """Move every node down by ``lines``."""
        roots = [document.root for document in self.documents if document.root is not None]
        for node in every_node(*roots):
            span = node.span
            node.span = Span(span.line + lines, span.column, span.end_line + lines, span.end_column)


class Parts:
    """All parts of one host."""

    def __init__(self, path: str, parts: list[Part]) -> None:
        self._path = path
        self._parts = parts
        self._text = ""

    def mask(self) -> Masked:
        """Mask every credential: as if all parts were one file, so that one is the same in each."""
        offset = 0
        for part in self._parts:
            part.offset = offset
            offset += len(part.text) + 1
        text = "\n".join(part.text for part in self._parts)
        starts = line_starts(text)
        for part in self._parts:
            part.line = bisect_right(starts, part.offset) - 1
            part.shift(part.line)
        masked = mask_file(text, [document for part in self._parts for document in part.documents])
        for part in self._parts:
            part.shift(-part.line)
        self._text = masked.text
        return masked

    def text(self, part: Part) -> str:
        """The masked text of a part."""
        return self._text[part.offset : part.offset + len(part.text)]

    def part(self, span: Span) -> Part:
        """The part that a place of the masked text belongs to."""
        return self._parts[max(bisect_right(self._parts, span.line - 1, key=_line) - 1, 0)]

    def location(self, span: Span) -> Location:
        """A place of the masked text as one in the host."""
        part = self.part(span)
        inside = Span(span.line - part.line, span.column, span.end_line - part.line, span.end_column)
        return part.home(Location(self._path, inside))


def _line(part: Part) -> int:
    return part.line


def described(attached: Attached | None, facts: Part | None, at: Location) -> Endpoint | None:
    """The endpoint as the host describes it, credentials masked."""
    root = facts.documents[0].root if facts is not None else None
    if attached is None or root is None:
        return None
    said = Field(root, "", Origin(at.path))
    return Endpoint(
        url=text_at(said, "url"),
        name=text_at(said, "name"),
        kind=attached.kind,
        metadata=metadata_of(at_path(said, "metadata")),
        description=text_at(said, "description"),
        bindings=texts_of(at_path(said, "bindings")),
        at=at,
    )
