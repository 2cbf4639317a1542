from __future__ import annotations

import html
import json
import subprocess
import unicodedata

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from migrator.render import safe
from migrator.secrets import mask
from migrator.tree.load import load
from migrator.tree.nodes import to_python
from tests.render.hostile import HOSTILE, hostile


@given(hostile)
def test_what_people_see_is_one_line_without_invisible_characters(text: str) -> None:
    shown = safe.shown(text)
    assert not any(unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp") for char in shown)
    assert len(shown.splitlines()) <= 1
    shown.encode()


@pytest.mark.parametrize(
    "text, shown",
    [
        ("plain", "plain"),
        ("a\nb\tc\rd", r"a\nb\tc\rd"),
        ("\x1b[31m\x00\x9b", r"\x1b[31m\x00\x9b"),
        ("\u202eevil\u2066", r"\u202eevil\u2066"),
        ("\udcff", r"\udcff"),
        ("\U000e0041", r"\U000e0041"),
        ("Köln 👩‍👧", "Köln 👩‍👧"),
    ],
)
def test_what_is_invisible_is_spelled_out(text: str, shown: str) -> None:
    assert safe.shown(text) == shown


def test_a_masked_credential_is_asterisks_whoever_quotes_it() -> None:
    text = f"Bearer {mask(3, 20)}!"
    assert safe.shown(text) == "Bearer ***!"
    assert safe.shell_word(text) == "'Bearer ***!'"
    assert safe.markdown(text) == r"Bearer \*\*\*!"
    assert safe.code_span(text) == "`Bearer ***!`"


@given(hostile)
def test_json_reads_back_and_holds_nothing_invisible(text: str) -> None:
    for indent in (None, 2):
        made = safe.json_text({"a": [text]}, indent)
        assert json.loads(made) == {"a": [text]}
        assert safe._NOT_IN_JSON.search(made) is None
    assert len(safe.json_text({text: text}).splitlines()) == 1


@given(hostile)
def test_a_scalar_of_yaml_reads_back_with_every_reader(text: str) -> None:
    text = safe.encodable(text)
    made = (
        f"{safe.yaml_scalar(text)}: \n  - {safe.yaml_scalar(text)}  # comment\n" if len(text) < 900 else None
    )
    if made is not None:
        assert yaml.safe_load(made) == {text: [text]}
        root = load(made).documents[0].root
        assert root is not None
        assert text == "<<" or to_python(root) == {text: [text]}
    listed = f"- {safe.yaml_scalar(text)}  # comment\n"
    assert yaml.safe_load(listed) == [text]
    for pure in (False, True):
        root = load(listed, pure=pure).documents[0].root
        assert root is not None
        assert to_python(root) == [text]


@pytest.mark.parametrize(
    "text",
    ["ollama", "openai:openai/gpt-4o", "https://ollama.internal", "Ollama on GPU 1", "$ref", "a.b_c-d"],
)
def test_words_stand_plain_in_yaml(text: str) -> None:
    assert safe.yaml_scalar(text) == text


@pytest.mark.parametrize(
    "text", ["off", "Y", "NULL", "~", "1:30", "2026-01-01", "nan", "", "a: b", "a #b", "<<", "="]
)
def test_what_some_reader_takes_for_another_type_is_quoted(text: str) -> None:
    assert safe.yaml_scalar(text) == f'"{text}"'


@pytest.mark.parametrize(
    "value, made", [(12, "12"), (True, "true"), (None, "null"), ('{"a":1}', "'{\"a\":1}'")]
)
def test_other_scalars_of_yaml(value: str | int | None, made: str) -> None:
    assert safe.yaml_scalar(value) == made


def test_a_shell_reads_back_each_word() -> None:
    texts = [safe.encodable(text).replace("\0", "") for text in HOSTILE]
    script = "".join(f"printf '%s\\n' {safe.shell_word(text)}\n" for text in texts)
    answer = subprocess.run(
        ["/bin/sh", "-eu", "-c", script], capture_output=True, check=True, encoding="utf-8"
    )
    assert answer.stdout.split("\n")[:-1] == [safe.shown(text) for text in texts]
    script = "".join(f"printf '%s\\n' {safe.shell_json(text)}\n" for text in texts)
    answer = subprocess.run(
        ["/bin/sh", "-eu", "-c", script], capture_output=True, check=True, encoding="utf-8"
    )
    assert [json.loads(line) for line in answer.stdout.split("\n")[:-1]] == texts


@pytest.mark.parametrize(
    "text, made",
    [
        ("a_b *c* [d](e) <f> `g` #h ~i| \\", r"a\_b \*c\* \[d\](e) \<f\> \`g\` \#h \~i\| " + "\\\\"),
        ("R&D &amp; &#60;", r"R\&D \&amp; \&#60;".replace("&#", r"&\#")),
    ],
)
def test_prose_of_markdown_holds_no_markup(text: str, made: str) -> None:
    assert safe.markdown(text) == made


@given(hostile)
def test_text_of_a_page_holds_no_markup(text: str) -> None:
    for made in (safe.html(text), safe.html_text(text)):
        assert "<" not in made
        assert ">" not in made
        assert html.unescape(made) == safe.shown(text)
    assert not set("\"'") & set(safe.html(text))


@pytest.mark.parametrize(
    "text, made",
    [
        ("a", "`a`"),
        ("a`b", "``a`b``"),
        ("`a", "`` `a ``"),
        (" a ", "`  a  `"),
        ("", "`  `"),
        ("a``b`", "``` a``b` ```"),
    ],
)
def test_code_stands_between_enough_backticks(text: str, made: str) -> None:
    assert safe.code_span(text) == made


_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text('ab%s{}"\\\n ', max_size=4), inner, max_size=4)
    ),
    max_leaves=12,
)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


@given(_values)
def test_json_on_many_lines_is_that_of_the_standard_library(value: object) -> None:
    assert safe.json_lines(value, _quoted) == json.dumps(value, indent=2, ensure_ascii=False)


@given(st.dictionaries(st.text(max_size=4), _values, max_size=4), st.lists(_values, max_size=4))
def test_json_in_pieces_is_the_same_text(members: dict[str, object], listed: list[object]) -> None:
    whole = safe.json_lines({**members, "listed": listed}, _quoted)
    pieces = list(safe.json_pieces({**members, "listed": iter(listed)}, _quoted))
    assert "".join(pieces) == whole
    assert len(pieces) > len(listed)


_whole = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=8)
    | st.text("\u2028\ud800\U00100000\x7f\x1f"),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text('ab%s{}"\\\n \U00100000', max_size=4), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(_whole)
def test_whole_numbers_are_written_by_another_way_to_the_same_text(value: object) -> None:
    for quoted in (_quoted, safe.visible_json_string):
        document = {"a": {"listed": iter([value, value])}, "b": value}
        pieces = safe.json_pieces(document, quoted, fractions=False)
        assert "".join(pieces) == safe.json_lines({"a": {"listed": [value, value]}, "b": value}, quoted)


@given(st.lists(_whole, min_size=1, max_size=50))
def test_a_few_members_of_a_long_list_are_one_piece(listed: list[object]) -> None:
    """So that it need never be held as a whole; with the brackets it is what the library would write."""
    pieces = list(safe.json_pieces(iter(listed), safe.visible_json_string, fractions=False))
    assert "".join(pieces) == safe.json_lines(listed, safe.visible_json_string)
    few = [listed[at : at + 16] for at in range(0, len(listed), 16)]
    whole = [safe.json_lines(some, safe.visible_json_string).removesuffix("\n]") for some in few]
    assert [piece[1:] for piece in pieces[:-1]] == [text[1:] for text in whole]


def test_names_that_read_the_same_are_one_member_with_the_last_value() -> None:
    text = safe.json_lines({mask(0, 3): 1, "b": 2, mask(1, 3): 3}, safe.visible_json_string)
    assert text == '{\n  "***": 3,\n  "b": 2\n}'


def test_an_object_that_is_repeated_reads_the_same_at_every_depth() -> None:
    again = safe.Repeated(a=1)
    value = {"one": again, "two": [again, again]}
    assert safe.json_lines(value, _quoted) == json.dumps(value, indent=2)


@given(st.lists(_values, max_size=3))
def test_iterators_within_objects_come_in_pieces_too(listed: list[object]) -> None:
    whole = safe.json_lines({"outer": {"a": {}, "listed": listed, "b": {"c": 1}}, "z": {}}, _quoted)
    pieces = safe.json_pieces({"outer": {"a": {}, "listed": iter(listed), "b": {"c": 1}}, "z": {}}, _quoted)
    assert "".join(pieces) == whole
