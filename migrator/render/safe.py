"""How text of the user's gets into an artefact: every way of quoting there is, in one place.

A policy may hold anything: escape sequences for a terminal, newlines that would end a comment,
characters that make an editor show another order than the shell reads. Nothing of it reaches an
output but through one of these functions, and each returns ``Quoted``, the only text that
``template.render`` takes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from json.encoder import encode_basestring
from typing import Any, Final

from migrator.patterns import pattern
from migrator.secrets import visible

_CONTROL: Final = r"\x00-\x1f"
_UNSEEN: Final = (
    r"\x7f-\x9f"  # delete, C1 controls (terminals obey some), U+0085 is a line break in YAML
    r"\xad\u061c\u200b\u200e\u200f"  # soft hyphen, marks of direction, space without width
    r"\u2028-\u202e"  # line and paragraph separator, bidirectional embeddings and overrides
    r"\u2060-\u206f"  # word joiner, bidirectional isolates
    r"\ud800-\udfff"  # halves of a pair: no text encoding has them
    r"\ufeff\ufff9-\ufffb\ufffe\uffff"  # byte order mark, annotations, what is no character
    r"\U000e0000-\U000e007f"  # tags: text that nothing shows
)
"""What must not stand in an output as it is. A fixed list, so that no Python version differs."""

_NOT_SHOWN: Final = pattern(f"[{_CONTROL}{_UNSEEN}]")
_NOT_IN_JSON: Final = pattern(f"[{_UNSEEN}]")
_NOT_AS_IT_IS: Final = pattern(f"[{_UNSEEN}\U00100000-\U0010ffff]")
_HALF_PAIR: Final = pattern(r"[\ud800-\udfff]")
_MARKDOWN: Final = pattern(r"[\\`*_\[\]<>|~#]|&(?=[#\w])")

_PLAIN: Final = pattern(r"[A-Za-z$][A-Za-z0-9$_./@+-]*(?:[ :][A-Za-z0-9$_./@+-]+)*")
_PLAIN_LIMIT: Final = 120
_NOT_TEXT: Final = frozenset("y n yes no on off true false null nil none nan inf infinity".split())  # noqa: SIM905 - a list of words reads best as words
"""What some YAML reader takes for a truth value, a null or a number, in any case of letters."""

_SHORT: Final = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


class Quoted(str):
    """Text that may stand in an artefact as it is."""

    __slots__ = ()


def shown(text: str) -> Quoted:
    r"""``text`` for people, on one line: no credential, nothing invisible (``\n``, ``\x1b``, ``\u202e``)."""
    if text.isascii() and text.isprintable():
        return Quoted(text)
    return Quoted(_NOT_SHOWN.sub(lambda match: _SHORT.get(match[0]) or _escape(match[0]), visible(text)))


def encodable(text: str) -> str:
    """``text`` without halves of surrogate pairs (names of files that are no UTF-8 have them)."""
    return text if text.isascii() else _HALF_PAIR.sub("\ufffd", text)


def json_text(value: object, indent: int | None = None) -> Quoted:
    """``value`` as JSON, readable, with everything invisible escaped; without ``indent`` on one line."""
    if indent is not None:
        return json_lines(value, _json_string, indent)
    return Quoted(_NOT_IN_JSON.sub(_json_escape, json.dumps(value, ensure_ascii=False)))


_MEMBERS: Final = 16
"""So many members of a list that is written in pieces are one, where that saves time: few enough to be small."""

_SHAPES: Final = 512
"""How many shapes of objects are kept while a document is written."""


class Repeated(dict[str, Any]):
    """An object that a document has at many places: as JSON it is written once and copied."""

    __slots__ = ()


def json_lines(value: object, quoted: Callable[[str], str], indent: int = 2) -> Quoted:
    """``value`` as JSON on many lines; ``quoted`` makes every string, names included, one of JSON.

    The same text as of ``json.dumps``, which has no fast way of indenting. An iterator is a list whose members
    need not all be there at once.
    """
    return Quoted(_json_writer(quoted, indent)(value, "\n"))


def json_pieces(
    value: object, quoted: Callable[[str], str], indent: int = 2, *, fractions: bool = True
) -> Iterator[str]:
    """The text of ``json_lines`` in pieces: each member of an iterator is one, also in objects within objects.

    Data that surely has no numbers with a fraction is written several times as fast, and a few members are one piece.
    """
    if fractions:
        return _Pieces(quoted, indent, _json_writer(quoted, indent), members=1).of(value, "\n")
    return _Pieces(quoted, indent, _whole_writer(quoted, indent), members=_MEMBERS).of(value, "\n")


@dataclass(frozen=True)
class _Pieces:
    """How the text of a value is cut; so many members of an iterator are one piece."""

    quoted: Callable[[str], str]
    indent: int
    text_of: Callable[[Any, str], str]
    members: int

    def of(self, value: object, line: str) -> Iterator[str]:
        """The pieces of a value, given the line break and indentation of the line that it begins in."""
        inner = line + " " * self.indent
        if isinstance(value, Iterator):
            begins, ends = "[", f"{line}]"
            while some := list(islice(value, self.members)):
                yield begins + self.text_of(some, line)[1 : -len(ends)]
                begins = ","
            yield ends if begins == "," else "[]"
        elif isinstance(value, dict) and _has_iterator(value):
            begins = "{"
            for name, member in value.items():
                yield f"{begins}{inner}{self.quoted(name)}: "
                yield from self.of(member, inner)
                begins = ","
            yield f"{line}}}"
        else:
            yield self.text_of(value, line)


def _has_iterator(value: object) -> bool:
    if isinstance(value, dict):
        return any(_has_iterator(member) for member in value.values())
    return isinstance(value, Iterator)


def _whole_writer(quoted: Callable[[str], str], indent: int) -> Callable[[Any, str], str]:
    """As ``_json_writer``, by a library where nothing has to be masked or escaped by rules of our own.

    The library writes ``1e16`` where Python has ``1e+16``, hence nothing but whole numbers.
    """
    from msgspec import json

    encode, form, careful = json.Encoder().encode, json.format, _json_writer(quoted, indent)
    special = _NOT_AS_IT_IS.search

    def text_of(held: Any, line: str) -> str:
        try:
            encoded = encode(held)
        except (TypeError, ValueError, OverflowError):  # an iterator, half of a pair, a number of many digits
            return careful(held, line)
        depth = (len(line) - 1) // indent  # lists around it make the library indent it
        text = form(b"[" * depth + encoded + b"]" * depth, indent=indent).decode()
        is_plain = encoded.isascii() and b"\x7f" not in encoded
        if not is_plain and special(text):
            return careful(held, line)
        return text[text.index(line) + len(line) : text.rindex(f"{line[:-indent]}]")] if depth else text

    return text_of


def _json_writer(quoted: Callable[[str], str], indent: int) -> Callable[[Any, str], str]:
    """What makes the text of a value, given the line break and indentation of the line that it begins in."""
    shapes: dict[tuple[str, ...], str | None] = {}  # a document has few: each is put together once
    written: dict[tuple[int, str], tuple[Repeated, str]] = {}  # what is kept keeps its id()
    plain: dict[type, Callable[[Any], str]] = {
        str: quoted,
        int: int.__repr__,
        bool: {True: "true", False: "false"}.__getitem__,
        type(None): {None: "null"}.__getitem__,
    }
    step = " " * indent

    def shape_of(place: tuple[str, ...]) -> str | None:
        """An object's text with a hole for each member; None where two of its names read the same."""
        if place not in shapes:
            if len(shapes) >= _SHAPES:
                shapes.clear()
            line, *keys = place
            names = [quoted(key).replace("%", "%%") for key in keys]
            inner = line + step
            holes = f",{inner}".join([f"{name}: %s" for name in names])
            shapes[place] = f"{{{inner}{holes}{line}}}" if len({*names}) == len(names) else None
        return shapes[place]

    def texts_of(members: Iterable[Any], line: str) -> list[str]:
        return [
            write(member) if (write := plain.get(type(member))) else text_of(member, line)
            for member in members
        ]

    def object_of(held: dict[str, Any], line: str) -> str:
        if not held:
            return "{}"
        inner = line + step
        texts = texts_of(held.values(), inner)
        place = (line, *held)
        shape = shapes.get(place) or shape_of(place)
        if shape is not None:
            return shape % tuple(texts)
        members = {quoted(key): text for key, text in zip(held, texts, strict=True)}
        joined = f",{inner}".join([f"{key}: {text}" for key, text in members.items()])
        return f"{{{inner}{joined}{line}}}"

    def list_of(held: Iterable[Any], line: str) -> str:
        inner = line + step
        joined = f",{inner}".join(texts_of(held, inner))
        return f"[{inner}{joined}{line}]" if joined else "[]"

    def text_of(held: Any, line: str) -> str:
        kind = type(held)
        if kind is dict:
            return object_of(held, line)
        if kind in plain:
            return plain[kind](held)
        if isinstance(held, Repeated):
            place = (id(held), line)
            if place not in written:
                written[place] = held, object_of(held, line)
            return written[place][1]
        if isinstance(held, dict):
            return object_of(held, line)
        if isinstance(held, list | tuple | Iterator):
            return list_of(held, line)
        return next((write for known, write in plain.items() if isinstance(held, known)), json.dumps)(held)

    return text_of


def _json_string(text: str) -> str:
    quoted = encode_basestring(text)
    return quoted if _is_plain(text) else _NOT_IN_JSON.sub(_json_escape, quoted)


def _is_plain(text: str) -> bool:
    return text.isascii() and "\x7f" not in text


def visible_json_string(text: str) -> str:
    """``text`` as people may see it, as a string of JSON."""
    if text.isascii() and "\x7f" not in text:  # _is_plain without a call: there are hundreds for each policy
        return encode_basestring(text)
    return _json_string(visible(text))


def yaml_scalar(value: str | int | None) -> Quoted:
    """A scalar of YAML that every reader, of 1.1 or 1.2, takes for the value it is.

    Text stands plain only if it is a word or words; text that is JSON, with its many quotes, stands
    in single quotes, and everything else in double quotes, escaped as JSON is.
    """
    if not isinstance(value, str):
        return Quoted(json.dumps(value))
    if len(value) <= _PLAIN_LIMIT and _PLAIN.fullmatch(value) and value.lower() not in _NOT_TEXT:
        return Quoted(value)
    if _NOT_SHOWN.search(value):
        escaped = value.replace("\\", "\\\\").replace('"', '\\"')
        return Quoted(f'"{_NOT_SHOWN.sub(lambda match: _SHORT.get(match[0]) or _escape(match[0]), escaped)}"')
    if '"' in value and "'" not in value:
        return Quoted(f"'{value}'")
    return json_text(value)


def shell_word(text: str) -> Quoted:
    """``text`` for people as one word of a shell."""
    import shlex

    return Quoted(shlex.quote(shown(text)))


def shell_json(value: object) -> Quoted:
    """``value`` as JSON in one word of a shell: exact, where ``shell_word`` is for people."""
    import shlex

    return Quoted(shlex.quote(json_text(value)))


def markdown(text: str) -> Quoted:
    """``text`` as prose of Markdown, on one line; nothing in it is markup."""
    return Quoted(_MARKDOWN.sub(lambda match: f"\\{match[0]}", shown(text)))


def html(text: str) -> Quoted:
    """``text`` within an element or a quoted attribute of HTML, on one line."""
    from html import escape

    return Quoted(escape(shown(text)))


def html_text(text: str) -> Quoted:
    """``text`` within an element of HTML, never in an attribute: quotes stay as they are, of which code has many."""
    from html import escape

    return Quoted(escape(shown(text), quote=False))


def code_span(text: str) -> Quoted:
    """``text`` as code within prose of Markdown."""
    inner = shown(text)
    longest = max((len(run) for run in re.findall("`+", inner)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if not inner.strip(" ") or inner[0] in "` " or inner[-1] in "` " else ""
    return Quoted(f"{fence}{pad}{inner}{pad}{fence}")


def _escape(char: str) -> str:
    """An invisible character as Python, YAML and people write it."""
    if char <= "\xff":
        return f"\\x{ord(char):02x}"
    return f"\\u{ord(char):04x}" if char <= "\uffff" else f"\\U{ord(char):08x}"


def _json_escape(match: re.Match[str]) -> str:
    """An invisible character as JSON writes it: in units of UTF-16."""
    units = match[0].encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))
