"""What a plan may not do unless somebody allowed it."""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from migrator.apply.model import Plan
from migrator.errors import UsageError
from migrator.render.safe import shown

MAX_CHANGES: Final = 10
_SHOWN: Final = 10


class Allowed(Struct, frozen=True):
    """What the caller allowed."""

    account_settings: bool = False
    widen: bool = False
    max_changes: int = MAX_CHANGES


class NotAllowedError(UsageError):
    """The plan does something that nobody allowed. Nothing of it was done."""


def check(plan: Plan, allowed: Allowed) -> None:
    """Raise NotAllowedError for a plan that goes too far, with what and how to allow it."""
    problems = [f"{address}: {why}" for address, why in plan.problems()]
    if problems:
        raise _refused(
            "the plan cannot be carried out", problems, "Nothing of it was done. Each line says what to do."
        )
    widening = [f"{address}: {reason}" for address, reason in plan.widening()]
    if widening and not allowed.widen:
        raise _refused(
            "the plan lets live objects do more, or changes who pays",
            widening,
            "Nothing of it was done. If that is meant: --allow-widen.",
        )
    count = len(plan.touched)
    if count > allowed.max_changes:
        raise _refused(
            f"the plan changes {count} existing objects, and {allowed.max_changes} are allowed",
            [
                f"{change.address}: {'rotate' if change.action == 'none' else change.action}"
                for change in plan.touched
            ],
            f"Nothing of it was done. If that is meant: --max-changes {count}.",
        )


def _refused(message: str, lines: list[str], remedy: str) -> NotAllowedError:
    error = NotAllowedError(message, remedy)
    more = len(lines) - _SHOWN
    error.details = tuple(shown(line) for line in lines[:_SHOWN]) + (
        (f"and {more} more",) if more > 0 else ()
    )
    return error
