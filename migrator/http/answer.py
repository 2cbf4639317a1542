"""What an answer says: its JSON value, or the error it stands for."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

from migrator.errors import CallError, RemoteError
from migrator.said import Said
from migrator.secrets import SHOWN, Secret

OK: Final = 200
REDIRECT: Final = 300
REFUSED: Final = 400
TIMED_OUT: Final = 408
_ABSENT: Final = frozenset({404, 410})
TOO_MANY: Final = 429
SERVER: Final = 500
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
    request_id: str = ""

    @property
    def is_temporary(self) -> bool:
        """Whether the same request may succeed later."""
        return self.status == TOO_MANY or self.status >= SERVER

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
            is_general=_is_general(reply),
            is_absent=reply.status in _ABSENT,
        )
    found = _decoded(reply.body)
    if found is None:
        raise RemoteError(f"{place} answered with something that is not JSON", _NOT_HERE)
    return found[0]


def result_of(reply: Reply, what: str, hidden: Sequence[Secret], wrong_key: str = WRONG_KEY) -> object:
    """The JSON value of a request that was carried out, None for an answer without content.

    Raises CallError for any other answer, with none of what is ``hidden``.
    """
    place = shown(what, *hidden)
    if not OK <= reply.status < REDIRECT:
        raise CallError(
            f"{place} answered {reply.status}{_reason(reply.body, *hidden)}{_request(reply, *hidden)}",
            _remedy(reply, wrong_key),
            is_general=_is_general(reply),
            is_uncertain=reply.status >= SERVER or reply.status == TIMED_OUT,
            said=_said(reply, hidden),
        )
    if not reply.body:
        return None
    found = _decoded(reply.body)
    if found is None:
        raise CallError(
            f"{place} answered with something that is not JSON{_request(reply, *hidden)}",
            _NOT_HERE,
            is_uncertain=True,
        )
    return found[0]


def _is_general(reply: Reply) -> bool:
    """The key as such, or how often it asks; 403 is about what was asked for."""
    return reply.status in {401, TOO_MANY}


def _request(reply: Reply, *hidden: Secret) -> str:
    return f" [request {shown(reply.request_id, *hidden, limit=_CODE)}]" if reply.request_id else ""


def _said(reply: Reply, hidden: Sequence[Secret]) -> Said:
    found = _decoded(reply.body)
    error = found[0] if found is not None and isinstance(found[0], dict) else {}
    code, text, details = error.get("errorCode"), error.get("msg"), error.get("details")
    return Said(
        reply.status,
        shown(code, *hidden, limit=_CODE) if isinstance(code, str) else "",
        shown(text, *hidden) if isinstance(text, str) else "",
        {
            shown(str(name), *hidden, limit=_CODE): shown(str(value), *hidden)
            for name, value in (details.items() if isinstance(details, dict) else ())
        },
        shown(reply.request_id, *hidden, limit=_CODE),
    )


def shown(text: str, *hidden: Secret, limit: int = _SHOWN) -> str:
    """Text from outside for a message: without what is hidden, bounded, on one line."""
    for secret in sorted(hidden, key=len, reverse=True):  # before it is cut: half a token is no longer found
        if secret:
            text = _form_of(secret.reveal()).sub(SHOWN, text)
    text = text if len(text) <= limit else f"{text[:limit]}…"
    return text if text.isprintable() else ascii(text)[1:-1]


def _form_of(value: str) -> re.Pattern[str]:
    """A value however it is quoted, as in an answer that has JSON in its text: with any backslashes in it."""
    between = r"\\*" if re.search(r"[\"'\\/]", value) else ""
    return re.compile(between.join(map(re.escape, value)))


def _reason(body: bytes, *hidden: Secret) -> str:
    found = _decoded(body)
    error = found[0] if found is not None else None
    if not isinstance(error, dict):
        return "" if not body else ", without saying why"
    # The two APIs do not spell it alike.
    code, message = error.get("errorCode", error.get("error_code")), error.get("msg")
    named = f" ({shown(code, *hidden, limit=_CODE)})" if isinstance(code, str) and code else ""
    said = f": {shown(message, *hidden)}" if isinstance(message, str) and message else ""
    return named + said


def _remedy(reply: Reply, wrong_key: str) -> str:
    if reply.status in {401, 403}:
        return wrong_key
    if REDIRECT <= reply.status < REFUSED:
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
