"""``--catalog FILE|live``: the catalogues a conversion works with."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from migrator.errors import UsageError
from migrator.secrets import Secret

if TYPE_CHECKING:
    from migrator.catalog import Catalog, Catalogs

API_URL: Final = "https://api.ngrok.ai"
KEY_VARIABLE: Final = "AI_GATEWAY_API_KEY"
LIVE: Final = "live"


def chosen_catalogs(names: Sequence[str], api_url: str) -> Catalogs | None:
    """The shipped catalogues with those named in their place; None where none is named.

    Nothing is asked before every file is read and found to go together. Raises UsageError for a file, a key
    or an address that cannot be used, MigratorError where the account gives no catalogue.
    """
    from migrator.catalog import catalogs_with, read_catalog

    if not names:
        return None
    files = [read_catalog(Path(name)) for name in dict.fromkeys(names) if name != LIVE]
    if LIVE not in names:
        return catalogs_with(files)
    if any(catalog.gateway == "current" for catalog in files):
        raise UsageError(
            "there are two catalogues of the current gateway: a file, and live", "Give one of them."
        )
    return catalogs_with([*files, _live(api_url)])


def _live(api_url: str) -> Catalog:
    from migrator.catalog import bundled
    from migrator.catalog.live import from_models_answer
    from migrator.http import get_json

    key = Secret(os.environ.get(KEY_VARIABLE, ""))
    if not key:
        raise UsageError(
            f"--catalog live needs an AI Gateway API key in the environment variable {KEY_VARIABLE}",
            "It is the key that manages the account at api.ngrok.ai: not an access key, not a provider key. "
            "Without one, leave --catalog live out.",
        )
    answer = get_json(api_url, "/v1/models", key)
    return from_models_answer(answer, datetime.now(UTC).date().isoformat(), bundled().current)
