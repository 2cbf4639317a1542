"""Damaged policies: a few hundred of them, and the harness itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from fuzz import __main__ as program
from fuzz.case import Case, case
from fuzz.smaller import smaller
from fuzz.supervise import Limits, Worker
from fuzz.worker import WRITERS, outcome

SEED, COUNT = 20_261_124, 150


def test_nothing_is_wrong_with_files_that_are_damaged(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ["--seed", str(SEED), "--count", str(COUNT), "--seconds", "10", "--out", str(tmp_path)]
    assert program.main(asked) == 0, capsys.readouterr().out
    assert f"{COUNT} files from seed {SEED}" in capsys.readouterr().out
    assert list(tmp_path.iterdir()) == []


def test_a_seed_and_a_number_make_one_file() -> None:
    made = [case(SEED, number) for number in range(50)]
    assert made == [case(SEED, number) for number in range(50)]
    assert len({one.data for one in made}) > 40


def test_a_failure_is_kept_with_how_it_happens_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    soak = ["--seed", str(SEED), "--count", "1", "--seconds", "0.00001", "--out", str(tmp_path)]
    assert program.main(soak) == 1
    said = capsys.readouterr().out
    assert "1 times hang: more than 1e-05 s" in said
    (folder,) = tmp_path.iterdir()
    assert folder.name == f"{SEED}-0-hang"
    text = (folder / "failure.txt").read_text(encoding="utf-8")
    assert f"--seed {SEED} --first 0 --count 1" in text
    assert "fuzz/worker.py" in text, "where it was"


def test_a_file_is_looked_at_by_itself(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "p.yaml"
    path.write_text("on_http_request: [{type: ai-gateway}]", encoding="utf-8")
    assert program.main(["--file", str(path), "--seconds", "10"]) == 0
    assert capsys.readouterr().out == f"{path}: fine\n"


def test_the_files_behind_one_that_hangs_are_not_lost() -> None:
    with Worker(SEED, Limits(seconds=0.00001)) as worker:
        found = list(worker.numbers([0, 1]))
    assert [(number, one.kind) for number, one in found] == [(0, "hang"), (1, "hang")]


def test_an_exception_is_a_crash_with_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: object) -> str:
        raise KeyError("x")

    monkeypatch.setattr("fuzz.worker.WRITERS", (broken,) * len(WRITERS))
    found = outcome(Case("p.yaml", b"on_http_request: [{type: ai-gateway}]"), 512)
    assert found["kind"] == "crash"
    assert found["where"].startswith("KeyError in ")


def test_what_a_failure_does_not_need_is_left_out() -> None:
    held = Case("p.yaml", b"a: 1\nb: 2\nbad: 3\nc: 4\n")
    assert smaller(held, lambda one: b"bad" in one.data).data == b"bad"


@pytest.mark.parametrize(
    "name, data",
    [
        pytest.param(
            "deploy.sh",
            b"'t:\ron_http_request:\r      - type: ai-gateway\r        e:'",
            id="carriage returns in a host",
        ),
        pytest.param(
            "p.yaml",
            b"on_http_request:\n- expressions:\n  - \"!(req.headers['x-api-key'][0] in vars.t"
            + b" + 'a'" * 1_500
            + b')"\n  actions: [{type: deny}, {type: ai-gateway}]\n',
            id="many credentials in one value",
        ),
        pytest.param(
            "p.yaml",
            b"providers:\n    - _key: ${s('','prod-1')\n    - id: anthropic\n      api_keys:\n"
            b"      - value: ${secrets.get('','prod-1')}",
            id="a secret whose name is masked",
        ),
        pytest.param(
            "start.sh",
            b"ngrok http 80 --traffic-policy-file " + b"x" * 5_000 + b".yaml\n",
            id="a path that no system has",
        ),
    ],
)
def test_what_was_wrong_once_is_not_again(name: str, data: bytes) -> None:
    with Worker(SEED, Limits(seconds=10)) as worker:
        assert [worker.file(Case(name, data, choice)).kind for choice in range(6)] == [""] * 6
