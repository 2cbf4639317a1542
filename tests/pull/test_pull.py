"""A pull that meets nothing bad, and what is in the folder then."""

from __future__ import annotations

import hashlib
import json
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from migrator.api import convert
from migrator.errors import OutputError, UsageError
from migrator.pull import Gone, KeyRepeated, ListedTwice, Progress, PullResult, StoredPolicies, ValuesDropped
from migrator.pull import pull as pull_account
from migrator.secrets import Secret
from tests.http.server import playing
from tests.pull.ngrok import FILES, MEMBERS, PLANTED, POLICY, STORED, Account, Clock, endpoint, index_of, tree

TOKEN = Secret(PLANTED)


@pytest.fixture
def account() -> Iterator[Account]:
    with playing(Account()) as account:
        yield account


def pull(account: Account, out: Path, *, refresh: bool = False, **settings: Any) -> PullResult:
    """Pull without waiting. The key that asks is in no file."""
    result = pull_account(account.url, TOKEN, out, Clock().settings(**settings), refresh=refresh)
    assert not any(PLANTED.encode() in data for data in tree(out).values())
    assert PLANTED not in repr(result)
    return result


def changed(out: Path, before: dict[str, bytes]) -> set[str]:
    after = tree(out)
    return {name for name in {*before, *after} if before.get(name) != after.get(name)}


def test_everything_is_there(account: Account, tmp_path: Path) -> None:
    out = tmp_path / "account"
    result = pull(account, out)
    assert result.exit_code == 0
    assert [pulled.count for pulled in result.lists] == [5, 3, 1, 0, 4]
    assert set(tree(out)) == {
        "index.json",
        *FILES.values(),
        *(f"endpoints/ep_{number}.json" for number in range(1, 6)),
    }
    assert json.loads((out / "endpoints" / "ep_3.json").read_bytes()) == endpoint(3)
    for name, file in FILES.items():
        listed = json.loads((out / file).read_bytes())
        assert listed[MEMBERS[name]] == account.lists[name]
        assert (listed["uri"], listed["next_page_uri"]) == (f"{account.url}/{name}", None)


def test_every_request_is_signed_and_versioned(account: Account, tmp_path: Path) -> None:
    pull(account, tmp_path / "account")
    assert len(account.asked) == 9
    assert account.paths[:3] == ["/endpoints", "/endpoints?before_id=2", "/endpoints?before_id=4"]
    for asked in account.asked:
        assert asked["authorization"] == f"Bearer {PLANTED}"
        assert asked["ngrok-version"] == "2"


def test_the_index_says_what_there_is(account: Account, tmp_path: Path) -> None:
    out = tmp_path / "account"
    pull(account, out)
    index = index_of(out)
    assert index["formatVersion"] == 1
    assert index["apiUrl"] == account.url
    assert [(each["name"], each["isComplete"], each["count"], each["next"]) for each in index["lists"]] == [
        ("endpoints", True, 5, None),
        ("ai_gateway_api_keys", True, 3, None),
        ("ai_gateway_provider_keys", True, 1, None),
        ("vaults", True, 0, None),
        ("vault_secrets", True, 4, None),
    ]
    assert {each["path"]: each["sha256"] for each in index["files"]} == {
        name: hashlib.sha256(data).hexdigest() for name, data in tree(out).items() if name != "index.json"
    }


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o777])
def test_files_are_for_their_owner_alone(account: Account, tmp_path: Path, umask: int) -> None:
    out = tmp_path / "account"
    before = os.umask(umask)
    try:
        pull_account(account.url, TOKEN, out, Clock().settings())
    finally:
        os.umask(before)
    for path in (out, *out.rglob("*")):
        expected = 0o700 if path.is_dir() else 0o600
        assert stat.S_IMODE(path.stat().st_mode) == expected, path


def test_an_empty_account_is_an_account(tmp_path: Path) -> None:
    with playing(Account(lists={name: [] for name in MEMBERS})) as account:
        result = pull(account, tmp_path / "account")
    assert result.exit_code == 0
    assert result.notices == ()
    assert not (tmp_path / "account" / "endpoints").exists()


def test_stored_policies_come_with_a_warning(account: Account, tmp_path: Path) -> None:
    out = tmp_path / "account"
    (notice,) = pull(account, out).notices
    assert notice == StoredPolicies(5)
    assert "literal keys" in notice.text
    assert STORED in json.loads((out / "endpoints" / "ep_1.json").read_bytes())["traffic_policy"]


def test_convert_reads_the_folder(account: Account, tmp_path: Path) -> None:
    out = tmp_path / "account"
    account.lists["endpoints"].append(endpoint(9, traffic_policy=None))
    pull(account, out)
    result = convert([out])
    assert not result.nothing_readable
    # The old keys are carried with their endpoints; nothing of the folder is unreadable.
    carried = [found.text for found in result.findings if found.code == "T320"]
    assert len(carried) == len({each["endpoint"]["id"] for each in account.lists["ai_gateway_api_keys"]})
    assert not {"R001", "R002", "R003", "R012"} & {finding.code for finding in result.findings}
    assert not any(STORED in finding.text for finding in result.findings)


def test_a_second_pull_asks_for_nothing(account: Account, tmp_path: Path) -> None:
    out = tmp_path / "account"
    pull(account, out)
    before = tree(out)
    account.asked.clear()
    result = pull(account, out)
    assert result.exit_code == 0
    assert not any(pulled.was_asked for pulled in result.lists)
    assert account.asked == []
    assert tree(out) == before


def test_refresh_asks_for_everything_again(account: Account, tmp_path: Path) -> None:
    out = tmp_path / "account"
    pull(account, out)
    before = tree(out)
    pull(account, out, refresh=True)
    assert tree(out) == before
    account.lists["endpoints"][0]["description"] = "changed"
    account.lists["vaults"] = [{"id": "vault_1", "name": "openai"}]
    del account.lists["vault_secrets"][0]
    assert pull(account, out, refresh=True).exit_code == 0
    assert changed(out, before) == {"endpoints/ep_5.json", "vaults.json", "vault-secrets.json", "index.json"}


def test_an_endpoint_that_is_gone_is_kept_and_told(account: Account, tmp_path: Path) -> None:
    out = tmp_path / "account"
    pull(account, out)
    before = tree(out)
    gone = account.lists["endpoints"].pop(1)
    result = pull(account, out, refresh=True)
    assert result.exit_code == 0
    assert result.lists[0].count == 4
    notice = result.notices[1]
    assert notice == Gone(("endpoints/ep_4.json",))
    assert notice.text.startswith("1 endpoint of an earlier pull not listed now")
    assert notice.text.endswith("(endpoints/ep_4.json)")
    assert changed(out, before) == {"index.json"}
    (entry,) = [each for each in index_of(out)["files"] if not each["isListed"]]
    assert entry["path"] == "endpoints/ep_4.json"
    account.lists["endpoints"].insert(1, gone)  # its agent is connected again
    pull(account, out, refresh=True)
    assert tree(out) == before


def test_the_key_of_another_account_is_told(account: Account, tmp_path: Path) -> None:
    out = tmp_path / "account"
    pull(account, out)
    account.lists["endpoints"], mine = [endpoint(7)], account.lists["endpoints"]
    (told,) = [each for each in pull(account, out, refresh=True).notices if isinstance(each, Gone)]
    assert told.text.endswith(
        "Nothing that was pulled before is listed: another account needs another folder"
    )
    account.lists["endpoints"] = [endpoint(7), mine[0]]
    (told,) = [each for each in pull(account, out, refresh=True).notices if isinstance(each, Gone)]
    assert not told.is_all
    account.lists["endpoints"] = []  # no agent is connected
    (told,) = [each for each in pull(account, out, refresh=True).notices if isinstance(each, Gone)]
    assert not told.is_all


def test_an_endpoint_that_is_gone_may_be_deleted(account: Account, tmp_path: Path) -> None:
    out = tmp_path / "account"
    pull(account, out)
    del account.lists["endpoints"][0]
    (out / "endpoints" / "ep_5.json").unlink()
    assert pull(account, out, refresh=True).exit_code == 0
    assert not (out / "endpoints" / "ep_5.json").exists()


@pytest.mark.parametrize(
    "name, where",
    [
        ("ai_gateway_api_keys", {"token": "ng-SECRET-g1"}),
        ("ai_gateway_api_keys", {"provider_keys": [{"id": "aigpk_1", "value": "sk-SECRET"}]}),
        ("ai_gateway_provider_keys", {"value": "sk-SECRET"}),
        ("vault_secrets", {"value": "sk-SECRET"}),
    ],
)
def test_values_of_keys_are_never_stored(
    account: Account, tmp_path: Path, name: str, where: dict[str, Any]
) -> None:
    account.lists[name][0] |= where
    out = tmp_path / "account"
    result = pull(account, out)
    assert result.exit_code == 0
    assert not any(b"SECRET" in data for data in tree(out).values())
    (notice,) = [each for each in result.notices if isinstance(each, ValuesDropped)]
    assert notice.resource.name == name
    assert "SECRET" not in notice.text
    assert "not stored" in notice.text


def test_a_value_that_is_null_is_nothing_to_tell(account: Account, tmp_path: Path) -> None:
    account.lists["ai_gateway_provider_keys"][0]["value"] = None
    assert pull(account, tmp_path / "account").notices == (StoredPolicies(5),)


def test_the_key_that_asks_is_stored_nowhere(account: Account, tmp_path: Path) -> None:
    account.lists["endpoints"][0] |= {"metadata": f"as {PLANTED}", PLANTED: 1, "id": f"ep_{PLANTED}"}
    account.lists["vaults"] = [{"id": "vault_1", "name": [{"x": PLANTED}]}]
    result = pull(account, tmp_path / "account")
    assert [each.resource.name for each in result.notices if isinstance(each, KeyRepeated)] == [
        "endpoints",
        "vaults",
    ]
    assert not any(PLANTED in str(path) for path in tmp_path.rglob("*"))
    assert [each.text for each in result.notices][1:] == [
        "the answer for endpoints repeated the API key: stored as ***",
        "the answer for vaults repeated the API key: stored as ***",
    ]


@pytest.mark.parametrize(
    "identity",
    [
        "../../escaped",
        "/etc/passwd",
        "..",
        ".",
        "a/b",
        "a\\b",
        "-rf",
        "x" * 5_000,
        "nul\0byte",
        "new\nline",
        "\ud800",
        "ö",
        " ",
        "ep_1.json",
        ".migrator-0000000000000000.tmp",
        "index",
    ],
)
def test_no_id_leads_out_of_the_folder(account: Account, tmp_path: Path, identity: str) -> None:
    out = tmp_path / "in" / "account"
    account.lists["endpoints"].append(endpoint(7, id=identity))
    assert pull(account, out).exit_code == 0
    inside = {name for name in tree(tmp_path) if name.startswith("in/account/endpoints/")}
    assert len(inside) == 6
    assert set(tree(tmp_path)) - inside == {f"in/account/{name}" for name in (*FILES.values(), "index.json")}
    before = tree(tmp_path)
    assert pull(account, out, refresh=True).exit_code == 0
    assert tree(tmp_path) == before


def test_ids_that_look_alike_stay_apart(account: Account, tmp_path: Path) -> None:
    account.lists["endpoints"] = [endpoint(1, id=identity) for identity in ("a/b", "a-b", "a b", "a//b")]
    pull(account, tmp_path / "account")
    assert len(list((tmp_path / "account" / "endpoints").iterdir())) == 4


def test_an_object_that_changes_while_it_is_read_is_stored_as_it_is_last(
    account: Account, tmp_path: Path
) -> None:
    account.lists["endpoints"][2] = endpoint(5, description="later")
    account.lists["vault_secrets"][3] = {"id": "secret_4", "name": "later"}
    account.lists["vault_secrets"][2] = account.lists["vault_secrets"][1]
    result = pull(account, tmp_path / "account")
    assert result.exit_code == 0
    told = [(each.resource.name, each.count) for each in result.notices if isinstance(each, ListedTwice)]
    assert told == [("endpoints", 1), ("vault_secrets", 1)]
    assert "1 object was in endpoints twice" in result.notices[1].text
    assert b"later" in (tmp_path / "account" / "endpoints" / "ep_5.json").read_bytes()
    secrets = json.loads((tmp_path / "account" / "vault-secrets.json").read_bytes())["secrets"]
    assert [each["name"] for each in secrets] == ["later", "key-3"]


def test_what_anybody_may_write_survives(account: Account, tmp_path: Path) -> None:
    odd = {"a": "\u2028\u202e\x7f\x00\U0001f600\U00100000", "b": [1.5, -0.0, 10**40, True, None], "": {}}
    account.lists["vaults"] = [{"id": "v", **odd, "half": "\ud800"}]
    pull(account, tmp_path / "account")
    data = (tmp_path / "account" / "vaults.json").read_bytes()
    (vault,) = json.loads(data)["vaults"]
    assert vault == {"id": "v", **odd, "half": "\ud800"}
    assert "\u202e" not in data.decode("utf-8")


def test_members_keep_the_order_of_the_api(account: Account, tmp_path: Path) -> None:
    account.lists["vaults"] = [{"z": 1, "id": "v", "a": 2}]
    pull(account, tmp_path / "account")
    (vault,) = json.loads((tmp_path / "account" / "vaults.json").read_bytes())["vaults"]
    assert list(vault) == ["z", "id", "a"]


@pytest.mark.parametrize("content", ["notes.txt", ".hidden", "endpoints/x.json"])
def test_a_folder_that_is_not_empty_and_not_ours_is_refused(
    account: Account, tmp_path: Path, content: str
) -> None:
    (tmp_path / content).parent.mkdir(exist_ok=True)
    (tmp_path / content).write_text("mine")
    with pytest.raises(OutputError, match="not empty"):
        pull(account, tmp_path)
    assert tree(tmp_path) == {content: b"mine"}
    assert account.asked == []


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "[" * 100_000,
        '{"formatVersion": 2, "apiUrl": "x", "lists": [], "files": []}',
        '{"formatVersion": 1, "files": []}',
        '{"formatVersion": 1, "apiUrl": "x", "lists": [{}], "files": []}',
        '{"formatVersion": 1, "apiUrl": "x", "lists": [], "files": [{"path": "../x.json", "sha256": "", "isListed": true}]}',
        '{"formatVersion": 1, "apiUrl": "x", "lists": [], "files": [{"path": "index.json", "sha256": "", "isListed": true}]}',
    ],
)
def test_an_index_of_somebody_elses_is_refused(account: Account, tmp_path: Path, text: str) -> None:
    (tmp_path / "index.json").write_text(text)
    with pytest.raises(OutputError, match="not an index"):
        pull(account, tmp_path)
    assert tree(tmp_path) == {"index.json": text.encode()}


def test_an_empty_folder_is_taken_as_it_is(account: Account, tmp_path: Path) -> None:
    tmp_path.chmod(0o750)
    assert pull(account, tmp_path).exit_code == 0
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o750


def test_another_api_gets_another_folder(account: Account, tmp_path: Path) -> None:
    pull(account, tmp_path)
    with playing(Account()) as other, pytest.raises(OutputError, match="holds what was pulled from"):
        pull(other, tmp_path)
    assert other.asked == []


def test_a_place_that_is_no_folder_is_refused(account: Account, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    for out in (tmp_path / "file", tmp_path / "file" / "below", tmp_path / ("x" * 300)):
        with pytest.raises(OutputError, match="could not be written"):
            pull_account(account.url, TOKEN, out, Clock().settings())
    assert account.asked == []


def test_one_folder_takes_one_pull_at_a_time(account: Account, tmp_path: Path) -> None:
    refused: list[str] = []

    def again(number: int) -> None:
        if number == 2:
            with pytest.raises(OutputError) as caught:
                pull_account(account.url, TOKEN, tmp_path, Clock().settings())
            refused.append(caught.value.message)

    account.before = again
    assert pull(account, tmp_path).exit_code == 0
    assert "another pull" in refused[0]


@pytest.mark.parametrize("name", ["endpoints/ep_3.json", "vaults.json"])
def test_a_file_that_somebody_changed_is_not_replaced(account: Account, tmp_path: Path, name: str) -> None:
    pull(account, tmp_path)
    (tmp_path / name).write_text("edited")
    account.asked.clear()
    assert pull(account, tmp_path).exit_code == 0
    with pytest.raises(OutputError, match="was changed since it was pulled"):
        pull(account, tmp_path, refresh=True)
    assert (tmp_path / name).read_text() == "edited"
    assert account.asked == []


def test_a_link_in_the_way_is_not_followed(account: Account, tmp_path: Path) -> None:
    out, other = tmp_path / "account", tmp_path / "other"
    pull(account, out)
    other.mkdir()
    (out / "endpoints").rename(tmp_path / "moved")
    (out / "endpoints").symlink_to(other)
    with pytest.raises(OutputError, match="is no folder"):
        pull(account, out, refresh=True)
    assert list(other.iterdir()) == []
    (out / "endpoints").unlink()
    (tmp_path / "moved").rename(out / "endpoints")
    (out / "endpoints" / "ep_1.json").unlink()
    (out / "endpoints" / "ep_1.json").symlink_to(other / "file")
    with pytest.raises(OutputError, match="is no file"):
        pull(account, out, refresh=True)


@pytest.mark.parametrize("token", ["", "short", f"{PLANTED} "])
def test_what_is_no_key_is_not_sent(account: Account, tmp_path: Path, token: str) -> None:
    with pytest.raises(UsageError, match="API key"):
        pull_account(account.url, Secret(token), tmp_path / "account", Clock().settings())
    assert account.asked == []
    assert not (tmp_path / "account").exists()


def test_progress_is_told(account: Account, tmp_path: Path) -> None:
    told: list[Any] = []
    pull_account(account.url, TOKEN, tmp_path, Clock().settings(), tell=told.append)
    assert [
        (each.resource.name, each.objects, each.done, each.of) for each in told if isinstance(each, Progress)
    ][:4] == [
        ("endpoints", 0, 0, 5),
        ("endpoints", 2, 0, 5),
        ("endpoints", 4, 0, 5),
        ("ai_gateway_api_keys", 0, 1, 5),
    ]


def test_a_pull_needs_policies_to_look_like_nothing(account: Account, tmp_path: Path) -> None:
    policies: list[Any] = [POLICY, "a: [", "{", "", None, 3, {"on_http_request": []}, "\0" * 10]
    account.lists["endpoints"] = [endpoint(at, traffic_policy=each) for at, each in enumerate(policies)]
    pull(account, tmp_path)
    for at, each in enumerate(policies):
        assert json.loads((tmp_path / "endpoints" / f"ep_{at}.json").read_bytes())["traffic_policy"] == each
