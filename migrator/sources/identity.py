"""Unit ids: made of the endpoint's URL, else of namespace and name, else of the file's relative path.

Each class has a form the others do not have. Nothing else of a file's content and nothing of other
inputs enters.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from migrator.naming import digest, slug
from migrator.patterns import pattern
from migrator.sources.model import Endpoint, FoundPolicy

_HOST = pattern(r"[a-z0-9][a-z0-9-]*(?:\.[a-z0-9-]+)+\Z")
_LABEL = pattern(r"[a-z0-9]+(?:[-.][a-z0-9]+)*\Z")
_PART = pattern(r"[a-z0-9]+(?:[-_][a-z0-9]+)*\Z")
_ID_LIMIT = 120
"""Longer readable ids are cut and told apart by a digest."""

_DIGEST = pattern(r"[0-9a-f]{12}\Z")


def identity(found: FoundPolicy, endpoint: Endpoint | None) -> tuple[str, str]:
    """(id, readable title) of what a policy serves."""
    if endpoint is not None and endpoint.url:
        return url_id(endpoint.url), endpoint.url
    if endpoint is not None and endpoint.namespace and endpoint.name:
        return _object_id(endpoint.namespace, endpoint.name), f"{endpoint.namespace}/{endpoint.name}"
    if found.held_by is not None and endpoint is None:
        return _object_id(
            found.held_by.namespace, found.held_by.name
        ), f"{found.held_by.namespace}/{found.held_by.name}"
    base = _path_id(found.stem)
    if endpoint is not None and endpoint.name:
        return f"{base}.-{slug(endpoint.name)}", endpoint.name
    where = found.origin
    if where.document or where.pointer:
        inside = f".-{slug(where.pointer.strip('/').replace('/', '-').lower())}" if where.pointer else ""
        return f"{base}.-.{where.document}{inside}", found.stem
    return base, found.stem


def url_id(url: str) -> str:
    """``ai.example.com`` for ``https://ai.example.com``; other URLs with a digest."""
    spelled = url.strip().rstrip("/").lower()
    if "://" not in spelled:
        spelled = f"https://{spelled}"
    host = spelled.removeprefix("https://")
    if _HOST.match(host) and len(host) <= _ID_LIMIT:
        return host
    try:
        readable = urlsplit(spelled).hostname or ""
    except ValueError:
        readable = ""
    return _marked(readable or spelled, "url", spelled)


def _object_id(namespace: str, name: str) -> str:
    fits = len(namespace) + len(name) <= _ID_LIMIT
    if fits and _LABEL.match(namespace) and _LABEL.match(name) and not _DIGEST.match(name):
        return f"{namespace}..{name}"
    return _marked(f"{namespace}-{name}", "object", namespace, name)


def _path_id(stem: str) -> str:
    base, dot, suffix = stem.rpartition(".")
    if not dot or suffix not in ("yaml", "yml", "json"):
        base, suffix = stem, ""
    parts = base.split("/")
    if len(stem) > _ID_LIMIT or not all(_PART.match(part) for part in parts):
        return _marked(base, "path", stem)
    joined = "__".join(parts)
    return joined if suffix == "yaml" else f"{joined}-.{suffix}" if suffix else f"{joined}-."


def _marked(readable: str, *parts: str) -> str:
    spelled = re.sub(r"[^a-z0-9]+", "-", readable.lower()).strip("-")[:80].rstrip("-") or "x"
    return f"{spelled}..{digest(*parts)}"
