"""Kubernetes objects of ngrok's operator, judged by ``kind`` and by the fields that are there.

Precedence, as the operator has it: inline before targetRef before policy within
``spec.trafficPolicy``, and that before ``spec.trafficPolicyName``; an empty ``trafficPolicy`` does
not count. References stay in the namespace.
"""

from __future__ import annotations

from msgspec.structs import replace

from migrator.findings.base import Finding
from migrator.findings.link import PolicyOverruled, PolicyTwice, WrongShape
from migrator.policy.origin import Field
from migrator.policy.parse import is_policy
from migrator.sources.agent import AgentConfig
from migrator.sources.context import Context, at_path, has_keys, metadata_of, text_at, texts_of
from migrator.sources.model import POLICY_KINDS, Endpoint, EndpointKind, ObjectName
from migrator.tree.nodes import Mapping, Node, Scalar, to_python

_EXPOSING_KINDS = frozenset({"Gateway", "HTTPRoute", "Ingress", "Service"})
_ENDPOINT_KINDS: dict[str, EndpointKind] = {"CloudEndpoint": "cloud", "AgentEndpoint": "agent"}
_WORKLOADS = frozenset(
    {"CronJob", "DaemonSet", "Deployment", "Job", "Pod", "ReplicaSet", "ReplicationController", "StatefulSet"}
)
_MADE_BY = ("ngrok.com/controller-name", "k8s.ngrok.com/controller-name")
"""Labels of what the operator made of an Ingress, a Gateway or a Service."""
_PARTS = ("apiVersion", "metadata", "spec", "items")


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
        elif kind in POLICY_KINDS:
            _policy_object(root, kind, context)
        elif kind in _ENDPOINT_KINDS:
            _endpoint_object(root, kind, context)
        elif kind in _EXPOSING_KINDS:
            from migrator.sources.exposed import read_exposed

            read_exposed(root, kind, _namespace(root), context)
        elif kind == "ConfigMap":
            _config_map(root, context)
        elif kind in _WORKLOADS:
            from migrator.sources.workloads import read_workload

            read_workload(root, _namespace(root), context)


def _namespace(root: Field) -> str:
    return text_at(root, "metadata", "namespace") or "default"


def _policy_object(root: Field, kind: str, context: Context) -> None:
    name = text_at(root, "metadata", "name") or text_at(root, "metadata", "generateName") or ""
    held_by = ObjectName(kind, _namespace(root), name)
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
        is_made=any(at_path(root, "metadata", "labels", key) is not None for key in _MADE_BY),
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


def _wrong(where: Field, shape: str, expected: str) -> Finding:
    return WrongShape(**where.place, shape=shape, expected=expected)
