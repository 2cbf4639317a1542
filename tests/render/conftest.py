"""A migration as a run makes it, by hand: two policies, two custom providers, three keys, three clients."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from migrator.findings.keys import BuiltInWithoutKeys
from migrator.findings.merge import SettingsConflict
from migrator.findings.policy import RootIsList
from migrator.findings.protection import LostThrottling
from migrator.findings.providers import BareModelName
from migrator.merge.model import Migration, SourceSummary, UnitSummary
from migrator.policy.origin import Origin
from migrator.policy.parse import parse
from migrator.policy.reader import Notes
from migrator.sources.kept import kept_file, kept_unit
from migrator.sources.model import CredentialSpot, FileRead, FoundPolicy, KeptUnit, SourceRef, Unit
from migrator.spans import Location, Span
from migrator.target.state import (
    AccessKey,
    Configuration,
    DesiredState,
    Dimension,
    GatewayConfig,
    Model,
    Provider,
    ProviderKey,
    Rule,
    SecretReference,
    Setting,
    Step,
    StepKey,
    Surface,
)
from migrator.translate.model import Decision
from migrator.tree.load import load

A = "policies/a.yaml"
B = "policies/b.yaml"

OPENAI = "OPENAI_PRIMARY"
LITERAL = "LITERAL_OLLAMA_B_1__L0A1B2C3D"
SUPPLIED = "SUPPLY_ANTHROPIC__L4E5F6071"


def at(path: str, line: int) -> Location:
    return Location(path, Span(line, 5, line, 20))


@pytest.fixture
def state() -> DesiredState:
    return DesiredState(
        migration="default",
        providers=(
            Provider(
                ref="ollama",
                provider_id="ollama",
                name="Ollama on GPU 1",
                base_url="https://ollama.internal",
                metadata={"team": "search", "note": "Köln # 1: on"},
                surfaces=(Surface("openai", "chat/completions", ("temperature", "top_p"), (at(A, 21),)),),
                models=(
                    Model("llama3", origins=(at(A, 15),)),
                    Model("fast", "llama3:8b-instruct", ("seed",), (at(A, 17), at(B, 9))),
                ),
                origins=(at(A, 12), at(B, 6)),
            ),
            Provider(
                ref="vllm..0a1b2c3d",
                provider_id="vLLM",
                name="vLLM 'blue' \"x\" $HOME `id`",
                base_url="https://vllm.example.com/v1?api-version=2026-01-01",
                models=(Model("mistral:7b", origins=(at(B, 31),)),),
                origins=(at(B, 28),),
            ),
        ),
        provider_keys=(
            ProviderKey(
                "anthropic.supplied",
                "anthropic",
                "anthropic (supplied)",
                SecretReference(SUPPLIED),
                origins=(at(A, 40),),
            ),
            ProviderKey(
                "ollama.literal.b.1",
                "ollama",
                "ollama key 1 of b",
                SecretReference(LITERAL),
                origins=(at(B, 8),),
            ),
            ProviderKey(
                "openai-primary",
                "openai",
                "openai/primary",
                SecretReference(OPENAI, "openai", "primary"),
                origins=(at(A, 33), at(B, 22)),
            ),
            ProviderKey(
                "vllm.openai.primary",
                "vLLM",
                "openai/primary",
                SecretReference(OPENAI, "openai", "primary"),
                origins=(at(B, 30),),
            ),
        ),
        configurations=(
            Configuration(
                ref="ai.example.com",
                name="https://ai.example.com",
                description="From policies/a.yaml",
                providers=Dimension(("ollama", "openai"), ((at(A, 12),), (at(A, 30),)), (at(A, 10),)),
                models=Dimension(
                    ("ollama:llama3", "ollama:fast", "openai:openai/gpt-4o"),
                    ((at(A, 15),), (at(A, 17),), (at(A, 36),)),
                    (at(A, 11),),
                ),
                rules=(
                    Rule("anthropic", (_step(at(A, 40), "anthropic.supplied"),), (at(A, 40),)),
                    Rule(
                        "openai",
                        (
                            _step(at(A, 32), "openai-primary", "vllm.openai.primary"),
                            Step("ngrok", origins=(at(A, 32),)),
                        ),
                        (at(A, 30),),
                    ),
                ),
                origins=(at(A, 8),),
            ),
            Configuration(
                ref="b",
                name="b",
                models=Dimension((), (), (at(B, 4),)),
                rules=(Rule("ollama", (_step(at(B, 7), "ollama.literal.b.1"),), (at(B, 6),)),),
                origins=(at(B, 3),),
            ),
        ),
        access_keys=(
            AccessKey(
                "ai.example.com--default", "https://ai.example.com", "ai.example.com", origins=(at(A, 8),)
            ),
            AccessKey("b--bob", "b / bob's", "b", origins=(at(B, 3),)),
            AccessKey("b--eve", "b / eve", "b", origins=(at(B, 3),)),
        ),
        gateway_config=GatewayConfig(
            (
                Setting("totalTimeout", "2m30s", (at(A, 44), at(B, 40))),
                Setting("maxInputTokens", 8000, (at(A, 45),)),
            )
        ),
    )


def _step(origin: Location, *refs: str) -> Step:
    return Step("user", tuple(StepKey(ref, (origin,)) for ref in refs), (origin,))


def _unit(identity: str, title: str, path: str) -> KeptUnit:
    root = (
        load("on_http_request:\n  - actions:\n      - type: ai-gateway\n        config: {}\n")
        .documents[0]
        .root
    )
    assert root is not None
    origin = Origin(path)
    policy = parse(root, origin, Notes())
    rule, action = policy.gateways()[0]
    found = FoundPolicy(policy, origin, "policy")
    whole = Unit(identity, title, found, policy, rule, action, None, None, (SourceRef(path, 0, ""),))
    return kept_unit(whole, whole=True)


@pytest.fixture
def migration(state: DesiredState) -> Migration:
    counts = {"converted": 20, "approximated": 1, "unsupported": 2, "noEffect": 3, "unknown": 0}
    first = UnitSummary(
        _unit("ai.example.com", "https://ai.example.com", A),
        "ai.example.com",
        ("ai.example.com--default",),
        "partial",
        counts,
    )
    second = UnitSummary(_unit("b", "b", B), "b", ("b--bob", "b--eve"), "converted", counts)
    failed = UnitSummary(_unit("c", "c", "policies/c.yaml"), None, (), "failed", counts)
    spots = (CredentialSpot(0, "provider key", at(B, 8)), CredentialSpot(1, "client token", at(B, 2)))
    return Migration(
        state=state,
        units=(first, second, failed),
        sources=(
            SourceSummary(kept_file(FileRead(A, "a", "policy"), whole=True), "partial", counts),
            SourceSummary(
                kept_file(FileRead(B, "b", "policy", credentials=spots), whole=True), "converted", counts
            ),
        ),
        decisions=(
            Decision(
                "who-pays:ai.example.com:anthropic",
                "ai.example.com",
                "T301",
                "The policy has no key for anthropic. Who pays: ngrok credits, or a provider key that you supply?",
                ("ngrok", "supply-key"),
                "ngrok",
                "supply-key",
                "config",
            ),
            Decision(
                "account-setting:perRequestTimeout",
                None,
                "M001",
                "The policies disagree about perRequestTimeout. Which one?",
                ("leave", "30s", "1m"),
                "leave",
                "leave",
                "default",
            ),
        ),
        findings=(
            LostThrottling(
                at=at(A, 3), pointer="/on_http_request/0", unit="ai.example.com", action="rate-limit"
            ),
            BuiltInWithoutKeys(
                at=at(A, 40), unit="ai.example.com", provider="anthropic", chosen="supply-key"
            ),
            BareModelName(at=at(A, 12), unit="ai.example.com", provider="ollama", example="ollama:llama3"),
            BareModelName(at=at(B, 6), unit="b", provider="ollama", example="ollama:llama3"),
            SettingsConflict(at=at(A, 46), setting="perRequestTimeout", values="30s, 1m", chosen="leave"),
            RootIsList(at=at(B, 1)),
        ),
    )


@pytest.fixture
def empty() -> Migration:
    """What a run without any ai-gateway action comes to."""
    return Migration(DesiredState("default"))


Named = Callable[[str], Migration]


@pytest.fixture
def named(migration: Migration) -> Named:
    """The same migration with a text of the user's in every place that may hold one."""

    def make(text: str) -> Migration:
        state = migration.state
        where = Location(text, Span(7, 1, 7, 2))
        providers = tuple(
            replace(
                provider,
                name=text,
                base_url=text,
                metadata={text: text},
                surfaces=(Surface(text, text, (text,)),),
                models=(Model(text, text, (text,), (where,)),),
                origins=(where,),
            )
            for provider in state.providers
        )
        keys = tuple(
            replace(key, name=text, value=SecretReference(key.value.env, text, text), origins=(where,))
            for key in state.provider_keys
        )
        configurations = tuple(
            replace(
                configuration,
                name=text,
                description=text,
                providers=Dimension((text, text), ((where,), ()), (where,)),
                models=Dimension((text,)),
                rules=(Rule(text, (Step("ngrok"), _step(where, "openai-primary"))),),
            )
            for configuration in state.configurations
        )
        access_keys = tuple(replace(key, name=text) for key in state.access_keys)
        settings = GatewayConfig((Setting("totalTimeout", text, (where,)), Setting("maxInputTokens", 2**62)))
        changed = replace(
            state,
            migration=text,
            providers=providers,
            provider_keys=keys,
            configurations=configurations,
            access_keys=access_keys,
            gateway_config=settings,
        )
        decisions = tuple(
            replace(decision, id=text, question=text, options=(text, "x"), chosen=text, by="default")
            for decision in migration.decisions
        )
        findings = (
            LostThrottling(at=where, unit=text, action=text),
            BareModelName(at=where, unit=text, provider=text, example=text),
        )
        units = (UnitSummary(_unit(text, text, text), "b", ("b--bob",), "converted", {}),)
        return replace(migration, state=changed, decisions=decisions, findings=findings, units=units)

    return make
