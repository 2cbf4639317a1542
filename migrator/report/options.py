"""What a caller may choose about a report: its width, its colours, the threshold it is read against."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, get_args

from msgspec import Struct

from migrator.errors import UsageError
from migrator.findings.base import Severity

if TYPE_CHECKING:
    from migrator.report.baseline import Baseline

GroupBy = Literal["endpoint", "file", "namespace"]
"""What findings and units are put together by."""


def refuse_unknown(by: str) -> None:
    """Raises UsageError for what nothing is put together by."""
    known = get_args(GroupBy)
    if by not in known:
        raise UsageError(f"nothing is put together by {by}", f"Choose one of: {', '.join(known)}.")


FLEET: Final = 50
"""With more units or files than this a report begins with sums, and shows details of what is asked for."""

Role = Literal["error", "warning", "note", "strong", "faint"]

_RESET: Final = "\x1b[0m"


class Style(Struct, frozen=True):
    """The terminal sequences that paint a role; an empty one leaves the text as it is."""

    error: str = ""
    warning: str = ""
    note: str = ""
    strong: str = ""
    faint: str = ""

    def paint(self, role: Role, text: str) -> str:
        sequence: str = getattr(self, role)
        return f"{sequence}{text}{_RESET}" if sequence and text else text


PLAIN: Final = Style()
COLOURED: Final = Style(
    error="\x1b[1;31m", warning="\x1b[33m", note="\x1b[36m", strong="\x1b[1m", faint="\x1b[2m"
)


class ReportOptions(Struct, frozen=True):
    """``width`` and ``style`` are the terminal's; ``fail_on`` is None for ``--fail-on never``.

    ``base`` is the directory that paths in reports for other machines start at; empty where there is none.
    With a ``baseline`` only what is new is shown, and counts for ``fail_on``. ``group_by`` None is by file, as
    each format thinks best. ``details`` are patterns of names of groups: those are shown in full, and no others;
    without one the whole run is, unless it is a fleet.
    """

    width: int = 100
    style: Style = PLAIN
    fail_on: Severity | None = Severity.ERROR
    base: str = ""
    baseline: Baseline | None = None
    group_by: GroupBy | None = None
    details: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.group_by is not None:
            refuse_unknown(self.group_by)


DEFAULTS: Final = ReportOptions()
