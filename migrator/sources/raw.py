"""Policy files: the policy is the document."""

from __future__ import annotations

from migrator.policy.origin import Field
from migrator.policy.parse import is_policy
from migrator.sources.context import Context
from migrator.tree.nodes import Node


class PolicyFile:
    """A Traffic Policy by itself, as ``--traffic-policy-file`` takes it."""

    name = "policy-file"

    def matches(self, root: Node) -> bool:
        return is_policy(root)

    def read(self, root: Field, context: Context) -> None:
        context.policy(root)
