"""What can go wrong with the tool itself. Findings about the user's policies are not errors.

::

    MigratorError            exit 2   anything below; message first, then what to do
    ├── UsageError           exit 2   the call or the configuration file asks for something impossible
    ├── OutputError          exit 2   an output could not be written; nothing was half-written
    ├── RemoteError          exit 2   an API did not give what it was asked for
    │   └── CallError        exit 2   one request to it, with all it said and whether it may have worked
    ├── StaleError           exit 2   what a plan was made from is not there any more; nothing was overwritten
    └── InternalError        exit 2   a promise of the tool does not hold; please report it
    Interrupted              exit 130 somebody interrupted it, with how far it was (a KeyboardInterrupt)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from migrator.said import Said


class MigratorError(Exception):
    """Base of the tree. ``message`` says what happened, ``remedy`` what to do about it.

    ``details`` are lines between the two, where a message is about several things.
    """

    exit_code: ClassVar[int] = 2
    details: tuple[str, ...] = ()

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

    def __init__(
        self, message: str, remedy: str = "", *, is_general: bool = False, is_absent: bool = False
    ) -> None:
        super().__init__(message, remedy)
        self.is_general = is_general
        """Whether any other request to that API would end the same way."""
        self.is_absent = is_absent
        """Whether somebody answered, and has no such thing."""


class CallError(RemoteError):
    """One request did not end as it should have: what the API said, and what that means for a second attempt."""

    def __init__(
        self,
        message: str,
        remedy: str = "",
        *,
        is_general: bool = False,
        is_uncertain: bool = False,
        said: Said | None = None,
    ) -> None:
        super().__init__(message, remedy, is_general=is_general)
        self.is_uncertain = is_uncertain
        """Whether the request may have been carried out: the answer is lost, or is a server's failure."""
        self.said = said
        """What was answered; None where no answer arrived."""

    def about(self, subject: str, remedy: str | None = None) -> CallError:
        """The same, said of an object."""
        return CallError(
            f"{subject}: {self.message}",
            self.remedy if remedy is None else remedy,
            is_general=self.is_general,
            is_uncertain=self.is_uncertain,
            said=self.said,
        )


class StaleError(MigratorError):
    """What a plan was made from is not there any more. What changed since was not overwritten."""


class Interrupted(KeyboardInterrupt):
    """Somebody interrupted a run. The text says what was done by then; nothing was written."""


class InternalError(MigratorError):
    """A promise of the tool does not hold. The message names the promise."""
