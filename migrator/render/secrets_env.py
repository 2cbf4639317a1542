"""The secrets that somebody has to supply, and ``secrets.env.example``, which lists them.

``NAME=`` lines with comments; after filling it in, ``set -a; . ./secrets.env; set +a`` loads it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from msgspec import Struct

from migrator.errors import InternalError
from migrator.merge.model import Migration
from migrator.render.places import place
from migrator.render.safe import shown
from migrator.spans import Location
from migrator.target.state import ProviderKey, SecretReference

_NAME: Final = re.compile(r"[A-Z_][A-Z0-9_]*")

_HEADER: Final = """\
# The secrets of the migration {name}: fill in the values, keep the file to yourself (chmod 600) and out of
# version control, and load it with `set -a; . ./secrets.env; set +a`. Put each value in single quotes.
"""


class NeededSecret(Struct, frozen=True):
    """One environment variable to fill, for every provider key that takes its value."""

    env: str
    source: str
    is_literal: bool
    providers: tuple[str, ...]
    keys: tuple[str, ...]
    origins: tuple[Location, ...]


def needed_secrets(migration: Migration) -> tuple[NeededSecret, ...]:
    """Every secret to supply, sorted by its environment variable.

    Raises InternalError for a name that no shell takes: it goes into scripts unquoted.
    """
    by_env: dict[str, list[ProviderKey]] = {}
    for key in migration.state.provider_keys:
        if not _NAME.fullmatch(key.value.env):
            raise InternalError(f"{key.value.env!r} is no name for an environment variable")
        by_env.setdefault(key.value.env, []).append(key)
    return tuple(_needed(env, keys) for env, keys in sorted(by_env.items()))


def secrets_env(migration: Migration) -> str:
    """``secrets.env.example``: names, what each is and where it was used; never a value."""
    blocks = [_HEADER.format(name=shown(migration.name))]
    blocks += ["".join(f"{line}\n" for line in _block(needed)) for needed in needed_secrets(migration)]
    return "\n".join(blocks)


def _block(needed: NeededSecret) -> Iterator[str]:
    yield f"# {shown(needed.source)}; provider {shown(', '.join(needed.providers))}"
    for at in dict.fromkeys(place(at) for at in needed.origins):
        yield f"#   {shown(at)}"
    yield f"{needed.env}="


def _needed(env: str, keys: list[ProviderKey]) -> NeededSecret:
    value = keys[0].value
    return NeededSecret(
        env=env,
        source=_source(value),
        is_literal=_is_literal(value),
        providers=tuple(dict.fromkeys(key.provider_id for key in keys)),
        keys=tuple(key.name for key in keys),
        origins=tuple(dict.fromkeys(at for key in keys for at in key.origins)),
    )


def _is_literal(value: SecretReference) -> bool:
    """Whether it stood in the policy: such a name and one to supply both have no vault."""
    return value.vault is None and value.name is None and value.env.startswith("LITERAL_")


def _source(value: SecretReference) -> str:
    match value.vault, value.name:
        case None, None if _is_literal(value):
            return "a credential that was written into the policy: create a new one, the old one is in files"
        case None, None:
            return "a provider key that the policy never had"
        case None, name:
            return f"secret {name}"
        case vault, None:
            return f"secret {vault}"
        case vault, name:
            return f"secret {name} of the vault {vault}"
