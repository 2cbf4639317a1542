"""How many processes pay for their start. Apart from them, so that a run that needs none imports none of it."""

from __future__ import annotations

import math
import os
from pathlib import Path
from typing import Final

FEWEST: Final = 32
"""Files for which a further process is worth its start."""

_QUOTA: Final = Path("/sys/fs/cgroup/cpu.max")


def usable() -> int:
    """The processors that this process may use: by its affinity, and by the quota of its control group."""
    if hasattr(os, "process_cpu_count"):  # Python 3.13
        count = int(os.process_cpu_count() or 1)
    elif hasattr(os, "sched_getaffinity"):
        count = len(os.sched_getaffinity(0))
    else:
        count = os.cpu_count() or 1
    try:
        quota, period = _QUOTA.read_text(encoding="ascii").split()
        allowed = math.ceil(int(quota) / int(period))
    except (OSError, ValueError):  # none is set, or it is another system
        return count
    return max(1, min(count, allowed))


def worth(files: int) -> int:
    """How many processes are worth starting for so many files."""
    return max(1, min(usable(), files // FEWEST))
