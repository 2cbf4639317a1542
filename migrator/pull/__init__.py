"""Pulling: what an account at api.ngrok.com holds, as files that ``convert`` reads.

It only reads from the account. Values of credentials are never stored; policies are stored as they are.
"""

from migrator.pull.account import pull
from migrator.pull.model import (
    API_URL,
    RESOURCES,
    Failure,
    Gone,
    KeyRepeated,
    ListedTwice,
    Notice,
    Progress,
    Pulled,
    PullResult,
    Resource,
    Settings,
    StoredPolicies,
    ValuesDropped,
    Waiting,
)

__all__ = [
    "API_URL",
    "RESOURCES",
    "Failure",
    "Gone",
    "KeyRepeated",
    "ListedTwice",
    "Notice",
    "Progress",
    "PullResult",
    "Pulled",
    "Resource",
    "Settings",
    "StoredPolicies",
    "ValuesDropped",
    "Waiting",
    "pull",
]
