"""A run leaves no cycles behind: only therefore may it look for them as seldom as it does."""

from __future__ import annotations

import gc

from migrator.api import convert
from migrator.sources.inputs import find_inputs
from tests.manual import FIXTURES


def test_a_run_leaves_less_than_one_object_a_file_in_cycles() -> None:
    inputs = find_inputs([FIXTURES], None).inputs
    convert(inputs[:10]).json()  # what is made once
    gc.collect()
    gc.disable()
    try:
        convert(inputs).json()
        assert gc.collect() < len(inputs)
    finally:
        gc.enable()
