"""What can go wrong with the tool itself. Findings about the user's policies are not errors.

::

    MigratorError            exit 2   anything below; message first, then what to do
    ├── UsageError           exit 2   the call or the configuration file asks for something impossible
    ├── OutputError          exit 2   an output could not be written; nothing was half-written
    ├── RemoteError          exit 2   an API did not give what it was asked for
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


class RemoteError(MigratorError):
    """An API did not give what it was asked for: nobody is there, it refused, or its answer makes no sense."""

    def __init__(self, message: str, remedy: str = "", *, is_general: bool = False) -> None:
        super().__init__(message, remedy)
        self.is_general = is_general
        """Whether any other request to that API would end the same way."""


class InternalError(MigratorError):
    """A promise of the tool does not hold. The message names the promise."""
