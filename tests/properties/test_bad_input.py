"""Whatever a file holds, a run ends, soon and in little memory, and says what is wrong and where."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrator.api import Result, convert
from tests.properties import policies, writing
from tests.properties.bad_texts import BAD, BOMBS, GOOD, HARMLESS, HIDDEN, MANY, NO_ACTION, SLOW, config
from tests.properties.clock import SOON, within
from tests.properties.effort import examples
from tests.properties.pipeline import converted, everything, inputs
from tests.properties.processes import child, timed


@pytest.mark.parametrize(
    "content, code, line, column", [case[1:] for case in BAD], ids=[case[0] for case in BAD]
)
def test_a_bad_file_is_named_with_its_place(content: str | bytes, code: str, line: int, column: int) -> None:
    with within(SOON):
        run = converted({"p.yaml": content, "good.yaml": GOOD})
    said = [found for found in run.findings if found.at is not None and found.at.path == "p.yaml"]
    if code:
        assert [found.code for found in said if found.severity == "error"][:1] == [code]
        span = next(found.at.span for found in said if found.code == code and found.at is not None)
        assert line in (0, span.line)
        assert column in (0, span.column)
    assert [unit.id for unit in run.units if unit.sources[0].path == "good.yaml"] == ["good"]


@pytest.mark.parametrize(
    "content",
    [
        GOOD.encode(),
        b"\xef\xbb\xbf" + GOOD.encode(),
        GOOD.encode("utf-16"),
        GOOD.encode("utf-32"),
        GOOD.replace("\n", "\r\n").encode(),
        GOOD.replace("\n", "\r").encode(),
        GOOD.rstrip("\n").encode(),
        f"---\n{GOOD}...\n".encode(),
        f"%YAML 1.2\n---\n{GOOD}".encode(),
        f"# comment\n\n{GOOD}\n\n# end".encode(),
        json.dumps(
            {"on_http_request": [{"type": "ai-gateway", "config": {"providers": [{"id": "openai"}]}}]}
        ).encode(),
        b'{\t"on_http_request":\t[{"type": "ai-gateway",\n\t"config": {"providers": [{"id": "openai"}]}}]}',
    ],
)
def test_marks_and_line_ends_just_work(content: bytes) -> None:
    run = converted({"p.yaml": content})
    assert [unit.coverage["converted"] for unit in run.units] == [2]
    assert {source.status for source in run.sources} == {"partial"}


@pytest.mark.parametrize("name", sorted(BOMBS))
def test_a_bomb_is_refused_in_bounded_time_and_memory(name: str, tmp_path: Path) -> None:
    (tmp_path / "p.yaml").write_text(BOMBS[name](), encoding="utf-8")
    seconds, megabytes, *said = child("measure", str(tmp_path / "p.yaml"), timeout=60).split(" ")
    assert float(seconds) < 20
    assert int(megabytes) < 1500
    assert name in HARMLESS or {"R003", "R006"}.intersection(said) or "T619" in said


def test_a_file_of_50_megabytes_is_not_read(tmp_path: Path) -> None:
    with (tmp_path / "p.yaml").open("wb") as file:
        file.write(b"inbound: '")
        for _ in range(50):
            file.write(b"x" * 1024 * 1024)
        file.write(b"'\n")
    (tmp_path / "good.yaml").write_text(GOOD, encoding="utf-8")
    seconds, megabytes, *said = child("measure", str(tmp_path), timeout=30).split(" ")
    assert float(seconds) < SOON
    assert int(megabytes) < 100
    assert "R006" in said


@pytest.fixture(scope="session")
def seconds(tmp_path_factory: pytest.TempPathFactory) -> dict[str, float]:
    """The time of each slow text and of many things of each kind."""
    folder = tmp_path_factory.mktemp("slow")
    for name, text in {**SLOW, **{kind: many(2000) for kind, many in MANY.items()}}.items():
        (folder / name).write_text(text, encoding="utf-8")
    return timed(sorted(folder.iterdir()), SOON)


@pytest.mark.parametrize("name", sorted(SLOW))
def test_no_text_makes_a_run_slow(seconds: dict[str, float], name: str) -> None:
    """A hundred kilobytes of one value: time must not grow with the square of its length."""
    assert seconds[name] < SOON


@pytest.mark.parametrize("name", sorted(MANY))
def test_many_of_a_kind_take_their_time_each(seconds: dict[str, float], name: str) -> None:
    """Two thousand of anything are no attack: a dump of a cluster has them."""
    assert seconds[name] < SOON


@pytest.mark.parametrize("text", NO_ACTION)
def test_a_file_without_the_action_is_nothing_to_do(text: str) -> None:
    result = convert(inputs({"p.yaml": text}))
    assert [source.status for source in result.migration.sources] == ["nothing-to-do"]
    assert result.exit_code() == 0
    assert [found for found in result.findings if found.severity != "note"] == []


@pytest.mark.parametrize("text", HIDDEN)
def test_an_action_in_any_shape_is_not_passed_over(text: str) -> None:
    """Converted or not: a file that plainly holds the action never ends as nothing to do, without a word."""
    run = converted({"p.yaml": text})
    loud = [found for found in run.findings if found.severity != "note"]
    assert run.units or loud
    assert run.units or run.sources[0].status == "failed"


def test_a_credential_that_only_looks_masked_is_not_taken_for_another() -> None:
    keys = [("openai", "sk-made-up-literal-0001"), ("anthropic", "\\U00100000\\U00100000")]
    providers = ", ".join(f'{{id: {name}, api_keys: [{{value: "{value}"}}]}}' for name, value in keys)
    run = converted({"p.yaml": config(f"providers: [{providers}]")})
    variables = [key.value.env for key in run.state.provider_keys]
    assert len(set(variables)) == len(variables)


@pytest.mark.parametrize("named", ["''", "'', ''", "'vault', ''"])
def test_a_secret_without_a_name_is_no_key(named: str) -> None:
    key = f"${{secrets.get({named})}}"
    run = converted({"p.yaml": config(f'providers: [{{id: openai, api_keys: [{{value: "{key}"}}]}}]')})
    assert [key.ref for key in run.state.provider_keys] == ["openai.supplied"]
    codes = {found.code for found in run.findings}
    assert {"T304"} == codes & {"T304", "V003"}


@pytest.mark.parametrize("broken", ["x: [", "x: {{ y }}", "a: 1\na: 2", "- !t x"])
def test_a_broken_policy_inside_a_sound_file_is_a_failure(broken: str) -> None:
    """The file is YAML, but its policy is not: nothing of it was converted."""
    held = json.dumps(f"on_http_request: [{{type: ai-gateway}}]\n{broken}\n")
    run = converted(
        {"p.yaml": f"version: 3\nendpoints: [{{url: 'https://x.example.com', traffic_policy: {held}}}]\n"}
    )
    assert run.units or [source.status for source in run.sources] == ["failed"]
    assert any(found.severity == "error" for found in run.findings)


@examples(60)
@given(writing.files(st.one_of(policies.clean(), policies.wild())), st.data())
def test_a_damaged_file_never_ends_in_an_exception(made: writing.Written, data: st.DataObject) -> None:
    """A few cuts, repetitions and strange characters anywhere."""
    text = made.text
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(text)))
        end = min(len(text), at + data.draw(st.integers(0, 20)))
        new = data.draw(
            st.sampled_from(
                [
                    "",
                    "\t",
                    "\0",
                    "'",
                    '"',
                    "[",
                    "}",
                    ": ",
                    "\n",
                    "&a ",
                    "*a ",
                    "<<: ",
                    "!",
                    "\U00100000",
                    "\ud7ff",
                    "%",
                    "---\n",
                    text[at:end] * 2,
                ]
            )
        )
        text = text[:at] + new + text[end:]
    begin = time.perf_counter()
    everything(converted({"p.yaml": text})).encode("utf-8")
    assert time.perf_counter() - begin < SOON


@examples(60)
@given(st.binary(max_size=200))
def test_any_bytes_are_answered(data: bytes) -> None:
    result: Result = convert(inputs({"p.yaml": data, "p.json": b"{" + data}))
    everything(result.migration).encode("utf-8")
    assert result.exit_code() in (0, 1, 2)
