"""What an API says when it does not do what it was asked for.

It stands by itself because errors are imported by every command, which need not pay for what makes data classes.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct, field


class Said(Struct, frozen=True):
    """What an API answered to a request that it did not carry out; free of credentials."""

    status: int
    code: str = ""
    """A stable code of the API, as ``ERR_NGROK_27712``."""
    text: str = ""
    details: Mapping[str, str] = field(default_factory=dict)
    request_id: str = ""
