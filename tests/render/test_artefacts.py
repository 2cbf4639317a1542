"""What each artefact looks like: read the snapshots beside this file."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode

from migrator.merge.model import Migration
from migrator.render.bundle import bundle_artifacts

if TYPE_CHECKING:
    from syrupy.assertion import SnapshotAssertion

NAMES = ("CUTOVER.md", "apply.sh", "calls.jsonl", "manifest.yaml", "secrets.env.example")


class AsFile(SingleFileSnapshotExtension):
    """A snapshot that is the artefact itself."""

    _write_mode = WriteMode.TEXT


def test_artefact(migration: Migration, snapshot: SnapshotAssertion) -> None:
    artifacts = bundle_artifacts(migration, {}, {"policies/a.yaml": ""})
    for name in NAMES:
        stem, _, suffix = name.rpartition(".")
        extension = type("AsFile", (AsFile,), {"file_extension": suffix})
        assert artifacts[name].text == snapshot(name=stem, extension_class=extension)


def test_artefacts_do_not_depend_on_the_hash_seed(repository: Path, tmp_path: Path) -> None:
    code = (
        "import tests.render.conftest as c\n"
        "from migrator.render.bundle import bundle_artifacts\n"
        "made = c.migration.__wrapped__(c.state.__wrapped__())\n"
        "for name, artifact in bundle_artifacts(made, {'report.txt': 'r'}, {'b': 'b', 'a': 'a'}).items():\n"
        "    print(name, artifact.mode, artifact.text)\n"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", code],
            cwd=repository,
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("0", "1", "2")
    }
    assert len(outputs) == 1
