"""Variables that a program gets all together: of a Secret, of a ConfigMap, of a file.

The word that says so is told in their place, for their names stand elsewhere: ``envFrom`` of Kubernetes and Terraform,
``env_file`` of Compose and others, ``EnvironmentFile`` of systemd, ``--env-file`` on a command line.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Final, Literal

from msgspec import Struct

from migrator.clients.variables import Variable, config_map_of
from migrator.sources.credentials import by_form

_LONGEST: Final = 200
"""Characters of a name, or of what names files."""

_ENV_FROM: Final = re.compile(r"(?<![\w.-])env_?from[\"']?\s*(?:[:=]|(?=\{))", re.IGNORECASE)
_BETWEEN: Final = re.compile(
    r"(?:\{\{.*+|(?:[\s,}\[\]-]|\{(?!\{))++|#.*+|//.*+|[\"']?(?:prefix|optional)[\"']?[ \t]*[:=][ \t]*[\"']?[\w-]*[\"']?)*+"
)
"""What stands between the objects of a list."""
_OBJECT: Final = re.compile(
    r"[\"']?(?P<word>(?P<kind>secret|config_?map)_?ref)[\"']?\s*[:={]\s*\{?\s*"
    r"(?:[\"']?optional[\"']?[ \t]*[:=][ \t]*\w+\s*,?\s*)?"
    rf"[\"']?name[\"']?[ \t]*[:=][ \t]*(?P<name>\{{\{{[^\n]{{0,{_LONGEST}}}\}}\}}[\w.-]*|[^\s,}}#]{{1,{_LONGEST}}})",
    re.IGNORECASE,
)
_FILES: Final = re.compile(
    r"(?<![\w.])(?:(?P<word>env_?file|EnvironmentFile)[\"']?[ \t]*[:=]|(?P<option>--env-file)[ =])[ \t]*"
    rf"(?P<names>[^\n#]{{0,{_LONGEST}}})(?P<items>(?:\n[ \t]*-[ \t]+[^\n]{{1,{_LONGEST}}}){{0,20}})",
    re.IGNORECASE,
)
_FILE: Final = re.compile(r"(?<![\w.~/$@])(?!path:)[\w.~/$@][\w.~/$@-]+")
_DOCUMENT_END: Final = re.compile(r"^---[ \t]*(?:#.*)?$", re.MULTILINE)
_MAP: Final = re.compile(r"config_?map", re.IGNORECASE)
_NAMED: Final = re.compile(
    rf"(?<![\w-])[\"']?name[\"']?[ \t]*[:=][ \t]*(\{{\{{[^\n]{{0,{_LONGEST}}}\}}\}}[\w.-]*|[^\s,}}#]{{1,{_LONGEST}}})"
)
_PLAIN: Final = re.compile(r"[\w.-]+")


class Inherited(Struct, frozen=True):
    """What is taken as a whole, and the word from ``start`` to ``end`` that says so.

    ``name`` is how it is written, of a file what may be shown.
    """

    start: int
    end: int
    word: str
    kind: Literal["Secret", "ConfigMap", "file"]
    name: str

    def holder(self) -> str:
        """What holds the variables; its name only where that is one, and no credential."""
        if self.kind == "file":
            return f"what it names ({self.name})" if self.name else "what it names"
        return f"the {self.kind} {self.name}" if _is_shown(self.name) else f"the {self.kind} it names"


def inherited(text: str) -> tuple[Inherited, ...]:
    """Everything in order."""
    return tuple(sorted((*_objects(text), *_files(text)), key=lambda one: one.start))


def config_maps(text: str, offsets: Iterable[int]) -> frozenset[str]:
    """The names, as they are written, that a ConfigMap may have in whose document something stands at an offset."""
    if _MAP.search(text) is None:
        return frozenset()
    ends = [0, *(found.start() for found in _DOCUMENT_END.finditer(text)), len(text)]
    held = [
        text[start:end] for start, end in pairwise(ends) if any(start <= offset < end for offset in offsets)
    ]
    documents = (document for document in held if _MAP.search(document) is not None)
    return frozenset(_unquoted(name) for document in documents for name in _NAMED.findall(document))


def from_config_maps(
    text: str, variables: Iterable[Variable], maps: frozenset[str]
) -> Iterator[tuple[int, str]]:
    """(offset, what it is called) wherever something comes from one of these ConfigMaps."""
    for variable in variables:
        name = config_map_of(text, variable)
        if name in maps:
            yield variable.start, _called(name)
    for one in inherited(text):
        if one.kind == "ConfigMap" and one.name in maps:
            yield one.start, _called(one.name)


def takes_config_maps(text: str) -> bool:
    """Whether something may come from a ConfigMap."""
    return _MAP.search(text) is not None


def _called(name: str) -> str:
    return f"the ConfigMap {name}" if _is_shown(name) else "the ConfigMap it comes from"


def _is_shown(name: str) -> bool:
    return _PLAIN.fullmatch(name) is not None and not any(by_form(name))


def _objects(text: str) -> Iterator[Inherited]:
    for opening in _ENV_FROM.finditer(text):
        at = opening.end()
        while (between := _BETWEEN.match(text, at)) is not None:
            found = _OBJECT.match(text, between.end())
            if found is None:
                break
            kind: Literal["Secret", "ConfigMap"] = (
                "Secret" if found.group("kind").lower() == "secret" else "ConfigMap"
            )
            name = _unquoted(found.group("name"))
            yield Inherited(found.start("word"), found.end("word"), found.group("word"), kind, name)
            at = found.end()


def _files(text: str) -> Iterator[Inherited]:
    for found in _FILES.finditer(text):
        word = "word" if found.group("word") else "option"
        said = found.group("names").strip()
        listed = said.partition("]")[0] if said.startswith("[") else "" if said else found.group("items")
        named = _FILE.findall(listed) if listed else _FILE.findall(said)[:1]
        names = ", ".join(dict.fromkeys(named))
        shown = "" if any(by_form(names)) else names
        yield Inherited(found.start(word), found.end(word), found.group(word), "file", shown)


def _unquoted(name: str) -> str:
    return name.strip("\"'")
