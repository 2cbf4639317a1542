"""Account settings: emitted only where all policies agree."""

from __future__ import annotations

from msgspec import Struct

from migrator.findings.base import Finding
from migrator.findings.merge import SettingsConflict
from migrator.findings.requests import SettingIsAccountWide
from migrator.policy.origin import LeafKey
from migrator.target.state import GatewayConfig, Setting
from migrator.translate.decide import Question, decide
from migrator.translate.model import Decision, SettingClaim, TranslateOptions, UnitResult

MEMBERS = ("totalTimeout", "perRequestTimeout", "maxInputTokens", "maxOutputTokens")
LEAVE = "leave"
_ASKED = 3
"""Places of a value that the question names: whoever answers it has to see its end. The finding has all."""


class Settled(Struct, frozen=True):
    """What the run asks of the account. ``dropped`` are the leaves whose value was not taken."""

    config: GatewayConfig | None
    findings: tuple[Finding, ...]
    decisions: tuple[Decision, ...]
    dropped: frozenset[LeafKey]


def settle(results: list[UnitResult], options: TranslateOptions) -> Settled:
    """One value for each setting on which every converted unit agrees; else a decision.

    A policy that does not set a limit has the old default, so it does not agree with one that does.
    """
    units = [result for result in results if result.fragment.configuration is not None]
    settings: list[Setting] = []
    findings: list[Finding] = []
    decisions: list[Decision] = []
    dropped: set[LeafKey] = set()
    for member in MEMBERS:
        claims = [claim for result in units for claim in result.fragment.settings if claim.member == member]
        if not claims:
            continue
        chosen: str | int | None = claims[0].value
        if len({claim.amount for claim in claims}) > 1 or len(claims) < len(units):
            decision = _conflict(member, claims, len(units) - len(claims), findings, options)
            decisions.append(decision)
            chosen = next((claim.value for claim in claims if str(claim.value) == decision.chosen), None)
        taken = [claim for claim in claims if chosen is not None and claim.value == chosen]
        amounts = {claim.amount for claim in taken}
        dropped |= {claim.leaf for claim in claims if claim.amount not in amounts}
        if chosen is not None:
            origins = tuple(dict.fromkeys(claim.at for claim in claims if claim.amount in amounts))
            settings.append(Setting(member, chosen, origins))
            findings.append(
                SettingIsAccountWide(
                    at=taken[0].at, pointer=taken[0].pointer, setting=member, value=str(chosen)
                )
            )
    config = GatewayConfig(tuple(settings)) if settings else None
    return Settled(config, tuple(findings), tuple(decisions), frozenset(dropped))


def _conflict(
    member: str, claims: list[SettingClaim], without: int, findings: list[Finding], options: TranslateOptions
) -> Decision:
    by_amount: dict[int, list[SettingClaim]] = {}
    for claim in claims:
        by_amount.setdefault(claim.amount, []).append(claim)
    alike = [by_amount[amount] for amount in sorted(by_amount)]
    choices = (LEAVE, *(str(same[0].value) for same in alike))
    values = _values(alike, without, len(claims))
    asked = _values(alike, without, _ASKED)
    text = f"{member} exists once per account, and the policies differ: {asked}. Which value shall the account have?"
    decision = decide(Question("account-setting", SettingsConflict, text, choices, member), None, options)
    findings.append(
        SettingsConflict(
            at=claims[0].at,
            pointer=claims[0].pointer,
            setting=member,
            values=values,
            chosen=decision.chosen,
            decided=not decision.is_open,
        )
    )
    return decision


def _values(alike: list[list[SettingClaim]], without: int, limit: int) -> str:
    """Each value with at most ``limit`` of its places, and how many policies have none."""
    parts = []
    for same in alike:
        places = list(dict.fromkeys(f"{claim.at.path}:{claim.at.span.line}" for claim in same))
        more = f" and {len(places) - limit} more" if len(places) > limit else ""
        parts.append(f"{same[0].value} at {', '.join(places[:limit])}{more}")
    if without:
        parts.append(f"not set in {without} of the policies")
    return "; ".join(parts)
