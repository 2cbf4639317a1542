"""The state of ngrok's Docker Desktop extension."""

from __future__ import annotations

from migrator.policy.origin import Field
from migrator.sources.context import Context, at_path, text_at
from migrator.sources.model import Endpoint
from migrator.tree.nodes import Mapping, Node


class DockerDesktop:
    """``endpointConfigs.<container>:<port>.trafficPolicy``, a string."""

    name = "docker-desktop"

    def matches(self, root: Node) -> bool:
        return isinstance(root, Mapping) and isinstance(root.get("endpointConfigs"), Mapping)

    def read(self, root: Field, context: Context) -> None:
        configs = root.get("endpointConfigs")
        for key, item in configs.entries() if configs is not None else ():
            held = at_path(item, "trafficPolicy")
            if held is not None:
                context.policy(held, endpoint=self._endpoint(key.text, item))

    def _endpoint(self, name: str, item: Field) -> Endpoint:
        binding = text_at(item, "binding")
        return Endpoint(
            url=text_at(item, "url") or None,
            name=text_at(item, "name") or name,
            kind="agent",
            upstream=text_at(item, "targetPort") or None,
            description=text_at(item, "description") or None,
            bindings=(binding,) if binding else (),
            at=item.location,
        )
