from __future__ import annotations

import json
import traceback
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from migrator.account import KINDS, Account, Mark, account_at, mark_of
from migrator.errors import CallError, UsageError
from migrator.http import Limits
from migrator.secrets import Secret
from tests.gatewayapi.account import KEY
from tests.gatewayapi.contract import OpenApi
from tests.gatewayapi.faults import Fault, What, at, at_write
from tests.gatewayapi.server import Gateway
from tests.http.server import says, serving

PLANTED = "sk-PLANTED-not-a-key-0000"
PROVIDER = {"providerId": "ollama", "name": "Ollama", "baseUrl": "https://ollama.example.com"}
METADATA = '{"migrator":{"migration":"m","ref":"r"},"team":"x"}'


def provider_key(**more: Any) -> dict[str, Any]:
    return {"providerId": "openai", "name": "k", "value": Secret(PLANTED), **more}


def failing(call: Callable[[], object]) -> CallError:
    """The error that a call ends with. However it is shown, no credential is in it."""
    with pytest.raises(CallError) as caught:
        call()
    error = caught.value
    told = "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())
    for text in (error.message, error.remedy, repr(error), repr(error.said), told):
        assert PLANTED not in text
        assert KEY not in text
    assert error.message.isprintable()
    return error


def test_every_kind_is_created_listed_changed_and_deleted(served: Gateway, account: Account) -> None:
    provider = account.create("providers", {**PROVIDER, "metadata": METADATA}, "providers/ollama")
    key = account.create("providerKeys", provider_key(providerId="ollama"))
    rules = [{"provider": "ollama", "steps": [{"type": "user", "keys": [{"id": key.live.id}]}]}]
    configuration = account.create("accessKeyConfigurations", {"name": "c", "router": {"rules": rules}})
    access = account.create("accessKeys", {"name": "a", "accessKeyConfigurationId": configuration.live.id})
    assert provider.live.mark == Mark("m", "r")
    assert provider.token is None
    assert access.token is not None
    assert access.token.reveal() == served.account.minted[access.live.id]
    assert "token" not in access.live.body
    assert "PLANTED" not in repr(access)
    assert [len(account.list(member)) for member in KINDS] == [1, 1, 1, 1]
    assert account.update("accessKeys", access.live.id, {"name": "b"}).name == "b"
    assert account.rotate(key.live.id, "k2", Secret("sk-OTHER-not-a-key-00")).name == "k2"
    for member in reversed(KINDS):
        (live,) = account.list(member)
        account.delete(member, live.id)
        assert account.find(member, live.id) is None
    assert served.agents == {"migrator"}


def test_what_is_exchanged_is_what_the_contract_says(
    served: Gateway, account: Account, openapi: OpenApi
) -> None:
    served.openapi = openapi
    test_every_kind_is_created_listed_changed_and_deleted(served, account)
    account.update_settings({"totalTimeout": "2m", "maxInputTokens": None})
    assert account.settings()["totalTimeout"] == "120s"
    assert account.credits() == 5_000
    assert account.models() == {"object": "list", "data": []}
    assert served.violations == []


def test_a_list_is_all_of_its_pages_newest_first(served: Gateway, account: Account) -> None:
    served.account.page = 3
    made = [account.create("providerKeys", provider_key(name=f"k{n}")).live.id for n in range(8)]
    assert [live.id for live in account.list("providerKeys")] == made[::-1]


@pytest.mark.parametrize(
    "onward, told",
    [
        ("https://elsewhere.example/provider-keys?beforeId=1", "another address"),
        ("//elsewhere.example/provider-keys", "another address"),
        ("/access-keys?limit=100", "another address"),
        ("/provider-keys/../providers", "another address"),
        (17, "another address"),
        ("/provider-keys?limit=100", "circle"),
    ],
)
def test_pages_never_leave_the_list(onward: object, told: str) -> None:
    with (
        serving(says({"aiGatewayProviderKeys": [], "nextPageUri": onward})) as api,
        account_at(api.url, Secret(KEY)) as account,
    ):
        assert told in failing(lambda: account.list("providerKeys")).message
        assert len(api.asked) == 1


@pytest.mark.parametrize(
    "answer", [[], None, {}, {"aiGatewayProviders": {}}, {"aiGatewayProviders": [{"x": 1}]}]
)
def test_an_answer_that_is_no_list_is_told(answer: object) -> None:
    with serving(says(answer)) as api, account_at(api.url, Secret(KEY)) as account:
        assert "the list of providers" in failing(lambda: account.list("providers")).message


PROVIDERS, KEYS = "providers", "providerKeys"
CONFIGURATIONS, ACCESS_KEYS = "accessKeyConfigurations", "accessKeys"


@pytest.mark.parametrize(
    "member, body, told",
    [
        (
            PROVIDERS,
            None,
            "number 1 of a page: the answer is not what the API's contract says: expected a mapping",
        ),
        (PROVIDERS, [], "expected a mapping, found a list"),
        (PROVIDERS, {"name": "x"}, "it has no `id`"),
        (PROVIDERS, {"id": ""}, "`id`: expected text of length"),
        (PROVIDERS, {"id": 7}, "`id`: expected text, found a whole number"),
        (PROVIDERS, {"id": "aigp_1", "name": 7}, "aigp_1: the answer is not what"),
        (PROVIDERS, {"id": "aigp_1", "models": 3}, "`models`: expected a list or null, found a whole number"),
        (PROVIDERS, {"id": "aigp_1", "models": [None]}, "`models[0]`: expected a mapping, found null"),
        (PROVIDERS, {"id": "aigp_1", "models": [{"modelId": 1.5}]}, "`models[0].modelId`: expected text"),
        (PROVIDERS, {"id": "aigp_1", "baseUrl": ["https://x"]}, "`baseUrl`: expected text or null"),
        (PROVIDERS, {"id": "aigp_1", "supportedApiSurfaces": ["openai"]}, "`supportedApiSurfaces[0]`"),
        (PROVIDERS, {"id": "aigp_1", "models": "\ud800"}, "half a pair of surrogates"),
        (KEYS, {"id": "aigpk_1", "\udfff": 1}, "half a pair of surrogates"),
        (KEYS, {"id": "aigpk_1", "providerId": {}}, "`providerId`: expected text or null"),
        (KEYS, {"id": "aigpk_1", "metadata": {"a": 1}}, "`metadata`: expected text or null"),
        (CONFIGURATIONS, {"id": "aigac_1", "access": "all"}, "`access`: expected a mapping or null"),
        (
            CONFIGURATIONS,
            {"id": "aigac_1", "access": {"models": ["x"]}},
            "`access.models`: expected a mapping",
        ),
        (
            CONFIGURATIONS,
            {"id": "aigac_1", "access": {"models": {"allow": [None]}}},
            "`access.models.allow[0]`",
        ),
        (CONFIGURATIONS, {"id": "aigac_1", "router": {"rules": {"a": 1}}}, "`router.rules`: expected a list"),
        (CONFIGURATIONS, {"id": "aigac_1", "router": {"rules": [{}]}}, "`router.rules[0]` has no `steps`"),
        (
            CONFIGURATIONS,
            {"id": "aigac_1", "router": {"rules": [{"steps": [{"type": "user", "keys": [{}]}]}]}},
            "`router.rules[0].steps[0].keys[0]` has no `id`",
        ),
        (ACCESS_KEYS, {"id": "aigk_1", "accessKeyConfiguration": {}}, "`accessKeyConfiguration` has no `id`"),
        (
            ACCESS_KEYS,
            {"id": "aigk_1", "accessKeyConfiguration": "aigac_1"},
            "`accessKeyConfiguration`: expected",
        ),
    ],
)
def test_an_object_that_cannot_be_read_is_told_with_what_was_expected(
    member: str, body: object, told: str
) -> None:
    with (
        serving(says({KINDS[member].listed: [body]})) as api,
        account_at(api.url, Secret(KEY)) as account,
    ):
        error = failing(lambda: account.list(member))
    assert error.message.startswith(f"the list of {KINDS[member].title}s, ")
    assert told in error.message
    assert "app.ngrok.ai" in error.remedy


@pytest.mark.parametrize("value", [[], "100", True, 1.5])
def test_account_settings_that_cannot_be_read_are_told(value: object) -> None:
    with (
        serving(says({"accountId": "ac_1", "maxInputTokens": value})) as api,
        account_at(api.url, Secret(KEY)) as account,
    ):
        assert "`maxInputTokens`: expected a whole number or null" in failing(account.settings).message


@pytest.mark.parametrize("answer", [{}, {"accountId": None}, {"accountId": ""}, {"accountId": 7}])
def test_whose_account_it_is_has_to_be_known(answer: object) -> None:
    with serving(says(answer)) as api, account_at(api.url, Secret(KEY)) as account:
        assert "`accountId`" in failing(account.settings).message


def test_a_refusal_names_object_code_request_and_what_to_do(account: Account) -> None:
    account.create("providers", PROVIDER)
    error = failing(lambda: account.create("providers", PROVIDER, "providers/ollama"))
    assert error.said is not None
    assert (error.said.status, error.said.code) == (409, "ERR_NGROK_27712")
    assert error.message.startswith("providers/ollama: POST http://127.0.0.1:")
    assert "ERR_NGROK_27712" in error.message
    assert "[request req_2]" in error.message
    assert "adopt" in error.remedy
    assert not error.is_uncertain


def test_a_refusal_that_repeats_what_was_sent_shows_no_credential(served: Gateway, account: Account) -> None:
    served.fail(at(1, Fault(What.ERROR, status=400, repeats=True)))
    error = failing(lambda: account.create("providerKeys", provider_key()))
    assert "***" in error.message
    assert error.said is not None
    assert "***" in error.said.details["said"]


def test_a_value_with_quotes_is_hidden_however_it_is_repeated(served: Gateway, account: Account) -> None:
    served.fail(at(1, Fault(What.ERROR, status=400, repeats=True)))
    value = Secret(PLANTED + '"\\n')
    error = failing(lambda: account.create("providerKeys", provider_key(value=value)))
    assert "***" in error.message


@pytest.mark.parametrize("what", [What.DROP_BEFORE, What.DROP_AFTER, What.HALF, What.ERROR, What.ERROR_AFTER])
def test_a_write_whose_answer_is_lost_is_sent_once_and_uncertain(
    what: What, served: Gateway, account: Account
) -> None:
    served.fail(at_write(1, Fault(what, status=502)))
    error = failing(lambda: account.create("providerKeys", provider_key()))
    assert error.is_uncertain
    assert len(served.calls) == 1
    expected = what in {What.DROP_AFTER, What.HALF, What.ERROR_AFTER}
    assert len(served.account.live("/provider-keys")) == expected


@pytest.mark.parametrize("what", [What.DROP_BEFORE, What.DROP_AFTER, What.HALF, What.ERROR])
def test_a_look_is_taken_again(what: What, served: Gateway, account: Account) -> None:
    served.fail(at(1, Fault(what, status=502)))
    assert account.list("providers") == ()
    assert len(served.calls) == 2


def test_a_slow_answer_to_a_write_is_uncertain(served: Gateway) -> None:
    served.fail(at_write(1, Fault(What.SLOW, seconds=0.6)))
    with account_at(served.url, Secret(KEY), limits=Limits(1, 0.2)) as account:
        assert failing(lambda: account.create("providerKeys", provider_key())).is_uncertain


@pytest.mark.parametrize(
    "stated, slept",
    [("7", 7.0), ("0", 0.0), (format_datetime(datetime.now(UTC) - timedelta(days=1), usegmt=True), 0.0)],
)
def test_a_write_is_repeated_after_429_and_the_wait_that_is_asked_for(
    stated: str, slept: float, served: Gateway
) -> None:
    waits: list[float] = []
    served.fail(at_write(1, Fault(What.ERROR, status=429, headers=(("Retry-After", stated),))))
    with account_at(served.url, Secret(KEY), limits=Limits(1, 1), sleep=waits.append) as account:
        account.create("providerKeys", provider_key())
    assert waits == [slept]
    assert len(served.account.live("/provider-keys")) == 1


def test_waits_differ_so_that_clients_do_not_come_back_at_once(served: Gateway) -> None:
    waits: list[float] = []
    served.fail(lambda _: Fault(What.ERROR, status=503))
    with account_at(served.url, Secret(KEY), sleep=waits.append) as account:
        failing(lambda: account.list("providers"))
    assert len(waits) == 3
    assert all(least <= wait <= 1.5 * least for least, wait in zip((0.5, 1.0, 2.0), waits, strict=True))


def test_nobody_there_means_not_carried_out() -> None:
    with serving() as api:
        url = api.url
    waits: list[float] = []
    with account_at(url, Secret(KEY), sleep=waits.append) as account:
        error = failing(lambda: account.create("providerKeys", provider_key()))
    assert not error.is_uncertain
    assert error.is_general
    assert len(waits) == 3


def test_an_address_of_something_else_is_told_as_that(served: Gateway) -> None:
    with account_at(f"{served.url}/elsewhere", Secret(KEY)) as account:
        for ask in (lambda: account.list("providers"), account.settings):
            with pytest.raises(CallError, match="answered 404") as caught:
                ask()
            assert "--api-url" in caught.value.remedy
        with pytest.raises(CallError) as caught:
            account.get("providers", "aigp_1")
        assert "migrator plan" in caught.value.remedy


def test_a_redirect_is_not_followed(account: Account, served: Gateway) -> None:
    served.fail(at(1, Fault(What.ERROR, status=307, headers=(("Location", "https://elsewhere.example"),))))
    error = failing(lambda: account.create("providerKeys", provider_key()))
    assert "redirect" in error.remedy
    assert not error.is_uncertain


def test_an_expired_key_ends_everything(served: Gateway, account: Account) -> None:
    served.account.expires_after = 0
    error = failing(lambda: account.list("providers"))
    assert error.is_general
    assert "AI_GATEWAY_API_KEY" in error.remedy


@pytest.mark.parametrize("key", ["", "two words", "line\nbreak"])
def test_what_is_no_key_is_not_sent(key: str) -> None:
    with pytest.raises(UsageError) as caught, account_at("http://127.0.0.1:1", Secret(key)):
        pass
    assert "AI_GATEWAY_API_KEY" in f"{caught.value.message} {caught.value.remedy}"


@pytest.mark.parametrize(
    "metadata, mark",
    [
        (METADATA, Mark("m", "r")),
        ("", None),
        (None, None),
        ("not json", None),
        ("[" * 100_000, None),
        ("[]", None),
        ('{"migrator": 1}', None),
        ('{"migrator": {"migration": "m"}}', None),
        (json.dumps({"migrator": {"migration": "m", "ref": 1}}), None),
        (json.dumps({"migrator": {"ref": "r", "migration": "m", "more": 1}}), Mark("m", "r")),
    ],
)
def test_a_mark_is_recognised(metadata: object, mark: Mark | None) -> None:
    assert mark_of(metadata) == mark
