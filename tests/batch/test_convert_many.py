"""Several processes give what one gives, whatever happens to them."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

import migrator
from migrator import pipeline
from migrator.api import convert_many
from migrator.batch import work
from migrator.batch.workers import Gone, Processes
from migrator.catalog import bundled
from migrator.comparison import verify
from migrator.errors import InternalError, Interrupted, UsageError
from migrator.findings.base import Finding
from migrator.merge.verdicts import judged
from migrator.report.audit_data import audit_json
from migrator.sources.inputs import Input
from migrator.sources.model import FileRead
from migrator.sources.read import read
from migrator.verify import twins
from migrator.verify.compare import compare
from migrator.verify.model import Compared
from migrator.verify.sides import Pair
from tests.batch.conftest import Deadly

QUICK = migrator.Options(verify=False)
POLICY = b"on_http_request: [{actions: [{type: ai-gateway, config: {providers: [{id: openai}]}}]}]\n"


def slowly(_shared: bytes, _part: bytes) -> bytes:
    time.sleep(0.5)
    return b""


def many(count: int, top: str = "") -> list[Input]:
    return [Input(f"{top}p{n:03}.yaml", f"p{n:03}.yaml", POLICY) for n in range(count)]


def found(result: migrator.Result, code: str) -> list[Finding]:
    return [one for one in result.findings if one.code == code]


def outputs(result: migrator.Result) -> list[str]:
    forms = ("text", "markdown", "html", "sarif", "junit", "github")
    return [
        result.json(),
        result.manifest_yaml(),
        result.calls(),
        result.curl(),
        result.residuals().patch,
        *(result.report(form) for form in forms),
    ]


@pytest.fixture(scope="module")
def expected(policies: Path) -> migrator.Result:
    return migrator.convert([policies], QUICK)


def test_what_a_process_compared_is_known_in_its_next_part(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def counted(pair: Pair, named: frozenset[str] | None = None) -> Compared:
        asked.append(pair.unit.id)
        return compare(pair, named)

    monkeypatch.setattr(twins, "compare", counted)
    with ThreadPoolExecutor(1) as executor:
        result = convert_many(many(40), executor=executor)
    assert len(asked) == 1
    assert result.json() == migrator.convert(many(40)).json()


def test_every_output_is_that_of_one_process(repository: Path) -> None:
    demo = [repository / "fixtures" / "demo"]
    assert outputs(convert_many(demo, jobs=2)) == outputs(migrator.convert(demo))


def test_files_of_every_kind_come_out_the_same(policies: Path, expected: migrator.Result) -> None:
    assert outputs(convert_many([policies], QUICK, jobs=3)) == outputs(expected)


def test_a_spawned_pool_of_somebody_gives_the_same(policies: Path, expected: migrator.Result) -> None:
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(2, mp_context=context) as pool:
        assert convert_many([policies], QUICK, executor=pool).json() == expected.json()
        assert pool.submit(pow, 2, 3).result() == 8, "it was not shut down"


def test_threads_give_the_same(policies: Path, expected: migrator.Result) -> None:
    with ThreadPoolExecutor(3) as pool:
        assert convert_many([policies], QUICK, executor=pool).json() == expected.json()


def test_an_executor_compares_as_one_process_does() -> None:
    with ThreadPoolExecutor(2) as pool:
        found = verify(many(20), executor=pool)
    assert len(found.verdicts) == 20
    assert found.json() == verify(many(20)).json()


def test_decisions_and_catalogues_reach_the_other_processes(policies: Path) -> None:
    decisions = {"other-providers:*": "allow"}
    options = migrator.Options("m", "catalog", decisions, bundled(), verify=False)
    one = migrator.convert([policies], options)
    assert convert_many([policies], options, jobs=2).json() == one.json()


def test_an_answer_that_does_not_exist_is_refused_in_the_same_words(policies: Path) -> None:
    refused = []
    for jobs in (1, 2):
        with pytest.raises(UsageError, match="no option") as raised:
            convert_many([policies], migrator.Options(decisions={"*": "x"}), jobs=jobs)
        refused.append((raised.value.message, raised.value.remedy))
    assert refused[0] == refused[1]


def test_an_audit_is_the_same(policies: Path) -> None:
    one, two = (migrator.audit([policies], QUICK, jobs=jobs) for jobs in (1, 2))
    assert audit_json(two.audit) == audit_json(one.audit)
    assert two.result.json() == one.result.json()


def test_the_same_unit_in_several_files_is_one_unit() -> None:
    text = b"""
kind: CloudEndpoint
metadata: {name: a}
spec:
  url: https://a.example.com
  trafficPolicy: {policy: {on_http_request: [{actions: [{type: ai-gateway}]}]}}
"""
    inputs = [Input(f"{n:02}.yaml", f"{n:02}.yaml", text) for n in range(40)]
    assert convert_many(inputs, QUICK, jobs=2).json() == migrator.convert(inputs, QUICK).json()


@pytest.mark.parametrize("jobs", [1, 2, "auto"])
def test_no_input_is_no_result(jobs: Any) -> None:
    assert convert_many([], jobs=jobs).nothing_readable


@pytest.mark.parametrize("jobs", [1, 2, 200, "auto"])
def test_one_input_is_converted(jobs: Any) -> None:
    assert convert_many(many(1), jobs=jobs).json() == migrator.convert(many(1)).json()


def test_inputs_may_be_generated() -> None:
    assert convert_many(iter(many(5)), QUICK, jobs=2).json() == migrator.convert(many(5), QUICK).json()


def test_standard_input_is_read_with_other_inputs(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_bytes(POLICY)
    inputs = ["-", str(tmp_path)]
    two = convert_many(inputs, QUICK, jobs=2, stdin=POLICY)
    assert two.json() == migrator.convert(inputs, QUICK, stdin=POLICY).json()
    assert len(two.units) == 2


def test_a_file_that_goes_away_is_told_as_with_one_process(tmp_path: Path) -> None:
    gone = [Input(str(tmp_path / "gone.yaml"), "gone.yaml"), *many(3)]
    two = convert_many(gone, QUICK, jobs=2)
    assert two.json() == migrator.convert(gone, QUICK).json()
    assert len(found(two, "R001")) == 1


def test_a_tree_of_two_hundred_levels_comes_back() -> None:
    deep = b"x: " + b"[" * 190 + b"]" * 190 + b"\n" + POLICY
    items = [Input("deep.yaml", "deep.yaml", deep), *many(2)]
    assert convert_many(items, QUICK, jobs=2).json() == migrator.convert(items, QUICK).json()


@pytest.mark.parametrize("jobs", [0, -1])
def test_no_process_at_all_is_wrong_usage(jobs: int) -> None:
    with pytest.raises(UsageError, match="no number of processes"):
        convert_many(many(2), jobs=jobs)


# Workers that die


def test_a_worker_that_dies_costs_one_file(deadly: Deadly) -> None:
    deadly("p017.yaml", False)
    result = convert_many(many(60), QUICK, jobs=2)
    (told,) = found(result, "R021")
    assert told.at is not None
    assert told.at.path == "p017.yaml"
    assert [unit.id for unit in result.units] == [f"p{n:03}" for n in range(60) if n != 17]
    assert result.exit_code() == 1


def test_parts_that_still_waited_when_a_pool_was_given_up_are_gone() -> None:
    """A broken pool fails its parts by and by: whoever asks in between finds some of them cancelled."""
    with Processes(1) as workers:
        waiting = [workers.submit(slowly, b"", b"") for _ in range(8)]
        workers.stop()
        for future in waiting:
            with pytest.raises(Gone):
                workers.result(future)


def test_a_worker_that_dies_once_costs_nothing(deadly: Deadly) -> None:
    deadly("p017.yaml", True)
    assert convert_many(many(60), QUICK, jobs=2).json() == migrator.convert(many(60), QUICK).json()


def test_every_file_may_kill_its_worker(deadly: Deadly) -> None:
    deadly(".yaml", False)
    result = convert_many(many(4), QUICK, jobs=2)
    assert len(found(result, "R021")) == 4
    assert result.nothing_readable


def test_a_pool_that_broke_is_replaced(deadly: Deadly) -> None:
    deadly("p017.yaml", False)
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("fork")) as pool:
        result = convert_many(many(60), QUICK, executor=pool)
    # The process that takes its place is spawned, without what is patched, while the pool's threads still end.
    assert len(found(result, "R021")) + len(result.units) == 60
    assert len(result.units) >= 59


def test_a_unit_whose_comparison_dies_has_no_verdict(monkeypatch: pytest.MonkeyPatch, deadly: Deadly) -> None:
    parent = os.getpid()

    def deadly_judged(migration: Any, *rest: Any) -> Iterator[Any]:
        if os.getpid() != parent and any(unit.id == "p002" for unit in migration.units):
            os.kill(os.getpid(), 9)
        return judged(migration, *rest)

    monkeypatch.setattr(work, "judged", deadly_judged)
    result = convert_many(many(4), jobs=2)
    assert [one.unit for one in found(result, "V005")] == ["p002"]
    assert [unit.verdict is None for unit in result.units] == [False, False, True, False]
    assert result.exit_code() == 1
    result.json()
    result.report("html")


class Lost(Exception):  # noqa: N818 -- as a library may call it
    """What an executor of another library says of a worker that is gone."""


class Losing(Executor):
    """An executor that loses the parts of one file, always."""

    def submit(self, task: Any, /, *arguments: Any, **named: Any) -> Future[Any]:
        future: Future[Any] = Future()
        if b"p001.yaml" in arguments[1]:
            future.set_exception(Lost("worker-1 is gone"))
        else:
            future.set_result(task(*arguments))
        return future


def test_any_exception_of_an_executor_is_a_worker_that_is_gone() -> None:
    result = convert_many(many(5), QUICK, executor=Losing())
    assert len(found(result, "R021")) == 1
    assert len(result.units) == 4


class Incapable(Executor):
    def submit(self, task: Any, /, *arguments: Any, **named: Any) -> Future[Any]:
        future: Future[Any] = Future()
        future.set_exception(ModuleNotFoundError("No module named 'migrator'"))
        return future


def test_an_executor_without_migrator_is_wrong_usage() -> None:
    with pytest.raises(UsageError, match="cannot run migrator") as refused:
        convert_many(many(5), QUICK, executor=Incapable())
    assert "Install" in refused.value.remedy


def test_an_executor_that_was_shut_down_is_wrong_usage() -> None:
    pool = ThreadPoolExecutor(1)
    pool.shutdown()
    with pytest.raises(UsageError, match="takes no work"):
        convert_many(many(2), QUICK, executor=pool)


def test_options_that_cannot_be_packed_are_wrong_usage(monkeypatch: pytest.MonkeyPatch) -> None:
    class Unsendable(dict[str, str]):
        def __reduce__(self) -> Any:
            raise pickle.PicklingError

    monkeypatch.setattr(migrator.Options, "translation", lambda _: Unsendable())
    with pytest.raises(UsageError, match="cannot be sent"):
        convert_many(many(2), jobs=2)


# Bugs


def test_what_reading_raises_is_raised_as_with_one_process(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(item: Input) -> FileRead | None:
        raise InternalError("a promise", "Please report this.")

    monkeypatch.setattr(work, "read", broken)
    with ThreadPoolExecutor(1) as pool, pytest.raises(InternalError, match="a promise") as raised:
        convert_many(many(2), executor=pool)
    assert raised.value.remedy == "Please report this."
    assert any("in broken" in place for place in raised.value.__dict__["elsewhere"])


def test_an_exception_that_cannot_be_packed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    class Odd(Exception):  # noqa: N818 -- odd
        def __init__(self, one: int, two: int) -> None:
            super().__init__("hunter2hunter2")

    def broken(item: Input) -> FileRead | None:
        raise Odd(1, 2)

    monkeypatch.setattr(work, "read", broken)
    with ThreadPoolExecutor(1) as pool, pytest.raises(InternalError, match="Odd in another process"):
        convert_many(many(2), executor=pool)


def test_memory_that_runs_out_costs_one_file(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = read

    def hungry(item: Input) -> FileRead | None:
        if item.path == "p001.yaml":
            raise MemoryError
        return whole(item)

    monkeypatch.setattr(work, "read", hungry)
    with ThreadPoolExecutor(1) as pool:
        result = convert_many(many(4), QUICK, executor=pool)
    assert len(found(result, "R021")) == 1
    assert len(result.units) == 3


def test_an_interruption_says_how_far_it_was() -> None:
    def tell(what: str, done: int, of: int) -> None:
        if done:
            raise KeyboardInterrupt

    for jobs in (1, 2):
        with pytest.raises(Interrupted, match=r"\d+ of 40 files read"):
            convert_many(many(40), QUICK, jobs=jobs, tell=tell)
    assert not multiprocessing.active_children()


def test_an_interruption_before_the_first_file_counts_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(pipeline, "bundled", interrupted)
    with pytest.raises(Interrupted, match=r"^before the first file was read$"):
        convert_many(many(1), QUICK)


# Where it runs


def _in_a_daemon(answers: Any) -> None:
    answers.put(len(convert_many(many(80), QUICK, jobs=2).units))


def test_a_daemon_which_may_have_no_processes_works_alone() -> None:
    context = multiprocessing.get_context("spawn")
    answers = context.SimpleQueue()
    process = context.Process(target=_in_a_daemon, args=(answers,), daemon=True)
    process.start()
    assert answers.get() == 80
    process.join()


def test_a_program_with_threads_spawns_its_processes() -> None:
    with ThreadPoolExecutor(1) as pool:
        pool.submit(int).result()
        assert threading.active_count() > 1
        assert len(convert_many(many(4), QUICK, jobs=2).units) == 4
