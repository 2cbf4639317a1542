"""Agent configurations (``ngrok.yml``), versions 2 and 3, command lines, and what a running agent says of its endpoints."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct

from migrator.policy.origin import Field
from migrator.sources.context import Context, any_item, at_path, metadata_of, scalar_text, text_at, texts_of
from migrator.sources.model import Endpoint
from migrator.spans import Location
from migrator.tree import nodes
from migrator.tree.nodes import Mapping, Node


class AgentConfig:
    """``endpoints[].traffic_policy`` or ``traffic_policy_file`` (v3), ``tunnels.<name>.traffic_policy`` or ``policy``."""

    name = "agent-config"

    def matches(self, root: Node) -> bool:
        if not isinstance(root, Mapping):
            return False
        endpoints, tunnels = root.get("endpoints"), root.get("tunnels")
        named = (
            root.get("version") is not None
            or root.get("agent") is not None
            or root.get("authtoken") is not None
        )
        return named and (isinstance(endpoints, nodes.Sequence) or isinstance(tunnels, Mapping))

    def read(self, root: Field, context: Context) -> None:
        endpoints = root.get("endpoints")
        for item in endpoints.items() if endpoints else ():
            self._policy(item, self._endpoint(item), context)
        tunnels = root.get("tunnels")
        for key, item in tunnels.entries() if tunnels else ():
            self._policy(item, self._tunnel(key.text, item), context)

    def _policy(self, item: Field, endpoint: Endpoint, context: Context) -> None:
        for key in ("traffic_policy", "policy"):
            if (held := at_path(item, key)) is not None:
                context.policy(held, endpoint=endpoint)
        file = at_path(item, "traffic_policy_file")
        if file is not None and file.text is not None:
            context.reference(file, file.text, endpoint)
        address = at_path(item, "traffic_policy_url")
        if address is not None and address.text is not None:
            context.reference(address, address.text, endpoint, elsewhere=True)

    def _endpoint(self, item: Field) -> Endpoint:
        url = text_at(item, "url")
        return Endpoint(
            url=url,
            name=text_at(item, "name"),
            kind="agent",
            upstream=text_at(item, "upstream", "url"),
            metadata=_metadata(text_at(item, "metadata")),
            description=text_at(item, "description"),
            bindings=texts_of(item.get("bindings")),
            at=item.location,
        )

    def _tunnel(self, name: str, item: Field) -> Endpoint:
        host = text_at(item, "domain") or text_at(item, "hostname")
        return Endpoint(
            url=f"https://{host}" if host else None,
            name=name,
            kind="agent",
            upstream=text_at(item, "addr"),
            metadata=_metadata(text_at(item, "metadata")),
            at=item.location,
        )


class AgentApi:
    """``/api/endpoints`` and ``/api/tunnels`` of the agent's own API: lists and single objects."""

    name = "agent-api"

    def matches(self, root: Node) -> bool:
        if not isinstance(root, Mapping):
            return False
        if (scalar_text(root.get("uri")) or "").startswith("/api/"):
            return True
        return any_item(root.get("endpoints"), "upstream") or any_item(root.get("tunnels"), "config")

    def read(self, root: Field, context: Context) -> None:
        lists = [held for key in ("endpoints", "tunnels") if (held := at_path(root, key)) is not None]
        for item in [item for held in lists for item in held.items()] if lists else [root]:
            endpoint = self._endpoint(item)
            for keys in (
                ("traffic_policy",),
                ("policy",),
                ("config", "traffic_policy"),
                ("config", "policy"),
            ):
                if (held := at_path(item, *keys)) is not None:
                    context.policy(held, endpoint=endpoint)

    def _endpoint(self, item: Field) -> Endpoint:
        return Endpoint(
            url=text_at(item, "url") or text_at(item, "public_url"),
            name=text_at(item, "name"),
            kind="agent",
            upstream=text_at(item, "upstream", "url") or text_at(item, "config", "addr"),
            metadata=metadata_of(at_path(item, "metadata")),
            description=text_at(item, "description") or None,
            bindings=texts_of(item.get("bindings")),
            at=item.location,
        )


def _metadata(text: str | None) -> dict[str, object] | None:
    """An agent's metadata is one string."""
    return {"endpointMetadata": text} if text else None


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
