from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from migrator.patch import Block, blocks, lines_of, patch
from migrator.residual.layout import Edit, applied

TEXTS = st.lists(st.sampled_from(["a\n", "b\n", "\n", "S\n", "a\r\n", "long line\n"]), max_size=24).map(
    "".join
)


@st.composite
def edited(draw: st.DrawFn) -> tuple[str, list[Edit]]:
    text = draw(TEXTS) + draw(st.sampled_from(["", "end", "S"]))
    edits: list[Edit] = []
    at = 0
    for _ in range(draw(st.integers(0, 4))):
        start = draw(st.integers(at, len(text)))
        end = draw(st.integers(start, min(len(text), start + draw(st.sampled_from([0, 1, 4, 20])))))
        edits.append(Edit(start, end, draw(st.sampled_from(["", "x", "y\n", "p\nq"]))))
        at = min(end + 1, len(text))
    return text, edits


def replaced(text: str, changes: tuple[Block, ...] | list[Block]) -> str:
    lines, done, out = lines_of(text), 0, ""
    for block in changes:
        out += "".join((*lines[done : block.first], *block.lines))
        done = block.last
    return out + "".join(lines[done:])


@given(edited())
def test_blocks_are_the_edits_in_whole_lines(given_: tuple[str, list[Edit]]) -> None:
    text, edits = given_
    assert replaced(text, blocks(text, edits)) == applied(text, edits)


@pytest.mark.parametrize(
    "tool", [["git", "apply", "--whitespace=nowarn", "-"], ["patch", "-p1", "-s", "--binary"]]
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=80)
@given(case=edited(), hides=st.booleans())
def test_a_patch_is_applied_and_shows_nothing_hidden(
    tmp_path: Path, tool: list[str], case: tuple[str, list[Edit]], hides: bool
) -> None:
    text, edits = case
    lines = lines_of(text)
    changes = blocks(text, edits)
    made = patch("a file", text, changes, lambda line: hides and "S" in lines[line])
    kept = [block for block in changes if block not in made.refused]
    after = replaced(text, kept)
    assume(made.text)
    assume(after)  # an empty file is removed by one of the tools
    assert not (hides and "S" in made.text)
    (tmp_path / "a file").write_bytes(text.encode())
    done = subprocess.run(tool, input=made.text.encode(), cwd=tmp_path, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr + done.stdout
    assert (tmp_path / "a file").read_bytes() == after.encode()


def test_context_ends_where_a_line_is_hidden() -> None:
    text = "1\n2\nS\n4\nold\n6\n7\n8\n9\n"
    made = patch("a", text, [Block(4, 5, ("new\n",))], lambda line: line == 2)
    assert made.text.splitlines()[3:] == ["@@ -4,3 +4,3 @@", " 4", "-old", "+new", " 6"]


def test_a_change_with_nothing_to_hold_on_to_is_refused() -> None:
    change = Block(0, 1, ("new\n",))
    made = patch("a", "old\nS\n", [change], lambda line: line == 1)
    assert (made.text, made.refused) == ("", (change,))


def test_a_hidden_line_is_not_changed() -> None:
    change = Block(1, 2, ("new\n",))
    assert patch("a", "1\nS\n3\n", [change], lambda line: line == 1).refused == (change,)


@pytest.mark.parametrize(
    "name,written",
    [
        ("a b", "--- a/a b\t"),
        ("caf\u00e9", "--- a/caf\u00e9"),
        ('q"', '--- "a/q\\""'),
        ("n\n\x01", '--- "a/n\\n\\001"'),
    ],
)
def test_a_name_is_written_as_git_reads_it(name: str, written: str) -> None:
    assert patch(name, "a\n", [Block(0, 1, ("b\n",))], lambda _: False).text.splitlines()[1] == written
