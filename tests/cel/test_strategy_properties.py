"""Whatever is true of what is not known: what a strategy keeps lies between the certain and the possible."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Any, TypeAlias, cast

from hypothesis import assume, given
from hypothesis import strategies as st

from migrator.cel import CelEvaluationError, evaluate, parse
from migrator.cel.possible import Record
from migrator.cel.strategy import Selection, collections, select
from tests.cel.test_partial_properties import CONDITIONS, MODELS, Facts, erased, nested, truth

PROVIDERS = {"openai": ("oai",), "a": (), "": ("Us",)}
"""Ids and aliases. A model's own idea of its provider is another fact, and need not be one of these."""


@dataclass
class World:
    """What is really there: each model's facts and provider, the order of all, and what chance decides."""

    models: list[Facts]
    providers: list[str]
    order: list[int]
    random: Random
    folds: bool
    """Whether names are the same in any case."""

    def bindings(self) -> dict[str, object]:
        return {"ai": {"models": [nested(self.models[at]) for at in self.order]}}


class _NoValue(Exception):  # noqa: N818 -- it is the absence of a value
    """An expression has no value in some world."""


Result: TypeAlias = "list[int] | int"
"""Models by their number: a list of them, or one."""


# Strategies as data, with a meaning in a world and a text


@dataclass(frozen=True)
class All:
    def text(self) -> str:
        return "ai.models"

    def run(self, world: World) -> Result:
        return list(world.order)


@dataclass(frozen=True)
class Filter:
    of: Any
    condition: str

    def text(self) -> str:
        return f"{self.of.text()}.filter(m, {self.condition})"

    def run(self, world: World) -> Result:
        return [
            at
            for at in _list(self.of.run(world))
            if truth(self.condition, {"m": nested(world.models[at]), **world.bindings()}) is True
        ]


@dataclass(frozen=True)
class Named:
    of: Any
    function: str
    names: list[str]

    def text(self) -> str:
        return f"{self.of.text()}.{self.function}({self.names!r})"

    def run(self, world: World) -> Result:
        keep = self.function.startswith("only")
        return [at for at in _list(self.of.run(world)) if self._is_named(world, at) is keep]

    def _is_named(self, world: World, at: int) -> bool:
        if self.function.endswith("Providers"):
            own = {world.providers[at], *PROVIDERS[world.providers[at]]}
        elif self.function.endswith("Authors"):
            own = {world.models[at]["author_id"]}
        else:
            own = {world.models[at]["id"]}
        wanted = set(self.names)
        if world.folds:
            own, wanted = {name.lower() for name in own}, {name.lower() for name in wanted}
        return bool(own & wanted)


@dataclass(frozen=True)
class Placed:
    of: Any
    function: str
    code: str

    def text(self) -> str:
        return f"{self.of.text()}.{self.function}({self.code!r})"

    def run(self, world: World) -> Result:
        field = "region" if self.function == "inRegion" else "country_code"
        return [
            at
            for at in _list(self.of.run(world))
            if any(
                place[field] == self.code or (world.folds and place[field].lower() == self.code.lower())
                for place in world.models[at]["datacenters"]
            )
        ]


@dataclass(frozen=True)
class Cheap:
    of: Any
    kind: str
    limit: float

    def text(self) -> str:
        return f"{self.of.text()}.underCost({self.kind!r}, {self.limit})"

    def run(self, world: World) -> Result:
        return [
            at for at in _list(self.of.run(world)) if world.models[at][f"pricing.{self.kind}"] < self.limit
        ]


@dataclass(frozen=True)
class Sorted:
    of: Any
    key: str | None

    def text(self) -> str:
        return f"{self.of.text()}.sortBy({'m, ' + self.key if self.key else repr('price')})"

    def run(self, world: World) -> Result:
        items = _list(self.of.run(world))
        world.random.shuffle(items)  # no order but that of the keys is promised
        key = self.key or "m.pricing.text.input"
        keys = {at: truth(key, {"m": nested(world.models[at])}) for at in items}
        kinds = {_kind(value) for value in keys.values()}
        if kinds <= {"number"} or kinds <= {"text"} or kinds <= {"truth"}:
            items.sort(key=lambda at: cast("float", keys[at]))
        return items


def _kind(value: object) -> str:
    if isinstance(value, bool):
        return "truth"
    return "number" if isinstance(value, int | float) else "text" if isinstance(value, str) else "none"


@dataclass(frozen=True)
class Picked:
    """``random()``, ``randomize()``."""

    of: Any
    function: str

    def text(self) -> str:
        return f"{self.of.text()}.{self.function}()"

    def run(self, world: World) -> Result:
        items = _list(self.of.run(world))
        world.random.shuffle(items)
        return items[0] if self.function == "random" and items else items


@dataclass(frozen=True)
class At:
    of: Any
    index: int

    def text(self) -> str:
        return f"{self.of.text()}[{self.index}]"

    def run(self, world: World) -> Result:
        items = _list(self.of.run(world))
        if self.index >= len(items):
            raise _NoValue
        return items[self.index]


@dataclass(frozen=True)
class Got:
    provider: str
    name: str

    def text(self) -> str:
        return f"ai.models.get({self.provider!r}, {self.name!r})"

    def run(self, world: World) -> Result:
        provider = Named(All(), "onlyProviders", [self.provider]).run(world)
        found = [at for at in _list(provider) if at in _list(Named(All(), "only", [self.name]).run(world))]
        if not found:
            raise _NoValue
        return world.random.choice(found)


@dataclass(frozen=True)
class Either:
    condition: Any
    then: Any
    otherwise: Any

    def text(self) -> str:
        return f"({self.condition.text()} ? {self.then.text()} : {self.otherwise.text()})"

    def run(self, world: World) -> Result:
        return (self.then if self.condition.holds(world) else self.otherwise).run(world)


@dataclass(frozen=True)
class Sum:
    one: Any
    other: Any

    def text(self) -> str:
        return f"({self.one.text()} + {self.other.text()})"

    def run(self, world: World) -> Result:
        return _list(self.one.run(world)) + _list(self.other.run(world))


@dataclass(frozen=True)
class Listed:
    parts: list[Any]

    def text(self) -> str:
        return f"[{', '.join(part.text() for part in self.parts)}]"

    def run(self, world: World) -> Result:
        found = [part.run(world) for part in self.parts]
        assume(not any(isinstance(one, list) for one in found))  # a list of lists has no meaning here
        return [at for at in found if isinstance(at, int)]


# Conditions of ternaries


@dataclass(frozen=True)
class Quantified:
    macro: str
    condition: str

    def text(self) -> str:
        return f"ai.models.{self.macro}(m, {self.condition})"

    def holds(self, world: World) -> bool:
        return _holds(self.text(), world)


@dataclass(frozen=True)
class Counted:
    of: Any
    operator: str
    number: int

    def text(self) -> str:
        return f"{self.of.text()}.size() {self.operator} {self.number}"

    def holds(self, world: World) -> bool:
        return _holds(f"{len(_list(self.of.run(world)))} {self.operator} {self.number}", world)


@dataclass(frozen=True)
class Asked:
    """Something about one model that a strategy comes to."""

    of: Any
    condition: str

    def text(self) -> str:
        return self.condition.replace("m.", f"{self.of.text()}.")

    def holds(self, world: World) -> bool:
        found = self.of.run(world)
        if isinstance(found, list):
            raise _NoValue
        return _holds(self.condition, world, nested(world.models[found]))


@dataclass(frozen=True)
class Requested:
    def text(self) -> str:
        return "req.headers['x'][0] == 'a'"

    def holds(self, world: World) -> bool:
        if world.random.random() < 0.3:
            raise _NoValue
        return world.random.random() < 0.5


def _holds(text: str, world: World, model: object = None) -> bool:
    try:
        value = evaluate(text, {"m": model, **world.bindings()})
    except CelEvaluationError:
        raise _NoValue from None
    if not isinstance(value, bool):
        raise _NoValue
    return value


def _list(found: Result) -> list[int]:
    if isinstance(found, int):
        raise _NoValue
    return found


_NAMES = st.lists(st.sampled_from(["a", "b", "ab", "openai", "oai", "OAI", "us", ""]), max_size=3)
_NAMING = [f"{verb}{what}" for verb in ("only", "ignore") for what in ("", "Providers", "Authors")]
_KEYS = st.sampled_from(
    [
        *(
            "m.pricing.input",
            "m.max_context_window",
            "m.metrics.global.latency.upstream_ms_avg",
            "m.id",
            "m.known",
        ),
        *(
            "m.metadata.rank",
            "m.known ? m.pricing.input : 0.5",
            "m.pricing.input + m.pricing.input",
            "m.metadata",
        ),
    ]
)
_ASKED = st.sampled_from(
    ["m.id == 'a'", "m.known", "m.pricing.input < 1", "m.metadata.tier != 'a'", "has(m.metadata.tier)"]
)
_ABOUT_ALL = CONDITIONS | st.sampled_from(
    [
        "ai.models.exists(n, n.id == m.provider_id)",
        "ai.models.all(n, n.max_output_tokens <= m.max_output_tokens)",
        "ai.models.exists_one(n, n.id == m.id)",
        "ai.models.map(n, n.id) == ['a']",
        "ai.models.map(n, n.id) != ai.models.map(n, n.provider_id)",
        "[m.id, m.provider_id] == [m.provider_id, 'a']",
        "[m.id, m.author_id].filter(x, x == 'a') == ['a']",
        "[m.id, m.author_id].filter(x, x == 'a') != m.input_modalities",
        "m.id in ai.models.map(n, n.provider_id)",
    ]
)


def _longer(lists: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    single: st.SearchStrategy[Any] = st.builds(Picked, lists, st.just("random")) | st.builds(
        At, lists | _SHORT, st.integers(0, 2)
    )
    single |= st.builds(Got, st.sampled_from([*PROVIDERS, "OpenAI"]), st.sampled_from(["a", "b", "ab"]))
    conditions = st.one_of(
        st.builds(Quantified, st.sampled_from(["all", "exists", "exists_one"]), CONDITIONS),
        st.builds(Counted, lists, st.sampled_from(["==", "<", ">="]), st.integers(0, 3)),
        st.builds(Asked, single, _ASKED),
        st.builds(Requested),
    )
    return st.one_of(
        st.builds(Filter, lists, _ABOUT_ALL),
        st.builds(Named, lists, st.sampled_from(_NAMING), _NAMES),
        st.builds(
            Placed, lists, st.sampled_from(["inRegion", "inCountryCode"]), st.sampled_from(["us", "US", "b"])
        ),
        st.builds(Cheap, lists, st.sampled_from(["text.input", "text.output"]), st.sampled_from([0.5, 1, 2])),
        st.builds(Sorted, lists, st.none() | _KEYS),
        st.builds(Picked, lists, st.just("randomize")),
        st.builds(Sum, lists, lists),
        st.builds(Listed, st.lists(single, max_size=3)),
        st.builds(Either, conditions, lists | single, lists | single),
        single,
    )


_SHORT: st.SearchStrategy[Any] = st.builds(All) | st.builds(Filter, st.builds(All), CONDITIONS)
_SHORT |= st.builds(Sorted, _SHORT, st.sampled_from(["m.id", "m.pricing.input", "m.max_output_tokens"]))
STRATEGIES = st.recursive(_SHORT, _longer, max_leaves=5)


def _records(models: list[Facts], providers: list[str], random: Random) -> list[Record]:
    known = {name: Record("provider", {"id": name}, frozenset(PROVIDERS[name])) for name in PROVIDERS}
    return [
        Record("model", erased(facts, random), provider=known[name])
        for facts, name in zip(models, providers, strict=True)
    ]


@given(
    STRATEGIES,
    st.lists(st.tuples(MODELS, st.sampled_from([*PROVIDERS])), max_size=4),
    st.randoms(use_true_random=False),
)
def test_what_is_kept_lies_between_certain_and_possible(
    strategy: Any, given_models: list[tuple[Facts, str]], random: Random
) -> None:
    models, providers = [facts for facts, _ in given_models], [name for _, name in given_models]
    records = _records(models, providers, random)
    text = strategy.text()
    selection = select(parse(text), collections(records), text=text)
    order = list(range(len(models)))
    for _ in range(3):
        random.shuffle(order)
        world = World(models, providers, order, random, random.random() < 0.5)
        _check(selection, records, strategy, world)


def _check(selection: Selection, records: list[Record], strategy: Any, world: World) -> None:
    try:
        result = strategy.run(world)
    except _NoValue:
        assert selection.fails or selection.failure is not None
        assert not selection.certain
        assert not selection.surely_yields
        return
    kept = [records[at] for at in dict.fromkeys([result] if isinstance(result, int) else result)]
    assert set(selection.certain) <= set(kept) <= set(selection.possible)
    if selection.order.known:
        assert kept == [record for record in selection.possible if record in kept]
    if selection.single:
        assert len(kept) <= 1
    if selection.surely_yields:
        assert kept
