"""The few shapes that schemas are put together from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

Schema = dict[str, Any]

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"

TEXT: Final[Schema] = {"type": "string"}
COUNT: Final[Schema] = {"type": "integer", "minimum": 0}
FROM_ONE: Final[Schema] = {"type": "integer", "minimum": 1}
FLAG: Final[Schema] = {"type": "boolean"}


def document(name: str, version: int, title: str, shape: Schema) -> Schema:
    """A whole schema. Its id is a name and no address: nothing has to be fetched."""
    return {"$schema": DIALECT, "$id": f"urn:migrator:schema:{name}:{version}", "title": title, **shape}


def record(members: Mapping[str, Schema], optional: Iterable[str] = (), *, closed: bool = False) -> Schema:
    """An object that has all of ``members`` but the ``optional`` ones; others as well, if it is not closed."""
    left_out = frozenset(optional)
    required = [name for name in members if name not in left_out]
    shape: Schema = {"type": "object", "properties": dict(members)}
    if required:
        shape["required"] = required
    return {**shape, "additionalProperties": False} if closed else shape


def table(of: Schema) -> Schema:
    """An object whose keys are data."""
    return {"type": "object", "additionalProperties": of}


def array(of: Schema, **more: Any) -> Schema:
    return {"type": "array", "items": of, **more}


def choice(values: Iterable[str]) -> Schema:
    return {"enum": list(values)}


def nullable(shape: Schema) -> Schema:
    return {"anyOf": [shape, {"type": "null"}]}


def told(shape: Schema, words: str) -> Schema:
    """``shape`` with the words that an editor shows."""
    return {**shape, "description": words}


def version(number: int) -> Schema:
    return told({"const": number}, "The version of this format.")


def counts(names: Iterable[str]) -> Schema:
    """A count under every name."""
    return record(dict.fromkeys(names, COUNT))


PLACE: Final = record({"path": TEXT, "line": FROM_ONE, "column": FROM_ONE})
