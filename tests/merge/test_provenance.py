"""The order of provenance, and what findings make of it: compared with sorting everything."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from migrator.findings.keys import CreditsPay
from migrator.merge.model import Migration
from migrator.report.json_report import document
from migrator.spans import Location, Span
from migrator.target.state import (
    AccessKey,
    Configuration,
    DesiredState,
    Dimension,
    GatewayConfig,
    Model,
    Origins,
    Provider,
    ProviderKey,
    Rule,
    SecretReference,
    Setting,
    Step,
    StepKey,
    Surface,
)

MEMBERS = ["providers", "providerKeys", "accessKeyConfigurations", "accessKeys", "gatewayConfig"]

_places = st.integers(1, 5).map(lambda line: Location("a.yaml", Span(line, 1, line, 2)))
_origins: st.SearchStrategy[Origins] = st.lists(_places, max_size=3).map(tuple)
_many = st.lists(_origins, max_size=12)
_settings = st.permutations(["totalTimeout", "perRequestTimeout", "maxInputTokens"])


@st.composite
def _dimensions(draw: st.DrawFn) -> Dimension:
    entries = draw(_many)
    return Dimension(tuple(f"p{n}" for n in range(len(entries))), tuple(entries), draw(_origins))


@st.composite
def _configurations(draw: st.DrawFn) -> Configuration:
    steps = [
        Step("user", tuple(StepKey("k", one) for one in draw(_many)), draw(_origins))
        for _ in range(draw(st.integers(0, 2)))
    ]
    rules = tuple(Rule(f"p{n}", tuple(steps), one) for n, one in enumerate(draw(_many)))
    providers, models = draw(st.none() | _dimensions()), draw(st.none() | _dimensions())
    return Configuration("c", "c", providers=providers, models=models, rules=rules, origins=draw(_origins))


@st.composite
def _states(draw: st.DrawFn) -> DesiredState:
    providers = [
        Provider(
            "p",
            "p",
            "p",
            "https://p.internal",
            surfaces=tuple(Surface("openai", origins=one) for one in draw(_many)),
            models=tuple(Model("m", origins=one) for one in draw(_many)),
            origins=draw(_origins),
        )
        for _ in range(draw(st.integers(0, 2)))
    ]
    return DesiredState(
        "default",
        tuple(providers),
        tuple(ProviderKey("k", "p", "k", SecretReference("E"), origins=one) for one in draw(_many)),
        tuple(draw(st.lists(_configurations(), max_size=2))),
        tuple(AccessKey("a", "a", "c", origins=one) for one in draw(_many)),
        GatewayConfig(tuple(Setting(name, 1, draw(_origins)) for name in draw(_settings))),
    )


def _order(pointer: str) -> list[tuple[int, str]]:
    """A member by its place in the manifest, an index by its number, a name by its letters."""
    _, member, *below = pointer.split("/")
    tokens = [(int(token), "") if token.isdecimal() else (-1, token) for token in below]
    return [(MEMBERS.index(member), ""), *tokens]


@given(_states())
def test_provenance_is_in_the_order_of_the_manifest(state: DesiredState) -> None:
    pointers = [pointer for pointer, _ in Migration(state).provenance()]
    assert pointers == sorted(pointers, key=_order)
    assert len(pointers) == len(set(pointers))


@given(_states(), st.lists(_places | st.none(), max_size=4))
def test_a_finding_concerns_what_was_made_from_its_place_in_that_order(
    state: DesiredState, places: list[Location | None]
) -> None:
    migration = Migration(state, findings=tuple(CreditsPay(at=at) for at in places))
    made = list(migration.provenance())
    for at, found in zip(places, document(migration)["findings"], strict=True):
        assert found["outputs"] == sorted((pointer for pointer, held in made if at in held), key=_order)
