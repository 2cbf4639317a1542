"""What CONTRIBUTING says of the names of modules."""

from __future__ import annotations

import re
from pathlib import Path


def test_no_module_has_a_name_that_says_nothing(repository: Path) -> None:
    rule = re.search(
        r"No\s+module is called (.*?)\.", (repository / "CONTRIBUTING.md").read_text("utf-8"), re.DOTALL
    )
    assert rule is not None
    refused = set(re.findall(r"`(\w+)`", rule[1]))
    assert refused >= {"utils", "common"}
    modules = [path for folder in ("migrator", "tests") for path in (repository / folder).rglob("*.py")]
    assert [path.relative_to(repository) for path in modules if path.stem in refused] == []
