"""Every stage is a pure function of what it is given, and what it is given and gives can be pickled."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrator.api import convert
from migrator.catalog import bundled
from migrator.merge import merge
from migrator.sources.link import link
from migrator.translate.model import TranslateOptions
from migrator.translate.portion import portion
from migrator.tree.problems import DEPTH_LIMIT
from tests.properties import policies, writing
from tests.properties.effort import examples, shown
from tests.properties.pipeline import converted, everything, inputs, staged, translated
from tests.properties.processes import child

T = TypeVar("T")
either = st.one_of(policies.clean(), policies.clean(), policies.wild())


def again(value: T) -> T:
    unpickled: T = pickle.loads(pickle.dumps(value))  # noqa: S301 - just written
    return unpickled


@examples(50)
@given(st.lists(writing.files(either), min_size=1, max_size=2))
def test_a_run_through_pickles_says_the_same(made: list[writing.Written]) -> None:
    shown(*(one.text for one in made))
    files = {f"{number}.yaml": one.text for number, one in enumerate(made)}
    stages = staged(files)
    linked = link([again(file) for file in stages.reads])
    results = [again(translated(again(unit))) for unit in linked.units]
    assert results == list(stages.results)
    options = TranslateOptions()
    parted = portion(again(linked), results, whole=True)
    whole = merge(again(parted), options, bundled())
    direct = merge(portion(stages.linked, stages.results, whole=True), options, bundled())
    assert everything(again(whole)) == everything(direct)


@examples(3)
@given(st.lists(writing.files(either), min_size=3, max_size=6))
def test_another_process_translates_the_same(
    tmp_path_factory: pytest.TempPathFactory, made: list[writing.Written]
) -> None:
    stages = staged({f"{number}.yaml": one.text for number, one in enumerate(made)})
    file = tmp_path_factory.mktemp("units") / "units"
    file.write_bytes(pickle.dumps(stages.linked.units))
    child("translate", str(file), env={"PYTHONHASHSEED": "99"})
    results = pickle.loads(Path(f"{file}.results").read_bytes())  # noqa: S301 - the child of this test wrote it
    assert results == list(stages.results)


@pytest.mark.parametrize("depth", [20, 50, DEPTH_LIMIT - 15])
@pytest.mark.parametrize("brackets", ["[]", "{}"])
def test_policies_of_any_depth_that_is_read_can_be_pickled(depth: int, brackets: str) -> None:
    opened = "[" * depth if brackets == "[]" else "{a: " * depth
    closed = "]" * depth if brackets == "[]" else "1" + "}" * depth
    text = f"on_http_request: [{{type: ai-gateway, config: {{body: {opened}{closed}}}}}]"
    stages = staged({"p.yaml": text})
    assert len(stages.results) == 1
    assert [again(translated(again(unit))) for unit in again(stages.linked).units] == list(stages.results)


def test_a_run_leaves_its_inputs_alone() -> None:
    text = "on_http_request: [{type: ai-gateway, config: {providers: [{id: openai}], headers: {authorization: x-made-up}}}]"
    files = {"p.yaml": text}
    stages = staged(files)
    before = pickle.dumps(stages.linked.units)
    first = [translated(unit) for unit in stages.linked.units]
    assert [translated(unit) for unit in stages.linked.units] == first
    assert pickle.dumps(stages.linked.units) == before
    assert everything(converted(files)) == everything(convert(inputs(files)).migration)
