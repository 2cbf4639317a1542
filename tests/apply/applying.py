"""Applying the manifest of three teams to a played account, and what must hold afterwards."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from migrator.account import account_at, mark_of
from migrator.apply.events import Event, Report, Told
from migrator.apply.gates import Allowed
from migrator.apply.model import Plan
from migrator.apply.run import Order, apply
from migrator.apply.tokens import TokensAt
from migrator.http import Limits
from migrator.manifest import Manifest, read_manifest
from migrator.secrets import Secret
from tests.gatewayapi.account import KEY, LISTS, GatewayAccount

FILE: Final = Path(__file__).with_name("three-teams.yaml")
SECRETS: Final = {
    name: f"sk-PLANTED-{name.lower()}-{number:04}"
    for number, name in enumerate(
        ("OPENAI_MAIN", "OPENAI_SPARE", "ANTHROPIC_MAIN", "AZURE_EU", "LLAMA_HOUSE")
    )
}
"""The values that the manifest needs; made up."""

QUICK: Final = Limits(connect=2, total=0.5, retries=3, longest_wait=1)
EVERYTHING: Final = Allowed(account_settings=True, widen=True, max_changes=100)
OBJECTS: Final = 18


def three_teams() -> Manifest:
    return read_manifest(FILE.read_bytes(), str(FILE))


@dataclass
class Silent:
    """Agrees to every plan, has every secret, keeps what it is told."""

    told: list[Event] = field(default_factory=list)
    plans: list[Plan] = field(default_factory=list)
    values: Mapping[str, str] = field(default_factory=lambda: SECRETS)

    def show(self, plan: Plan) -> None:
        self.plans.append(plan)

    def agrees(self) -> bool:
        return True

    def secrets(self, plan: Plan) -> Mapping[str, Secret]:
        return {name: Secret(value) for name, value in self.values.items()}

    def tell(self, event: Event) -> None:
        self.told.append(event)

    @property
    def texts(self) -> list[str]:
        return [event.text for event in self.told if isinstance(event, Told)]


def applied(
    url: str,
    folder: Path,
    source: Manifest | Plan | None = None,
    *,
    talk: Silent | None = None,
    allowed: Allowed = EVERYTHING,
    key: str = KEY,
    limits: Limits = QUICK,
    **order: Any,
) -> Report:
    """One apply with journal and tokens in ``folder``; waits take no time."""
    with (
        account_at(url, Secret(key), limits=limits, sleep=lambda _: None) as account,
        TokensAt(folder / "tokens.jsonl") as tokens,
    ):
        return apply(
            account,
            Order(source or three_teams(), allowed, **order),
            folder / "journal",
            tokens,
            talk or Silent(),
            sleep=lambda _: None,
        )


def state(account: GatewayAccount) -> dict[str, Any]:
    """What an account holds, with refs in place of ids: the same after every run that ends well."""
    refs = {each["id"]: f"{path}/{_ref(each)}" for path in LISTS for each in account.live(path)}
    held = {
        path: sorted((_plain(each, refs) for each in account.live(path)), key=json.dumps) for path in LISTS
    }
    return {**held, "settings": dict(sorted(account.settings.items()))}


def _ref(each: Mapping[str, Any]) -> str:
    mark = mark_of(each.get("metadata"))
    return mark.ref if mark is not None else each["name"]


def _plain(value: Any, refs: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        hidden = {"createdAt", "updatedAt", "number", "id"} if "number" in value else set()
        shown = {key: _plain(each, refs) for key, each in sorted(value.items()) if key not in hidden}
        if "accessKeyConfigurationId" in shown:
            shown.pop("value", None)  # a token differs every time
        return shown
    if isinstance(value, list):
        return [_plain(each, refs) for each in value]
    return refs.get(value, value) if isinstance(value, str) else value


def tokens_in(folder: Path) -> dict[str, str]:
    """The tokens on the disk by id. Every line is whole."""
    path = folder / "tokens.jsonl"
    lines = path.read_text().splitlines() if path.exists() else []
    return {held["id"]: held["token"] for held in map(json.loads, filter(str.strip, lines))}


def assert_all_tokens_kept(account: GatewayAccount, folder: Path) -> None:
    """Every access key there is has its token on the disk, and no other token is there."""
    assert tokens_in(folder) == {
        each["id"]: account.minted[each["id"]] for each in account.live("/access-keys")
    }
