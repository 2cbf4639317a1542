"""What can go wrong with the tool itself. Findings about the user's policies are not errors.

::

    MigratorError            exit 2   anything below; message first, then what to do
    ├── UsageError           exit 2   the call or the configuration file asks for something impossible
    ├── OutputError          exit 2   an output could not be written; nothing was half-written
    └── InternalError        exit 2   a promise of the tool does not hold; please report it
"""

from __future__ import annotations

from typing import ClassVar


class MigratorError(Exception):
    """Base of the tree. ``message`` says what happened, ``remedy`` what to do about it."""

    exit_code: ClassVar[int] = 2

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy


class UsageError(MigratorError):
    """The call or the configuration file asks for something that cannot be done."""


class OutputError(MigratorError):
    """An output could not be written. What stood there before is untouched."""


class InternalError(MigratorError):
    """A promise of the tool does not hold. The message names the promise."""
