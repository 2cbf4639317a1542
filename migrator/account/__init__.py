"""The account at ngrok.ai: a typed client for the part of api.ngrok.ai that a migration needs.

It knows kinds, paths, pages and what an answer has to hold; it decides nothing. Every error is a
``CallError`` that names the object, and says whether the request may have been carried out.
"""

from migrator.account.client import Account, Created, account_at
from migrator.account.model import (
    API_URL,
    KEY_VARIABLE,
    KINDS,
    SETTINGS,
    Body,
    Kind,
    Live,
    Mark,
    mark_of,
)

__all__ = [
    "API_URL",
    "KEY_VARIABLE",
    "KINDS",
    "SETTINGS",
    "Account",
    "Body",
    "Created",
    "Kind",
    "Live",
    "Mark",
    "account_at",
    "mark_of",
]
