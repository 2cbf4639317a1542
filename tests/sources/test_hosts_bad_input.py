"""Whatever a host holds, reading it ends soon and says what is wrong and where."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.properties.effort import examples
from tests.sources.hosts import codes, policies, read_text

SUFFIXES = ("tf", "sh", "yml", "py", "js", "go", "rs", "java", "tpl")
GOOD = '{"on_http_request": [{"type": "ai-gateway"}]}'


@pytest.mark.parametrize(
    "path, text, line",
    [
        ("a.sh", "# ai-gateway\ncat <<'EOF'\ntype: ai-gateway\n", 2),
        ("a.sh", "# ai-gateway\n\necho 'ai-gateway\n", 3),
        ("a.sh", '# ai-gateway\n\necho "$(ai-gateway\n', 3),
        ("a.py", "# ai-gateway\nP = '''ai-gateway\n", 2),
        ("a.py", "# ai-gateway\n\nif x print(\n", 3),
        ("a.js", "// ai-gateway\nconst p = `ai-gateway\n", 2),
        ("a.js", "// ai-gateway\n\nconst p = 'ai-gateway\n", 3),
        ("a.js", "// ai-gateway\nconst p = `${{`\n", 2),
        ("a.go", "// ai-gateway\nconst p = `ai-gateway\n", 2),
        ("a.rs", '// ai-gateway\nlet p = r##"ai-gateway"#;\n', 2),
        ("A.java", '// ai-gateway\nString p = """\nai-gateway\n', 2),
        ("a.go", "// ai-gateway\n/* ai-gateway\n", 2),
        ("a.tf", "# ai-gateway\nx = <<EOT\nai-gateway\n", 2),
        ("a.tf", '# ai-gateway\nresource "a" "b" {\n', 2),
        ("a.yml", "# ai-gateway\njobs:\n  a:\n    steps:\n      - run: |\n          cat <<EOF\n", 6),
    ],
)
def test_what_has_no_end_is_named_with_its_beginning(path: str, text: str, line: int) -> None:
    file = read_text(path, text)
    (found,) = [found for found in file.findings if found.code == "R016"]
    assert found.at is not None
    assert found.at.span.line == line
    assert not file.readable


@pytest.mark.parametrize(
    "path, text",
    [
        ("a.sh", f"cat <<'EOF'\n{GOOD}\nEOF\necho 'ai\n"),
        ("a.js", f"const p = '{GOOD}';\nconst q = `\n"),
        ("a.tf", f"x = <<E\n{GOOD}\nE\ny = {{\n"),
    ],
)
def test_what_stands_before_a_mistake_is_read(path: str, text: str) -> None:
    file = read_text(path, text)
    assert len(policies(file)) == 1
    assert "R016" in codes(file)


def test_files_that_are_no_text_are_named() -> None:
    assert codes(read_text("a.py", b"\x7fELF\0ai-gateway")) == ["R002"]
    assert codes(read_text("a.js", b"'ai-gateway' \xff")) == ["R002"]
    assert codes(read_text("a.go", "const p = `ai-gateway \U00100000`\n")) == ["R002"]
    assert codes(read_text("a.js", "const p = `type: ai-gateway\\u{100000}`\n")) == ["R002"]


def test_a_policy_that_cannot_be_read_is_named_at_its_place() -> None:
    text = "const p = `\non_http_request:\n  - type: ai-gateway\n    config: {a: [\n`\n"
    (found,) = read_text("a.go", text).findings
    assert found.code == "R003"
    assert found.at is not None
    assert found.at.span.line in (4, 5)


def test_a_program_of_10_megabytes_is_refused() -> None:
    text = "var a='ai-gateway',b=/x/g;" * 400_000
    started = time.monotonic()
    assert codes(read_text("a.js", text)) == ["R006"]
    assert time.monotonic() - started < 10


QUOTES = ('"', "'", "`", 'r#"', '"""', '"a"+')
OPENINGS = ("${", "$(", "{", "(", "\\", "<<A\n", "/*", "`${", "<(", "\u2028", "{{")
PIECES = (*QUOTES, *OPENINGS)


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("piece", PIECES)
def test_one_piece_over_and_over_takes_no_time(suffix: str, piece: str) -> None:
    started = time.monotonic()
    read_text(f"a.{suffix}", "# ai-gateway\n" + piece * (60_000 // len(piece)))
    assert time.monotonic() - started < 20


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_deep_nesting_is_no_error_of_the_tool(suffix: str) -> None:
    for opening, closing in (
        ("[", "]"),
        ("{", "}"),
        ("(", ")"),
        ("$(", ")"),
        ("`${", "}`"),
        ("${", "}"),
        ("-", "1"),
    ):
        deep = opening * 3000 + "'ai-gateway'" + closing * 3000
        read_text(f"a.{suffix}", f"x = {deep}\n")


WORDS = (*PIECES, "ai-gateway", "\n", " ", "\r\n", "\t", "}", ")", "EOT", "x", ":", "é")


@pytest.mark.parametrize("suffix", SUFFIXES)
@examples(60)
@given(text=st.lists(st.sampled_from(WORDS)).map("".join))
def test_any_text_is_read(suffix: str, text: str) -> None:
    file = read_text(f"a.{suffix}", f"# ai-gateway\n{text}")
    assert all(found.at is not None for found in file.findings)
