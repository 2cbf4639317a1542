"""Asking and changing an account, one request a method."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from migrator.account.contract import contract_problem
from migrator.account.model import KEY_VARIABLE, KINDS, SETTINGS, SETTINGS_PATH, Body, Kind, Live, mark_of
from migrator.errors import CallError, UsageError
from migrator.http import Api, Limits, Session, path_below, session, shown
from migrator.secrets import Secret

LIMITS: Final = Limits(jitter=0.5)
_PAGE: Final = 100
_WRITE_ONLY: Final = frozenset({"value", "token"})
"""What no answer should repeat, and nothing keeps if one does: a token is taken from it before."""

_PAGES: Final = 1_000
"""The most pages of one list: a server that never ends does not keep a run."""

_WRONG_KEY: Final = (
    f"{KEY_VARIABLE} takes an AI Gateway API key that may read and write, which is neither an access key nor a "
    "provider key nor an ngrok API key; and one that is neither expired nor deleted."
)
_NOT_AN_OBJECT: Final = "The API may be newer than this migrator."
_NOT_AS_AGREED: Final = (
    "Nothing that cannot be read whole is compared or changed. Look at it at app.ngrok.ai, and for a newer migrator: "
    "the API may have changed. If there is none, report the line above."
)
_NEXT: Final = {
    "ERR_NGROK_27705": "A built-in provider has this providerId. Choose another in the manifest.",
    "ERR_NGROK_27712": "Another provider has this providerId. `migrator plan` shows which; `migrator adopt` takes it over.",
    "ERR_NGROK_27718": "The host of baseUrl is not allowed: https, or http for a host that ends in .internal.",
    "ERR_NGROK_27511": "Something still refers to it: remove that first.",
    "ERR_NGROK_27615": "Something still refers to it: remove that first.",
    "ERR_NGROK_27710": "Something still refers to it: remove that first.",
}
"""What to do about an error code, where it says more than the status does."""

_NOT_FOUND: Final = 404
_ALWAYS: Final = frozenset({*(kind.path for kind in KINDS.values()), SETTINGS_PATH})
"""What each account has, also one that holds nothing."""

_NOT_THIS_API: Final = "Every account has it: check the address of the API, --api-url or MIGRATOR_API_URL."
_NEXT_BY_STATUS: Final = {
    400: "Correct the object in the manifest, or convert again.",
    404: "It does not exist (any more). `migrator plan` shows what the account has.",
    409: "It was changed, or is in use. `migrator plan` shows what the account has.",
    422: "Correct the object in the manifest, or convert again.",
}


@dataclass(frozen=True, slots=True)
class Created:
    """A new object, and the token that is shown this once: an access key's."""

    live: Live
    token: Secret | None = field(default=None, repr=False)


@contextmanager
def account_at(
    api_url: str,
    key: Secret,
    *,
    ca_file: Path | None = None,
    limits: Limits = LIMITS,
    sleep: Callable[[float], None] = time.sleep,
) -> Iterator[Account]:
    """The account that ``key`` opens, for as many requests as it takes.

    Raises UsageError for a key, an address or certificates that cannot be used.
    """
    if not key:
        raise UsageError(
            f"an AI Gateway API key is needed in the environment variable {KEY_VARIABLE}",
            "It is made at app.ngrok.ai, and is neither an access key nor a provider key nor an ngrok API key.",
        )
    api = Api(api_url.rstrip("/"), key, ca_file=ca_file, wrong_key=_WRONG_KEY)
    with session(api, limits=limits, sleep=sleep) as connection:
        yield Account(connection)


class Account:
    """One account. Several threads may use it at once.

    Every method raises CallError: about the object, with what the API said and the next step.
    """

    def __init__(self, connection: Session) -> None:
        self._connection = connection

    @property
    def url(self) -> str:
        """The address of the API."""
        return self._connection.api.base_url

    def list(self, member: str) -> tuple[Live, ...]:
        """Every object of a kind, newest first; all pages, each at the API's own address."""
        kind = KINDS[member]
        path = f"{kind.path}?limit={_PAGE}"
        asked: set[str] = set()
        found: dict[str, Live] = {}
        for _ in range(_PAGES):
            asked.add(path)
            answer = self._call("GET", path, f"the list of {kind.title}s")
            for each in self._listed(answer, kind):
                found.setdefault(each.id, each)
            onward = answer.get("nextPageUri")
            if onward is None:
                return tuple(found.values())
            path = self._onward(onward, kind, asked)
        raise CallError(f"the list of {kind.title}s has more than {_PAGES} pages", _NOT_AN_OBJECT)

    def get(self, member: str, identity: str, subject: str = "") -> Live:
        """One object. ``subject`` is what messages call it: ``member/ref``."""
        path = _path(member, identity)
        return self._live(member, self._call("GET", path, subject or path), subject or path)

    def find(self, member: str, identity: str, subject: str = "") -> Live | None:
        """One object, None if there is none of that id."""
        try:
            return self.get(member, identity, subject)
        except CallError as error:
            if error.said is not None and error.said.status == _NOT_FOUND:
                return None
            raise

    def create(self, member: str, body: Mapping[str, Any], subject: str = "") -> Created:
        """Create an object. Of a body that holds Secrets nothing is in any message."""
        kind = KINDS[member]
        subject = subject or kind.title
        answer = dict(self._call("POST", kind.path, subject, body))
        token = answer.pop("token", None)
        live = self._live(member, answer, subject)
        return Created(live, Secret(token) if isinstance(token, str) and token else None)

    def update(self, member: str, identity: str, body: Mapping[str, Any], subject: str = "") -> Live:
        """Change members of an object; what the body does not have stays as it is, None clears."""
        path = _path(member, identity)
        return self._live(member, self._call("PATCH", path, subject or path, body), subject or path)

    def delete(self, member: str, identity: str, subject: str = "") -> None:
        """Delete an object. Raises CallError with status 404 for one that is not there."""
        path = _path(member, identity)
        self._ask("DELETE", path, subject or path)

    def rotate(self, identity: str, name: str, value: Secret, subject: str = "") -> Live:
        """Give a provider key another value; its id stays."""
        member = "providerKeys"
        path = f"{_path(member, identity)}/rotate"
        body = {"name": name, "value": value}
        return self._live(member, self._call("POST", path, subject or path, body), subject or path)

    def settings(self) -> Body:
        """The settings of the account, with its ``accountId``."""
        return self._settings(self._call("GET", SETTINGS_PATH, "the account settings"))

    def update_settings(self, body: Mapping[str, Any]) -> Body:
        """Change settings, which hold for every access key of the account."""
        return self._settings(self._call("PATCH", SETTINGS_PATH, "the account settings", body))

    def credits(self) -> int:
        """The balance of credits, in cents."""
        answer = self._call("GET", "/credits/balance", "the credit balance")
        cents = answer.get("balanceCents")
        if not isinstance(cents, int) or isinstance(cents, bool):
            raise CallError("the credit balance: the answer has no `balanceCents`", _NOT_AN_OBJECT)
        return cents

    def models(self) -> object:
        """What ``GET /v1/models`` answers."""
        return self._ask("GET", "/v1/models", "the models of the account")

    def _ask(self, method: str, path: str, subject: str, body: Mapping[str, Any] | None = None) -> object:
        try:
            return self._connection.call(method, path, body)
        except CallError as error:
            if (
                error.said is not None
                and error.said.status == _NOT_FOUND
                and path.partition("?")[0] in _ALWAYS
            ):
                raise error.about(subject, _NOT_THIS_API) from None
            raise error.about(subject, _next_step(error)) from None

    def _call(
        self, method: str, path: str, subject: str, body: Mapping[str, Any] | None = None
    ) -> Mapping[str, Any]:
        answer = self._ask(method, path, subject, body)
        if isinstance(answer, dict):
            return answer
        raise CallError(
            f"{subject}: {method} {path} answered with no object",
            _NOT_AN_OBJECT,
            is_uncertain=method != "GET",
        )

    def _live(self, member: str, answer: object, subject: str) -> Live:
        if (problem := contract_problem(member, answer)) or not isinstance(answer, dict):
            raise _not_as_agreed(subject, problem)
        held = {name: value for name, value in answer.items() if name not in _WRITE_ONLY}
        return Live(member, answer["id"], held, mark_of(answer.get("metadata")))

    def _settings(self, answer: Body) -> Body:
        problem = contract_problem(SETTINGS, answer)
        if not problem and not answer.get("accountId"):
            problem = "it has no `accountId`"  # by which a journal and a saved plan know whose they are
        if problem:
            raise _not_as_agreed("the account settings", problem)
        return answer

    def _listed(self, answer: Mapping[str, Any], kind: Kind) -> Iterator[Live]:
        objects = answer.get(kind.listed)
        if not isinstance(objects, list):
            raise CallError(
                f"the list of {kind.title}s: the answer has no `{kind.listed}`, a list", _NOT_AN_OBJECT
            )
        for number, each in enumerate(objects, 1):
            identity = each.get("id") if isinstance(each, dict) else None
            named = identity if isinstance(identity, str) and identity else f"number {number} of a page"
            yield self._live(kind.member, each, f"the list of {kind.title}s, {shown(named)}")

    def _onward(self, uri: object, kind: Kind, asked: set[str]) -> str:
        """The path of the next page. Raises CallError for one that is elsewhere or was asked for already."""
        base = self.url
        path = path_below(base, f"{base}{uri}" if isinstance(uri, str) and uri.startswith("/") else str(uri))
        if path is None or path.partition("?")[0] != kind.path:
            raise CallError(
                f"the list of {kind.title}s goes on at another address", "The key was not sent there."
            )
        if path in asked:
            raise CallError(f"the pages of the list of {kind.title}s lead in a circle", "Try again later.")
        return path


def _not_as_agreed(subject: str, problem: str) -> CallError:
    """Of a change that was made, too: what was read is not known, so that it is looked for."""
    return CallError(
        f"{subject}: the answer is not what the API's contract says: {problem}",
        _NOT_AS_AGREED,
        is_uncertain=True,
    )


def _path(member: str, identity: str) -> str:
    return f"{KINDS[member].path}/{quote(identity, safe='')}"


def _next_step(error: CallError) -> str | None:
    said = error.said
    if said is None:
        return None
    return _NEXT.get(said.code) or _NEXT_BY_STATUS.get(said.status)
