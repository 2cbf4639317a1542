"""The programs that docs/scale.md shows run as they stand there."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.batch.test_convert_many import POLICY


def programs(repository: Path) -> list[str]:
    text = (repository / "docs" / "scale.md").read_text(encoding="utf-8")
    return re.findall(r"^```python\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("number", [0, 1])
def test_a_program_of_the_page_converts(repository: Path, tmp_path: Path, number: int) -> None:
    program = programs(repository)[number]
    if "distributed" in program and importlib.util.find_spec("distributed") is None:
        pytest.skip("needs migrator[distributed]")
    (tmp_path / "policies").mkdir()
    (tmp_path / "policies" / "a.yaml").write_bytes(POLICY)
    (tmp_path / "program.py").write_text(program, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "program.py"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(repository)},
        capture_output=True,
        check=True,
        timeout=120,
    )
    assert done.stdout.startswith(b"1 units, ")
