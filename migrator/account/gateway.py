"""One tiny request to the gateway, as a client of an access key sends it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from migrator.errors import CallError
from migrator.http import Api, Limits, session
from migrator.secrets import Secret

GATEWAY_URL: Final = "https://gateway.ngrok.ai"
LIMITS: Final = Limits(total=60, retries=0)
_WRONG_KEY: Final = (
    "The gateway does not take this token: the access key may be deleted, or the token another's."
)


def probe(
    gateway_url: str, token: Secret, model: str, *, ca_file: Path | None = None, limits: Limits = LIMITS
) -> None:
    """Ask ``model`` for a word with the token of an access key.

    Raises CallError for whatever keeps the answer away, UsageError for an address that no token goes to.
    """
    api = Api(gateway_url.rstrip("/"), token, ca_file=ca_file, wrong_key=_WRONG_KEY)
    body = {"model": model, "max_tokens": 16, "messages": [{"role": "user", "content": "Answer: ok"}]}
    with session(api, limits=limits) as connection:
        answer = connection.call("POST", "/v1/chat/completions", body)
    if not isinstance(answer, dict) or not isinstance(answer.get("choices"), list):
        raise CallError("the gateway answered with something that is no completion", "Check --gateway-url.")
