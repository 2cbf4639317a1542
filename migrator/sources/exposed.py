"""Objects of Kubernetes that lead requests to policies: Ingress, Gateway, HTTPRoute, Service.

A policy that an annotation names is met by every request to the object's hosts, before what a rule of it names;
what a Gateway's annotation names comes before the policies of its routes. ``ngrok.com/traffic-policy`` wins over
``k8s.ngrok.com/traffic-policy`` by presence. References stay in the namespace.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import Struct
from msgspec.structs import replace

from migrator.findings.link import PolicyOverruled
from migrator.policy.origin import Field
from migrator.sources.context import Context, at_path, items_at, text_at
from migrator.sources.model import (
    POLICY_KINDS,
    Endpoint,
    GatewayObject,
    Listener,
    ObjectName,
    Parent,
    PolicyReference,
)

_ANNOTATIONS = ("ngrok.com/traffic-policy", "k8s.ngrok.com/traffic-policy")
_URL_ANNOTATIONS = ("ngrok.com/url", "k8s.ngrok.com/url")
_BINDINGS_ANNOTATIONS = ("ngrok.com/bindings", "k8s.ngrok.com/bindings")
_OTHER_PROTOCOLS = frozenset({"TCP", "TLS", "UDP"})
"""Of listeners that have no HTTP."""


class _Named(Struct, frozen=True, eq=False):
    """The name of a policy where it stands, and the kind of object that it says."""

    where: Field
    kind: str | None = None

    @property
    def key(self) -> tuple[str, str | None]:
        return (self.where.text or "").strip(), self.kind


class _Match(Struct, frozen=True):
    """Requests that a rule is for. Without a path those to every path."""

    path: str | None
    others: tuple[str, ...] = ()

    def __str__(self) -> str:
        return " and ".join((*([f"the path is {self.path}"] if self.path else []), *self.others))


class _Part(Struct, frozen=True, eq=False):
    """Some of the requests to an object, and the policies that they meet, in order.

    ``matches`` are the requests, None for all; the services below ``field`` are where they go then.
    """

    field: Field
    hosts: tuple[str, ...]
    matches: tuple[_Match, ...] | None
    policies: tuple[_Named, ...]
    condition: str | None = None

    @property
    def said(self) -> str | None:
        """Which requests these are, if not all."""
        if self.condition is not None or self.matches is None:
            return self.condition
        if any(match.others for match in self.matches):
            return " or ".join(map(str, self.matches))
        return f"the path is one of {', '.join(match.path or '' for match in self.matches)}"


def read_exposed(root: Field, kind: str, namespace: str, context: Context) -> None:
    """Hand on the policies that requests to an object meet, each with the requests that meet it."""
    name = text_at(root, "metadata", "name")
    annotated = _annotation(root, context)
    parts = list(_parts(root, kind))
    hosts = _hosts(root, kind)
    parents = tuple(_parents(root, namespace)) if kind == "HTTPRoute" else ()
    front: tuple[PolicyReference, ...] = ()
    if annotated is not None and annotated.key[0]:
        _refer([_Part(root, hosts, _everything(parts), (annotated,))], root, namespace, context)
        front = (context.references[-1],)
    if kind == "Gateway":
        listeners = tuple(_listeners(root))
        policy = front[0] if front else None
        held_by = ObjectName(kind, namespace, name or "")
        context.gateways.append(GatewayObject(held_by, _addresses(root), listeners, _bindings(root), policy))
    known = {id(named.where.node) for part in parts for named in part.policies}
    rest = [named for named in _below(at_path(root, "spec")) if id(named.where.node) not in known]
    parts += [_Part(root, hosts, None, (named,)) for named in rest]
    _refer(parts, root, namespace, context, front, parents)


def _refer(
    parts: Iterable[_Part],
    root: Field,
    namespace: str,
    context: Context,
    front: tuple[PolicyReference, ...] = (),
    parents: tuple[Parent, ...] = (),
) -> None:
    """Refer to the policies of some parts; one that some hosts meet in several parts, behind the same ones, once."""
    made: dict[object, tuple[_Part, tuple[_Named, ...]]] = {}
    for part in parts:
        named = tuple(one for one in part.policies if one.key[0])
        for number, one in enumerate(named):
            key = (part.hosts, one.key, *(before.key for before in named[:number]))
            known = made.get(key)
            whole = part if known is None else _both(known[0], part)
            made[key] = whole, named[: number + 1] if known is None else known[1]
    for part, (*before, one) in made.values():
        endpoint = Endpoint(
            name=text_at(root, "metadata", "name"),
            namespace=namespace,
            kind="agent",
            upstream=", ".join(_services(part.field)) or None,
            bindings=_bindings(root),
            condition=part.said,
            at=root.location,
        ).answering(part.hosts)
        own, *earlier = [
            replace(context.referring(named.where, (namespace, named.key[0]), endpoint), kind=named.kind)
            for named in (one, *before)
        ]
        context.references.append(replace(own, fronts=(*front, *earlier), parents=parents))


def _both(one: _Part, other: _Part) -> _Part:
    return replace(one, matches=_everything([one, other]), condition=one.condition and other.condition)


def _everything(parts: Iterable[_Part]) -> tuple[_Match, ...] | None:
    """What several parts match together."""
    matches: dict[_Match, None] = {}
    for part in parts:
        if part.matches is None:
            return None
        matches.update(dict.fromkeys(part.matches))
    return tuple(matches) or None


def _annotation(root: Field, context: Context) -> _Named | None:
    found = [
        where for key in _ANNOTATIONS if (where := at_path(root, "metadata", "annotations", key)) is not None
    ]
    if len(found) > 1 and found[1].text != found[0].text:
        context.findings.append(
            PolicyOverruled(**found[1].place, ignored=_ANNOTATIONS[1], used=_ANNOTATIONS[0])
        )
    return _Named(found[0]) if found else None


def _parts(root: Field, kind: str) -> Iterator[_Part]:
    if kind == "Ingress":
        yield from _ingress_parts(root)
    elif kind == "HTTPRoute":
        yield from _route_parts(root)


def _ingress_parts(root: Field) -> Iterator[_Part]:
    paths: list[str] = []
    for rule in items_at(root, "spec", "rules"):
        host = text_at(rule, "host")
        for way in items_at(rule, "http", "paths"):
            path = text_at(way, "path")
            matches = None if _is_every(path, text_at(way, "pathType")) else (_Match(path),)
            paths.append(path or "/")
            hosts = (f"https://{host}",) if host else ()
            yield _Part(rule, hosts, matches, tuple(_below(at_path(way, "backend"))))
    default = at_path(root, "spec", "defaultBackend")
    if default is not None:
        condition = f"the path is none of {', '.join(dict.fromkeys(paths))}" if paths else None
        yield _Part(root, _hosts(root, "Ingress"), None, tuple(_below(default)), condition)


def _route_parts(root: Field) -> Iterator[_Part]:
    """The rules of a route; of one with several backends each that has filters of its own, as well."""
    hosts = _hosts(root, "HTTPRoute")
    for rule in items_at(root, "spec", "rules"):
        matches = tuple(_route_match(match) for match in items_at(rule, "matches"))
        some = None if any(match == _Match(None) for match in matches) else matches or None
        filters = tuple(named for one in items_at(rule, "filters") for named in _below(one))
        yield _Part(rule, hosts, some, filters)
        for backend in items_at(rule, "backendRefs"):
            own = tuple(named for one in items_at(backend, "filters") for named in _below(one))
            if own:
                yield _Part(rule, hosts, some, (*filters, *own))


def _route_match(match: Field) -> _Match:
    path, kind = text_at(match, "path", "value"), text_at(match, "path", "type")
    method = text_at(match, "method")
    values = [
        f"the {called} {text_at(one, 'name')} is as the route says"  # it may be a token
        for key, called in (("headers", "header"), ("queryParams", "query parameter"))
        for one in items_at(match, key)
    ]
    others = (f"the method is {method}", *values) if method else tuple(values)
    return _Match(None if _is_every(path, kind) else path, others)


def _is_every(path: str | None, kind: str | None) -> bool:
    return not path or (path == "/" and kind != "Exact")


def _below(field: Field | None) -> Iterator[_Named]:
    """Every name of a policy object below a field, in order."""
    if field is None:
        return
    kind = text_at(field, "kind")
    if kind in POLICY_KINDS and (where := at_path(field, "name")) is not None:
        yield _Named(where, kind)
    for _, value in field.entries():
        yield from _below(value)
    for item in field.items():
        yield from _below(item)


def _services(field: Field) -> list[str]:
    """The names of the services below a field, in order, each once."""
    found: dict[str, None] = {}
    todo: list[tuple[Field, bool]] = [(field, False)]
    while todo:
        field, held = todo.pop()
        for key, value in reversed(list(field.entries())):
            if key.text == "name" and held and value.text is not None:
                found.setdefault(value.text)
            todo.append((value, key.text in ("service", "backendRefs")))
        todo.extend((item, held) for item in reversed(list(field.items())))
    return list(found)


def _hosts(root: Field, kind: str) -> tuple[str, ...]:
    """The URLs that an object answers."""
    if kind == "Service":
        urls = (text_at(root, "metadata", "annotations", key) for key in _URL_ANNOTATIONS)
        return tuple(url for url in urls if url)[:1]
    if kind == "Gateway":
        listeners = (one.host for one in _listeners(root))
        hosts: Iterable[str | None] = _addresses(root) or listeners
    elif kind == "Ingress":
        hosts = (text_at(rule, "host") for rule in items_at(root, "spec", "rules"))
    else:
        hosts = (item.text for item in items_at(root, "spec", "hostnames"))
    return tuple(dict.fromkeys(f"https://{host}" for host in hosts if host))


def _listeners(root: Field) -> Iterator[Listener]:
    for one in items_at(root, "spec", "listeners"):
        if text_at(one, "protocol") not in _OTHER_PROTOCOLS:
            yield Listener(text_at(one, "name"), text_at(one, "port"), text_at(one, "hostname"))


def _addresses(root: Field) -> tuple[str, ...]:
    """Hosts that stand for those of all listeners."""
    addresses = [one for one in items_at(root, "spec", "addresses") if text_at(one, "type") == "Hostname"]
    return tuple(value for one in addresses if (value := text_at(one, "value")))


def _bindings(root: Field) -> tuple[str, ...]:
    """Who can connect, where an annotation says it."""
    found = (text_at(root, "metadata", "annotations", key) for key in _BINDINGS_ANNOTATIONS)
    said = next((text for text in found if text is not None), "")
    return tuple(name for part in said.split(",") if (name := part.strip()))


def _parents(root: Field, namespace: str) -> Iterator[Parent]:
    for one in items_at(root, "spec", "parentRefs"):
        name = text_at(one, "name")
        if name and (text_at(one, "kind") or "Gateway") == "Gateway":
            gateway = ObjectName("Gateway", text_at(one, "namespace") or namespace, name)
            yield Parent(gateway, text_at(one, "sectionName"), text_at(one, "port"))
