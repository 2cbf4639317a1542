"""What an API can do wrong, on purpose or not: each is told, and the rest is there."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrator.api import convert
from migrator.errors import OutputError, UsageError
from migrator.http import Limits
from migrator.pull import PullResult, Waiting
from migrator.pull import pull as pull_account
from migrator.secrets import Secret
from tests.catalog.answers import JSON_VALUES
from tests.http.server import JSON, Says, playing, says, serving
from tests.properties.effort import examples
from tests.pull.ngrok import MEMBERS, PLANTED, Account, Clock, endpoint, index_of, tree

TOKEN = Secret(PLANTED)
HTML = Says(200, b"<!doctype html><title>Sign in</title>", {"Content-Type": "text/html"})


@pytest.fixture
def account() -> Iterator[Account]:
    with playing(Account()) as account:
        yield account


def pull(account: Account, out: Path, clock: Clock | None = None, **facts: Any) -> PullResult:
    refresh = facts.pop("refresh", False)
    result = pull_account(account.url, TOKEN, out, (clock or Clock()).settings(**facts), refresh=refresh)
    if out.exists():
        assert not any(PLANTED.encode() in data for data in tree(out).values())
    assert PLANTED not in repr(result)
    for failure in failures(result).values():
        assert failure.isprintable()
        assert len(failure) < 1_500
    return result


def failures(result: PullResult) -> dict[str, str]:
    return {
        pulled.resource.name: f"{pulled.failure.message} {pulled.failure.remedy}"
        for pulled in result.lists
        if pulled.failure is not None
    }


@pytest.mark.parametrize(
    "said, told",
    [
        (says({"error_code": "ERR_NGROK_1", "msg": f"not for {PLANTED}"}, 403), "(ERR_NGROK_1): not for ***"),
        (says({"msg": "no"}, 403), "ngrok API key"),
        (says({"msg": "gone"}, 404), "answered 404: gone"),
        (says({"msg": "oops"}, 500), "answered 500: oops Try again later"),
        (HTML, "not JSON"),
        (Says(502, b"<html>", {"Content-Type": "text/html"}), "answered 502"),
        (Says(200, b'{"vaults": [{"id": "v'), "not JSON"),
        (Says(200, b'{"vaults": [{"id": "v"}]}', JSON, is_short=True), "broke off"),
        (Says(is_cut=True), "broke off"),
        (Says(is_silent=True), "no answer within"),
        (Says(body=b"[", drips=True), "no whole answer within"),
        (Says(200, b" " * 3_000_000), "larger than"),
        (says({}), "no list `vaults`"),
        (says([]), "no list `vaults`"),
        (says(None), "no list `vaults`"),
        (says({"vaults": {}}), "no list `vaults`"),
        (says({"vaults": None}), "no list `vaults`"),
        (says({"vaults": [{"id": "v"}] * 2_000}), "more than 1000 entries"),
    ],
)
def test_a_list_that_cannot_be_had_does_not_cost_the_others(
    account: Account, tmp_path: Path, said: Says, told: str
) -> None:
    account.instead["vaults"] = said
    limits = Limits(connect=0.5, total=0.5, retries=2, size=1_000_000)
    result = pull(account, tmp_path, limits=limits)
    assert result.exit_code == 1
    assert list(failures(result)) == ["vaults"]
    assert told in failures(result)["vaults"]
    assert [pulled.is_complete for pulled in result.lists] == [True, True, True, False, True]
    assert not (tmp_path / "vaults.json").exists()
    account.instead.clear()
    account.asked.clear()
    assert pull(account, tmp_path).exit_code == 0
    assert account.paths == ["/vaults"]


@pytest.mark.parametrize("status", [404, 410])
def test_a_list_that_is_gone_is_no_wrong_address(account: Account, tmp_path: Path, status: int) -> None:
    account.instead = {"ai_gateway_api_keys": says({"msg": "no such thing"}, status)}
    for _ in range(2):
        (told,) = failures(pull(account, tmp_path / "account")).values()
        assert "probably retired" in told
    account.instead = dict.fromkeys(MEMBERS, says({"msg": "no such thing"}, status))
    assert "Check the address" in failures(pull(account, tmp_path / "other"))["endpoints"]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(account: Account, tmp_path: Path, status: int) -> None:
    with serving(says({"vaults": []})) as other:
        account.instead["vaults"] = Says(status, b"", {"Location": f"{other.url}/vaults"})
        result = pull(account, tmp_path)
    assert other.asked == []
    assert "goes nowhere else" in failures(result)["vaults"]


@pytest.mark.parametrize("said", [says({"msg": "no such key"}, 401), says({"msg": "slow down"}, 429)])
def test_what_concerns_the_key_ends_the_pull(account: Account, tmp_path: Path, said: Says) -> None:
    out = tmp_path / "account"
    account.instead = dict.fromkeys(MEMBERS, said)
    result = pull(account, out)
    assert result.exit_code == 2
    assert set(account.paths) == {"/endpoints"}
    assert list(failures(result)) == list(MEMBERS)
    assert "not asked for" in failures(result)["vaults"]
    assert not out.exists()


def test_nobody_there_ends_the_pull(tmp_path: Path) -> None:
    with playing(Account()) as account:
        pass
    result = pull(account, tmp_path / "account")
    assert result.exit_code == 2
    assert "no connection" in failures(result)["endpoints"]
    assert not (tmp_path / "account").exists()


def test_what_arrived_before_a_failure_is_kept_and_gone_on_with(account: Account, tmp_path: Path) -> None:
    account.at = dict.fromkeys((3, 5), says({"msg": "no"}, 400))
    result = pull(account, tmp_path)
    assert result.exit_code == 1
    assert sorted(failures(result)) == ["ai_gateway_api_keys", "endpoints"]
    assert [pulled.count for pulled in result.lists[:2]] == [4, 2]
    assert (
        len(json.loads((tmp_path / "ai-gateway-api-keys.partial.json").read_bytes())["ai_gateway_api_keys"])
        == 2
    )
    assert len(list((tmp_path / "endpoints").iterdir())) == 4
    account.asked.clear()
    account.at.clear()
    assert pull(account, tmp_path).exit_code == 0
    assert account.paths == ["/endpoints?before_id=4", "/ai_gateway_api_keys?before_id=2"]
    pull(account, tmp_path / "whole")
    whole = tree(tmp_path / "whole")
    assert {name: data for name, data in tree(tmp_path).items() if not name.startswith("whole")} == whole


@pytest.mark.parametrize("name", MEMBERS)
def test_convert_tells_a_list_that_could_not_be_had(account: Account, tmp_path: Path, name: str) -> None:
    account.instead = {name: says({"msg": "no"}, 403)}
    assert pull(account, tmp_path).exit_code == 1
    told = [found.text for found in convert([tmp_path]).findings if found.code == "L013"]
    assert told == [f"the list of {MEMBERS[name]} is not whole: its last page is not among the inputs"]
    account.instead.clear()
    assert pull(account, tmp_path).exit_code == 0
    assert "L013" not in {found.code for found in convert([tmp_path]).findings}


def test_a_list_whose_beginning_is_lost_is_read_from_its_start(account: Account, tmp_path: Path) -> None:
    account.at[5] = says({"msg": "no"}, 400)
    pull(account, tmp_path)
    (tmp_path / "ai-gateway-api-keys.partial.json").unlink()
    account.asked.clear()
    assert pull(account, tmp_path).exit_code == 0
    assert account.paths == ["/ai_gateway_api_keys", "/ai_gateway_api_keys?before_id=2"]


def test_a_refresh_that_fails_costs_nothing(account: Account, tmp_path: Path) -> None:
    pull(account, tmp_path)
    before = tree(tmp_path)
    account.instead = dict.fromkeys(MEMBERS, says({"msg": "retired"}, 404))
    result = pull(account, tmp_path, refresh=True)
    assert result.exit_code == 1
    assert all(pulled.is_complete for pulled in result.lists)
    assert tree(tmp_path) == before
    account.instead.clear()
    account.at = {14: says({"msg": "no"}, 400)}  # the second page of the keys
    account.asked.clear()
    account.at = {5: says({"msg": "no"}, 400)}
    assert pull(account, tmp_path, refresh=True).exit_code == 1
    assert (tmp_path / "ai-gateway-api-keys.json").read_bytes() == before["ai-gateway-api-keys.json"]
    assert pull(account, tmp_path).exit_code == 0
    assert tree(tmp_path) == before


@pytest.mark.parametrize(
    "onward, told",
    [
        ("http://127.0.0.1:1/endpoints?before_id=2", "another host"),
        ("https://{host}/endpoints?before_id=2", "another host"),
        ("http://{host}@127.0.0.1:1/endpoints?before_id=2", "another host"),
        ("http://me:me@{host}/endpoints?before_id=2", "another host"),
        ("http://{host}.example.com/endpoints?before_id=2", "another host"),
        ("//127.0.0.1:1/endpoints?before_id=2", "another host"),
        ("/endpoints?before_id=2", "another host"),
        ("http://{host}\\@127.0.0.1:1/endpoints?before_id=2", "another host"),
        ("http://{host}/endpoints?before_id=2#x", "another host"),
        ("http://{host}/endpoints?a=b c", "another host"),
        ("file:///etc/passwd", "another host"),
        ("not a URL", "another host"),
        (7, "another host"),
        (["x"], "another host"),
        (True, "another host"),
        ("http://{host}/api_keys?before_id=2", "something else"),
        ("http://{host}/../endpoints?before_id=2", "another host"),
        ("http://{host}/%2e%2e/endpoints?before_id=2", "another host"),
        (f"http://{{host}}/endpoints?before_id={PLANTED}", "the API key"),
        ("http://{host}/endpoints", "circle"),
    ],
)
def test_pages_are_followed_within_their_list_only(
    account: Account, tmp_path: Path, onward: Any, told: str
) -> None:
    host = account.url.removeprefix("http://")
    named = onward.replace("{host}", host) if isinstance(onward, str) else onward
    account.at[1] = says({"endpoints": [endpoint(1)], "next_page_uri": named})
    result = pull(account, tmp_path)
    assert result.exit_code == 1
    assert told in failures(result)["endpoints"]
    assert account.paths[1] == "/ai_gateway_api_keys"
    assert (tmp_path / "endpoints" / "ep_1.json").exists()
    assert index_of(tmp_path)["lists"][0] == {
        "name": "endpoints",
        "isComplete": False,
        "count": 1,
        "next": None,
    }


def test_pages_below_a_path_are_followed(tmp_path: Path) -> None:
    class Below(Account):
        def answer_to(self, path: str) -> Says:
            said = super().answer_to(path.removeprefix("/proxy"))
            return Says(said.status, said.body.replace(b"/endpoints?", b"/proxy/endpoints?"), said.headers)

    with playing(Below()) as account:
        result = pull_account(f"{account.url}/proxy/", TOKEN, tmp_path, Clock().settings())
    assert result.lists[0].count == 5
    assert "/proxy/endpoints?before_id=4" in account.paths


@pytest.mark.parametrize("back_to", [0, 2, 4])
def test_pages_in_a_circle_end(account: Account, tmp_path: Path, back_to: int) -> None:
    page = says({"endpoints": [endpoint(1)], "next_page_uri": f"{account.url}/endpoints?before_id={back_to}"})
    account.at = {
        1: says({"endpoints": [], "next_page_uri": f"{account.url}/endpoints?before_id=0"}),
        4: page,
    }
    result = pull(account, tmp_path)
    assert "circle" in failures(result)["endpoints"]
    assert result.lists[4].is_complete


def test_pages_without_an_end_end(tmp_path: Path) -> None:
    class Endless(Account):
        def answer_to(self, path: str) -> Says:
            if not path.startswith("/endpoints"):
                return super().answer_to(path)
            number = len(self.asked)
            return says(
                {"endpoints": [endpoint(number)], "next_page_uri": f"{self.url}/endpoints?before_id={number}"}
            )

    with playing(Endless()) as account:
        result = pull(account, tmp_path, pages=7)
        assert "more than 7 pages" in failures(result)["endpoints"]
        assert (result.exit_code, result.lists[0].count) == (1, 7)
        account.asked.append({"path": ""})
        assert pull(account, tmp_path, pages=3).lists[0].count == 10
        result = pull(account, tmp_path / "small", size=600)
        assert "more than 600 bytes" in failures(result)["endpoints"]


@pytest.mark.parametrize(
    "entry",
    [
        None,
        3,
        "ep",
        [],
        {},
        {"id": None},
        {"id": 3},
        {"id": ""},
        {"url": "https://x"},
        {"id": "x", "deep": "…"},
    ],
)
def test_an_entry_that_cannot_be_stored_does_not_cost_the_others(
    account: Account, tmp_path: Path, entry: Any
) -> None:
    deep: Any = 1
    for _ in range(200):
        deep = [deep]
    broken = entry | {"deep": deep} if isinstance(entry, dict) and "deep" in entry else entry
    account.lists["endpoints"].insert(1, broken)
    account.lists["vault_secrets"].insert(3, broken)
    result = pull(account, tmp_path)
    assert result.exit_code == 1
    assert sorted(failures(result)) == ["endpoints", "vault_secrets"]
    assert "1 of its entries cannot be stored" in failures(result)["endpoints"]
    assert [pulled.count for pulled in result.lists] == [5, 3, 1, 0, 4]
    del account.lists["endpoints"][1], account.lists["vault_secrets"][3]
    account.asked.clear()
    assert pull(account, tmp_path).exit_code == 0
    assert account.paths[0] == "/endpoints"  # from the start
    assert not (tmp_path / "vault-secrets.partial.json").exists()


@pytest.mark.parametrize(
    "onward",
    [
        "http://127.0.0.1:1/endpoints?a",
        "/api_keys?a",
        "//127.0.0.1:1/endpoints?a",
        "/endpoints?\n",
        "/endpoints?ü",
    ],
)
def test_a_stored_next_page_that_is_none_is_not_asked_for(
    account: Account, tmp_path: Path, onward: str
) -> None:
    account.at[3] = says({"msg": "no"}, 400)
    pull(account, tmp_path)
    index = index_of(tmp_path)
    assert index["lists"][0]["next"] == "/endpoints?before_id=4"
    index["lists"][0]["next"] = onward
    (tmp_path / "index.json").write_text(json.dumps(index))
    account.asked.clear()
    account.at.clear()
    assert pull(account, tmp_path).exit_code == 0
    assert account.paths[0] == "/endpoints"


def test_no_more_is_asked_than_the_api_allows(account: Account, tmp_path: Path) -> None:
    account.page = 1
    account.lists["endpoints"] = [endpoint(number) for number in range(250)]
    clock = Clock()
    asked_at: list[float] = []
    account.before = lambda _: asked_at.append(clock.now)
    assert pull(account, tmp_path, clock).exit_code == 0
    assert len(asked_at) == 250 + 3 + 1 + 1 + 4
    assert all(later - earlier >= 60 for earlier, later in zip(asked_at, asked_at[120:], strict=False))
    assert sum(clock.slept) == 120


def test_a_wait_that_the_api_asks_for_is_kept_and_told(account: Account, tmp_path: Path) -> None:
    account.at = {2: says({"msg": "slow down"}, 429, **{"Retry-After": "17"}), 4: says({}, 503)}
    told: list[Any] = []
    clock = Clock()
    result = pull_account(account.url, TOKEN, tmp_path, clock.settings(), tell=told.append)
    assert result.exit_code == 0
    assert clock.slept == [17, 0.5]
    assert [each.seconds for each in told if isinstance(each, Waiting)] == [17, 0.5]


def test_attempts_are_counted_against_the_limit(account: Account, tmp_path: Path) -> None:
    account.at = dict.fromkeys((1, 2), says({}, 503))
    clock = Clock()
    pull(account, tmp_path, clock, requests=2, per_seconds=10)
    assert len(account.asked) == 11
    assert clock.now >= 50


def test_a_wait_that_is_too_long_is_told(account: Account, tmp_path: Path) -> None:
    account.at[2] = says({}, 429, **{"Retry-After": "3600"})
    result = pull(account, tmp_path)
    assert "Try again in 3600 seconds" in failures(result)["endpoints"]
    assert result.exit_code == 1
    assert len(account.asked) == 2


@pytest.mark.parametrize("url", ["http://api.example.com", "api.example.com", f"https://{PLANTED}@127.0.0.1"])
def test_an_address_that_no_key_goes_to_is_wrong_usage(tmp_path: Path, url: str) -> None:
    with pytest.raises(UsageError) as caught:
        pull_account(url, TOKEN, tmp_path / "account", Clock().settings())
    assert PLANTED not in f"{caught.value.message} {caught.value.remedy}"
    assert not (tmp_path / "account").exists()


def test_a_disk_that_refuses_is_told(
    account: Account, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace = Path.replace
    left = iter(range(4))

    def full(path: Path, target: Path) -> Path:
        if next(left, None) is None:
            raise OSError(28, "No space left on device")
        return replace(path, target)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", full)
        with pytest.raises(OutputError, match="no space left") as caught:
            pull(account, tmp_path)
    assert "kept" in caught.value.remedy
    assert not list(tmp_path.rglob("*.tmp"))
    assert pull(account, tmp_path).exit_code == 0


NAMES = st.sampled_from(["endpoints", "secrets", "next_page_uri", "id", "traffic_policy", "value", "token"])
ANSWERS = st.recursive(
    JSON_VALUES | st.just(PLANTED) | st.sampled_from(["/endpoints?x", "ep_1", "../../x"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=20,
)


@pytest.fixture(scope="module")
def played() -> Iterator[Account]:
    with playing(Account()) as account:
        yield account


@given(
    first=ANSWERS | st.fixed_dictionaries({"endpoints": st.lists(ANSWERS), "next_page_uri": ANSWERS}),
    second=ANSWERS | st.fixed_dictionaries({"secrets": st.lists(ANSWERS), "next_page_uri": ANSWERS}),
    body=st.binary(max_size=50),
)
@examples(50)
def test_no_answer_does_worse_than_a_failure(played: Account, first: Any, second: Any, body: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "in" / "out"
        played.asked.clear()
        played.instead = {"endpoints": says(first), "vault_secrets": says(second), "vaults": Says(200, body)}
        result = pull(played, out)
        before = tree(Path(folder))
        assert all(name.startswith("in/out/") for name in before)
        for name, data in before.items():
            assert isinstance(json.loads(data), dict), name
        assert pull(played, out, refresh=True).exit_code == result.exit_code
        assert tree(Path(folder)) == before
