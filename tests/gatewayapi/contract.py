"""The published contract of api.ngrok.ai: what every request and every answer has to be."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft7Validator


class OpenApi:
    """Holds exchanges against the OpenAPI document."""

    def __init__(self, shared: Path) -> None:
        text = (shared / "openapi" / "ai-gateway.yaml").read_text(encoding="utf-8")
        document = _with_null(yaml.load(text, Loader=yaml.CSafeLoader))
        self._paths = {
            re.compile(re.sub(r"\{\w+\}", "[^/]+", path) + r"\Z"): operations
            for path, operations in document["paths"].items()
        }
        self._components = {"components": document["components"]}
        self._validator = lru_cache(maxsize=None)(self._validator_of)

    def problems(self, method: str, path: str, body: Any, status: int, answer: Any) -> list[str]:
        """What of an exchange is not as the contract says; a refused request may be anything."""
        operation = next((ops.get(method.lower()) for at, ops in self._paths.items() if at.match(path)), None)
        if operation is None:
            return [f"{method} {path} is not in the contract"]
        responses = operation["responses"]
        response = responses.get(str(status)) or responses["default"]
        if "$ref" in response:
            response = self._components["components"]["responses"][response["$ref"].rpartition("/")[2]]
        said = self._errors(response, answer)
        asked = self._errors(operation.get("requestBody", {}), body) if status < 400 else []
        return [f"{method} {path}, {status}: {error}" for error in (*asked, *said)]

    def _errors(self, holder: Any, value: Any) -> list[str]:
        schema = holder.get("content", {}).get("application/json", {}).get("schema")
        if schema is None:
            return [] if value is None else ["a body where none is expected"]
        return [error.message[:300] for error in self._validator(json.dumps(schema)).iter_errors(value)]

    def _validator_of(self, schema: str) -> Draft7Validator:
        return Draft7Validator({**self._components, **json.loads(schema)})


def _with_null(schema: Any) -> Any:
    """OpenAPI's ``nullable`` as JSON Schema says it."""
    if isinstance(schema, list):
        return [_with_null(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    inner = {key: _with_null(value) for key, value in schema.items() if key != "nullable"}
    return {"anyOf": [{"type": "null"}, inner]} if schema.get("nullable") is True else inner
