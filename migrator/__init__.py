"""migrator: from ngrok's retired endpoint-based AI gateway to access key configurations.

The library is ``convert``, ``convert_many`` and ``audit`` with ``Options``, ``Input`` and ``Result`` (see ``migrator.api``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from migrator.version import __version__

if TYPE_CHECKING:
    from migrator.api import Audited, Input, Options, Result, audit, convert, convert_many

__all__ = ["Audited", "Input", "Options", "Result", "__version__", "audit", "convert", "convert_many"]


def __getattr__(name: str) -> Any:
    """Import the library when it is used: ``migrator --version`` needs none of it."""
    if name in __all__:
        from migrator import api

        return getattr(api, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
