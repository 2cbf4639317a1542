"""Journal, lock and tokens: one at a time, of one account, and nothing is lost in them."""

from __future__ import annotations

import json
import os
import sqlite3
import sys
from pathlib import Path

import pytest

from migrator.account import account_at
from migrator.apply import journal as journals
from migrator.apply import tokens as token_places
from migrator.apply.journal import About, journal_at, read_journal
from migrator.apply.lock import lock_path, only_one
from migrator.apply.run import Order, apply, held, journal_beside
from migrator.apply.tokens import Token, TokenCommand, TokensAt
from migrator.errors import MigratorError, OutputError, UsageError
from migrator.secrets import Secret
from tests.apply.applying import (
    EVERYTHING,
    SECRETS,
    Silent,
    applied,
    assert_all_tokens_kept,
    three_teams,
)
from tests.gatewayapi.account import KEY, GatewayAccount
from tests.gatewayapi.server import Gateway

ABOUT = About("https://api.example.com", "ac_1", "m")
PLANTED = "ng-PLANTED-g1-not-a-token"


# --------------------------------------------------------------------------------------- two at once


def test_a_second_apply_to_the_account_is_refused(served: Gateway, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    with account_at(served.url, Secret(KEY)) as account, held(account, "three-teams", tmp_path / "journal"):
        for folder in (tmp_path, tmp_path / "other"):
            with pytest.raises(OutputError, match="another migrator is changing the account ac_played"):
                applied(served.url, folder)
    assert not [call for call in served.calls if call.write]
    assert applied(served.url, tmp_path).failure is None


def test_a_journal_has_one_user(tmp_path: Path) -> None:
    with (
        journal_at(tmp_path / "journal", ABOUT),
        pytest.raises(OutputError, match="another apply or rollback is using it"),
        journal_at(tmp_path / "journal", ABOUT),
    ):
        pass
    with journal_at(tmp_path / "journal", ABOUT) as journal:
        assert journal.steps() == ()


def test_a_lock_of_somebody_else_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    path = lock_path("a")
    path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OutputError, match="cannot be used"), only_one("a"):
        pass
    assert not (tmp_path / "elsewhere").exists()


# ----------------------------------------------------------------------------------------- journals


@pytest.mark.parametrize(
    "about, told",
    [
        (About("https://api.example.com", "ac_2", "m"), "the account ac_1, not of ac_2"),
        (About("https://api.example.com", "ac_1", "n"), "the migration m, not of n"),
        (About("https://elsewhere.example.com", "ac_1", "m"), "the API at https://api.example.com"),
    ],
)
def test_a_journal_is_of_one_migration_in_one_account(about: About, told: str, tmp_path: Path) -> None:
    with journal_at(tmp_path / "journal", ABOUT):
        pass
    with pytest.raises(UsageError, match=told), journal_at(tmp_path / "journal", about):
        pass


def test_the_wrong_api_key_creates_nothing_in_the_wrong_account(served: Gateway, tmp_path: Path) -> None:
    assert applied(served.url, tmp_path).failure is None
    other = served.account
    served.account = GatewayAccount(account_id="ac_wrong", url=served.url)
    with pytest.raises(UsageError, match="the account ac_played, not of ac_wrong"):
        applied(served.url, tmp_path)
    assert served.account.live("/providers") == []
    assert len(other.live("/providers")) == 3


@pytest.mark.parametrize("content", [b"no database", b"SQLite format 3\0 or so" * 100, b"{}" * 5000])
def test_what_is_no_journal_is_told_and_kept(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "journal"
    path.write_bytes(content)
    with pytest.raises(OutputError, match="cannot be used"), journal_at(path, ABOUT):
        pass
    with pytest.raises(OutputError, match="cannot be used"):
        read_journal(path)
    assert path.read_bytes() == content


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE steps SET began = 'x'",
        "UPDATE steps SET after = '{'",
        "UPDATE steps SET after = '[]' WHERE number = 3",
        "UPDATE steps SET after = replace(after, '\"id\":', '\"was\":') WHERE number = 3",
        'UPDATE steps SET after = \'{"id":"a","models":[null]}\' WHERE member = \'providers\'',
        "UPDATE steps SET before = '{\"totalTimeout\":7}' WHERE action = 'settings'",
        "UPDATE steps SET sent = '7' WHERE number = 3",
        "UPDATE steps SET action = 'undo' WHERE number = 3",
        "UPDATE steps SET member = 'pets' WHERE number = 3",
        "UPDATE tokens SET at = 7",
        "DELETE FROM about WHERE name = 'account'",
    ],
)
def test_a_journal_that_was_damaged_is_told(damage: str, served: Gateway, tmp_path: Path) -> None:
    assert applied(served.url, tmp_path).failure is None
    connection = sqlite3.connect(tmp_path / "journal")
    connection.execute(damage)
    connection.commit()
    connection.close()
    with pytest.raises(OutputError, match="cannot be used: it is damaged, or was edited"):
        read_journal(tmp_path / "journal")
    with pytest.raises(OutputError, match="cannot be used: it is damaged, or was edited"):
        applied(served.url, tmp_path)


def test_a_journal_of_another_version_is_for_that_version(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    with journal_at(path, ABOUT):
        pass
    connection = sqlite3.connect(path)
    connection.execute("UPDATE about SET value = '9' WHERE name = 'format'")
    connection.commit()
    connection.close()
    for used in (lambda: read_journal(path), lambda: journal_at(path, ABOUT).__enter__()):
        with pytest.raises(OutputError, match="another version") as caught:
            used()
        assert "with the migrator that wrote it" in caught.value.remedy


def test_a_database_of_something_else_is_not_written_to(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE mine (x)")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(OutputError, match="cannot be used"), journal_at(path, ABOUT):
        pass
    assert path.read_bytes() == before


@pytest.mark.parametrize("make", ["folder", "missing"])
def test_a_place_where_no_journal_can_be_is_told(make: str, served: Gateway, tmp_path: Path) -> None:
    path = tmp_path / "journal" if make == "folder" else tmp_path / "missing" / "journal"
    if make == "folder":
        path.mkdir()
    with pytest.raises(OutputError), journal_at(path, ABOUT):
        pass
    with pytest.raises(OutputError):
        read_journal(path)


def test_a_journal_is_written_through_and_its_owner_s(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journals, "DURABLE", "EXTRA")
    path = journal_beside(tmp_path, "Team A/B")
    with journal_at(path, ABOUT) as journal:
        (durable,) = journal._connection.execute("PRAGMA synchronous").fetchone()
        (mode,) = journal._connection.execute("PRAGMA journal_mode").fetchone()
    assert (durable, mode) == (3, "delete")
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent == tmp_path


# ------------------------------------------------------------------------------------------- tokens

KEEPS = """\
import json, os, sys
line = sys.stdin.read()
held = json.loads(line)
assert held["token"] not in " ".join(sys.argv) + repr(dict(os.environ))
assert os.environ["MIGRATOR_ID"] == held["id"] and os.environ["MIGRATOR_REF"] == held["ref"]
print(held["token"]); print(held["token"], file=sys.stderr)
open(sys.argv[1], "a").write(line)
"""


def applied_with(command: str, served: Gateway, folder: Path, talk: Silent) -> MigratorError | None:
    with account_at(served.url, Secret(KEY)) as account:
        tokens = TokenCommand(command)
        report = apply(account, Order(three_teams(), EVERYTHING), folder / "journal", tokens, talk)
    return report.failure


def test_a_command_gets_each_token(
    served: Gateway, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    script = tmp_path / "keep.py"
    script.write_text(KEEPS)
    command = f"'{sys.executable}' '{script}' '{tmp_path / 'tokens.jsonl'}'"
    assert applied_with(command, served, tmp_path, Silent()) is None
    assert_all_tokens_kept(served.account, tmp_path)
    captured = capfd.readouterr()
    assert "PLANTED" not in captured.out + captured.err


def test_a_command_that_fails_leaves_no_key_without_token(served: Gateway, tmp_path: Path) -> None:
    talk = Silent()
    failure = applied_with("false", served, tmp_path, talk)
    assert isinstance(failure, OutputError)
    assert "the command false ended with exit status 1: the token of accessKeys/" in failure.message
    assert served.account.live("/access-keys") == []
    assert any("deleted again" in text for text in talk.texts)


@pytest.mark.parametrize(
    "script, said",
    [
        ("cat >&2; exit 3", "ended with exit status 3"),
        ("cat; no-such-program-anywhere", "ended with exit status 127"),
        ("cat; kill -9 $$", "was ended by signal 9"),
        ("sleep 5", "did not end within 0.2 seconds"),
    ],
)
def test_a_command_that_fails_is_named_and_how_is_told(
    script: str, said: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(token_places, "_SECONDS", 0.2)
    with pytest.raises(OutputError) as caught:
        TokenCommand(f"/bin/sh -c '{script}' {PLANTED}").keep(Token("b", "k2", "b", Secret(PLANTED)))
    assert caught.value.message == f"the command /bin/sh {said}: the token of accessKeys/b was not kept"
    captured = capfd.readouterr()
    assert PLANTED not in caught.value.message + caught.value.remedy + captured.out + captured.err


def test_a_command_that_cannot_be_started_any_more_says_why(tmp_path: Path) -> None:
    program = tmp_path / "keep"
    program.write_text("#!/nowhere/sh\n")
    program.chmod(0o700)
    command = TokenCommand(str(program))
    with pytest.raises(OutputError, match=r"keep could not be started \(no such file or directory\)"):
        command.keep(Token("b", "k2", "b", Secret(PLANTED)))


@pytest.mark.parametrize(
    "command, said",
    [
        ("", "can be run"),
        (
            "no-such-program-anywhere x",
            "can be run: no-such-program-anywhere was not found, or may not be run",
        ),
        ("'unclosed", "can be run: no closing quotation"),
        (f"'keep --key {PLANTED}'", "can be run: its first word was not found, or may not be run"),
    ],
)
def test_what_is_no_command_is_refused_before_anything(command: str, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        TokenCommand(command)
    assert caught.value.message == f"--tokens-command names no program that {said}"


@pytest.mark.parametrize(
    "left",
    [
        b"",
        b"\n\n",
        b" " * 8191 + b"\n",
        b'{"ref":"accessKeys/b","id":"k2","na',
        b'{"re' + b" " * 8000 + b"\n",
        b'{"ref":"accessKeys/b","id":"k2","name":"b","token":"ng-' + b" " * 10,
    ],
)
def test_what_a_killed_run_left_behind_the_last_line_goes(left: bytes, tmp_path: Path) -> None:
    path = tmp_path / "tokens"
    whole = b'{"ref":"accessKeys/a","id":"k1","token":"t1"}\n'
    path.write_bytes(whole + left)
    token = Token("b", "k2", "b", Secret(PLANTED))
    with TokensAt(path) as tokens:
        assert tokens.has("k1")
        assert not tokens.has("k2")
        tokens.make_room()
        tokens.keep(token)
    lines = path.read_bytes().splitlines(keepends=True)
    assert lines[0] == whole
    assert json.loads(lines[1])["token"] == PLANTED
    assert len(lines) == 2


def test_lines_of_others_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "tokens"
    path.write_text("# a note\n{not json\n\nlast")
    with TokensAt(path) as tokens:
        tokens.keep(Token("a", "k1", "a", Secret(PLANTED)))
    assert path.read_text().startswith("# a note\n{not json\n\nlast\n{")


def test_a_token_is_in_no_text(tmp_path: Path) -> None:
    token = Token("a", "k1", "a", Secret(PLANTED))
    assert PLANTED not in repr(token)
    with TokensAt(tmp_path / "tokens") as tokens:
        assert not tokens.has("k1")
    assert not (tmp_path / "tokens").exists()
    assert os.listdir(tmp_path) == []  # noqa: PTH208 -- names are enough


# ------------------------------------------------------------------ a tokens file that others use, too


def test_a_tokens_file_has_one_user(tmp_path: Path) -> None:
    with TokensAt(tmp_path / "tokens") as first, TokensAt(tmp_path / "tokens") as second:
        first.make_room()
        with pytest.raises(OutputError, match="another apply is using it"):
            second.make_room()
        first.keep(Token("a", "k1", "a", Secret(PLANTED)))
    assert json.loads((tmp_path / "tokens").read_bytes())["id"] == "k1"


@pytest.mark.parametrize("is_replaced", [True, False])
def test_a_tokens_file_that_was_replaced_gets_no_token(is_replaced: bool, tmp_path: Path) -> None:
    path = tmp_path / "tokens"
    with TokensAt(path) as tokens:
        tokens.make_room()
        path.unlink()
        if is_replaced:
            path.write_text("")
        for attempt in (tokens.make_room, lambda: tokens.keep(Token("a", "k1", "a", Secret(PLANTED)))):
            with pytest.raises(OutputError, match="it was replaced or removed while it was in use"):
                attempt()


def test_lines_may_be_taken_out_while_a_run_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "tokens"
    with TokensAt(path) as tokens:
        for ref in ("a", "b"):
            tokens.make_room()
            tokens.keep(Token(ref, f"k-{ref}", ref, Secret(PLANTED)))
        path.write_bytes(path.read_bytes().splitlines(keepends=True)[1])
        tokens.make_room()
        tokens.keep(Token("c", "k-c", "c", Secret(PLANTED)))
    assert [json.loads(line)["id"] for line in path.read_bytes().splitlines()] == ["k-b", "k-c"]


def test_no_place_for_the_lock_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def nowhere() -> str:
        raise FileNotFoundError(2, "No usable temporary directory found")

    monkeypatch.setattr("tempfile.gettempdir", nowhere)
    with pytest.raises(OutputError, match="no directory for temporary files"), only_one("a"):
        pass


def test_a_value_that_the_api_repeats_is_not_written_down(served: Gateway, tmp_path: Path) -> None:
    shown = served.account._shown

    def repeating(path: str, there: dict[str, object]) -> dict[str, object]:
        return {**shown(path, there), **({"value": there["value"]} if "value" in there else {})}

    served.account._shown = repeating  # type: ignore[method-assign]  # that is the fault
    assert applied(served.url, tmp_path).failure is None
    written = (tmp_path / "journal").read_bytes()
    assert not any(
        value.encode() in written for value in (*SECRETS.values(), *served.account.minted.values())
    )
