"""What an answer says: its JSON value, or the error it stands for."""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

from migrator.errors import RemoteError
from migrator.secrets import SHOWN, Secret

OK: Final = 200
_SHOWN: Final = 300
_CODE: Final = 60
_SECONDS: Final = re.compile(r"[0-9]{1,9}\Z")

WRONG_KEY: Final = (
    "It takes an AI Gateway API key, which is neither an access key nor a provider key nor an ngrok API key."
)
_NOT_HERE: Final = "Check the address of the API."
_LATER: Final = "Try again later."


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer as it arrived. Its body may repeat what was sent, so no ``repr`` shows it."""

    status: int
    body: bytes = field(repr=False)
    retry_after: str | None = None

    @property
    def is_temporary(self) -> bool:
        """Whether the same request may succeed later."""
        return self.status == 429 or self.status >= 500  # noqa: PLR2004 -- too many requests; the server's fault

    @property
    def stated_wait(self) -> float | None:
        """Seconds that ``Retry-After`` asks for: a number of them, or a date."""
        if self.retry_after is None:
            return None
        if _SECONDS.match(self.retry_after):
            return float(self.retry_after)
        try:
            then = parsedate_to_datetime(self.retry_after)
        except (ValueError, OverflowError):
            return None
        return max(0.0, (then - datetime.now(UTC)).total_seconds()) if then.tzinfo is not None else None


def value_of(reply: Reply, url: str, token: Secret, wrong_key: str = WRONG_KEY) -> object:
    """The JSON value of a good answer. Raises RemoteError for any other, never with the token.

    ``wrong_key`` is what to say when the key is refused: which of the many keys it has to be.
    """
    place = shown(url, token)
    if reply.status != OK:
        raise RemoteError(
            f"{place} answered {reply.status}{_reason(reply.body, token)}",
            _remedy(reply, wrong_key),
            is_general=reply.status in {401, 429},  # the key as such; 403 is about what was asked for
        )
    found = _decoded(reply.body)
    if found is None:
        raise RemoteError(f"{place} answered with something that is not JSON", _NOT_HERE)
    return found[0]


def shown(text: str, token: Secret, limit: int = _SHOWN) -> str:
    """Text from outside for a message: without the token, bounded, on one line."""
    text = text.replace(token.reveal(), SHOWN)  # before it is cut: half a token is no longer found
    text = text if len(text) <= limit else f"{text[:limit]}…"
    return text if text.isprintable() else ascii(text)[1:-1]


def _reason(body: bytes, token: Secret) -> str:
    found = _decoded(body)
    error = found[0] if found is not None else None
    if not isinstance(error, dict):
        return "" if not body else ", without saying why"
    # The two APIs do not spell it alike.
    code, message = error.get("errorCode", error.get("error_code")), error.get("msg")
    named = f" ({shown(code, token, _CODE)})" if isinstance(code, str) and code else ""
    said = f": {shown(message, token)}" if isinstance(message, str) and message else ""
    return named + said


def _remedy(reply: Reply, wrong_key: str) -> str:
    if reply.status in {401, 403}:
        return wrong_key
    if 300 <= reply.status < 400:  # noqa: PLR2004 -- redirects
        return f"A redirect is not followed, so that the key goes nowhere else. {_NOT_HERE}"
    if not reply.is_temporary:
        return _NOT_HERE
    return f"Try again in {math.ceil(reply.stated_wait)} seconds." if reply.stated_wait else _LATER


def _decoded(body: bytes) -> tuple[object] | None:
    """The value in a tuple, since null is one too; None for what is not JSON."""
    try:
        text = body.decode("utf-8")
        return (json.loads(text, parse_constant=_no_constant, parse_float=_finite),)
    except (ValueError, RecursionError):
        return None


def _no_constant(name: str) -> object:
    raise ValueError(name)


def _finite(text: str) -> float:
    """A number that can be written down again."""
    number = float(text)
    if math.isinf(number):
        raise ValueError(text)
    return number
