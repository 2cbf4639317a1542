"""An account at api.ngrok.ai, played: what is in it, and what it answers to each request.

The rules are those of the published contract and its error codes, written down here once more, so that
they hold without it. It is stricter than people need and never more lenient.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from tests.gatewayapi.rules import (
    BUILT_IN,
    CREATE,
    NGROK_PAYS,
    ROTATE,
    SETTINGS,
    UPDATE,
    Wrong,
    seconds_of,
)

LISTS = {
    "/providers": ("aiGatewayProviders", "aigp"),
    "/provider-keys": ("aiGatewayProviderKeys", "aigpk"),
    "/access-key-configurations": ("aiGatewayAccessKeyConfigurations", "aigac"),
    "/access-keys": ("aiGatewayAccessKeys", "aigk"),
}
IN_USE = {
    "/providers": "ERR_NGROK_27710",
    "/provider-keys": "ERR_NGROK_27615",
    "/access-key-configurations": "ERR_NGROK_27511",
}
KEY = "aigw-PLANTED-api-key-0000"
"""The AI Gateway API key that opens the account; made up, as every credential here."""

Document = dict[str, Any]


@dataclass(frozen=True)
class Answer:
    status: int
    document: Document | None = None

    def content(self) -> bytes:
        return b"" if self.document is None else json.dumps(self.document, sort_keys=True).encode()


class Refusal(Exception):  # noqa: N818 -- it is an answer
    def __init__(self, wrong: Wrong) -> None:
        super().__init__(wrong.msg)
        self.wrong = wrong


@dataclass
class GatewayAccount:
    key: str = KEY
    account_id: str = "ac_played"
    url: str = ""
    objects: dict[str, dict[str, Document]] = field(default_factory=lambda: {path: {} for path in LISTS})
    settings: Document = field(default_factory=lambda: {"totalTimeout": "120s", "perRequestTimeout": "60s"})
    balance: int = 5_000
    models: list[Document] = field(default_factory=list)
    page: int = 100
    """The most objects on a page, whatever is asked for: so that tests see several pages."""
    expires_after: int | None = None
    """How many requests the API key is good for."""
    asked: int = 0
    minted: dict[str, str] = field(default_factory=dict)
    """Every token that was ever answered, by the id of its access key."""

    def __post_init__(self) -> None:
        self._lock = threading.RLock()
        self._last = 0
        self._late: list[_Late] = []

    # ---- for tests

    def live(self, path: str) -> list[Document]:
        """The objects of a list, oldest first."""
        return list(self.objects[path].values())

    def add(self, path: str, **body: Any) -> str:
        """Put an object there as somebody else would; its id."""
        answer = self.answer("POST", path, body, f"Bearer {self.key}")
        assert answer.document is not None, answer
        assert answer.status == 201, answer
        return str(answer.document["id"])

    def commit_late(self) -> None:
        """Let everything that is still on its way arrive."""
        with self._lock:
            late, self._late = self._late, []
            for each in late:
                self._carried_out(each.commit)

    # ---- what is answered

    def answer(self, method: str, target: str, body: Any, authorization: str | None) -> Answer:
        with self._lock:
            self.asked += 1
            if authorization != f"Bearer {self.key}" or (
                self.expires_after is not None and self.asked > self.expires_after
            ):
                return _refused(Wrong("the API key is not valid", "ERR_NGROK_206", 401))
            try:
                return self._answer(method, target, body)
            except Refusal as refusal:
                return _refused(refusal.wrong)
            finally:
                if method == "GET":
                    self._arrive(urlsplit(target).path)

    def answer_late(self, method: str, target: str, body: Any, look_ups: int) -> None:
        """Carry a request out only after so many later requests for its list were answered."""
        with self._lock:
            path = urlsplit(target).path
            self._late.append(_Late(path, look_ups, lambda: self._answer(method, target, body)))

    def _arrive(self, path: str) -> None:
        for each in list(self._late):
            if each.path == path:
                each.look_ups -= 1
                if each.look_ups <= 0:
                    self._late.remove(each)
                    self._carried_out(each.commit)

    def _carried_out(self, commit: Callable[[], Answer]) -> None:
        try:
            commit()
        except Refusal:
            return

    def _answer(self, method: str, target: str, body: Any) -> Answer:
        parts = urlsplit(target)
        _, first, *rest = parts.path.split("/")
        path = f"/{first}"
        if parts.path == "/gateway-config":
            return self._settings(method, body)
        if (method, parts.path) == ("GET", "/credits/balance"):
            return Answer(200, {"balanceCents": self.balance})
        if (method, parts.path) == ("GET", "/v1/models"):
            return Answer(200, {"object": "list", "data": self.models})
        if path not in LISTS:
            raise Refusal(Wrong("no such resource", status=404))
        match method, [unquote(each) for each in rest]:
            case "GET", []:
                return Answer(200, self._page(path, parts.query))
            case "POST", []:
                return self._create(path, body)
            case "GET", [identity]:
                return Answer(200, self._shown(path, self._one(path, identity)))
            case "PATCH", [identity]:
                return self._update(path, identity, body)
            case "DELETE", [identity]:
                return self._delete(path, identity)
            case "POST", [identity, "rotate"] if path == "/provider-keys":
                return self._rotate(identity, body)
        raise Refusal(Wrong("method not allowed", status=405))

    def _page(self, path: str, query: str) -> Document:
        asked = parse_qs(query)
        limit = int(asked.get("limit", ["100"])[0])
        if not 1 <= limit <= 100:
            raise Refusal(Wrong("limit must be 1 to 100"))
        limit = min(limit, self.page)
        newest = sorted(self.objects[path].values(), key=lambda each: each["number"], reverse=True)
        if "beforeId" in asked:
            before = self._one(path, asked["beforeId"][0])["number"]
            newest = [each for each in newest if each["number"] < before]
        if "accessKeyConfigurationId" in asked:
            wanted = asked["accessKeyConfigurationId"][0]
            newest = [each for each in newest if each.get("accessKeyConfigurationId") == wanted]
        shown = newest[:limit]
        onward = f"{self.url}{path}?limit={limit}&beforeId={shown[-1]['id']}" if len(newest) > limit else None
        return {
            LISTS[path][0]: [self._shown(path, each) for each in shown],
            "uri": f"{self.url}{path}",
            "nextPageUri": onward,
        }

    def _one(self, path: str, identity: str) -> Document:
        if identity not in self.objects[path]:
            raise Refusal(Wrong(f"{identity} was not found", status=404))
        return self.objects[path][identity]

    def _create(self, path: str, body: Any) -> Answer:
        _check(CREATE[path](body, ""))
        self._check_meaning(path, body, None)
        self._last += 1
        identity = f"{LISTS[path][1]}_{self._last:06}"
        made = {**body, "id": identity, "number": self._last, "createdAt": _time(self._last)}
        made["updatedAt"] = made["createdAt"]
        self.objects[path][identity] = made
        if path != "/access-keys":
            return Answer(201, self._shown(path, made))
        token = f"ng-{self._last:06}-g1-PLANTEDTOKEN{self._last:012}"
        self.minted[identity] = made["value"] = token
        return Answer(201, {**self._shown(path, made), "token": token})

    def _update(self, path: str, identity: str, body: Any) -> Answer:
        there = self._one(path, identity)
        _check(UPDATE[path](body, ""))
        if body.get("name", "") is None and path != "/access-keys":
            raise Refusal(Wrong("name cannot be cleared"))
        self._check_meaning(path, {**there, **body}, there)
        for name, value in body.items():
            if value is None:
                there.pop(name, None)
            else:
                there[name] = value
        self._touch(there)
        return Answer(200, self._shown(path, there))

    def _rotate(self, identity: str, body: Any) -> Answer:
        there = self._one("/provider-keys", identity)
        _check(ROTATE(body, ""))
        there |= body
        self._touch(there)
        return Answer(200, self._shown("/provider-keys", there))

    def _delete(self, path: str, identity: str) -> Answer:
        there = self._one(path, identity)
        if any(self._users(path, there)):
            raise Refusal(Wrong("it is in use", IN_USE[path], 409))
        del self.objects[path][identity]
        return Answer(204)

    def _settings(self, method: str, body: Any) -> Answer:
        if method == "PATCH":
            _check(SETTINGS(body, ""))
            self.settings |= body
        elif method != "GET":
            raise Refusal(Wrong("method not allowed", status=405))
        settings: Document = {
            "maxInputTokens": 1_000_000,
            "maxOutputTokens": None,
            "metadata": None,
        } | self.settings
        for name in ("totalTimeout", "perRequestTimeout"):
            settings[name] = f"{seconds_of(settings[name]):g}s"
        return Answer(200, {**settings, "accountId": self.account_id, "uri": f"{self.url}/gateway-config"})

    # ---- what a body may mean

    def _check_meaning(self, path: str, body: Document, there: Document | None) -> None:
        if path == "/providers" and there is None:
            if body["providerId"] in BUILT_IN:
                raise Refusal(Wrong("providerId is a built-in provider's", "ERR_NGROK_27705"))
            if any(each["providerId"] == body["providerId"] for each in self.live(path)):
                raise Refusal(Wrong("providerId is taken", "ERR_NGROK_27712", 409))
        if path == "/provider-keys" and not self._is_provider(body["providerId"]):
            raise Refusal(Wrong(f"providerId {body['providerId']} is not known"))
        if path == "/access-key-configurations":
            self._check_configuration(body)
        if path == "/access-keys" and body.get("accessKeyConfigurationId") is not None:
            self._one("/access-key-configurations", body["accessKeyConfigurationId"])

    def _check_configuration(self, body: Document) -> None:
        for entry in ((body.get("access") or {}).get("providers") or {}).get("allow", []):
            if not self._is_provider(entry):
                raise Refusal(Wrong(f"access.providers.allow: {entry} is not known"))
        ruled: list[str] = []
        for rule in (body.get("router") or {}).get("rules", []):
            provider = rule.get("provider") or rule.get("model", "").partition(":")[0]
            if not self._is_provider(provider):
                raise Refusal(Wrong(f"router: the provider {provider} is not known"))
            if "model" not in rule:
                ruled.append(provider)
            for step in rule["steps"]:
                self._check_step(step, provider)
        if len(set(ruled)) < len(ruled):
            raise Refusal(Wrong("router: two rules for one provider"))

    def _check_step(self, step: Document, provider: str) -> None:
        keys = step.get("keys", [])
        if (step["type"] == "user") != bool(keys):
            raise Refusal(Wrong(f"router: a {step['type']} step with {len(keys)} keys"))
        if step["type"] == "ngrok" and provider not in NGROK_PAYS:
            raise Refusal(Wrong(f"router: no ngrok step for {provider}", "ERR_NGROK_27203"))
        for key in keys:
            found = self.objects["/provider-keys"].get(key.get("id", ""))
            if found is None:
                raise Refusal(Wrong(f"router: the provider key {key.get('id')} was not found"))
            if found["providerId"] != provider:
                raise Refusal(Wrong(f"router: the provider key {key['id']} is not one for {provider}"))

    def _is_provider(self, name: str) -> bool:
        own = self.live("/providers")
        return name in BUILT_IN or any(name in (each["providerId"], each["id"]) for each in own)

    def _users(self, path: str, there: Document) -> Iterator[str]:
        """What refers to an object."""
        configurations = self.live("/access-key-configurations")
        match path:
            case "/providers":
                names = {there["providerId"], there["id"]}
                yield from (key["id"] for key in self.live("/provider-keys") if key["providerId"] in names)
                for each in configurations:
                    allowed = ((each.get("access") or {}).get("providers") or {}).get("allow", [])
                    rules = (each.get("router") or {}).get("rules", [])
                    if names & {*allowed, *(rule.get("provider", "") for rule in rules)}:
                        yield each["id"]
            case "/provider-keys":
                for each in configurations:
                    rules = (each.get("router") or {}).get("rules", [])
                    keys = {key.get("id") for r in rules for s in r["steps"] for key in s.get("keys", [])}
                    if there["id"] in keys:
                        yield each["id"]
            case "/access-key-configurations":
                for each in self.live("/access-keys"):
                    if each.get("accessKeyConfigurationId") == there["id"]:
                        yield each["id"]

    # ---- what is shown

    def _touch(self, there: Document) -> None:
        self._last += 1
        there["updatedAt"] = _time(self._last)

    def _shown(self, path: str, there: Document) -> Document:
        """As it reads back: write-only values hidden, what is empty left out, order of members its own."""
        by = {"id": "usr_played", "uri": f"{self.url}/users/usr_played"}
        shown: Document = {
            "uri": f"{self.url}{path}/{there['id']}",
            "createdBy": by,
            "lastUpdatedBy": by,
            **{
                key: value
                for key, value in there.items()
                if key not in {"value", "number"} and value not in ("", [])
            },
        }
        if path in {"/provider-keys", "/access-keys"}:
            shown["keyRedacted"] = f"{there['value'][:10]}***{there['value'][-4:]}"
            shown.setdefault("lastUsed", None)
        match path:
            case "/providers":
                self._show_provider(shown)
            case "/access-key-configurations":
                self._show_configuration(shown)
            case "/access-keys":
                self._show_access_key(shown)
        return shown

    def _show_provider(self, shown: Document) -> None:
        if "models" in shown:
            shown["models"] = [
                {"id": f"{shown['id']}_m{n}", "unsupportedParams": [], **model}
                for n, model in enumerate(shown["models"])
            ]
        if "supportedApiSurfaces" in shown:
            shown["supportedApiSurfaces"] = [
                {key: value for key, value in surface.items() if value != []}
                for surface in shown["supportedApiSurfaces"]
            ]

    def _show_configuration(self, shown: Document) -> None:
        keys = self.live("/access-keys")
        shown["accessKeyCount"] = sum(key.get("accessKeyConfigurationId") == shown["id"] for key in keys)
        if not shown.get("access", True):
            del shown["access"]
        rules = shown.pop("router", {}).get("rules", [])
        if rules:
            shown["router"] = {"rules": [self._show_rule(rule) for rule in rules]}

    def _show_rule(self, rule: Document) -> Document:
        held = self.objects["/provider-keys"]
        steps = [
            {
                **step,
                "keys": [
                    {
                        "id": key["id"],
                        "name": held[key["id"]]["name"],
                        "keyRedacted": f"{held[key['id']]['value'][:10]}***",
                    }
                    for key in step["keys"]
                ],
                "keySelectionStrategy": "ordered",
            }
            if step["type"] == "user"
            else step
            for step in rule["steps"]
        ]
        return {**rule, "steps": steps}

    def _show_access_key(self, shown: Document) -> None:
        linked = shown.pop("accessKeyConfigurationId", None)
        shown["accessKeyConfiguration"] = None
        if linked is not None:
            configuration = self.objects["/access-key-configurations"][linked]
            shown["accessKeyConfiguration"] = {
                "id": linked,
                "uri": f"{self.url}/access-key-configurations/{linked}",
                "name": configuration["name"],
            }


@dataclass
class _Late:
    path: str
    look_ups: int
    commit: Callable[[], Answer]


def _check(wrong: Wrong | None) -> None:
    if wrong is not None:
        raise Refusal(wrong)


def _refused(wrong: Wrong) -> Answer:
    code = {"errorCode": wrong.code} if wrong.code else {}
    return Answer(
        wrong.status, {**code, "statusCode": wrong.status, "msg": wrong.msg, "details": wrong.details}
    )


def _time(number: int) -> str:
    return f"2026-11-01T{number // 3600 % 24:02}:{number // 60 % 60:02}:{number % 60:02}Z"
