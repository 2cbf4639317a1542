"""Asking an API for JSON, with everything bounded that the other side decides."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from migrator.errors import CallError, MigratorError, RemoteError, UsageError
from migrator.http.address import Address, address
from migrator.http.answer import OK, TOO_MANY, WRONG_KEY, Reply, result_of, shown, value_of
from migrator.http.body import content_of, secrets_of
from migrator.http.trust import distrust, trust_of, trust_of_nobody
from migrator.secrets import Secret

if TYPE_CHECKING:
    import httpx

_TOKEN: Final = re.compile(r"[\x21-\x7e]{1,4096}\Z")
_FIRST_WAIT: Final = 0.5
_NETWORK: Final = "Check the network, and HTTPS_PROXY if a proxy is needed."
_UNHURRIED: Final = nullcontext()
_REQUEST_IDS: Final = ("ngrok-request-id", "ngrok-aig-request-id", "x-request-id")


class Limits(Struct, frozen=True):
    """Seconds and bytes. ``total`` is for one attempt: to the first byte of the answer, and to its last."""

    connect: float = 5
    total: float = 30
    size: int = 32 * 1024 * 1024
    retries: int = 3
    longest_wait: float = 30
    jitter: float = 0
    """By how much of itself a wait may be longer, at random, so that many clients do not come back at once."""


DEFAULT_LIMITS: Final = Limits()


class Api(Struct, frozen=True):
    """An API: its address, the credential for it, and what else every request to it carries."""

    base_url: str
    token: Secret
    headers: tuple[tuple[str, str], ...] = ()
    ca_file: Path | None = None
    """The authorities to trust, instead of the machine's."""
    wrong_key: str = WRONG_KEY
    """What to say when the key is refused."""


class _Failure(Struct, frozen=True):
    """Why there is no answer, whether another attempt may get one, and whether another request may.

    ``is_unsent``: no byte of the request arrived anywhere.
    """

    reason: str
    is_temporary: bool = False
    is_general: bool = False
    is_unsent: bool = False


@dataclass(frozen=True, slots=True)
class _Request:
    method: str
    place: Address
    content: bytes | None = field(default=None, repr=False)

    @property
    def is_repeatable(self) -> bool:
        """Whether doing it twice is the same as doing it once."""
        return self.method == "GET"


def get_json(
    base_url: str,
    path: str,
    token: Secret,
    *,
    limits: Limits = DEFAULT_LIMITS,
    sleep: Callable[[float], None] = time.sleep,
) -> object:
    """The JSON value that ``GET base_url + path`` answers to the bearer of ``token``.

    Raises UsageError for an address or a token that cannot be used, MigratorError for everything else that
    keeps the answer away: RemoteError once it was asked.
    """
    with session(Api(base_url, token), limits=limits, sleep=sleep) as connection:
        return connection.get_json(path)


@contextmanager
def session(
    api: Api,
    *,
    limits: Limits = DEFAULT_LIMITS,
    pace: AbstractContextManager[None] = _UNHURRIED,
    sleep: Callable[[float], None] = time.sleep,
) -> Iterator[Session]:
    """For as many requests as it takes. Every attempt happens within ``pace``.

    Raises UsageError for an address, a token or a file of certificates that cannot be used, MigratorError for
    an environment that allows no connection.
    """
    place = address(api.base_url, "")
    if not _TOKEN.match(api.token.reveal()):
        raise UsageError(
            "the API key is no key: it is empty, or has spaces, a line break or other characters in it",
            f"Copy it again, without quotes around it. {api.wrong_key}",
        )
    with _client(api, limits, is_secure=place.is_secure) as client:
        yield Session(api, client, limits, pace, sleep)


class Session:
    """Requests to one API. Several threads may use it, unless there is a ``pace``."""

    def __init__(
        self,
        api: Api,
        client: httpx.Client,
        limits: Limits,
        pace: AbstractContextManager[None],
        sleep: Callable[[float], None],
    ) -> None:
        self.api = api
        self.received = 0
        """Bytes of all answers so far."""
        self._client = client
        self._limits = limits
        self._pace = pace
        self._sleep = sleep

    def get_json(self, path: str) -> object:
        """The JSON value that ``GET path`` answers.

        Tried again after 429, a server's failure and a broken connection. A ``Retry-After`` is respected: one
        that is longer than ``limits.longest_wait`` ends the attempts. Redirects are not followed. Raises
        RemoteError for what keeps the answer away.
        """
        place, token = address(self.api.base_url, path), self.api.token
        outcome = self._outcome(_Request("GET", place))
        if isinstance(outcome, _Failure):
            raise RemoteError(
                f"{shown(place.url, token)} could not be asked: {outcome.reason}",
                _NETWORK,
                is_general=outcome.is_general,
            )
        return value_of(outcome, place.url, token, self.api.wrong_key)

    def call(self, method: str, path: str, body: object = None) -> object:
        """The JSON value that a request answers, None for an answer without content.

        ``body`` is sent as JSON; a ``Secret`` in it as its value. What reads is tried again as ``get_json``
        does; what writes only where it was surely not carried out: after 429, and when nothing was connected.
        Raises CallError, which says whether it may have been carried out.
        """
        place = address(self.api.base_url, path)
        hidden = (self.api.token, *secrets_of(body))
        request = _Request(method, place, None if body is None else content_of(body))
        outcome = self._outcome(request)
        if isinstance(outcome, _Failure):
            raise CallError(
                f"{method} {shown(place.url, *hidden)} has no answer: {outcome.reason}",
                _NETWORK,
                is_general=outcome.is_general,
                is_uncertain=not request.is_repeatable and not outcome.is_unsent,
            )
        return result_of(outcome, f"{method} {place.url}", hidden, self.api.wrong_key)

    def _outcome(self, request: _Request) -> Reply | _Failure:
        """What comes of as many attempts as are safe and allowed."""
        outcome = self._attempt(request)
        for attempt in range(self._limits.retries):
            wait = self._wait(outcome, attempt)
            if not _may_repeat(request, outcome) or wait > self._limits.longest_wait:
                break
            self._sleep(wait)
            outcome = self._attempt(request)
        return outcome

    def _wait(self, outcome: Reply | _Failure, attempt: int) -> float:
        stated = outcome.stated_wait if isinstance(outcome, Reply) else None
        wait = _FIRST_WAIT * 2**attempt if stated is None else stated
        return wait * (1 + self._limits.jitter * random.random())  # noqa: S311 -- it parts clients, it guards nothing

    def _attempt(self, request: _Request) -> Reply | _Failure:
        with self._pace:
            outcome = _asked(self._client, request, self.api.token, self._limits)
        if isinstance(outcome, RemoteError):
            raise outcome
        if isinstance(outcome, Reply):
            self.received += len(outcome.body)
        return outcome


def _may_repeat(request: _Request, outcome: Reply | _Failure) -> bool:
    if request.is_repeatable or not outcome.is_temporary:
        return outcome.is_temporary
    return outcome.is_unsent if isinstance(outcome, _Failure) else outcome.status == TOO_MANY


def _client(api: Api, limits: Limits, *, is_secure: bool) -> httpx.Client:
    import httpx

    def sign(request: httpx.Request) -> httpx.Request:
        request.headers["Authorization"] = f"Bearer {api.token.reveal()}"
        return request

    verify = trust_of(api.ca_file) if is_secure or api.ca_file is not None else trust_of_nobody()
    problem = ""
    try:
        return httpx.Client(
            auth=sign,  # an explicit one, so that no file of credentials is looked at
            follow_redirects=False,
            headers={
                "Accept": "application/json",
                "Accept-Encoding": "identity",
                "User-Agent": "migrator",
                **dict(api.headers),
            },
            timeout=httpx.Timeout(limits.total, connect=limits.connect),
            # A proxy sees what is not encrypted; for this machine none is needed.
            trust_env=is_secure,
            verify=verify,
        )
    except ImportError:
        problem = "it names a SOCKS proxy, which needs the package httpx[socks]"
    except (OSError, ValueError, httpx.InvalidURL):
        problem = "the proxy or the certificates that it names cannot be used"
    # Outside of `except`: what httpx says holds the proxy's URL, with its credentials.
    raise MigratorError(
        f"no connection can be made with this environment: {problem}",
        "Look at HTTPS_PROXY, ALL_PROXY, NO_PROXY, SSL_CERT_FILE and SSL_CERT_DIR.",
    )


def _asked(
    client: httpx.Client, request: _Request, token: Secret, limits: Limits
) -> Reply | _Failure | RemoteError:
    """One request. What httpx raises ends here: its exceptions hold the request, and so what is secret in it."""
    import httpx

    url, headers = request.place.url, {} if request.content is None else {"Content-Type": "application/json"}
    try:
        with client.stream(request.method, url, content=request.content, headers=headers) as response:
            return _received(response, limits)
    except httpx.ConnectTimeout:
        return _Failure(
            f"no connection within {limits.connect:g} seconds",
            is_temporary=True,
            is_general=True,
            is_unsent=True,
        )
    except httpx.TimeoutException:
        return _Failure(f"no answer within {limits.total:g} seconds")
    except httpx.ProxyError:
        return _Failure("the proxy refused", is_general=True, is_unsent=True)
    except httpx.ConnectError as error:
        return distrust(error, shown(httpx.URL(url).host, token)) or _Failure(
            f"no connection ({shown(str(error), token)})",
            is_temporary=True,
            is_general=True,
            is_unsent=True,
        )
    except (httpx.NetworkError, httpx.RemoteProtocolError):
        return _Failure("the connection broke off", is_temporary=True)
    except (httpx.HTTPError, httpx.InvalidURL, UnicodeError):
        return _Failure("its address cannot be used")


def _received(response: httpx.Response, limits: Limits) -> Reply | _Failure:
    until = time.monotonic() + limits.total
    named = next((response.headers[name] for name in _REQUEST_IDS if name in response.headers), "")
    stated = response.headers.get("retry-after")
    if response.headers.get("content-encoding", "identity").lower() != "identity":
        # How large it is when decoded cannot be known before.
        if response.status_code != OK:
            return Reply(response.status_code, b"", stated, named)
        return _Failure("it answered in an encoding that was not asked for")
    body = bytearray()
    for chunk in response.iter_raw():
        body += chunk
        if len(body) > limits.size:
            return _Failure(f"its answer is larger than {limits.size} bytes")
        if time.monotonic() > until:
            return _Failure(f"no whole answer within {limits.total:g} seconds")
    return Reply(response.status_code, bytes(body), stated, named)
