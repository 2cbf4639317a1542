"""The same files give the same bytes, wherever and however they are read; files do not disturb each other."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrator.api import convert
from migrator.merge.model import Migration
from tests.properties import contract, policies, writing
from tests.properties.effort import examples, shown
from tests.properties.pipeline import bodies, converted, everything, inputs
from tests.properties.planted import PLANTED
from tests.properties.processes import child

Run = Callable[..., str]
either = st.one_of(policies.clean(), policies.clean(), policies.wild())
agents = writing.files(policies.clean(), ("agent", "string"))
trees = st.lists(writing.files(either), min_size=4, max_size=8)


def laid_out(folder: Path, made: list[writing.Written]) -> Path:
    """Generated files and every file with planted credentials, in some folders below ``folder``."""
    texts = {
        f"{'abc'[n % 3]}/{n}.{'json' if one.json else 'yaml'}": one.text.encode()
        for n, one in enumerate(made)
    }
    texts |= {f"planted/{n}-{name}": content for n, (_, name, content, _) in enumerate(PLANTED)}
    for name, content in texts.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


@examples(2)
@given(trees)
def test_nothing_depends_on_the_process(
    tmp_path_factory: pytest.TempPathFactory, made: list[writing.Written]
) -> None:
    """Hash seed, locale, time zone, optimisation: one and the same output."""
    folder = laid_out(tmp_path_factory.mktemp("tree"), made)
    elsewhere = {"LC_ALL": "C", "LANG": "tr_TR.UTF-8", "TZ": "Pacific/Kiritimati", "PYTHONOPTIMIZE": "1"}
    said = [
        child("run", ".", cwd=folder, env={"PYTHONHASHSEED": "0"}),
        child("run", ".", cwd=folder, env={"PYTHONHASHSEED": "4711", "TZ": "America/St_Johns"}),
        child("run", ".", cwd=folder, env={"PYTHONHASHSEED": "1", "PYTHONUTF8": "0", **elsewhere}),
    ]
    assert said[1] == said[0]
    assert said[2] == said[0]


@examples(2)
@given(trees, st.randoms(use_true_random=False))
def test_nothing_depends_on_the_order_of_the_inputs(
    tmp_path_factory: pytest.TempPathFactory, made: list[writing.Written], random: object
) -> None:
    folder = laid_out(tmp_path_factory.mktemp("tree"), made)
    files = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*.*")}
    given_inputs = inputs(files)
    first = everything(convert(given_inputs).migration)
    random.shuffle(given_inputs)  # type: ignore[attr-defined]  # a Random
    assert everything(convert(given_inputs).migration) == first
    assert everything(convert(reversed(given_inputs)).migration) == first


@examples(2)
@given(trees)
def test_nothing_depends_on_where_the_files_are(
    tmp_path_factory: pytest.TempPathFactory, made: list[writing.Written]
) -> None:
    folder = laid_out(tmp_path_factory.mktemp("tree"), made)
    other = tmp_path_factory.mktemp("else") / "wh ère" / "ever"
    shutil.copytree(folder, other)
    first = _below(folder, ".")
    assert _below(other, ".") == first
    # Named from elsewhere, only the paths in messages change.
    from_above = _refs(convert([os.fspath(other)]).migration)
    assert from_above == _refs(_run(folder, "."))


def _run(folder: Path, path: str) -> Migration:
    before = Path.cwd()
    os.chdir(folder)
    try:
        return convert([path]).migration
    finally:
        os.chdir(before)


def _below(folder: Path, path: str) -> str:
    return everything(_run(folder, path))


def _refs(run: Migration) -> list[tuple[str, str, str]]:
    return [(member, ref, json.dumps(body)) for member, ref, body in bodies(run.state)]


def _owned(run: Migration, path: str) -> tuple[set[str], set[str], set[str]]:
    """(units, refs, variables) that come from the file at ``path``."""
    units = [unit for unit in run.units if any(source.path == path for source in unit.sources)]
    refs = {f"{unit.id}: {unit.configuration} {unit.access_keys}" for unit in units}
    variables = set()
    for item in run.state.objects():
        if any(origin.path == path for origin in item.origins) and item.member not in {
            "accessKeys",
            "accessKeyConfigurations",
        }:
            refs.add(f"{item.member}/{item.ref}")
    for member, ref, body in bodies(run.state):
        if f"{member}/{ref}" in refs:
            variables |= {secret["env"] for secret in contract.secrets(body)}
    return {unit.id for unit in units}, refs, variables


def _undisturbed(own: str, other: str, paths: tuple[str, str], *, claimed: bool = False) -> None:
    """``other`` changes nothing of ``own``; unless both may be ``claimed`` by one endpoint, and that is an error."""
    shown(own, other)
    path, beside = paths
    alone = _owned(converted({path: own}), path)
    run = converted({path: own, beside: other})
    if claimed and any(found.severity == "error" and found.code == "L004" for found in run.findings):
        return
    assert _owned(run, path) == alone


PLACES = st.sampled_from(
    (("b.yaml", "a.yaml"), ("b.yaml", "c.yaml"), ("b.yaml", "b.yml"), ("x/b.yaml", "b.yaml"))
)


@examples(60)
@given(writing.texts(either), writing.texts(either), PLACES)
def test_another_file_renames_nothing(
    own: writing.Written, other: writing.Written, paths: tuple[str, str]
) -> None:
    _undisturbed(own.text, other.text, paths)


@examples(30)
@given(writing.texts(policies.clean()), PLACES, st.sampled_from(policies.LITERAL_KEYS))
def test_another_file_with_the_same_providers_renames_nothing(
    own: writing.Written, paths: tuple[str, str], key: str
) -> None:
    _undisturbed(own.text, own.text.replace(key, "sk-made-up-literal-9999"), paths)


@examples(30)
@given(agents, agents, PLACES)
def test_another_file_for_the_same_endpoint_renames_nothing(
    own: writing.Written, other: writing.Written, paths: tuple[str, str]
) -> None:
    _undisturbed(own.text, other.text, paths, claimed=True)


AGENT = """\
version: 3
endpoints:
  - url: https://ai.example.com
    traffic_policy:
      on_http_request: [{actions: [{type: ai-gateway, config: {providers: [{id: %s, api_keys: [{value: %s}]}]}}]}]
"""


@pytest.mark.parametrize("beside", ["a.yml", "c.yml"])
@pytest.mark.parametrize(
    "other",
    [
        AGENT % ("openai", "sk-made-up-literal-0001"),
        AGENT % ("openai", "sk-made-up-literal-0002"),
        AGENT % ("anthropic", "sk-made-up-literal-0001"),
    ],
    ids=["the same policy", "another key", "another policy"],
)
def test_a_second_policy_for_an_endpoint_renames_nothing(beside: str, other: str) -> None:
    _undisturbed(AGENT % ("openai", "sk-made-up-literal-0001"), other, ("b.yml", beside), claimed=True)


def test_two_files_with_different_keys_for_an_endpoint_keep_both() -> None:
    """The same policy but for its literal keys is not the same policy: each key is somebody's."""
    run = converted({name: AGENT % ("openai", f"sk-made-up-literal-{name}") for name in ("aaaa", "bbbb")})
    variables = [secret["env"] for _, _, body in bodies(run.state) for secret in contract.secrets(body)]
    assert len(set(variables)) == 2


def _written(folder: Path, *names: str) -> list[str]:
    for number, name in enumerate(names):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        text = AGENT.replace("  - url: https://ai.example.com\n    traffic_policy:", "  - traffic_policy:")
        (folder / name).write_text(text % ("openai", f"sk-made-up-literal-{number:04}"), encoding="utf-8")
    return list(names)


def test_files_of_one_name_given_one_by_one_are_different_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three files that differ in their keys: three units, three keys, three variables."""
    (tmp_path / "s" / "t").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "s" / "t")
    run = convert(_written(Path(), "x.yaml", "../x.yaml", "../../x.yaml", "y/x.yaml")).migration
    variables = [secret["env"] for _, _, body in bodies(run.state) for secret in contract.secrets(body)]
    assert (len(run.units), len(set(variables))) == (4, 4)
    assert {status for source in run.sources if (status := source.status) == "nothing-to-do"} == set()


def test_a_file_of_the_same_name_renames_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    names = _written(Path(), "b/x.yaml", "a/x.yaml")
    alone = _owned(convert(names[:1]).migration, "b/x.yaml")
    run = convert(names).migration
    said = [found for found in run.findings if found.severity == "error" and found.code[0] in "RL"]
    assert said or _owned(run, "b/x.yaml") == alone


def test_inputs_of_one_path_are_not_lost() -> None:
    """A caller of the library may name two inputs alike: one of them must not vanish without a word."""
    text = AGENT.replace("https://ai.example.com", "https://%s.example.com")
    two = [
        *inputs({"p": text % ("a", "openai", "sk-made-up-1")}),
        *inputs({"p": text % ("b", "openai", "x")}),
    ]
    found = {len(convert(given_inputs).migration.units) for given_inputs in (two, two[::-1])}
    assert found == {2} or any(f.severity == "error" for f in convert(two).findings)
