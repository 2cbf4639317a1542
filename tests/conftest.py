"""What every test may ask for."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

REPOSITORY = Path(__file__).resolve().parent.parent

# A slow machine is no failure. CI looks at the same examples every time; at home new ones are
# tried on each run, and `--hypothesis-profile=thorough` tries many.
settings.register_profile("default", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
settings.register_profile("thorough", deadline=None, max_examples=5_000)
settings.load_profile("ci" if os.environ.get("CI") else "default")


@pytest.fixture(scope="session")
def repository() -> Path:
    """The top of the repository."""
    return REPOSITORY


@pytest.fixture(scope="session")
def shared() -> Path:
    """The optional data kept beside the repository: corpus, catalogues, published contract.

    ``MIGRATOR_SHARED`` names another place; a test that needs the data is skipped without it.
    """
    named = os.environ.get("MIGRATOR_SHARED")
    place = Path(named) if named else REPOSITORY.parent / "shared"
    if not place.is_dir():
        pytest.skip(f"needs the shared data; {place} is no directory (MIGRATOR_SHARED names another)")
    return place
