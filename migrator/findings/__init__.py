"""Everything the tool can tell about an input: one class per finding, by stage."""

from migrator.findings import decisions, link, merge, output, policy, providers, read, requests
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
    "link",
    "merge",
    "output",
    "policy",
    "providers",
    "read",
    "requests",
]
