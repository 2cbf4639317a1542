"""Regular expressions: the only module that uses RE2.

RE2 is what the language names for ``matches``. It takes time in proportion to the text and to the
pattern, whatever they are, so that a pattern cannot run away; and that time is counted here.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from migrator.cel.values import ExhaustedError, OperationError, Spend

if TYPE_CHECKING:
    import re2  # type: ignore[import-untyped]  # it has no type hints

_MEMORY: Final = 1 << 20
"""Bytes for a compiled pattern. A larger one is refused: it takes milliseconds to compile."""

_OVERHEAD: Final = 16
_REFUSED: Final = 1_000
_PROGRAM_SHIFT: Final = 2
_MATCH_SHIFT: Final = 8
"""What is spent: for a match and for a pattern that is not accepted, and how many instructions, and
how many characters times instructions, cost one unit (as binary logarithms)."""


def matches(spend: Spend, text: str, pattern: str) -> bool:
    """Whether any part of ``text`` matches ``pattern``."""
    try:
        import re2
    except ImportError:
        raise OperationError("`matches` needs the library google-re2, which is not installed") from None
    try:
        compiled = _compiled(pattern)
    except re2.error as error:
        spend(_REFUSED)
        raise OperationError(f"`matches` needs a pattern of RE2: {_cause(error)}") from None
    size: int = compiled.programsize
    try:
        spend(_OVERHEAD + (size >> _PROGRAM_SHIFT) + (len(text) * size >> _MATCH_SHIFT))
    except ExhaustedError:
        raise ExhaustedError("`matches` takes too much work: the pattern or the text is too long") from None
    return compiled.search(text) is not None


@lru_cache(256)
def _compiled(pattern: str) -> Any:
    import re2

    options = re2.Options()
    options.log_errors = False
    options.never_capture = True
    options.max_mem = _MEMORY
    return re2.compile(pattern, options)


def _cause(error: re2.error) -> str:
    """What RE2 says, without the part of the pattern that it quotes behind a colon."""
    message = error.args[0]
    text = message.decode("utf-8", "replace") if isinstance(message, bytes) else str(message)
    return text.partition(":")[0]
