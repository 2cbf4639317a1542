"""Regular expressions that are compiled when they are first used: of those that a module has, a run uses a few.

``pattern`` is ``re.compile`` to type checkers, and does the same for whoever calls a pattern's methods. A pattern
that every run uses, or that is handed to a function of ``re``, is compiled by ``re.compile``.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

__all__ = ["pattern"]

_METHODS: Final = ("findall", "finditer", "fullmatch", "match", "pattern", "search", "split", "sub")


class _Pattern:
    def __init__(self, text: str, flags: int = 0) -> None:
        self._text = text
        self._flags = flags

    def __getattr__(self, name: str) -> Any:
        """What it has not got yet: from now on it has everything, and costs what a compiled pattern costs."""
        if name not in _METHODS:
            raise AttributeError(name)
        compiled = re.compile(self._text, self._flags)
        for each in _METHODS:
            setattr(self, each, getattr(compiled, each))
        return getattr(compiled, name)


if TYPE_CHECKING:
    from re import compile as pattern
else:
    pattern = _Pattern
