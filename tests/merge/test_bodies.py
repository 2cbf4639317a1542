"""The desired state as the new gateway would hold it: what the manifest says, made when somebody asks for it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from migrator.api import Options, convert
from migrator.merge import verdicts
from migrator.merge.verdicts import objects_of
from migrator.verify.objects import Objects

if TYPE_CHECKING:
    import pytest

MEMBERS = ("providers", "keys", "configurations", "access_keys")


def test_they_are_those_of_the_manifest_in_its_order(repository: Path) -> None:
    result = convert([repository / "fixtures" / "strategies"], Options(verify=False))
    made, written = objects_of(result.migration), Objects.of_document(result.manifest())
    for member in MEMBERS:
        bodies = getattr(made, member)
        assert len(bodies) == len(getattr(written, member))
        assert list(bodies.items()) == list(getattr(written, member).items())
        assert "nobody" not in bodies
        assert bodies.get("nobody") is None


def test_one_that_was_let_go_is_made_again(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verdicts, "_MADE", 1)
    result = convert([repository / "fixtures" / "strategies"], Options(verify=False))
    bodies = objects_of(result.migration).configurations
    first, second, *_ = bodies
    before = bodies[first]
    assert bodies[first] is before
    assert bodies[second] != before
    assert bodies[first] is not before
    assert bodies[first] == before
