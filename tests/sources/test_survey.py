from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrator.cel.template import is_secret_call, secret_reference
from migrator.policy.vocabulary import holds_credentials
from migrator.sources.credentials import Spot, by_form, in_comments, key_spots, keys, may_have_form, walk
from migrator.sources.expressions import credential_variables
from migrator.sources.masking import mask_file
from migrator.sources.sensitive import declared
from migrator.sources.survey import survey
from migrator.tree.load import load

# None of these is a credential of anybody: they are made up to have the form of one.
_WORDS = st.sampled_from(
    [
        *("value", "id", "name", "type", "vars", "api_keys", "token", "data", "kind", "Secret", "sensitive"),
        *("true", "vault_id", "secret_1", "ngrok_secret", "--api-key", "-x", "plain", "sk-not-a-real-one"),
        *("a:b@c", "?key=x", "password=not-real", "basic notreal1", "values", "sensitive_values", "<<"),
    ]
)
_SETTING = re.compile(
    r"(?<![A-Za-z0-9_.\-])([A-Za-z][A-Za-z0-9_.\-]{0,80})\"?(?:\s*[:=]\s*|\s+(?:is|was)\s+)"
    r"(?:(?:bearer|basic)\s+)?[\"']?([^\s\"'${#]{4,})",
    re.IGNORECASE,
)
_trees = st.recursive(
    _WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_WORDS, inner, max_size=4),
    max_leaves=14,
)


def _written(value: object) -> str:
    """A tree as YAML in brackets, which takes any word in quotes."""
    if isinstance(value, dict):
        return "{" + ", ".join(f'"{key}": {_written(member)}' for key, member in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_written(member) for member in value) + "]"
    return str(value) if value == "true" else f'"{value}"'


def check_survey(value: object) -> None:
    roots = [document.root for document in load(f"- {_written(value)}\n").documents if document.root]
    seen = survey(roots)
    assert seen.scalars == [found for root in roots for found in walk(root)]
    if not seen.keys:
        assert not [spot for root in roots for key in keys(root) for spot in key_spots(*key)]
    if not seen.declared:
        assert not any(declared(root) for root in roots)
    if not seen.variables:
        assert not credential_variables(
            (scalar.text for scalar, _ in seen.scalars),
            ((context.key, scalar.text) for scalar, context in seen.scalars if "vars" in context.path),
        )


@given(_trees)
def test_what_a_survey_rules_out_is_not_there(value: object) -> None:
    check_survey(value)


_SAYS = st.sampled_from(("plain", "Secret", "ngrok_secret", "secret_1", "aigk_1", "aigpk_1", "api-key"))


@given(
    st.lists(
        st.sampled_from(("id", "kind", "type", "name", "key", "value", "data", "token", "models")),
        min_size=1,
        unique=True,
    ),
    st.data(),
)
def test_mappings_with_the_same_keys_are_judged_by_what_their_values_say(
    keys: list[str], data: st.DataObject
) -> None:
    for _ in range(2):
        said = {key: data.draw(_SAYS) for key in keys}
        check_survey([said, {"data": said}])


@given(st.text('# :=iswaITokenpdx1."\n', max_size=40))
def test_a_setting_in_a_comment_is_found(text: str) -> None:
    expected = [
        Spot(*found.span(2), "comment")
        for comment in re.finditer(r"(?:(?<=\s)|\A)#(?!!)[^\r\n]*", text)
        for found in _SETTING.finditer(text, *comment.span())
        if (holds_credentials(found[1]) or found[1].lower() in ("value", "key"))
        and re.search(r"\d", found[2])
    ]
    assert list(in_comments(text)) == expected


def test_what_an_alias_repeats_is_judged_at_both_places() -> None:
    text = "vars: {token: &a {made-up: x}}\nother: [*a, {name: *a}]\n"
    roots = [document.root for document in load(text).documents if document.root]
    seen = survey(roots)
    assert seen.keys
    assert seen.scalars == [found for root in roots for found in walk(root)]


@given(st.text("skpg-_AIza=@?&#: baericB1234567890/.", max_size=40))
def test_a_text_that_cannot_have_a_form_has_none(text: str) -> None:
    assert may_have_form(text) or not list(by_form(text))


@pytest.mark.parametrize(
    "text", ["sk-12345678", "basic abcde1", "a:b@c", "a?key=x", "--token abcd", "pwd=abcd"]
)
def test_the_shortest_of_each_form_is_found(text: str) -> None:
    assert may_have_form(text)
    assert list(by_form(text))


@given(st.text("abk1.: /'\"}{$,()", max_size=12).map(lambda text: f"${{secrets.get('v', {text!r})}}"))
def test_what_is_plainly_a_call_for_a_secret_is_one(text: str) -> None:
    assert not is_secret_call(text) or secret_reference(text) is not None


def test_prose_with_such_a_call_is_still_read_as_prose() -> None:
    text = "description: \"${secrets.get('password: not-real-1', 'x')}\"\n"
    masked = mask_file(text, load(text).documents)
    assert holds_credentials("password")
    assert "not-real-1" not in masked.text
