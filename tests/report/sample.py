"""A run by hand: one policy full of differences, one that carries over, one broken file, one without the action."""

from __future__ import annotations

from migrator.findings.base import Finding, OutputRef
from migrator.findings.decisions import DecisionUnmatched
from migrator.findings.keys import BuiltInWithoutKeys
from migrator.findings.merge import SettingsConflict
from migrator.findings.policy import BrokenExpression, Shorthand
from migrator.findings.protection import AnonymousEndpoint, ClientsGetAccessKeys, LostNetworkRestriction
from migrator.findings.providers import ModelAliasLost
from migrator.findings.read import BrokenSyntax, LiteralCredential
from migrator.findings.requests import BodyOverrideLost, HeaderLost
from migrator.findings.strategies import StrategyNotEvaluated
from migrator.merge.model import Migration, SourceSummary, UnitSummary
from migrator.policy.origin import Origin
from migrator.policy.parse import parse
from migrator.policy.reader import Notes
from migrator.secrets import mask
from migrator.sources.kept import kept_file, kept_unit
from migrator.sources.model import Endpoint, FileRead, FoundPolicy, KeptFile, KeptUnit, SourceRef, Unit
from migrator.spans import Location, Span
from migrator.target.state import (
    AccessKey,
    Configuration,
    DesiredState,
    Dimension,
    GatewayConfig,
    ProviderKey,
    Rule,
    SecretReference,
    Setting,
    Step,
    StepKey,
)
from migrator.translate.model import Decision
from migrator.tree.load import load

CHAT = "policies/chat.yaml"
RESEARCH = "policies/research.yaml"
BROKEN = "policies/broken.yaml"
WEB = "policies/web.yaml"

CHAT_UNIT = "chat.example.com"
RESEARCH_UNIT = "research.example.com"

STRATEGY = (
    "ai.models.filter(m, m.provider_id == 'openai' && m.metrics.global.latency.upstream_ms_avg < 800)"
    ".sortBy(m, m.pricing.input)"
)

TEXTS = {
    CHAT: f"""\
on_tcp_connect:
  - type: restrict-ips
    config:
      enforce: true
      allow: ["203.0.113.0/24"]
on_http_request:
  - expressions:
      - "!(req.headers['x-api-key'][0] in [secrets.get('clients', 'team-a'), secrets.get('clients', 'team-b')])"
    actions:
      - type: deny
  - expressions: ["req.headers['x-team'][0] = 'research'"]
    actions:
      - type: deny
  - type: ai-gateway
    config:
      total_timeout: 2m
      per_request_timeout: 45s
      headers:
        X-Team: research
      body:
        temperature: 0.2
      model_selection:
        strategy:
          - "{STRATEGY}"
      providers:
        - id: openai
          api_keys:
            - value: ${{secrets.get('openai', 'primary')}}
            - value: {mask(0, 24)}
          models:
            - id: gpt-4o-mini
              id_aliases: [fast]
        - id: anthropic
""",
    RESEARCH: """\
on_http_request:
  - actions:
      - type: ai-gateway
        config:
          only_allow_configured_providers: true
          total_timeout: 2m
          providers:
            - id: anthropic
              api_keys:
                - value: ${secrets.get('anthropic', 'research')}
""",
    BROKEN: "on_http_request:\n\t- type: ai-gateway\n",
    WEB: "on_http_request:\n  - actions:\n      - type: deny\n",
}


def at(path: str, needle: str) -> Location:
    """Where ``needle`` stands first in one of the files."""
    begin = TEXTS[path].index(needle)
    line = TEXTS[path].count("\n", 0, begin) + 1
    column = begin - TEXTS[path].rfind("\n", 0, begin)
    return Location(path, Span(line, column, line, column + len(needle)))


def file(
    path: str, stem: str, container: str = "none", text: str | None = None, *, readable: bool = True
) -> KeptFile:
    """An input as outputs see it."""
    return kept_file(FileRead(path, stem, container, text, readable=readable), whole=True)


def unit(identity: str, title: str, path: str, endpoint: Endpoint | None = None) -> KeptUnit:
    """A unit of the file ``path`` (of one that was read, not of its masked text)."""
    root = load(TEXTS[path].replace(mask(0, 24), "masked")).documents[0].root
    assert root is not None
    origin = Origin(path)
    policy = parse(root, origin, Notes())
    rule, action = policy.gateways()[0]
    found = FoundPolicy(policy, origin, "policy-file")
    source = SourceRef(path, 0, "")
    whole = Unit(identity, title, found, policy, rule, action, endpoint, endpoint, (source,))
    return kept_unit(whole, whole=True)


def coverage(
    converted: int = 0, approximated: int = 0, unsupported: int = 0, no_effect: int = 0, unknown: int = 0
) -> dict[str, int]:
    return {
        "converted": converted,
        "approximated": approximated,
        "unsupported": unsupported,
        "noEffect": no_effect,
        "unknown": unknown,
    }


def state() -> DesiredState:
    gateway = at(CHAT, "type: ai-gateway")
    openai, anthropic = at(CHAT, "openai\n"), at(CHAT, "anthropic\n")
    primary, literal = at(CHAT, "${secrets.get('openai', 'primary')}"), at(CHAT, mask(0, 24))
    other, research = (
        at(RESEARCH, "type: ai-gateway"),
        at(RESEARCH, "${secrets.get('anthropic', 'research')}"),
    )
    user = Step(
        "user", (StepKey("openai-primary", (primary,)), StepKey("openai.literal", (literal,))), (primary,)
    )
    return DesiredState(
        migration="default",
        provider_keys=(
            ProviderKey(
                "anthropic-research",
                "anthropic",
                "anthropic/research",
                SecretReference("ANTHROPIC_RESEARCH", "anthropic", "research"),
                origins=(research,),
            ),
            ProviderKey(
                "openai-primary",
                "openai",
                "openai/primary",
                SecretReference("OPENAI_PRIMARY", "openai", "primary"),
                origins=(primary,),
            ),
            ProviderKey(
                "openai.literal",
                "openai",
                "openai key 2",
                SecretReference("LITERAL_CHAT"),
                origins=(literal,),
            ),
        ),
        configurations=(
            Configuration(
                CHAT_UNIT,
                "https://chat.example.com",
                providers=Dimension(("openai", "anthropic"), ((openai,), (anthropic,)), (gateway,)),
                rules=(
                    Rule("openai", (user,), (openai,)),
                    Rule("anthropic", (Step("ngrok", origins=(anthropic,)),), (anthropic,)),
                ),
                origins=(gateway,),
            ),
            Configuration(
                RESEARCH_UNIT,
                "https://research.example.com",
                providers=Dimension(("anthropic",), ((at(RESEARCH, "anthropic\n"),),), (other,)),
                rules=(
                    Rule(
                        "anthropic",
                        (Step("user", (StepKey("anthropic-research", (research,)),), (research,)),),
                        (at(RESEARCH, "anthropic\n"),),
                    ),
                ),
                origins=(other,),
            ),
        ),
        access_keys=(
            AccessKey(
                f"{CHAT_UNIT}--team-a", "https://chat.example.com / team-a", CHAT_UNIT, origins=(gateway,)
            ),
            AccessKey(
                f"{CHAT_UNIT}--team-b", "https://chat.example.com / team-b", CHAT_UNIT, origins=(gateway,)
            ),
            AccessKey(
                f"{RESEARCH_UNIT}--default", "https://research.example.com", RESEARCH_UNIT, origins=(other,)
            ),
        ),
        gateway_config=GatewayConfig(
            (Setting("totalTimeout", "2m", (at(CHAT, "2m"), at(RESEARCH, "2m"))),),
        ),
    )


def findings() -> tuple[Finding, ...]:
    gateway = at(CHAT, "type: ai-gateway")
    expression = at(CHAT, "\"req.headers['x-team'][0] = 'research'\"")
    figure = "req.headers['x-team'][0] = 'research'\n                         ^"
    of_chat: tuple[Finding, ...] = (
        Shorthand(at=at(CHAT, "type: restrict-ips")),
        Shorthand(at=gateway),
        LostNetworkRestriction(
            at=at(CHAT, "type: restrict-ips"), pointer="/on_tcp_connect/0", action="restrict-ips"
        ),
        BrokenExpression(at=expression, reason="`=` is no operator", excerpt=figure),
        StrategyNotEvaluated(
            at=at(CHAT, f'"{STRATEGY}"'),
            pointer="/on_http_request/2/config/model_selection/strategy/0",
            outputs=(OutputRef("accessKeyConfigurations", CHAT_UNIT, "/body/access"),),
            expression=STRATEGY,
            reason="it depends on now",
        ),
        HeaderLost(at=at(CHAT, "research\n"), name="X-Team", kind="tracing"),
        BodyOverrideLost(at=at(CHAT, "0.2"), name="temperature", kind="sampling default"),
        BuiltInWithoutKeys(at=at(CHAT, "anthropic\n"), provider="anthropic", chosen="ngrok"),
        ModelAliasLost(
            at=at(CHAT, "fast"),
            alias="fast",
            model="openai:openai/gpt-4o-mini",
            task="; or create a virtual model named fast with the one target openai:openai/gpt-4o-mini in the dashboard",
        ),
        ClientsGetAccessKeys(at=gateway, clients="team-a, team-b"),
    )
    of_research: tuple[Finding, ...] = (AnonymousEndpoint(at=at(RESEARCH, "type: ai-gateway")),)
    return tuple(
        sorted(
            (
                *(found.in_unit(CHAT_UNIT) for found in of_chat),
                *(found.in_unit(RESEARCH_UNIT) for found in of_research),
                LiteralCredential(at=at(CHAT, mask(0, 24)), role="provider key"),
                SettingsConflict(
                    at=at(CHAT, "45s"),
                    setting="perRequestTimeout",
                    values=f"45s at {CHAT}:17; not set in 1 of the policies",
                    chosen="leave",
                ),
                BrokenSyntax(
                    at=Location(BROKEN, Span(2, 1, 2, 2)),
                    reason="A tab stands where YAML takes spaces only: in front of a key, a dash or a value.",
                    hint="Replace the tabs in front of it with spaces.",
                ),
                DecisionUnmatched(
                    decision="who-pays:chat.example.com:antropic",
                    hint="; did you mean who-pays:chat.example.com:anthropic?",
                ),
            ),
            key=lambda found: found.sort_key,
        )
    )


def decisions() -> tuple[Decision, ...]:
    return (
        Decision(
            "account-setting:perRequestTimeout",
            None,
            "M001",
            f"perRequestTimeout exists once per account, and the policies differ: 45s at {CHAT}:17; not set in 1 of "
            "the policies. Which value shall the account have?",
            ("leave", "45s"),
            "leave",
            "leave",
            "default",
        ),
        Decision(
            "other-providers:chat.example.com",
            CHAT_UNIT,
            "T305",
            "Nothing restricts this policy. May its access keys also reach built-in providers it does not name, paid "
            "by ngrok credits?",
            ("close", "allow"),
            "close",
            "close",
            "config",
        ),
        Decision(
            "who-pays:chat.example.com:anthropic",
            CHAT_UNIT,
            "T301",
            "The policy has no key for anthropic. Who pays: ngrok credits, or a provider key that you supply?",
            ("ngrok", "supply-key"),
            "ngrok",
            "ngrok",
            "default",
        ),
    )


def sources() -> tuple[SourceSummary, ...]:
    def read(path: str, container: str, *, readable: bool = True) -> KeptFile:
        return file(path, path.rpartition("/")[2], container, TEXTS[path], readable=readable)

    return (
        SourceSummary(read(BROKEN, "none", readable=False), "failed", coverage()),
        SourceSummary(read(CHAT, "policy-file"), "partial", coverage(11, 2, 9, 3, 1)),
        SourceSummary(read(RESEARCH, "policy-file"), "converted", coverage(5)),
        SourceSummary(read(WEB, "policy-file"), "nothing-to-do", coverage()),
    )


def migration() -> Migration:
    """The whole run."""
    chat = Endpoint(url="https://chat.example.com", name="chat", kind="cloud")
    return Migration(
        state=state(),
        units=(
            UnitSummary(
                unit(CHAT_UNIT, "https://chat.example.com", CHAT, chat),
                CHAT_UNIT,
                (f"{CHAT_UNIT}--team-a", f"{CHAT_UNIT}--team-b"),
                "partial",
                coverage(11, 2, 9, 3, 1),
            ),
            UnitSummary(
                unit(RESEARCH_UNIT, "https://research.example.com", RESEARCH),
                RESEARCH_UNIT,
                (f"{RESEARCH_UNIT}--default",),
                "converted",
                coverage(5),
            ),
        ),
        sources=sources(),
        decisions=decisions(),
        findings=findings(),
    )
