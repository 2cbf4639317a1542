"""A base URL of an old endpoint → the new one, as far as what stands around it says which."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Iterator
from typing import Final

from msgspec import Struct

from migrator.clients.bundle import OldUnit
from migrator.clients.evidence import NEW_HOST, FileText, Judged
from migrator.sources.credentials import by_form

NEW: Final = f"https://{NEW_HOST}"

_OPENAI: Final = re.compile(r"openai", re.IGNORECASE)
_ANTHROPIC: Final = re.compile(r"anthropic|claude[-_ ]?(?:code|agent|sdk)|\bCLAUDE_", re.IGNORECASE)
_DEFINES: Final = re.compile(
    r"(?:(?<![\w-])(?:url|domain|hostname|host|hostport|public_url|name|metadata|description|hosts|forward[-_]internal)"
    r"[\"']?[ \t]*[:=]>?[ \t]*[\[({]?[ \t]*[\"'`]?|--(?:url|domain|hostname|name)[= \t]+[\"']?|^[ \t]*-[ \t]+(?:host:[ \t]*)?[\"']?)\Z"
)
"""What stands in front of an address where an endpoint is described."""

_HOST: Final = re.compile(r"_HOST[\"']?[ \t]*[:=][ \t]*[\"'`]?\Z", re.IGNORECASE)
_SPRING: Final = re.compile(
    r"\bspring\.ai\b|\bSPRING_AI_|^spring:[ \t]*(?:#.*)?\r?$(?=(?:.*\n)*?[ \t]+ai:)", re.MULTILINE
)
_OWN_PATHS: Final = re.compile(r"\b(?:completions|embeddings|speech|transcription)-?_?path\b", re.IGNORECASE)
_BASE64: Final = re.compile(r"(?<![\w+/])[A-Za-z0-9+/]{12,}={0,2}")
_ENDS: Final = re.compile(r"[\"'`\s)\],;<>|&]|\\[\"'nr]|\Z")
_GOES_ON: Final = re.compile(r"\\?[\"'`][ \t]*(?:[+%]|\.(?!\s|$)|\bas\b)")
_KNOWN: Final = re.compile(
    r"/v1(?:/(?:chat/completions|responses|messages(?:/count_tokens|/batches)?|models))?/?\Z"
)
_GEMINI: Final = re.compile(r"/v1beta(?:/models/[\w.:-]+)?/?\Z")


class OldUrl(Struct, frozen=True):
    """An address of an endpoint, in offsets of the text. ``path`` is its path, without query."""

    start: int
    end: int
    scheme: str
    host: str
    port: str
    path: str
    is_escaped: bool
    has_user: bool
    is_encoded: bool = False
    """Whether it is percent-encoded, as a part of another address is."""


class OldUrls:
    """Where addresses of these hosts stand."""

    def __init__(self, hosts: Iterable[str]) -> None:
        hosts = tuple(hosts)
        self._encoded = tuple(part for host in hosts for part in _in_base64(host))
        names = "|".join(re.escape(host) for host in sorted(hosts, key=lambda host: (-len(host), host)))
        self._pattern = (
            re.compile(
                rf"(?:(?P<scheme>[a-z]{{2,8}}):(?P<slashes>\\?/\\?/)(?P<user>[^/\s\"'`@]{{1,200}}@)?|(?P<encoded>(?i:https?%3A)?%2F%2F)|(?<![\w.@-]))"
                rf"(?P<host>{names})(?![\w-]|\.[\w-])(?::(?P<port>\d{{1,5}}))?"
                r"(?P<path>(?:\\?/[\w.~:-]*)*)",
                re.IGNORECASE,
            )
            if names
            else None
        )

    def found(self, text: str) -> list[OldUrl]:
        """Every address in order."""
        if self._pattern is None:
            return []
        return [
            OldUrl(
                match.start(),
                match.end(),
                (match.group("scheme") or "").lower(),
                match.group("host").lower(),
                match.group("port") or "",
                match.group("path"),
                "\\" in (match.group("slashes") or "") or "\\" in match.group("path"),
                match.group("user") is not None,
                match.group("encoded") is not None,
            )
            for match in self._pattern.finditer(text)
        ]

    def encoded(self, text: str) -> Iterator[tuple[int, int, OldUrl]]:
        """Words of Base64 that hold an address, as Secrets do: where each stands, and the address in it."""
        if not any(part in text for part in self._encoded):
            return
        for word in _BASE64.finditer(text):
            if any(part in word.group() for part in self._encoded):
                for url in self.found(_decoded(word.group()))[:1]:
                    yield (*word.span(), url)


def _decoded(word: str) -> str:
    """What a word of Base64 stands for; nothing where it is none."""
    body = word.rstrip("=")
    try:
        return base64.b64decode(body + "=" * (-len(body) % 4), validate=True).decode("utf-8", "replace")
    except ValueError:
        return ""


def _in_base64(host: str) -> Iterator[str]:
    """What Base64 makes of a host, for each place it may have among the bytes."""
    for before in range(3):
        made = base64.b64encode(b"\0" * before + host.encode()).decode().rstrip("=")
        last = (before + len(host)) * 8 // 6
        yield made[-(-before * 8 // 6) : last]


def shown_url(url: OldUrl) -> str:
    """An address without what in it may be a credential."""
    path = "" if any(by_form(url.path)) else url.path
    scheme = f"{url.scheme}://" if url.scheme else ""
    return f"{scheme}{url.host}{f':{url.port}' if url.port else ''}{path}"


def defines(file: FileText, url: OldUrl) -> bool:
    """Whether the address stands where an endpoint is described rather than called."""
    return url.path in ("", "/") and _DEFINES.search(file.before(url.start)) is not None


def judged(file: FileText, url: OldUrl, units: Iterable[OldUnit]) -> Judged:
    """What becomes of an address."""
    doubt = _doubt(file, url, units)
    path = url.path.replace("\\", "")
    if not path.strip("/"):
        return _bare(file, url, doubt)
    replacement = f"{NEW if url.scheme else NEW_HOST}{path}"
    same = Judged(replacement, doubt or "the same path of the new gateway", is_sure=not doubt)
    goes_on = not (_ends(file, url) or file.text[url.end : url.end + 1] in ("?", "#"))
    if _GEMINI.match(path) or _KNOWN.match(path):
        is_base = path.strip("/") in ("v1", "v1beta")
        return same if is_base or not goes_on else Judged(replacement, doubt or "the path goes on")
    if path.startswith("/v1/"):
        return same if goes_on else Judged(replacement, doubt or "the new gateway may not have this path")
    choice = f"{NEW}/v1 or {NEW}"
    return Judged(choice, doubt or "the path is none of the gateway's: see what is called there")


def _doubt(file: FileText, url: OldUrl, units: Iterable[OldUnit]) -> str:
    """Why an address must not be replaced without a look at it."""
    own = [unit for unit in units if unit.host == url.host]
    ports = {unit.port or "" for unit in own} | {"", "443" if url.scheme == "https" else "80"}
    if url.has_user:
        return "the address holds a user name or a password"
    if any(by_form(url.path)):
        return "the address holds what looks like a credential"
    if url.is_escaped:
        return "the address is written with escapes"
    if url.is_encoded:
        return "the address is percent-encoded"
    if url.scheme not in ("http", "https", ""):
        return "the new gateway is reached by https alone"
    if url.port not in ports:
        return "the port is none of the endpoint's"
    if any(unit.is_part for unit in own):
        return "only some of the requests to this endpoint went to the gateway"
    if not url.scheme:
        return "a host name alone: it may name the endpoint rather than call it"
    if defines(file, url):
        return "it may describe the endpoint rather than call it"
    return ""


def _ends(file: FileText, url: OldUrl) -> bool:
    """Whether an address ends with its path."""
    variable = file.variable(url.start)
    is_value = variable is not None and url.end == variable.value_start + len(variable.value)
    return is_value or _ENDS.match(file.text[url.end : url.end + 2]) is not None


def _bare(file: FileText, url: OldUrl, doubt: str) -> Judged:
    """An address without a path: the SDK decides."""
    choice = f"{NEW}/v1 for OpenAI SDKs, {NEW} for Anthropic SDKs"
    slash = url.path.replace("\\", "")
    if not url.scheme:
        return Judged(f"{NEW_HOST}{slash}", doubt)
    if doubt:
        return Judged(choice, doubt)
    if _HOST.search(file.before(url.start)) is not None:
        return Judged(choice, "a host, to which /v1 may be added where it is used")
    if _SPRING.search(file.text) is not None:
        why = "the base URL for Spring AI, which adds /v1 itself"
        is_usual = _OWN_PATHS.search(file.text) is None
        return Judged(
            f"{NEW}{slash}", why if is_usual else f"{why}: the file sets paths of its own", is_sure=is_usual
        )
    if not _ends(file, url) or _GOES_ON.match(file.text[url.end : url.end + 40]):
        return Judged(choice, "the address goes on in what is put behind it")
    for near in (0, 1, 3, 8, None):
        said = file.text if near is None else file.lines(*file.near(url.start, near))
        openai, anthropic = _OPENAI.search(said) is not None, _ANTHROPIC.search(said) is not None
        if openai and anthropic:
            break
        if openai:
            return Judged(f"{NEW}/v1{slash}", "the base URL for OpenAI SDKs", is_sure=True)
        if anthropic:
            return Judged(f"{NEW}{slash}", "the base URL for Anthropic SDKs", is_sure=True)
    return Judged(choice, "nothing around it says which SDK it is for")
