"""The manifest as YAML, with comments that say which line of the input each part came from.

PyYAML cannot place comments, so the few shapes that bodies have are written here. What is read
back, by any YAML reader, is exactly ``document.manifest``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from msgspec import Struct, field

from migrator.merge.model import Migration
from migrator.render.advice import advice_lines
from migrator.render.document import manifest
from migrator.render.places import places
from migrator.render.safe import shown, yaml_scalar
from migrator.target.state import Origins

_INDENT: Final = "  "

_HEADER: Final = """\
# What has to exist at ngrok.ai for the migration {name}. Written by migrator.
#
# A comment behind an entry names the line of the input that it came from, together with all below it that
# has no comment of its own. {{$ref: ...}} is an id that exists once the object it names is created;
# {{$secret: ...}} is a value that you supply in the environment variable it names.
#
# To apply it, with this file or with the folder of a bundle:
#   migrator plan    shows what would be created and changed, with --offline without asking anybody
#   migrator apply   creates it, and goes on after any interruption
# Or convert again with --format curl (a shell script), --format calls (the requests in order), or -o DIR
# (both, with the list of secrets and a checklist for the cut-over)."""


class ManifestText(Struct, frozen=True):
    """The manifest's lines. ``ranges`` has the first and the last one, from 1, of every entry that came from somewhere.

    Its keys are JSON pointers; comments above an item of a list belong to it.
    """

    lines: tuple[str, ...]
    ranges: Mapping[str, tuple[int, int]] = field(default_factory=dict)

    @property
    def text(self) -> str:
        return "\n".join([*self.lines, ""])


def manifest_yaml(migration: Migration, schema: str | None = None) -> str:
    """The manifest as YAML text; ``schema`` is the file beside it by which an editor completes and checks it."""
    first = "" if schema is None else f"# yaml-language-server: $schema={schema}\n"
    return first + manifest_text(migration).text


def manifest_text(migration: Migration) -> ManifestText:
    """The manifest as lines of YAML, with the place of each entry among them."""
    lines = [*_header(migration)]
    writer = _Writer(lines, dict(migration.provenance()), dict(_notes(migration)))
    writer.mapping(manifest(migration), "", "", "", ())
    return ManifestText(tuple(lines), writer.ranges)


def _header(migration: Migration) -> Iterator[str]:
    yield from _HEADER.format(name=shown(migration.name)).split("\n")
    pending = [decision for decision in migration.decisions if decision.is_open]
    if pending:
        yield "#"
        yield "# Open decisions, each with its default; answer them in migrator.yaml and convert again:"
    for decision in pending:
        others = ", ".join(option for option in decision.options if option != decision.chosen)
        yield f"#   {shown(decision.id)}: {shown(decision.chosen)} (or: {shown(others)})"


def _notes(migration: Migration) -> Iterator[tuple[str, tuple[str, ...]]]:
    """(JSON pointer, lines of comment above it): what clients of each configuration have to change."""
    at = {one.ref: index for index, one in enumerate(migration.state.configurations)}
    for unit in migration.units:
        lines = tuple(advice_lines(unit.advice))
        if lines and unit.configuration in at:
            yield f"/accessKeyConfigurations/{at[unit.configuration]}", lines


class _Writer:
    """Appends the lines of a document; ``origins`` and ``notes`` are by JSON pointer.

    ``above`` is what the nearest commented entry above came from: it is not said twice.
    """

    def __init__(
        self, lines: list[str], origins: Mapping[str, Origins], notes: Mapping[str, tuple[str, ...]]
    ) -> None:
        self._lines = lines
        self._notes = notes
        self._origins = origins
        self.ranges: dict[str, tuple[int, int]] = {}

    def mapping(
        self, entries: Mapping[str, Any], pointer: str, first: str, rest: str, above: Origins
    ) -> None:
        """``first`` stands in front of the first key (``- `` for a list item), ``rest`` before the others."""
        note, above = self._note(pointer, above)
        lead = first
        for key, value in entries.items():
            self._value(f"{lead}{yaml_scalar(key)}:", value, f"{pointer}/{key}", rest, (note, above))
            lead, note = rest, ""

    def _value(self, start: str, value: Any, pointer: str, indent: str, noted: tuple[str, Origins]) -> None:
        """One entry; ``noted`` is the comment due on its line, and what that comment said."""
        note, above = noted
        deeper = indent + _INDENT
        begin = len(self._lines)
        match value:
            case dict() if value:
                note, above = self._due(note, pointer, above)
                self._lines.append(f"{start}{note}")
                self.mapping(value, pointer, deeper, deeper, above)
            case list() if value:
                note, above = self._due(note, pointer, above)
                self._lines.append(f"{start}{note}")
                for index, item in enumerate(value):
                    self._item(item, f"{pointer}/{index}", deeper, above)
            case _:
                note, _ = self._due(note, pointer, above)
                self._lines.append(f"{start} {_scalar(value)}{note}")
        self._wrote(pointer, begin)

    def _item(self, item: Any, pointer: str, indent: str, above: Origins) -> None:
        begin = len(self._lines)
        self._lines += [f"{indent}# {shown(line)}" for line in self._notes.get(pointer, ())]
        if isinstance(item, dict) and item:
            self.mapping(item, pointer, f"{indent}- ", indent + _INDENT, above)
        else:
            note, _ = self._note(pointer, above)
            self._lines.append(f"{indent}- {_scalar(item)}{note}")
        self._wrote(pointer, begin)

    def _wrote(self, pointer: str, begin: int) -> None:
        if self._origins.get(pointer):
            self.ranges[pointer] = (begin + 1, len(self._lines))

    def _due(self, note: str, pointer: str, above: Origins) -> tuple[str, Origins]:
        """The entry's own comment, unless its line has one already."""
        return (note, above) if note else self._note(pointer, above)

    def _note(self, pointer: str, above: Origins) -> tuple[str, Origins]:
        origins = self._origins.get(pointer, ())
        if not origins or origins == above:
            return "", above
        return f"{_INDENT}# {shown(places(origins))}", origins


def _scalar(value: Any) -> str:
    """A value that takes no lines of its own: a scalar or an empty collection."""
    match value:
        case dict():
            return "{}"
        case list():
            return "[]"
        case _:
            return yaml_scalar(value)
