"""Answers and request bodies of ngrok's API (``api.ngrok.com``), as ``curl`` and ``ngrok api`` print them."""

from __future__ import annotations

import re

from migrator.findings.read import ErrorAnswer
from migrator.policy.origin import Field
from migrator.policy.parse import is_policy
from migrator.sources.account import ENDPOINTS, LISTS, is_index, read_account, read_index
from migrator.sources.context import Context, any_item, at_path, metadata_of, scalar_text, text_at, texts_of
from migrator.sources.model import Endpoint, EndpointKind
from migrator.tree.nodes import Mapping, Node, Sequence

_KINDS: dict[str | None, EndpointKind] = {"cloud": "cloud", "ephemeral": "agent"}
_TELLING = ("traffic_policy", "public_url", "hostport")
_IDS = ("ep_", "aigk_", "aigpk_", "secret_", "vault_")
_CODE = re.compile(r"ERR_NGROK_[0-9]{1,6}")
_DEFAULT_PORTS = {"http": ":80", "https": ":443"}


class NgrokApi:
    """Lists of endpoints, single endpoints, bodies that create or change one; lists without policies."""

    name = "ngrok-api"

    def matches(self, root: Node) -> bool:
        if not isinstance(root, Mapping) or is_policy(root):
            return False
        if root.get("error_code") is not None:
            return root.get("msg") is not None or root.get("status_code") is not None
        if isinstance(endpoints := root.get("endpoints"), Sequence):
            paged = root.get("next_page_uri") is not None or root.get("uri") is not None
            return paged or any_item(endpoints, *_TELLING)
        if any(isinstance(root.get(key), Sequence) for key in LISTS):
            return root.get("uri") is not None
        if is_index(root):
            return True
        named = (scalar_text(root.get("id")) or "").startswith(_IDS)
        return named or root.get("traffic_policy") is not None

    def read(self, root: Field, context: Context) -> None:
        if root.get("error_code") is not None:
            self._error(root, context)
            return
        if isinstance(root.node, Mapping) and is_index(root.node):
            read_index(root, context.account)
            return
        read_account(root, context.account)
        endpoints = root.get(ENDPOINTS)
        for item in endpoints.items() if endpoints is not None else (root,):
            held = at_path(item, "traffic_policy")
            if held is not None:
                take(held, endpoint_of(item), context)

    def _error(self, root: Field, context: Context) -> None:
        code = text_at(root, "error_code") or ""
        status = text_at(root, "status_code") or ""
        context.refused = True
        context.findings.append(
            ErrorAnswer(
                **root.place,
                error=code if _CODE.fullmatch(code) else "(not shown)",
                status=status if status.isdecimal() and len(status) == len("000") else "(not shown)",
            )
        )


class EdgeModule:
    """The Traffic Policy module of an edge: ``enabled`` and ``value``. Without ``enabled`` it did nothing."""

    name = "edge-module"

    def matches(self, root: Node) -> bool:
        return (
            isinstance(root, Mapping)
            and set(root.keys()) <= {"enabled", "value"}
            and root.get("enabled") is not None
            and root.get("value") is not None
        )

    def read(self, root: Field, context: Context) -> None:
        take(root, None, context)


def take(held: Field, endpoint: Endpoint | None, context: Context) -> None:
    """Take what stands where a policy is expected: a string, a tree, or an edge's module around either."""
    enabled, value = at_path(held, "enabled"), at_path(held, "value")
    if value is not None and not is_policy(held.node):
        context.policy(value, endpoint=endpoint, enabled=enabled is None or enabled.text != "false")
    else:
        context.policy(held, endpoint=endpoint)


def endpoint_of(item: Field) -> Endpoint:
    """An endpoint as the API and Terraform describe it. Any of its fields may be missing."""
    return Endpoint(
        url=text_at(item, "url") or text_at(item, "public_url") or _address(item),
        name=text_at(item, "name") or text_at(item, "id") or None,
        id=text_at(item, "id") or None,
        kind=_KINDS.get(text_at(item, "type"), "unknown"),
        upstream=text_at(item, "upstream_url") or None,
        metadata=metadata_of(at_path(item, "metadata")),
        description=text_at(item, "description") or None,
        bindings=texts_of(item.get("bindings")),
        at=item.location,
    )


def _address(item: Field) -> str | None:
    address = text_at(item, "hostport")
    if not address:
        return None
    proto = text_at(item, "proto") or "https"
    port = _DEFAULT_PORTS.get(proto, "")
    return f"{proto}://{address.removesuffix(port)}"
