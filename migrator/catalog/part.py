"""Taking values out of a decoded JSON document: each one is checked, and refused with its place.

Nothing of a document is believed before it went through here. A refusal names the place and what was
expected there, never the value that was found.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import date
from typing import TypeVar
from urllib.parse import urlsplit

from msgspec import Struct

from migrator.errors import MigratorError

T = TypeVar("T")

NAME_LIMIT = 255
"""Characters of an id or a name: what api.ngrok.ai takes for the longest of them."""

URL_LIMIT = 2048

NUMBER_LIMIT = 2**53
"""Above it a JSON number is not the same for every reader."""

PRICE_TYPE = re.compile(r"[a-z0-9_]{1,64}(?:\.[a-z0-9_]{1,64}){0,8}\Z")
"""A price type: words with dots between them, such as ``text.input``."""

_DIGITS = 30
_SHOWN = 200


class NotJsonError(ValueError):
    """A text is not JSON as this tool takes it; its text says why, without anything the text holds."""


def decoded(text: str) -> object:
    """The value of a JSON text. Raises NotJsonError, also for what ``json`` takes but JSON does not have."""
    try:
        return json.loads(text, parse_constant=_no_constant, parse_int=_whole, object_pairs_hook=_once)
    except json.JSONDecodeError as error:
        raise NotJsonError(f"line {error.lineno}, column {error.colno}: {error.msg.lower()}") from None
    except RecursionError:
        raise NotJsonError("objects and lists are nested too deeply") from None


class Part(Struct, frozen=True):
    """One value of a document. ``refuse`` makes the error from a place and what is wrong there."""

    value: object
    refuse: Callable[[str, str], MigratorError]
    pointer: str = ""

    def refused(self, expected: str) -> MigratorError:
        """The error for a value that is not what was expected."""
        return self.wrong(f"expected {expected}, found {_kind(self.value)}")

    def wrong(self, what: str) -> MigratorError:
        """The error for what is wrong at this place."""
        return self.refuse(printable(self.pointer) or "the document", what)

    def entries(self) -> list[tuple[str, Part]]:
        """The members of an object, by name."""
        if not isinstance(self.value, dict):
            raise self.refused("an object")
        return [(str(name), self._below(str(name), value)) for name, value in self.value.items()]

    def only(self, known: Iterable[str]) -> None:
        """Refuses a member that is not one of these."""
        if not isinstance(self.value, dict):
            raise self.refused("an object")
        for name in self.value:
            if name not in known:
                raise self.member(name).wrong(f"unknown member; there are {', '.join(known)}")

    def member(self, name: str) -> Part:
        """The member of that name, which must be there."""
        if not isinstance(self.value, dict):
            raise self.refused("an object")
        if name not in self.value:
            raise self.wrong(f"the member {name} is missing")
        return self._below(name, self.value[name])

    def optional(self, name: str, take: Callable[[Part], T]) -> T | None:
        """What ``take`` makes of the member; None where it is absent or null."""
        if not isinstance(self.value, dict):
            raise self.refused("an object")
        held = self.value.get(name)
        return None if held is None else take(self._below(name, held))

    def items(self) -> list[Part]:
        """The items of a list."""
        if not isinstance(self.value, list):
            raise self.refused("a list")
        return [self._below(str(index), value) for index, value in enumerate(self.value)]

    def text(self, limit: int = NAME_LIMIT) -> str:
        """Text that can be shown, on one line."""
        held = self.value
        if not isinstance(held, str) or not 1 <= len(held) <= limit or not held.isprintable():
            raise self.refused(f"text of 1 to {limit} printable characters")
        return held

    def name(self) -> str:
        """Text without spaces around it."""
        held = self.text()
        if held != held.strip():
            raise self.wrong("spaces around a name")
        return held

    def provider_id(self) -> str:
        """A name that can stand before the colon of a model entry."""
        held = self.name()
        if any(char in ":/" or char.isspace() for char in held):
            raise self.wrong("a provider id has no colon, slash or space")
        return held

    def model_id(self) -> str:
        """A name whose parts between slashes are not empty."""
        held = self.name()
        if not all(held.split("/")):
            raise self.wrong("a model id has something on both sides of a slash")
        return held

    def names(self) -> tuple[str, ...]:
        """A list of different names."""
        held = tuple(item.name() for item in self.items())
        if len(set(held)) != len(held):
            raise self.wrong("a name stands twice in the list")
        return held

    def whole(self, least: int = 1) -> int:
        """A whole number."""
        held = self.value
        if not isinstance(held, int) or isinstance(held, bool) or not least <= held <= NUMBER_LIMIT:
            raise self.refused(f"a whole number from {least} to {NUMBER_LIMIT}")
        return held

    def amount(self) -> float:
        """A number that is not negative."""
        held = self.value
        if isinstance(held, bool) or not isinstance(held, int | float) or not 0 <= held <= NUMBER_LIMIT:
            raise self.refused(f"a number from 0 to {NUMBER_LIMIT}")
        return float(held)

    def flag(self) -> bool:
        """True or false."""
        if not isinstance(self.value, bool):
            raise self.refused("true or false")
        return self.value

    def date(self) -> str:
        """A day as YYYY-MM-DD."""
        held = self.text()
        try:
            day = date.fromisoformat(held)
        except ValueError:
            raise self.refused("a date as YYYY-MM-DD") from None
        if day.isoformat() != held:
            raise self.refused("a date as YYYY-MM-DD")
        return held

    def server(self) -> str:
        """An https URL without credentials."""
        held = self.text(URL_LIMIT)
        try:
            parts = urlsplit(held)
        except ValueError:
            raise self.refused("an https URL") from None
        if parts.scheme != "https" or not parts.hostname or "@" in parts.netloc:
            raise self.refused("an https URL without credentials")
        return held

    def _below(self, name: str, value: object) -> Part:
        if "~" in name or "/" in name:
            name = name.replace("~", "~0").replace("/", "~1")
        return Part(value, self.refuse, f"{self.pointer}/{name}")


def printable(text: str) -> str:
    """Text from outside, bounded and on one line, for a message."""
    text = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
    return text if text.isprintable() else ascii(text)[1:-1]


def _kind(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    kinds = {int: "a number", float: "a number", str: "text", list: "a list", dict: "an object"}
    return next((word for kind, word in kinds.items() if isinstance(value, kind)), "something else")


def _no_constant(name: str) -> object:
    raise NotJsonError(f"{name} is not JSON")


def _whole(digits: str) -> int:
    if len(digits) > _DIGITS:
        raise NotJsonError(f"a number of {len(digits)} digits")
    return int(digits)


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    held = dict(pairs)
    if len(held) != len(pairs):
        ((twice, _),) = Counter(name for name, _ in pairs).most_common(1)
        raise NotJsonError(f"the member {printable(twice)} stands twice in one object")
    return held
