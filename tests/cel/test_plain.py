"""The short way to a node and the grammar's agree, places included."""

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from msgspec import to_builtins

from migrator.cel import parse, parser
from migrator.cel.plain import plain_call

PIECES = [
    "secrets",
    ".get",
    "(",
    ")",
    ",",
    " ",
    "\t",
    "\n",
    "'",
    '"',
    "a",
    "api-key",
    "\\",
    "é",
    "x",
    "'v'",
    '"n"',
    "\r",
    "//",
    "${",
]


@pytest.mark.parametrize(
    "text",
    [
        "secrets.get('openai', 'api-key')",
        'secrets.get("openai","api-key")',
        " secrets.get( 'one name' ) ",
        "secrets.get('', '')\n",
        "\tsecrets.get('a/b', \"c.d:e_f\")",
    ],
)
def test_what_is_read_the_short_way_is_what_the_grammar_reads(text: str) -> None:
    call = plain_call(text)
    assert call is not None
    assert to_builtins(call) == to_builtins(parser.parse(text))


@pytest.mark.parametrize(
    "text",
    [
        "secrets.get(a)",
        "secrets.get('a', 'b', 'c')",
        "secrets.get()",
        "secrets.get('a\\n')",
        "secrets.get('a') == 'b'",
        "secret.get('a')",
        "secrets.get('\N{SNOWMAN}')",
        "secrets.get('a'",
    ],
)
def test_anything_else_is_left_to_the_grammar(text: str) -> None:
    assert plain_call(text) is None


@settings(suppress_health_check=[HealthCheck.filter_too_much])
@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join))
def test_the_short_way_never_reads_what_the_grammar_does_not(middle: str) -> None:
    text = f"secrets.get('a'{middle}"
    call = plain_call(text)
    assume(call is not None)
    assert call is not None
    assert to_builtins(call) == to_builtins(parser.parse(text))


def test_what_is_not_to_be_kept_is_read_anew_each_time() -> None:
    text = "req.headers['x'][0] == 'made up for this test'"
    assert parse(text, keep=False) is not parse(text, keep=False)
    assert parse(text) is parse(text)
