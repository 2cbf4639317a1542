"""Everything the tool can tell about an input: one class per finding, by stage."""

from migrator.findings import (
    decisions,
    gateway_keys,
    hosts,
    keys,
    link,
    merge,
    output,
    policy,
    protection,
    providers,
    read,
    requests,
    strategies,
)
from migrator.findings.base import (
    REGISTER,
    Category,
    Effect,
    Finding,
    OutputRef,
    Severity,
    documentation,
)

__all__ = [
    "REGISTER",
    "Category",
    "Effect",
    "Finding",
    "OutputRef",
    "Severity",
    "decisions",
    "documentation",
    "gateway_keys",
    "hosts",
    "keys",
    "link",
    "merge",
    "output",
    "policy",
    "protection",
    "providers",
    "read",
    "requests",
    "strategies",
]
