"""The policies people published, read as the tool reads them."""

from __future__ import annotations

from pathlib import Path

from migrator.residual.residual import residual
from migrator.sources.inputs import Input
from migrator.sources.model import FileRead
from migrator.sources.read import read
from tests.residual.files import name


def _read(data: bytes) -> FileRead:
    file = read(Input("file", "file", data))
    assert file is not None
    return file


def test_every_published_policy_is_cut_and_what_is_left_holds_no_action(shared: Path) -> None:
    paths = sorted(path for path in (shared / "corpus").rglob("*") if path.is_file())
    files = [_read(path.read_bytes()) for path in paths]
    made = [found for file in files if (found := residual(file, name)) is not None]

    assert len(made) == sum(
        file.text is not None and any(found.policy.gateways() for found in file.policies) for file in files
    )
    assert len(made) > 50
    assert not [found for found in made if "W003" in {finding.code for finding in found.findings}]
    for found in made:
        again = _read(found.text.encode())
        assert residual(again, name) is None
        assert "R007" not in {finding.code for finding in again.findings}
