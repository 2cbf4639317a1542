"""Partial evaluation is full evaluation where all is known, and never denies it where something is not."""

from __future__ import annotations

import re
from contextlib import ExitStack
from random import Random
from typing import Any, TypeAlias

from hypothesis import assume, given
from hypothesis import strategies as st

from migrator.cel import CelEvaluationError, CelLimitError, Node, evaluate, parse, unparse
from migrator.cel.evaluator import Activation, Evaluator
from migrator.cel.partial import Partial
from migrator.cel.possible import Failed, Open, Possible, Record
from migrator.cel.strategy import collections, condition_text, select
from migrator.cel.values import Value
from tests.cel.generated import EVALUABLE, VALUES

Facts: TypeAlias = dict[str, Any]
"""What is known of one model: by field, with dots for what is inside a field."""

NAMES = ("a", "b", "m", "x", "int")


# Where all is known


@given(EVALUABLE, st.fixed_dictionaries(dict.fromkeys(NAMES, VALUES)))
def test_where_all_is_known_it_is_full_evaluation(node: Node, bound: dict[str, Value]) -> None:
    try:
        expected = repr(Evaluator(Activation(bound)).value(node))
    except CelLimitError:
        assume(False)
    except CelEvaluationError:
        expected = "no value"
    assert _shown(_partially(node, bound)) == expected


def _partially(node: Node, bound: dict[str, Value]) -> Possible:
    partial = Partial({})
    with ExitStack() as scopes:
        for name, value in bound.items():
            scopes.enter_context(partial.scope(name)).value = value
        return partial.evaluate(node)


def _shown(found: Possible) -> str:
    assert not isinstance(found, Open)
    return "no value" if isinstance(found, Failed) else repr(found)


# Models, and conditions about them

NUMBERS = st.sampled_from([0, 1, 2, 1000, 128_000, 0.5, 1.5])
TEXTS = st.sampled_from(["a", "b", "Ab", "a-mini", "openai", "", "us", "US"])
_LISTS = st.lists(st.sampled_from(["text", "image", "audio"]), max_size=3, unique=True)
_PLACES = st.lists(st.fixed_dictionaries({"region": TEXTS, "country_code": TEXTS}), max_size=2)
METADATA = st.fixed_dictionaries(
    {},
    optional={
        "tier": TEXTS | st.none(),
        "rank": NUMBERS,
        "config": st.fixed_dictionaries({}, optional={"region": TEXTS}),
    },
)
FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "id": TEXTS,
    "provider_id": TEXTS,
    "author_id": TEXTS,
    "known": st.booleans(),
    "custom": st.booleans(),
    "input_modalities": _LISTS,
    "max_context_window": NUMBERS | st.none(),
    "max_output_tokens": NUMBERS,
    "metadata": METADATA,
    "pricing.input": NUMBERS,
    "pricing.text.input": NUMBERS,
    "pricing.text.output": NUMBERS,
    "datacenters": _PLACES,
    "metrics.global.error_rate.total": NUMBERS,
    "metrics.global.latency.upstream_ms_avg": NUMBERS | st.none(),
    "capabilities": _LISTS,  # nobody has it: unknown to partial evaluation
}
MODELS: st.SearchStrategy[Facts] = st.fixed_dictionaries(FIELDS)

_PATHS = [
    *("m.id", "m.provider_id", "m.known", "m.custom", "m.input_modalities", "m.max_context_window"),
    *("m.max_output_tokens", "m.metadata.tier", "m.metadata.config.region", "m.metadata['rank']"),
    *("m.pricing.input", "m.pricing.text.input", "m.metrics.global.error_rate.total", "m.capabilities"),
    *("m.metrics.global.latency.upstream_ms_avg", "m.datacenters"),
]
_ATOMS = [
    *("m.known", "!m.custom", "true", "false", "'image' in m.input_modalities", "m.id == 'a'", "m.id != 'a'"),
    *("m.id.contains('mini')", "m.id.startsWith('a')", "m.id.matches('^[a-b]+$')", "m.id in ['a', 'b']"),
    *(
        "m.provider_id == 'openai'",
        "m.provider_id in []",
        "m.max_context_window > 1000",
        "m.max_output_tokens < 2",
    ),
    *("m.metadata.tier == 'a'", "m.metadata.tier != 'a'", "m.metadata.config.region == 'us'"),
    *(
        "m.metadata['tier'] == 'b'",
        "m.metadata['rank'] > 1",
        "m.pricing.input < 1",
        "m.pricing.text.output <= 1.5",
    ),
    *("m.metrics.global.error_rate.total < 0.5", "m.metrics.global.latency.upstream_ms_avg < 1000"),
    *("'text' in m.capabilities", "m.capabilities.size() > 1", "m.capabilities == []"),
    *("m.input_modalities.size() > 1", "size(m.input_modalities) == 0", "m.input_modalities[0] == 'text'"),
    *("m.input_modalities.exists(x, x == 'image')", "m.input_modalities.all(x, x != m.id)"),
    *("m.input_modalities.exists_one(x, x in m.capabilities)", "m.datacenters.exists(d, d.region == 'us')"),
    *("[m.id, m.provider_id].exists(x, x == 'a')", "[m.id, 'a'].map(x, x + '!')[1] == 'a!'"),
    *(
        "m.max_output_tokens + 1 > 1",
        "1 / m.max_output_tokens > 0",
        "m.id > 3",
        "m.id + m.provider_id == 'aa'",
    ),
    *(
        "m.input_modalities == ['text']",
        "m.input_modalities + m.capabilities == ['text']",
        "m.id == m.provider_id",
    ),
    *("(m.known ? m.id : m.provider_id) == 'a'", "m.known ? m.custom : m.id == 'a'"),
    *("[m.known, m.custom, true].filter(x, x).size() > 1", "m.max_context_window == null", "m.id"),
    *("{'a': 1, 'b': 2}[m.id] > 1", "m.id in {'a': 1}", "m.missing.field == 1", "type(m.id) == string"),
    *("m.input_modalities.map(x, x == 'text', x + m.id).size() == 1", "m.max_output_tokens % 2 == 0"),
]
_PRESENT = [
    *("m.metadata == {}", "m.metadata == {'tier': 'a'}", "m.pricing == {}", "m.metadata != m.pricing"),
    *(
        "has(m.metadata.tier)",
        "has(m.metadata.config.region)",
        "'tier' in m.metadata",
        "has(m.pricing.input)",
    ),
    *("has(m.id)", "has(m.metadata.rank) && m.metadata.rank > 1", "m.metadata.size() > 0"),
]


def _logical(conditions: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.tuples(conditions, st.sampled_from(["&&", "||", "==", "!="]), conditions).map(
            lambda parts: f"({parts[0]}) {parts[1]} ({parts[2]})"
        ),
        conditions.map(lambda one: f"!({one})"),
        st.tuples(conditions, conditions, conditions).map(lambda parts: "({}) ? ({}) : ({})".format(*parts)),
        st.tuples(conditions, st.sampled_from(["all", "exists", "exists_one"])).map(
            lambda parts: f"[true, false, m.known].{parts[1]}(y, y == ({parts[0]}))"
        ),
        conditions.map(lambda one: f"[{one}, m.known][0]"),
    )


def _combined(conditions: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    paths = st.sampled_from(_PATHS)
    operations = st.tuples(paths, st.sampled_from(["==", "!=", "<", "in", "+"]), paths)
    return _logical(conditions) | operations.map(" ".join)


_OPEN = re.compile(r"capabilities|missing|m\.pricing( |$)")
_ABOUT_KNOWN = [one for one in (*_ATOMS, *_PRESENT) if not _OPEN.search(one)]
ABOUT_KNOWN = st.recursive(st.sampled_from(_ABOUT_KNOWN), _logical, max_leaves=5)
CONDITIONS = st.recursive(st.sampled_from(_ATOMS), _combined, max_leaves=5)
WITH_PRESENCE = st.recursive(st.sampled_from([*_ATOMS, *_PRESENT]), _combined, max_leaves=5)


def nested(facts: Facts) -> dict[str, Any]:
    """Facts as the gateway has them: as maps of maps."""
    whole: dict[str, Any] = {}
    for path, value in facts.items():
        held = whole
        *outer, last = path.split(".")
        for name in outer:
            held = held.setdefault(name, {})
        held[last] = value
    return whole


def truth(condition: str, bindings: dict[str, object]) -> object:
    """What the condition comes to in full; None if to nothing."""
    try:
        return evaluate(condition, bindings)
    except CelEvaluationError:
        return None


def erased(facts: Facts, random: Random) -> Facts:
    """Some of the facts; never what is asked for by a name that nothing has."""
    share = random.choice([0.0, 0.3, 0.8])
    return {
        path: value for path, value in facts.items() if path != "capabilities" and random.random() >= share
    }


# Filters


def _kept(condition: str, records: list[Record], models: list[Facts]) -> list[Record]:
    """What full evaluation keeps: a condition without a value selects nothing."""
    pairs = zip(records, models, strict=True)
    return [record for record, facts in pairs if truth(condition, {"m": nested(facts)}) is True]


@given(ABOUT_KNOWN, st.lists(MODELS, max_size=4))
def test_a_filter_of_models_of_which_all_is_known_is_full_evaluation(
    condition: str, models: list[Facts]
) -> None:
    for facts in models:
        config = {"region": "us", **facts["metadata"].get("config", {})}
        facts["metadata"] = {"tier": "a", "rank": 1, **facts["metadata"], "config": config}
    records = [Record("model", facts) for facts in models]
    selection = select(parse(f"ai.models.filter(m, {condition})"), collections(records))
    assert list(selection.possible) == list(selection.certain) == _kept(condition, records, models)


@given(CONDITIONS | WITH_PRESENCE, st.lists(MODELS, max_size=4), st.randoms(use_true_random=False))
def test_what_a_filter_keeps_lies_between_certain_and_possible(
    condition: str, models: list[Facts], random: Random
) -> None:
    records = [Record("model", erased(facts, random)) for facts in models]
    selection = select(parse(f"ai.models.filter(m, {condition})"), collections(records))
    kept = _kept(condition, records, models)
    assert set(selection.certain) <= set(kept) <= set(selection.possible)
    assert not selection.fails
    assert selection.failure is None


@given(CONDITIONS, st.lists(MODELS, max_size=4), st.randoms(use_true_random=False))
def test_metadata_that_a_model_does_not_have_may_be_null(
    condition: str, models: list[Facts], random: Random
) -> None:
    records = [Record("model", erased(facts, random)) for facts in models]
    selection = select(parse(f"ai.models.filter(m, {condition})"), collections(records))
    for facts in models:
        metadata = {"tier": None, "rank": None, "config": None, **facts["metadata"]}
        if metadata["config"] is not None:
            metadata["config"] = {"region": None, **metadata["config"]}
        facts["metadata"] = metadata
    kept = _kept(condition, records, models)
    assert set(selection.certain) <= set(kept) <= set(selection.possible)


@given(CONDITIONS | WITH_PRESENCE, st.lists(MODELS, max_size=4), st.randoms(use_true_random=False))
def test_what_is_left_of_a_condition_decides_as_the_whole_does(
    condition: str, models: list[Facts], random: Random
) -> None:
    records = [Record("model", erased(facts, random)) for facts in models]
    selection = select(parse(f"ai.models.filter(m, {condition})"), collections(records))
    kept = _kept(condition, records, models)
    for one in selection.kept:
        if not one.certain:
            left = condition_text(one.conditions)
            facts = models[records.index(one.record)]
            assert (truth(left, {"m": nested(facts)}) is True) == (one.record in kept)
            assert unparse(parse(left)) == left
            assert one.needs
