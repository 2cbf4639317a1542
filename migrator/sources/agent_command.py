"""The command line of an agent in a container: its options, and the endpoint that it says."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct

from migrator.policy.origin import Field
from migrator.sources.model import Endpoint
from migrator.spans import Location

POLICY_FLAGS = ("traffic-policy-file", "policy-file")

CONFIG = "NGROK_CONFIG"
USUAL = ("/home/ngrok/.config/ngrok/ngrok.yml", "/var/lib/ngrok/ngrok.yml")

_WORDS = frozenset({"ngrok", "http", "https", "tcp", "tls", "start"})

Word = tuple[str, Field]
"""A word of a command line, with the node it was written in."""


class Flag(Struct, frozen=True):
    """An option, and the node it was written in."""

    name: str
    value: str
    where: Field


class AgentCommand:
    """The words of a container's command line, in order."""

    def __init__(self, image: str, words: Iterable[Word]) -> None:
        self._words = list(words)
        self.flags = tuple(_flags(self._words))
        self.is_agent = "ngrok" in image or any(
            posixpath.basename(word) == "ngrok" for word, _ in self._words
        )

    def endpoint(self, name: str | None, at: Location, namespace: str | None = None) -> Endpoint:
        """The endpoint that the agent opens."""
        given = {flag.name: flag.value for flag in reversed(self.flags)}
        url = given.get("url")
        host = given.get("domain") or given.get("hostname")
        if url is None and host is not None:
            url = f"https://{host}"
        return Endpoint(
            url=url if url and "$" not in url else None,
            name=name,
            namespace=namespace,
            kind="agent",
            upstream=_upstream([word for word, _ in self._words]),
            at=at,
        )


def split(text: str) -> list[str]:
    """The words of a line of a shell."""
    import shlex

    try:
        return shlex.split(text)
    except ValueError:
        return text.split()


def in_words(items: Iterable[Word]) -> Iterator[Word]:
    """A list of words, of which one may be a whole line for a shell."""
    before = ""
    for text, item in items:
        yield from ((word, item) for word in (split(text) if before == "-c" else [text]))
        before = text


def _flags(words: Sequence[Word]) -> Iterator[Flag]:
    for index, (word, where) in enumerate(words):
        name, equals, value = word.lstrip("-").partition("=")
        if not word.startswith("-"):
            continue
        if equals:
            yield Flag(name, value, where)
        elif index + 1 < len(words) and not words[index + 1][0].startswith("-"):
            yield Flag(name, *words[index + 1])


def _upstream(words: list[str]) -> str | None:
    """The last word, if it is an argument rather than an option or the value of one."""
    if not words or words[-1].startswith("-") or words[-1] in _WORDS or "$" in words[-1]:
        return None
    before = words[-2] if len(words) > 1 else ""
    return None if before.startswith("-") and "=" not in before else words[-1]
