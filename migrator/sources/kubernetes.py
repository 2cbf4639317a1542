"""Kubernetes objects of ngrok's operator, judged by ``kind`` and by the fields that are there.

Precedence, as the operator has it: inline before targetRef before policy within
``spec.trafficPolicy``, and that before ``spec.trafficPolicyName``; an empty ``trafficPolicy`` does
not count. ``ngrok.com/traffic-policy`` wins over ``k8s.ngrok.com/traffic-policy`` by presence.
References stay in the namespace.
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace

from migrator.findings.base import Finding
from migrator.findings.link import PolicyOverruled, PolicyTwice, WrongShape
from migrator.policy.origin import Field
from migrator.policy.parse import is_policy
from migrator.sources.agent import AgentConfig
from migrator.sources.context import Context, at_path, has_keys, metadata_of, text_at, texts_of
from migrator.sources.model import Endpoint, EndpointKind, ObjectName
from migrator.tree.nodes import Mapping, Node, Scalar, to_python

_POLICY_KINDS = frozenset({"NgrokTrafficPolicy", "TrafficPolicy"})
_ENDPOINT_KINDS: dict[str, EndpointKind] = {"CloudEndpoint": "cloud", "AgentEndpoint": "agent"}
_ANNOTATIONS = ("ngrok.com/traffic-policy", "k8s.ngrok.com/traffic-policy")
_WORKLOADS = frozenset(
    {"CronJob", "DaemonSet", "Deployment", "Job", "Pod", "ReplicaSet", "ReplicationController", "StatefulSet"}
)
_PARTS = ("apiVersion", "metadata", "spec", "items")
_URL_ANNOTATIONS = ("ngrok.com/url", "k8s.ngrok.com/url")


class Kubernetes:
    """Manifests and lists of them."""

    name = "kubernetes"

    def matches(self, root: Node) -> bool:
        return isinstance(root, Mapping) and isinstance(root.get("kind"), Scalar) and has_keys(root, *_PARTS)

    def read(self, root: Field, context: Context) -> None:
        self._object(root, text_at(root, "kind") or "", context)

    def _object(self, root: Field, kind: str, context: Context) -> None:
        if kind.endswith("List"):
            items = root.get("items")
            for item in items.items() if items else ():
                # Items of the server's own lists have no kind: the list says it.
                named = text_at(item, "kind") or kind.removesuffix("List")
                if has_keys(item.node, *_PARTS):
                    self._object(item, named, context)
        elif kind in _POLICY_KINDS:
            _policy_object(root, kind, context)
        elif kind in _ENDPOINT_KINDS:
            _endpoint_object(root, kind, context)
        elif kind in _HOSTS:
            _annotated(root, kind, context)
        elif kind == "ConfigMap":
            _config_map(root, context)
        elif kind in _WORKLOADS:
            from migrator.sources.workloads import read_workload

            read_workload(root, _namespace(root), context)


def _namespace(root: Field) -> str:
    return text_at(root, "metadata", "namespace") or "default"


def _policy_object(root: Field, kind: str, context: Context) -> None:
    held_by = ObjectName(kind, _namespace(root), text_at(root, "metadata", "name") or "")
    where = at_path(root, "spec", "policy")
    extra: tuple[Finding, ...] = ()
    if where is None and (where := at_path(root, "policy")) is not None:
        extra = (_wrong(where, f"policy at the root of {kind}", "spec.policy"),)
    if where is None and (where := at_path(root, "spec")) is not None and is_policy(where.node):
        extra = (_wrong(where, f"phases directly in spec of {kind}", "spec.policy"),)
    if where is not None:
        context.policy(where, held_by=held_by, extra=extra)


def _endpoint_object(root: Field, kind: str, context: Context) -> None:
    endpoint = Endpoint(
        url=text_at(root, "spec", "url"),
        name=text_at(root, "metadata", "name"),
        namespace=_namespace(root),
        kind=_ENDPOINT_KINDS[kind],
        upstream=text_at(root, "spec", "upstream", "url"),
        metadata=metadata_of(at_path(root, "spec", "metadata")),
        description=text_at(root, "spec", "description"),
        bindings=texts_of(at_path(root, "spec", "bindings")),
        at=root.location,
    )
    extra: tuple[Finding, ...] = ()
    held = at_path(root, "spec", "trafficPolicy")
    if held is None and (held := at_path(root, "trafficPolicy")) is not None:
        extra = (_wrong(held, f"trafficPolicy at the root of {kind}", "spec.trafficPolicy"),)
    choices: list[tuple[str, Field]] = []
    if held is not None:
        if is_policy(held.node):
            extra = (*extra, _wrong(held, "phases directly in trafficPolicy", "spec.trafficPolicy.inline"))
            choices.append(("inline", held))
        for name, where in (
            ("inline", at_path(held, "inline")),
            ("targetRef", at_path(held, "targetRef", "name")),
            ("policy", at_path(held, "policy")),
        ):
            if where is not None:
                choices.append((name, where))
    named = at_path(root, "spec", "trafficPolicyName")
    if named is not None:
        choices.append(("trafficPolicyName", named))
    if choices:
        _choose(choices, endpoint, extra, context)


def _config_map(root: Field, context: Context) -> None:
    """Policies and agent configurations that are files of pods."""
    name = text_at(root, "metadata", "name") or ""
    data = at_path(root, "data")
    for key, where in data.entries() if data is not None else ():
        file = context.open(where, quietly=True)
        if file is None:
            continue
        held_by = ObjectName("ConfigMap", _namespace(root), f"{name}/{key.text}")
        if AgentConfig().matches(file.node):
            context.read_string(where)
            known = len(context.references)
            AgentConfig().read(file, context)
            found = context.references[known:]
            # Its paths are those of a container, whatever there is here.
            context.references[known:] = [
                one if one.elsewhere else replace(one, elsewhere=True, named_by=held_by) for one in found
            ]
        elif is_policy(file.node):
            context.read_string(where)
            context.policy(file, held_by=held_by)


def _choose(
    choices: list[tuple[str, Field]], endpoint: Endpoint, extra: tuple[Finding, ...], context: Context
) -> None:
    """Take the policy that was in force; say which others were not."""
    used, where = choices[0]
    for name, other in choices[1:]:
        same = not isinstance(other.node, Scalar) and to_python(other.node) == to_python(where.node)
        kind = PolicyTwice if same else PolicyOverruled
        context.ignored.add(id(other.node))
        extra = (*extra, kind(**other.place, ignored=name, used=used))
    if used in ("targetRef", "trafficPolicyName"):
        context.findings.extend(extra)
        context.reference(where, (endpoint.namespace or "default", where.text or ""), endpoint)
    else:
        context.policy(where, endpoint=endpoint, extra=extra)


def _annotated(root: Field, kind: str, context: Context) -> None:
    """Ingress, Gateway, Service: an annotation names the policy; HTTPRoute: a filter does."""
    urls = _HOSTS[kind](root)
    endpoint = Endpoint(
        url=urls[0] if len(urls) == 1 else None,
        name=text_at(root, "metadata", "name"),
        namespace=_namespace(root),
        kind="agent",
        upstream=", ".join(_named_below(root, "service", "backendRefs")) or None,
        condition=_condition(root),
        at=root.location,
    )
    for where, named in _references(root, context):
        name = (where.text or "").strip()
        if name:
            context.reference(where, (_namespace(root), name), endpoint, kind=named)


def _references(root: Field, context: Context) -> list[tuple[Field, str | None]]:
    """The names of policies, each with the kind of object that it says."""
    found: list[tuple[Field, str | None]] = []
    annotations = [
        where for key in _ANNOTATIONS if (where := at_path(root, "metadata", "annotations", key)) is not None
    ]
    if annotations:
        found.append((annotations[0], None))
        if len(annotations) > 1 and annotations[1].text != annotations[0].text:
            context.findings.append(
                PolicyOverruled(**annotations[1].place, ignored=_ANNOTATIONS[1], used=_ANNOTATIONS[0])
            )
    todo = [at_path(root, "spec")]
    while todo:
        field = todo.pop()
        if field is None:
            continue
        named = text_at(field, "kind")
        if named in _POLICY_KINDS and (where := at_path(field, "name")) is not None:
            found.append((where, named))
        todo.extend(value for _, value in field.entries())
        todo.extend(field.items())
    unique = {(where.text, named): (where, named) for where, named in reversed(found)}
    return list(reversed(unique.values()))


def _condition(root: Field) -> str | None:
    """The paths of an Ingress or HTTPRoute, if it answers only some."""
    paths = [text for text in _named_below(root, "path", "path", keys=("path", "value")) if text != "/"]
    return f"the path is one of {', '.join(paths)}" if paths else None


def _named_below(root: Field, *holders: str, keys: tuple[str, ...] = ("name",)) -> list[str]:
    """The texts under ``keys`` of whatever stands under one of ``holders``, in order, each once."""
    found: dict[str, None] = {}
    todo: list[tuple[Field, bool]] = [(root, False)]
    while todo:
        field, held = todo.pop()
        for key, value in reversed(list(field.entries())):
            if key.text in keys and value.text is not None and (held or key.text in holders):
                found.setdefault(value.text)
            todo.append((value, key.text in holders))
        todo.extend((item, held) for item in reversed(list(field.items())))
    return list(found)


def _wrong(where: Field, shape: str, expected: str) -> Finding:
    return WrongShape(**where.place, shape=shape, expected=expected)


def _ingress_hosts(root: Field) -> list[str]:
    rules = at_path(root, "spec", "rules")
    hosts = [text_at(rule, "host") for rule in rules.items()] if rules else []
    return list(dict.fromkeys(f"https://{host}" for host in hosts if host))


def _service_hosts(root: Field) -> list[str]:
    urls = (text_at(root, "metadata", "annotations", key) for key in _URL_ANNOTATIONS)
    return [url for url in urls if url][:1]


def _gateway_hosts(root: Field) -> list[str]:
    listeners = at_path(root, "spec", "listeners")
    hosts = [text_at(listener, "hostname") for listener in listeners.items()] if listeners else []
    return list(dict.fromkeys(f"https://{host}" for host in hosts if host))


def _route_hosts(root: Field) -> list[str]:
    hostnames = at_path(root, "spec", "hostnames")
    return [f"https://{item.text}" for item in hostnames.items() if item.text] if hostnames else []


_HOSTS: dict[str, Callable[[Field], list[str]]] = {
    "Ingress": _ingress_hosts,
    "Service": _service_hosts,
    "Gateway": _gateway_hosts,
    "HTTPRoute": _route_hosts,
}
