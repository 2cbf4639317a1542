from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from migrator.cli.run import emit

if TYPE_CHECKING:
    import pytest


def test_an_artefact_in_pieces_is_the_same_bytes(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    pieces = ["é" * 200_000, "", "\udcff", "end\n", "x" * 300_000]
    emit("".join(pieces))
    whole = capfdbinary.readouterr().out
    emit(iter(pieces))
    assert capfdbinary.readouterr().out == whole


def test_pieces_are_written_before_all_of_them_are_made(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    seen: list[int] = []

    def pieces() -> Iterator[str]:
        for _ in range(4):
            yield "x" * 300_000
            seen.append(len(capfdbinary.readouterr().out))

    emit(pieces())
    assert seen == [300_000] * 4
