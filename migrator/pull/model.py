"""What is pulled, how, and what came of it."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from msgspec import Struct

from migrator.http import Limits

API_URL: Final = "https://api.ngrok.com"


class Resource(Struct, frozen=True):
    """A list of the API's, and the place of its content in the folder."""

    name: str
    member: str
    """Where an answer has the list."""
    title: str
    file: str
    """The file of the whole list; for endpoints the folder, which has a file for each."""
    is_apart: bool = False
    """Whether each object has a file of its own."""
    never_stored: frozenset[str] = frozenset()
    """Members, wherever they stand in an object, that hold a credential in answers of some age."""

    @property
    def path(self) -> str:
        return f"/{self.name}"

    @property
    def partial_file(self) -> str:
        """The file of a list that is not whole yet."""
        return f"{self.file.removesuffix('.json')}.partial.json"


_VALUES: Final = frozenset({"value", "token"})

RESOURCES: Final = (
    Resource("endpoints", "endpoints", "endpoints", "endpoints", is_apart=True),
    Resource(
        "ai_gateway_api_keys",
        "ai_gateway_api_keys",
        "AI Gateway API keys",
        "ai-gateway-api-keys.json",
        never_stored=_VALUES,
    ),
    Resource(
        "ai_gateway_provider_keys",
        "ai_gateway_provider_keys",
        "AI Gateway provider keys",
        "ai-gateway-provider-keys.json",
        never_stored=_VALUES,
    ),
    Resource("vaults", "vaults", "vaults", "vaults.json", never_stored=_VALUES),
    Resource("vault_secrets", "secrets", "vault secrets", "vault-secrets.json", never_stored=_VALUES),
)
"""In the order in which they are asked for: what cannot be had elsewhere first."""


class Settings(Struct, frozen=True):
    """How the API is asked. What it may decide is bounded; what a test needs to hold still can be replaced."""

    ca_file: Path | None = None
    limits: Limits = Limits(retries=5, longest_wait=120)
    pages: int = 1_000
    """Of one list in one run."""
    size: int = 1024 * 1024 * 1024
    """Bytes of all answers in one run."""
    requests: int = 120
    per_seconds: float = 60
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep


class Progress(Struct, frozen=True):
    """A page has arrived, or a list is about to be asked for: ``objects`` of it are here."""

    resource: Resource
    objects: int
    done: int
    """How many lists of this run are finished."""
    of: int


class Waiting(Struct, frozen=True):
    """Nothing is asked for some seconds, because of the API's limit or because it failed."""

    seconds: float


class StoredPolicies(Struct, frozen=True):
    """Policies are stored as somebody wrote them, and people write keys into policies."""

    count: int

    @property
    def text(self) -> str:
        return (
            f"{_number(self.count, 'stored policy', 'stored policies')} may hold literal keys: keep the folder "
            "to yourself and out of version control"
        )


class ValuesDropped(Struct, frozen=True):
    """The answer had credentials where the API documents none."""

    resource: Resource
    member: str
    count: int

    @property
    def text(self) -> str:
        return (
            f"the answer for {self.resource.title} had {_number(self.count, 'credential', 'credentials')} as "
            f"`{self.member}`: not stored"
        )


class KeyRepeated(Struct, frozen=True):
    """The API said the key that asks."""

    resource: Resource

    @property
    def text(self) -> str:
        return f"the answer for {self.resource.title} repeated the API key: stored as ***"


class ListedTwice(Struct, frozen=True):
    """One id with two contents, which happens when an object is changed while its list is read."""

    resource: Resource
    count: int

    @property
    def text(self) -> str:
        told = _number(self.count, "object was", "objects were")
        return f"{told} in {self.resource.title} twice, with different content: the later one is stored"


class Gone(Struct, frozen=True):
    """Files of objects that were pulled before and are no longer listed."""

    files: tuple[str, ...]
    is_all: bool = False
    """Whether nothing that was pulled before is listed, as with the key of another account."""

    @property
    def text(self) -> str:
        shown = ", ".join(self.files[:_SHOWN]) + (", …" if len(self.files) > _SHOWN else "")
        told = (
            f"{_number(len(self.files), 'endpoint', 'endpoints')} of an earlier pull not listed now, perhaps because "
            f"an agent is not connected: kept; delete what is not to be converted ({shown})"
        )
        if self.is_all:
            return f"{told}. Nothing that was pulled before is listed: another account needs another folder"
        return told


Notice = StoredPolicies | ValuesDropped | KeyRepeated | ListedTwice | Gone
"""What somebody who has the folder has to know of it; ``text`` says it."""

_SHOWN: Final = 5


class Failure(Struct, frozen=True):
    """Why a list is not here, or not whole."""

    message: str
    remedy: str


class Pulled(Struct, frozen=True):
    """One list as it is in the folder now."""

    resource: Resource
    count: int
    is_complete: bool
    was_asked: bool = False
    """Whether this run asked for it; a list that was complete is not asked for again."""
    failure: Failure | None = None


class PullResult(Struct, frozen=True):
    """What is in the folder, and what one has to know of it."""

    out: Path
    lists: tuple[Pulled, ...]
    notices: tuple[Notice, ...] = ()

    @property
    def is_complete(self) -> bool:
        """Whether everything that was to be pulled is there."""
        return all(pulled.is_complete and pulled.failure is None for pulled in self.lists)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing in the folder."""
        return not any(pulled.is_complete or pulled.count for pulled in self.lists)

    @property
    def exit_code(self) -> int:
        """0 all is there; 1 something is missing; 2 there is nothing."""
        if self.is_complete:
            return 0
        return 2 if self.is_empty else 1


def _number(count: int, one: str, many: str) -> str:
    return f"{count} {one if count == 1 else many}"
