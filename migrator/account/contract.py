"""What an answer about an object has to look like, as far as anything here reads it.

The one place that decides it: whatever passes can be read without looking at types again. Members that nobody
reads may be anything, and an optional one may be missing or null; an item of a list may not.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta, Struct

from migrator.account.model import SETTINGS

_Id = Annotated[str, Meta(min_length=1)]


class _Named(Struct, rename="camel"):
    id: _Id
    name: str | None = None
    description: str | None = None
    metadata: str | None = None


class _Linked(Struct):
    id: _Id


class _Param(Struct):
    name: str


class _Surface(Struct, rename="camel"):
    format: str
    surface: str | None = None
    base_url: str | None = None
    supported_params: list[_Param] | None = None


class _Model(Struct, rename="camel"):
    model_id: str
    provider_model_id: str | None = None
    unsupported_params: list[str] | None = None


class _Provider(_Named, rename="camel"):
    provider_id: str | None = None
    base_url: str | None = None
    supported_api_surfaces: list[_Surface] | None = None
    models: list[_Model] | None = None


class _ProviderKey(_Named, rename="camel"):
    provider_id: str | None = None


class _Dimension(Struct):
    allow: list[str] | None = None


class _Access(Struct):
    providers: _Dimension | None = None
    models: _Dimension | None = None


class _Step(Struct):
    type: str
    keys: list[_Linked] | None = None


class _Rule(Struct):
    steps: list[_Step]
    provider: str | None = None
    model: str | None = None


class _Router(Struct):
    rules: list[_Rule] | None = None


class _Configuration(_Named, rename="camel"):
    access: _Access | None = None
    router: _Router | None = None


class _AccessKey(_Named, rename="camel"):
    access_key_configuration: _Linked | None = None


class _Settings(Struct, rename="camel"):
    account_id: str | None = None
    total_timeout: str | None = None
    per_request_timeout: str | None = None
    max_input_tokens: int | None = None
    max_output_tokens: int | None = None


_SHAPES: Final[dict[str, type[Struct]]] = {
    "providers": _Provider,
    "providerKeys": _ProviderKey,
    "accessKeyConfigurations": _Configuration,
    "accessKeys": _AccessKey,
    SETTINGS: _Settings,
}
_MISSING: Final = re.compile(r"Object missing required field `(\w+)`")
_WORD: Final = re.compile(r"[a-z]+")
_WORDS: Final = {
    "str": "text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "array": "a list",
    "object": "a mapping",
}


def contract_problem(member: str, body: Any) -> str:
    """Where the body of an answer is not as agreed, and what belongs there; empty for one that can be read.

    It repeats no value.
    """
    shape = _SHAPES.get(member)
    if shape is None:
        return "it is of no known kind"
    try:
        msgspec.convert(body, shape)
    except msgspec.ValidationError as error:
        return _in_words(str(error))
    except UnicodeEncodeError:
        return "a name or a value that should be no text is half a pair of surrogates"
    return ""


def _in_words(text: str) -> str:
    """What msgspec says (``Expected `str | null`, got `int` - at `$.name```) with the words that people have for it."""
    what, _, place = text.partition(" - at ")
    at = place.strip("`").removeprefix("$").removeprefix(".")
    if missing := _MISSING.match(what):
        return f"{f'`{at}`' if at else 'it'} has no `{missing[1]}`"
    said = _WORD.sub(lambda found: _WORDS.get(found[0], found[0]), what.replace("`", ""))
    said = said.replace(" | ", " or ").replace(", got ", ", found ")
    return f"{f'`{at}`: ' if at else ''}{said[:1].lower()}{said[1:]}"
