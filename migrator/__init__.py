"""migrator: from ngrok's retired endpoint-based AI gateway to access key configurations.

The library is ``convert``, ``convert_many`` and ``audit`` (see ``migrator.api``), what they take and what they give.
``migrator.comparison`` compares, ``migrator.errors`` has what is raised. ``docs/library.md`` shows all of it.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from migrator.version import __version__

if TYPE_CHECKING:
    from migrator.api import Audited, Input, Options, Result, audit, convert, convert_many, strategies
    from migrator.config import read_configuration
    from migrator.findings.base import Finding, Severity
    from migrator.findings.rulings import Rulings, Waiver
    from migrator.report.baseline_file import read_baseline
    from migrator.report.options import ReportOptions
    from migrator.translate.model import Decision, Names, Reason

__all__ = [
    "Audited",
    "Decision",
    "Finding",
    "Input",
    "Names",
    "Options",
    "Reason",
    "ReportOptions",
    "Result",
    "Rulings",
    "Severity",
    "Waiver",
    "__version__",
    "audit",
    "convert",
    "convert_many",
    "read_baseline",
    "read_configuration",
    "strategies",
]

_ELSEWHERE = {
    "Decision": "translate.model",
    "Finding": "findings.base",
    "Names": "translate.model",
    "Reason": "translate.model",
    "ReportOptions": "report.options",
    "Rulings": "findings.rulings",
    "Severity": "findings.base",
    "Waiver": "findings.rulings",
    "read_baseline": "report.baseline_file",
    "read_configuration": "config",
}
"""Name → the module that has it, of those that are not ``api``'s own."""


def __getattr__(name: str) -> Any:
    """Import the library when it is used: ``migrator --version`` needs none of it."""
    if name in __all__:
        return getattr(import_module(f"migrator.{_ELSEWHERE.get(name, 'api')}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    """What an interactive prompt completes, whether it was used already or not."""
    return sorted({*globals(), *__all__})
