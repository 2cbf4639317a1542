"""One text → where it mentions something of the old gateway, each mention with what to do about it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Final, Literal, get_args

from msgspec import Struct
from msgspec.structs import replace

from migrator.catalog.model import Catalog
from migrator.clients.bundle import Bundle, OldUnit
from migrator.clients.evidence import FileText, Judged
from migrator.clients.inherited import config_maps, from_config_maps, inherited
from migrator.clients.models import AUTO, Fate, Models, Outcome
from migrator.clients.urls import OldUrls, defines, judged, shown_url
from migrator.clients.variables import Variable, holder, is_of_the_pod, workflow_secret
from migrator.policy.vocabulary import holds_credentials
from migrator.sources.credentials import by_form
from migrator.sources.model import DUMPS

Kind = Literal[
    "base-url", "key-environment", "automatic-model", "renamed-model", "retired-model", "disallowed-model"
]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)

POLICIES: Final = frozenset({"policy-file", "agent-config"})
"""Containers that describe endpoints and hold nothing else."""

_KEYS_NEAR: Final = 6
"""Lines, or variables of its list, around a base URL where its key is to be expected."""

_WHOLES_NEAR: Final = 12
"""Lines around a base URL, or around its list, where it is to be expected what its key comes from."""

_LITERAL: Final = re.compile(r"(?P<quote>\\*[\"'`])(?P<value>[^\"'`\\\r\n]{1,200})(?=(?P=quote))")
_SETTING: Final = re.compile(
    r"^[ \t]*(?:export[ \t]+|set[ \t]+|-[ \t]+|ENV[ \t]+)?[\w.-]*model[\w.-]*[ \t]*[:=][ \t]*(?P<value>[^\s\"'`#]{1,200})[ \t]*(?:#.*)?\r?$",
    re.IGNORECASE | re.MULTILINE,
)
_ITEM: Final = re.compile(
    r"^[ \t]*-[ \t]+(?P<value>[A-Za-z][^\s\"'`#{}\[\]]{1,200})[ \t]*(?:#.*)?\r?$", re.MULTILINE
)
_AUTO: Final = re.compile(rf"(?<![\w./@:-]){re.escape(AUTO)}(?![\w/-]|\.\w)", re.IGNORECASE)
_DISTINCT: Final = re.compile(r"(?=.*\d)(?=.*[-:/.])|.*:")
_MODEL: Final = re.compile(r"model", re.IGNORECASE)
_ENVIRONMENT: Final = re.compile(
    r"(?:environ(?:\.get)?[\[(]|[gG]etenv\(|process\.env(?:\.|\[)|import\.meta\.env\.|env::var\(|ENV(?:\.fetch)?[\[(]|lookupEnv\("
    r"|GetEnvironmentVariable\(|(?:Deno|Bun)\.env(?:\.get\(|\.|\[)|(?<![\w.$])env\(|os\.environ/|\$env:|\$_(?:ENV|SERVER)\["
    r"|\b(?:env_key|api_?key_?env(?:_var)?)[\"']?[ \t]*[:=])"
    r"[ \t]*\\*[\"'`]?(?P<read>[A-Za-z_]\w{2,63})"
    r"|\$\{?(?P<shell>[A-Z_][A-Z0-9_]{2,63})|^[ \t]*(?:export[ \t]+|-[ \t]+)?[\"']?(?P<set>[A-Z_][A-Z0-9_]{2,63})[\"']?[ \t]*[:=]"
    r"|[{,][ \t]*[\"']?(?P<flow>[A-Z_][A-Z0-9_]{2,63})[\"']?[ \t]*:|(?<=[\s\"'=])(?P<inline>[A-Z_][A-Z0-9_]{2,63})=(?!=)"
    r"|(?:^[ \t]*(?:set[ \t]+-\w+|setx|setenv|ENV|ARG)[ \t]+|(?<=\s)(?:-e|--env)[ =])(?P<word>[A-Z_][A-Z0-9_]{2,63})(?=\s|\Z)"
    r"|\b(?i:api_?-?key)[\"']?[ \t]*[:=][ \t]*[\"']?\$\{\{[ \t]*secrets\.(?P<secret>\w{3,64})",
    re.MULTILINE,
)
_SETS: Final = ("set", "flow", "inline")
_UPPER: Final = re.compile(r"[A-Z_][A-Z0-9_]{2,63}")
_TOKEN: Final = "the token of an access key"

_KINDS_OF: Final[dict[Fate, Kind]] = {
    "renamed": "renamed-model",
    "retired": "retired-model",
    "refused": "disallowed-model",
}
_WHY_OF: Final[dict[Fate, str]] = {
    "renamed": "the new gateway has no alternate names",
    "retired": "the model no longer exists: choose another",
    "refused": "no access key configuration of the bundle allows it",
}


class Mention(Struct, frozen=True):
    """One mention. ``start`` and ``end`` are its offsets in the text.

    ``found`` is safe to show. ``replacement`` is what to write there, or None where that is for people to
    say; only an unambiguous one is ever written by the tool.
    """

    path: str
    line: int
    column: int
    kind: Kind
    found: str
    replacement: str | None
    is_unambiguous: bool
    why: str
    start: int
    end: int


class _Look(Struct, frozen=True):
    """A file while it is looked into: whose clients' names apply to it, and whether it says that it calls them."""

    file: FileText
    models: Models
    is_client: bool
    is_source: bool

    def mention(self, kind: Kind, span: tuple[int, int], found: str, verdict: Judged) -> Mention:
        file = self.file
        line, column = file.place(span[0])
        why = f"{verdict.why}; {file.fixed}" if verdict.is_sure and file.fixed else verdict.why
        is_sure = verdict.is_sure and not file.fixed
        return Mention(file.path, line, column, kind, found, verdict.replacement, is_sure, why, *span)


class Finder:
    """Finds mentions of what one bundle converted."""

    def __init__(self, bundle: Bundle, catalog: Catalog) -> None:
        self._bundle = bundle
        self._catalog = catalog
        self._urls = OldUrls(bundle.hosts)
        self._models: dict[tuple[str, ...], Models] = {}

    def mentions(self, file: FileText, container: str | None) -> tuple[Mention, ...]:
        """Every mention in order. ``container`` is what the file was as an input of the conversion."""
        if container in DUMPS:
            return ()
        urls = self._urls.found(file.text)
        encoded = list(self._urls.encoded(file.text))
        hosts = frozenset(url.host for url in (*urls, *(url for *_, url in encoded)))
        units = self._bundle.of_hosts(hosts)
        is_source = container is not None
        look = _Look(file, self._models_of(units), bool(hosts) or file.calls_new, is_source)
        if is_source:
            urls = [url for url in urls if not defines(file, url) and (url.scheme or url.path)]
        found = [
            look.mention("base-url", (url.start, url.end), shown_url(url), judged(file, url, units))
            for url in urls
        ]
        found += [
            look.mention("base-url", (start, end), shown_url(url), Judged(None, "the address is in Base64"))
            for start, end, url in encoded
        ]
        found += _keys(
            look, [(start, "") for start in (*(url.start for url in urls), *(one[0] for one in encoded))]
        )
        if container not in POLICIES:
            found += _automatic(look)
            found += _names(look) if look.is_client or not file.calls_others else ()
        return _apart(found)

    def config_maps(self, file: FileText, container: str | None) -> frozenset[str]:
        """The names of ConfigMaps of a file that hold an old address."""
        urls = [] if container in DUMPS else self._urls.found(file.text)
        return config_maps(file.text, [url.start for url in urls]) if urls else frozenset()

    def beside_settings(
        self, file: FileText, container: str | None, known: tuple[Mention, ...], maps: frozenset[str]
    ) -> tuple[Mention, ...]:
        """The mentions of a file, with those of keys beside what comes from ConfigMaps that hold an old address."""
        if container in DUMPS:
            return known
        anchors = list(from_config_maps(file.text, file.variables, maps))
        look = _Look(
            file, self._models_of(self._bundle.units), is_client=True, is_source=container is not None
        )
        starts = {mention.start for mention in known}
        further = [mention for mention in _keys(look, anchors) if mention.start not in starts]
        return _apart([*known, *further]) if further else known

    def _models_of(self, units: tuple[OldUnit, ...]) -> Models:
        key = tuple(unit.id for unit in units)
        if key not in self._models:
            self._models[key] = Models(units, self._catalog)
        return self._models[key]


def _keys(look: _Look, anchors: list[tuple[int, str]]) -> Iterator[Mention]:
    """Environment variables with a credential's name near an old address, and what may hold such variables.

    ``anchors`` are offsets of addresses, or of what holds one, and what that is called.
    """
    file = look.file
    seen: set[int] = set()
    wholes = inherited(file.text) if anchors else ()
    for offset, address in anchors:
        where = f" (the address is in {address})" if address else ""
        first, last = file.near(offset, _KEYS_NEAR)
        for start, name, held in _named(file, max(first, 0), last):
            if start not in seen and holds_credentials(name.lower()) and not any(by_form(name)):
                seen.add(start)
                why = f"if this is the key for the old endpoint, {held or 'it'} must hold {_TOKEN}{where}"
                yield look.mention("key-environment", (start, start + len(name)), name, Judged(None, why))
        first, last = file.around(offset, _WHOLES_NEAR)
        for one in wholes:
            if one.kind != "ConfigMap" and one.start not in seen and first <= file.line(one.start) <= last:
                seen.add(one.start)
                why = f"if {one.holder()} has the key for the old endpoint, that must hold {_TOKEN}{where}"
                yield look.mention("key-environment", (one.start, one.end), one.word, Judged(None, why))


def _named(file: FileText, first: int, last: int) -> Iterator[tuple[int, str, str]]:
    """(offset, name, what holds its value if that is no place of this file) of the environment variables of some lines."""
    for match in _ENVIRONMENT.finditer(file.lines(first, last)):
        group = str(match.lastgroup)
        name, start = match.group(group), file.starts[first] + match.start(group)
        yield start, name, workflow_secret(file.text, start + len(name)) if group in _SETS else ""
    for variable in file.variables_of(first, last):
        if _is_set(file.text, variable):
            yield variable.name_start, variable.name, holder(file.text, variable)


def _is_set(text: str, variable: Variable) -> bool:
    """Whether a variable is one of the environment, as its name says: headers and parameters are written alike."""
    return _UPPER.fullmatch(variable.name) is not None and not is_of_the_pod(text, variable)


def _automatic(look: _Look) -> Iterator[Mention]:
    """Where the policy was to choose the model."""
    matches = list(_AUTO.finditer(look.file.text))
    settings = _settings(look.file) if matches else frozenset()
    for match in matches:
        verdict = _request(look.models.requests())
        is_whole = match.span() in settings or _is_quoted(look.file.text, match)
        if look.is_source or not look.is_client or not is_whole:
            verdict = replace(verdict, is_sure=False)
        yield look.mention("automatic-model", match.span(), match.group(), verdict)


def _names(look: _Look) -> Iterator[Mention]:
    """Names of models that stand where a name is all there is: a string, or a value of a setting."""
    file, models = look.file, look.models
    for start, value, is_setting in _values(file):
        if not models.may_know(value) or value.lower() == AUTO or any(by_form(value)):
            continue
        near = is_setting or _MODEL.search(_beside(file, start)) is not None
        if not near and not _DISTINCT.match(value):
            continue
        outcomes = models.outcomes(value)
        wrong = [outcome for outcome in outcomes if outcome.fate != "works"]
        if wrong and (near or models.is_name(value, wrong[0])):
            kind = _KINDS_OF[wrong[0].fate]
            yield look.mention(kind, (start, start + len(value)), value, _renamed(look, outcomes, wrong))


def _beside(file: FileText, offset: int) -> str:
    """What says whether a word is a model: the variable it stands in, or its line and the one above."""
    variable = file.variable(offset)
    line = file.line(offset)
    return file.lines(line - 1, line) if variable is None else file.text[variable.start : variable.end]


def _renamed(look: _Look, outcomes: tuple[Outcome, ...], wrong: list[Outcome]) -> Judged:
    """What to write in place of a name."""
    first = wrong[0]
    why = _WHY_OF[first.fate]
    if len(outcomes) > 1:
        news = sorted({outcome.new for outcome in wrong if outcome.new is not None})
        return Judged(" or ".join(news) or None, "endpoints differ: it depends on which of them is called")
    if look.is_source:
        why = f"{why}; the file holds a converted policy, which may be what names it"
    elif look.file.calls_others:
        why = f"{why}; the file also calls a provider itself"
    elif not look.is_client:
        why = f"{why}, if it is sent to the gateway: the file does not say which API it calls"
    else:
        return Judged(first.new, why, is_sure=first.fate == "renamed" and first.is_writable)
    return Judged(first.new, why)


def _values(file: FileText) -> Iterator[tuple[int, str, bool]]:
    """(offset, value, whether a setting of that name says it is a model) of everything that can be a model's name."""
    text = file.text
    for match in _LITERAL.finditer(text):
        yield match.start("value"), match.group("value"), False
    for match in _SETTING.finditer(text):
        yield match.start("value"), match.group("value"), True
    for match in _ITEM.finditer(text):
        yield match.start("value"), match.group("value"), False
    for variable in file.variables:
        yield variable.value_start, variable.value, _MODEL.search(variable.name) is not None


def _settings(file: FileText) -> frozenset[tuple[int, int]]:
    """Where the values of settings stand that say they are models."""
    return frozenset((start, start + len(value)) for start, value, is_setting in _values(file) if is_setting)


def _request(requests: tuple[Mapping[str, object] | None, ...]) -> Judged:
    """What to send in place of ``ngrok/auto``."""
    asked = [request for request in requests if request is not None]
    if not asked:
        return Judged(None, "the new gateway has this name, too, but chooses the cheapest model that fits")
    if len(requests) > 1:
        return Judged(None, "endpoints differ: see clientAdvice of each in the bundle's report.json")
    name = str(asked[0].get("model"))
    if "models" in asked[0]:
        body = json.dumps(asked[0], ensure_ascii=False)
        return Judged(name, f"to keep what the policy chose, send {body}")
    is_writable = Outcome("renamed", name).is_writable
    return Judged(name, "the one model that the policy chose", is_sure=is_writable)


def _is_quoted(text: str, match: re.Match[str]) -> bool:
    """Whether a match is all of a string literal."""
    before, behind = text[match.start() - 1 : match.start()], text[match.end() : match.end() + 1]
    return before in ("'", '"', "`") and behind == before


def _apart(found: list[Mention]) -> tuple[Mention, ...]:
    """In order, without what overlaps an earlier one."""
    kept: list[Mention] = []
    for mention in sorted(found, key=lambda one: (one.start, -one.end, one.kind)):
        if not kept or mention.start >= kept[-1].end:
            kept.append(mention)
    return tuple(kept)
