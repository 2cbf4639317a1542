"""Names made of names: no two things share one, and every one has the form that it is promised to have."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Callable
from typing import Final

import pytest
from hypothesis import assume, example, given, note
from hypothesis import strategies as st

from migrator.naming import (
    compound,
    environment_name,
    literal_environment_name,
    made_environment_name,
    own_environment_name,
    provider_key_ref,
    shorten,
    slug,
)
from migrator.policy.origin import Field, Origin
from migrator.policy.parse import Policy
from migrator.sources.identity import identity
from migrator.sources.model import Endpoint, FoundPolicy, ObjectName
from migrator.spans import Span
from migrator.target.spelling import provider_ref
from migrator.tree.nodes import Mapping
from tests.properties.effort import examples
from tests.properties.pipeline import converted
from tests.properties.policies import HOSTILE

REF: Final = re.compile(r"[a-z0-9][a-z0-9._-]*\Z")
VARIABLE: Final = re.compile(r"[A-Z_][A-Z0-9_]*\Z")

near = st.text(alphabet="ab1-_./: AÄs\u017f\u212aß", max_size=6)
"""Texts that are easily mistaken for each other: case, signs, letters that fold to ASCII."""

names = st.one_of(
    near,
    near,
    st.text(
        st.characters(exclude_categories=("Co", "Cs")), max_size=8
    ),  # no plane 16: files with it are refused
    st.sampled_from(HOSTILE),
    st.from_regex(r"[a-z0-9-]{1,6}", fullmatch=True),
)
vaults = st.one_of(st.none(), names)
references = st.tuples(vaults, names)
urls = st.one_of(
    st.sampled_from(
        ("https://llm.internal", "https://llm.internal/", "https://LLM.internal", "http://llm.internal")
    ),
    st.from_regex(r"https://[a-c]{1,2}(\.[a-c]{1,2}){0,2}(/[a-c]{0,2})?(\?[a-c])?", fullmatch=True),
)


def distinct(make: Callable[..., str], one: tuple[object, ...], other: tuple[object, ...]) -> None:
    assume(one != other)
    first, second = make(*one), make(*other)
    note(f"{first} and {second}")
    assert first != second


@examples(400)
@given(references, references)
@example(("a-b", "c"), ("a", "b-c"))
@example((None, "a/b"), ("a", "b"))
@example(("a", "b-c"), (None, "a-b-c"))
@example(("A", "b"), ("a", "b"))
def test_no_two_secrets_share_a_variable(one: tuple[str | None, str], other: tuple[str | None, str]) -> None:
    distinct(environment_name, one, other)


@examples(200)
@given(references)
def test_every_variable_can_be_set_by_a_shell(reference: tuple[str | None, str]) -> None:
    assert VARIABLE.match(environment_name(*reference))


@examples(300)
@given(
    references,
    st.one_of(st.sampled_from(("LITERAL", "SUPPLY", "E", "L", "S")), names),
    st.lists(names, min_size=1, max_size=3),
)
def test_variables_of_different_kinds_never_meet(
    reference: tuple[str | None, str], kind: str, parts: list[str]
) -> None:
    named = environment_name(*reference)
    made = made_environment_name("LITERAL", kind, *parts)
    own = own_environment_name(re.sub(r"\W", "_", parts[0], flags=re.ASCII) or "X")
    assert len({named, made, own}) == 3
    assert VARIABLE.match(made)


@examples(200)
@given(st.from_regex(r"[A-Za-z_]\w{0,6}", fullmatch=True), st.from_regex(r"[A-Za-z_]\w{0,6}", fullmatch=True))
@example("straße", "strasse")
@example("aü", "AÜ")
def test_variables_of_an_agents_environment_keep_apart(one: str, other: str) -> None:
    assert VARIABLE.match(own_environment_name(one))
    distinct(own_environment_name, (one,), (other,))


@examples(300)
@given(names, names)
def test_no_two_texts_share_a_ref(one: str, other: str) -> None:
    assert REF.match(slug(one))
    assert len(slug(one)) < 200
    distinct(slug, (one,), (other,))


@examples(300)
@given(st.lists(names, min_size=1, max_size=3), st.lists(names, min_size=1, max_size=3))
@example(["a.b"], ["a", "b"])
@example(["a", ""], ["a"])
@example(["a\0b"], ["a", "b"])
def test_no_two_lists_of_names_share_a_ref(one: list[str], other: list[str]) -> None:
    assert REF.match(compound(*one))
    distinct(compound, tuple(one), tuple(other))


@examples(300)
@given(st.tuples(names, vaults, names), st.tuples(names, vaults, names))
@example(("openai", None, "x"), ("openai", "secret", "x"))
@example(("openai", "vault", "x"), ("openai", "secret", "x"))
@example(("openai", "openai", "a-b"), ("openai-a", "openai-a", "b"))
def test_no_two_keys_share_a_ref(
    one: tuple[str, str | None, str], other: tuple[str, str | None, str]
) -> None:
    assert REF.match(provider_key_ref(*one))
    distinct(provider_key_ref, one, other)


@examples(300)
@given(st.tuples(names, urls), st.tuples(names, urls))
def test_no_two_servers_share_a_ref(one: tuple[str, str], other: tuple[str, str]) -> None:
    assert REF.match(provider_ref(*one))
    assume((one[0], one[1].rstrip("/").lower()) != (other[0], other[1].rstrip("/").lower()))
    distinct(provider_ref, one, other)


KEYS: Final = (
    *("${secrets.get('llm', 'a.b')}", "${secrets.get('a', 'b')}", "${secrets.get('llm', 'secret.x')}"),
    *("${secrets.get('secret', 'x')}", "${secrets.get('x')}", "${secrets.get('llm', 'x')}"),
    *("${secrets.get('environment', 'x')}", "$x", "${X}", "${secrets.get('environment', 'X')}"),
    *("${secrets.get('literal', 'x')}", "${secrets.get('supplied')}", "${secrets.get('openai', 'supplied')}"),
    *("sk-made-up-literal-0001", "sk-made-up-literal-0002", "${secrets.get('vault', 'secret.x')}"),
    *("${secrets.get('openai', 'x')}", "${secrets.get('openai', 'secret-x')}", "${secrets.get('a-b', 'c')}"),
    *("${secrets.get('a', 'b-c')}", "${secrets.get('LLM', 'x')}", "${secrets.get('llm', 'X')}"),
)


@pytest.mark.parametrize("provider", ["{id: openai, %s}", "{id: llm, base_url: 'https://llm.internal', %s}"])
def test_each_key_of_a_provider_is_a_key_of_its_own(provider: str) -> None:
    """All at once, and each pair of them: one ref for two keys would drop one."""
    for chosen in (KEYS, *itertools.combinations(KEYS, 2)):
        values = ", ".join(f'{{value: "{key}"}}' for key in chosen)
        text = f"providers: [{provider % f'api_keys: [{values}]'}]"
        run = converted({"p.yaml": text})
        keys = run.state.provider_keys
        assert len(keys) == len(chosen), chosen
        assert len({key.value.env for key in keys}) == len(chosen), chosen
        assert len(run.state.configurations[0].rules[0].steps[0].keys) == len(chosen), chosen


def found(stem: str, document: int = 0, pointer: str = "", held_by: ObjectName | None = None) -> FoundPolicy:
    root = Mapping([], flow=False, span=Span(1, 1, 1, 1))
    origin = Origin(stem, document, pointer)
    return FoundPolicy(Policy(Field(root, "", origin), (), ()), origin, "x", stem, None, held_by)


paths = st.one_of(
    st.from_regex(r"[a-b_.-]{1,3}(/[a-b_.-]{1,3})?(\.yaml|\.yml|\.json)?", fullmatch=True),
    names.map(lambda name: f"{name}.yaml"),
)
labels = st.one_of(
    st.from_regex(r"[a-b1.-]{1,4}", fullmatch=True),
    names.filter(bool),
    st.sampled_from(("abcdef12", "1", "default")),
)
hosts = st.from_regex(r"(http|https|tcp)://[a-b-]{1,2}(\.[a-b-]{1,2}){0,2}(:\d)?/?", fullmatch=True)


@st.composite
def _served(draw: Callable[[st.SearchStrategy[object]], object]) -> tuple[str, str, tuple[object, ...]]:
    """(id, kind, what it is of) of a policy and what it serves."""
    kind = draw(st.sampled_from(("url", "object", "policy", "name", "path", "place")))
    stem, label, other = str(draw(paths)), str(draw(labels)), str(draw(labels))
    if kind == "url":
        url = str(draw(hosts))
        return identity(found(stem), Endpoint(url=url))[0], "url", (url.rstrip("/").lower(),)
    if kind == "object":
        return identity(found(stem), Endpoint(name=label, namespace=other))[0], "object", (other, label)
    if kind == "policy":
        return (
            identity(found(stem, held_by=ObjectName("TrafficPolicy", other, label)), None)[0],
            "object",
            (other, label),
        )
    if kind == "name":
        return identity(found(stem), Endpoint(name=label))[0], "name", (stem, label)
    if kind == "path":
        return identity(found(stem), None)[0], "path", (stem,)
    number = int(str(draw(st.integers(1, 12))))
    pointer = str(
        draw(
            st.sampled_from(
                ("", "/endpoints/0/traffic_policy", "/endpoints/1/traffic_policy", "/items/0/spec", "/1")
            )
        )
    )
    return identity(found(stem, number, pointer), None)[0], "place", (stem, number, pointer)


served = _served()


@examples(400)
@given(served, served)
def test_no_two_things_share_a_unit(
    one: tuple[str, str, tuple[object, ...]], other: tuple[str, str, tuple[object, ...]]
) -> None:
    assert REF.match(one[0]), one
    assume(one[1:] != other[1:])
    assert one[0] != other[0]


@examples(200)
@given(st.lists(labels, min_size=2, max_size=2, unique=True), st.sampled_from(("tunnels", "endpoints")))
def test_no_two_endpoints_of_a_file_share_a_unit(pair: list[str], kind: str) -> None:
    document = {
        "version": 3,
        kind: {name: {"policy": POLICY} for name in pair}
        if kind == "tunnels"
        else [{"name": name, "traffic_policy": POLICY} for name in pair],
    }
    run = converted({"ngrok.yml": json.dumps(document)})
    assert len(run.units) == 2
    assert not [found for found in run.findings if found.code == "L004"]


POLICY: Final = {"on_http_request": [{"type": "ai-gateway", "config": {}}]}


def test_an_endpoint_that_is_named_like_a_document_is_another_unit() -> None:
    endpoint = (
        "version: 3\nendpoints: [{name: '1', traffic_policy: {on_http_request: [{type: ai-gateway}]}}]\n"
    )
    run = converted(
        {"ngrok.yml": f"{endpoint}---\non_http_request: [{{type: ai-gateway, config: {{on_error: halt}}}}]\n"}
    )
    assert len(run.units) == 2
    assert not [found for found in run.findings if found.code == "L004"]


@examples(200)
@given(st.text(max_size=40), st.text(max_size=40), st.integers(12, 30))
def test_what_is_cut_stays_apart(one: str, other: str, limit: int) -> None:
    assert len(shorten(one, limit)) <= limit
    assert shorten(one, limit) == one or len(one) > limit
    assume(one != other)
    assert shorten(one, limit) != shorten(other, limit)


def test_many_names_that_read_alike_stay_apart() -> None:
    """One word in every mixture of upper and lower case reads alike as a ref: only the digest tells them apart."""
    words = (
        "".join(letters) for letters in itertools.product(*((c, c.upper()) for c in "abcdefghijklmnopq"))
    )
    seen: dict[str, str] = {}
    for word in words:
        twin = seen.setdefault(slug(word), word)
        assert twin == word, (twin, word, slug(word))


def test_many_literal_keys_have_a_variable_each() -> None:
    variables = [
        literal_environment_name(f"{number}.yaml", ordinal)
        for number in range(1000)
        for ordinal in range(100)
    ]
    assert len(set(variables)) == len(variables)
