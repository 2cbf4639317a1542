"""How a long run says how far it is."""

from __future__ import annotations

from collections.abc import Callable

Tell = Callable[[str, int, int], None]
"""What is being done (``reading``, ``comparing``, …), how many are done, of how many."""
