"""How many examples a property tries: few by default, in proportion to the profile else."""

from __future__ import annotations

from typing import Final

from hypothesis import HealthCheck, currently_in_test_context, note, settings

_USUAL: Final = 100
"""Examples of a profile that says nothing; the numbers of the tests are meant for it."""


def examples(count: int) -> settings:
    """``count`` examples, and as many times more as the profile in force asks for."""
    known = settings.default.max_examples if settings.default is not None else _USUAL
    return settings(
        max_examples=max(1, count * known // _USUAL),
        deadline=None,
        # Policies are large, so making them up takes longer than converting them.
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
    )


def shown(*texts: str) -> None:
    """Show these files with a failing example; without effect outside of a property."""
    if currently_in_test_context():
        note("\n--------- beside\n".join(texts))
