"""Gateways of Kubernetes: which hosts a route gets from one, and what its requests meet there before."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from msgspec.structs import replace

from migrator.findings.base import Finding
from migrator.findings.link import GatewayNotFound
from migrator.sources.model import (
    Endpoint,
    FileRead,
    FoundPolicy,
    GatewayObject,
    ObjectName,
    Parent,
    PolicyReference,
    nearest,
)

Served = tuple[Endpoint, tuple[FoundPolicy, ...]]
"""An endpoint, and the policies in front of the one that was referred to."""


class Gateways:
    """The Gateways of a run. ``policies`` finds what a file refers to."""

    def __init__(
        self, files: Iterable[FileRead], policies: Callable[[FileRead, PolicyReference], list[FoundPolicy]]
    ) -> None:
        self._policies = policies
        self._held: dict[ObjectName, dict[str, tuple[FileRead, GatewayObject]]] = {}
        for file in files:
            for gateway in file.gateways:
                self._held.setdefault(gateway.name, {}).setdefault(file.path, (file, gateway))

    def served(self, file: FileRead, reference: PolicyReference) -> Iterator[Served]:
        """The endpoints of a reference, one for each Gateway that requests come through."""
        own = [found for front in reference.fronts for found in self._policies(file, front)]
        by_gateway: dict[ObjectName, list[Parent]] = {}
        for parent in reference.parents:
            if parent.gateway in self._held:
                by_gateway.setdefault(parent.gateway, []).append(parent)
        if not by_gateway:
            yield reference.endpoint, tuple(own)
        for name, parents in by_gateway.items():
            held = self._held[name]
            holder, gateway = held[nearest(file.path, held)]
            first = self._policies(holder, gateway.policy) if gateway.policy is not None else []
            yield _through(reference, gateway, parents), (*first, *own)

    def missing(self, reference: PolicyReference) -> Iterator[Finding]:
        """The Gateways that are not among the inputs, each once."""
        for name in dict.fromkeys(parent.gateway for parent in reference.parents):
            if name not in self._held:
                yield GatewayNotFound(
                    at=reference.at, pointer=reference.pointer, gateway=f"{name.namespace}/{name.name}"
                )


def _through(reference: PolicyReference, gateway: GatewayObject, parents: list[Parent]) -> Endpoint:
    """The endpoint of a route, at the addresses of its Gateway where it says none itself."""
    endpoint = replace(reference.endpoint, bindings=gateway.bindings)
    if endpoint.all_urls:
        return endpoint
    hosts = gateway.addresses or (
        listener.host
        for parent in parents
        for listener in gateway.listeners
        if parent.listener in (None, listener.name) and parent.port in (None, listener.port)
    )
    return endpoint.answering(tuple(dict.fromkeys(f"https://{host}" for host in hosts if host)))
