"""The journal: what a migration was about to do at an account, and what came of it. It survives anything.

An intent is on the disk before its request is sent, its outcome before the next request is. So after a
crash every open intent names the one object that has to be looked for, and what the migration ever created
can be removed again. No secret is ever in it: bodies are stored as the manifest has them and as the API
answers them, without tokens.

One journal is of one migration in one account, and one process uses it at a time.
"""

from __future__ import annotations

import json
import os
import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Literal

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from migrator.account.contract import contract_problem
from migrator.errors import OutputError, UsageError
from migrator.render.files import flush_folder
from migrator.render.safe import shown

Action = Literal["create", "update", "rotate", "delete", "adopt", "settings"]
State = Literal["intended", "lost", "done", "refused", "void"]
"""``intended``: nothing is known. ``lost``: it was asked for, and the answer did not arrive. ``void``: it was
looked for long after, and is not there."""

OPEN: Final[tuple[State, ...]] = ("intended", "lost")
FORMAT: Final = 1
DURABLE: Final = "EXTRA"
"""How sqlite writes: file and folder are on the disk before a statement returns."""

_MODE: Final = 0o600
_TABLES: Final = """
CREATE TABLE about (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE steps (
    number INTEGER PRIMARY KEY,
    action TEXT NOT NULL, member TEXT NOT NULL, ref TEXT NOT NULL, id TEXT,
    state TEXT NOT NULL, reason TEXT NOT NULL,
    sent TEXT, before TEXT, after TEXT,
    began TEXT NOT NULL, ended TEXT
);
CREATE TABLE tokens (id TEXT PRIMARY KEY, ref TEXT NOT NULL, place TEXT NOT NULL, at TEXT NOT NULL);
"""
_COLUMNS: Final = "number, action, member, ref, id, state, reason, sent, before, after, began, ended"


class Step(Struct, frozen=True):
    """One request that changes something. ``before`` and ``after`` are what the API said of the object."""

    number: int
    action: Action
    member: str
    ref: str
    id: str | None
    state: State
    reason: str
    sent: Mapping[str, Any] | None
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None
    began: datetime
    ended: datetime | None

    @property
    def address(self) -> str:
        """``member/ref``."""
        return f"{self.member}/{self.ref}"

    @property
    def is_open(self) -> bool:
        """Whether it is not known what came of it."""
        return self.state in OPEN


class HandedOut(Struct, frozen=True):
    """A token that was written down: whose, where to, when."""

    id: str
    ref: str
    place: str
    at: datetime


class About(Struct, frozen=True):
    """Whose journal it is."""

    api_url: str
    account: str
    migration: str


@contextmanager
def journal_at(path: Path, about: About, *, clock: Callable[[], datetime] | None = None) -> Iterator[Journal]:
    """The journal at ``path``, made if there is none, for this process alone.

    Raises OutputError for a place that cannot be used or that another process is using, UsageError for the
    journal of something else.
    """
    is_new = _claim(path)
    with _told(path):
        connection = _connected(path)
        try:
            # Taken with the first lock and kept until the connection ends, however it ends.
            connection.execute("PRAGMA locking_mode = EXCLUSIVE")
            connection.execute(f"PRAGMA synchronous = {DURABLE}")
            connection.execute("BEGIN EXCLUSIVE")
            _begin(connection, path, about)
            connection.execute("COMMIT")
            if is_new:
                flush_folder(path.parent)
            yield Journal(connection, path, clock or _now)
        finally:
            connection.close()


def read_journal(path: Path) -> tuple[tuple[Step, ...], tuple[HandedOut, ...], About]:
    """What a journal says, without making or changing one. Raises OutputError for one that cannot be read."""
    if not path.is_file():
        raise OutputError(f"{shown(str(path))} is no journal: there is no such file", _NOT_OURS)
    with _told(path):
        connection = _connected(path)
        try:
            journal = Journal(connection, path, _now)
            return journal.steps(), journal.tokens(), _about(connection, path)
        finally:
            connection.close()


class Journal:
    """An open journal. Threads may use it at once; every method is on the disk when it returns."""

    def __init__(self, connection: sqlite3.Connection, path: Path, clock: Callable[[], datetime]) -> None:
        self.path = path
        self._connection = connection
        self._clock = clock
        self._lock = threading.Lock()

    def intend(
        self,
        action: Action,
        member: str,
        ref: str,
        *,
        identity: str | None = None,
        sent: Mapping[str, Any] | None = None,
        before: Mapping[str, Any] | None = None,
        reason: str = "",
    ) -> int:
        """Write down what is about to be asked for; the number of the step."""
        values = (action, member, ref, identity, "intended", reason, *map(_text, (sent, before, None)))
        cursor = self._write(
            "INSERT INTO steps (action, member, ref, id, state, reason, sent, before, after, began) "
            "VALUES (?,?,?,?,?,?,?,?,?,?)",
            (*values, self._clock().isoformat()),
        )
        return int(cursor.lastrowid or 0)

    def done(
        self,
        step: int,
        identity: str | None = None,
        after: Mapping[str, Any] | None = None,
        *,
        kept_at: str | None = None,
    ) -> None:
        """It was carried out: ``after`` is what the object is now, ``kept_at`` where its token is."""
        now = self._clock().isoformat()
        with self._lock, _told(self.path):
            self._connection.execute("BEGIN")
            try:
                self._connection.execute(
                    "UPDATE steps SET state = 'done', ended = ?, id = coalesce(?, id), after = ? WHERE number = ?",
                    (now, identity, _text(after), step),
                )
                if kept_at is not None:
                    self._connection.execute(
                        "INSERT OR REPLACE INTO tokens (id, ref, place, at) "
                        "SELECT id, ref, ?, ? FROM steps WHERE number = ?",
                        (kept_at, now, step),
                    )
                self._connection.execute("COMMIT")
            except sqlite3.Error:
                self._connection.rollback()
                raise

    def ended(self, step: int, state: Literal["lost", "refused", "void"]) -> None:
        """It was not carried out, or nobody knows."""
        self._write(
            "UPDATE steps SET state = ?, ended = ? WHERE number = ?",
            (state, self._clock().isoformat(), step),
        )

    def steps(self) -> tuple[Step, ...]:
        """Every step, in the order in which they were begun."""
        rows = self._read(f"SELECT {_COLUMNS} FROM steps ORDER BY number")  # noqa: S608 -- a constant
        with _whole(self.path):
            return tuple(_step(row) for row in rows)

    def tokens(self) -> tuple[HandedOut, ...]:
        """Every token that was handed out, in that order."""
        rows = self._read("SELECT id, ref, place, at FROM tokens ORDER BY at, id")
        with _whole(self.path):
            return tuple(
                HandedOut(each, ref, place, datetime.fromisoformat(at)) for each, ref, place, at in rows
            )

    def standing(self) -> dict[str, Step]:
        """By id: the step that created each object that was not deleted through this journal since."""
        made: dict[str, Step] = {}
        for step in self.steps():
            if step.id is None or step.state != "done":
                continue
            if step.action == "create":
                made[step.id] = step
            elif step.action == "delete":
                made.pop(step.id, None)
            elif step.id in made and step.action in {"update", "rotate", "adopt"}:
                made[step.id] = replace(made[step.id], ref=step.ref, after=step.after)
        return made

    def age(self, step: Step) -> float:
        """Seconds since it was begun."""
        return (self._clock() - step.began).total_seconds()

    def _write(self, statement: str, values: tuple[object, ...]) -> sqlite3.Cursor:
        with self._lock, _told(self.path):
            return self._connection.execute(statement, values)  # outside a transaction: committed on return

    def _read(self, statement: str) -> list[Any]:
        with self._lock, _told(self.path):
            return self._connection.execute(statement).fetchall()


def _claim(path: Path) -> bool:
    """Make sure that only its owner may read it, before anything is in it; whether it is new."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, _MODE)
    except FileExistsError:
        return False
    except OSError as error:
        raise _unusable(path, (error.strerror or str(error)).lower()) from None
    os.close(descriptor)
    return True


def _connected(path: Path) -> sqlite3.Connection:
    uri = f"{path.absolute().as_uri()}?mode=rw"
    return sqlite3.connect(uri, uri=True, timeout=0, isolation_level=None, check_same_thread=False)


def _begin(connection: sqlite3.Connection, path: Path, about: About) -> None:
    tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    if not tables:
        for statement in _TABLES.split(";"):
            connection.execute(statement)
        facts = {"format": str(FORMAT), "api_url": about.api_url, "account": about.account}
        for name, value in {**facts, "migration": about.migration}.items():
            connection.execute("INSERT INTO about VALUES (?, ?)", (name, value))
        return
    found = _about(connection, path)
    for what, theirs, ours in (
        ("the migration", found.migration, about.migration),
        ("the account", found.account, about.account),
        ("the API at", found.api_url, about.api_url),
    ):
        if theirs != ours:
            raise UsageError(
                f"{shown(str(path))} is the journal of {what} {shown(theirs)}, not of {shown(ours)}",
                "Check the API key and the manifest, or name another place: --journal FILE.",
            )


def _about(connection: sqlite3.Connection, path: Path) -> About:
    facts = dict(connection.execute("SELECT name, value FROM about").fetchall())
    if facts.get("format") != str(FORMAT):
        raise _unusable(path, "it was written by another version of migrator", _THAT_VERSION)
    if not facts.keys() >= {"api_url", "account", "migration"}:
        raise _unusable(path, _DAMAGED, _RESTORE)
    return About(facts["api_url"], facts["account"], facts["migration"])


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """What the database refuses, about the path the user knows."""
    try:
        yield
    except sqlite3.Error as error:
        reason = "another apply or rollback is using it" if "locked" in str(error) else str(error)
    else:
        return
    raise _unusable(path, reason)


@contextmanager
def _whole(path: Path) -> Iterator[None]:
    """What was not written by a journal: damaged, or edited."""
    try:
        yield
    except msgspec.ValidationError as error:
        reason = f"{_DAMAGED}: {error}"
    except (TypeError, ValueError, RecursionError):
        reason = _DAMAGED
    else:
        return
    raise _unusable(path, reason, _RESTORE)


_NOT_OURS: Final = "Name the journal of an apply: --journal FILE. It stands next to the manifest by default."


_DAMAGED: Final = "it is damaged, or was edited"
_RESTORE: Final = (
    "Nothing was changed. Put the journal of a backup in its place. Without one, what the migration created is known by "
    "the mark in its metadata, and is taken back by hand."
)
_THAT_VERSION: Final = "Nothing was changed. Go on, or roll back, with the migrator that wrote it."
_NEEDED: Final = "Nothing is changed without one. Wait, make room or give leave there, or name another place: --journal FILE."


def _unusable(path: Path, reason: str, remedy: str = _NEEDED) -> OutputError:
    return OutputError(f"the journal {shown(str(path))} cannot be used: {shown(reason)}", remedy)


def _text(document: Mapping[str, Any] | None) -> str | None:
    return None if document is None else json.dumps(document, separators=(",", ":"))


def _step(row: Any) -> Step:
    """A step as it was written. Raises ValidationError, with the step and the place, for one that can be none."""
    facts = dict(zip(_COLUMNS.split(", "), row, strict=True))
    facts |= {name: _document(facts[name]) for name in ("sent", "before", "after")}
    try:
        step = msgspec.convert(facts, Step)
    except msgspec.ValidationError as error:
        raise msgspec.ValidationError(f"step {facts['number']}: {error}") from None
    for name, body in (("before", step.before), ("after", step.after)):
        if body is not None and (problem := contract_problem(step.member, body)):
            raise msgspec.ValidationError(
                f"step {step.number}, {step.action} {step.address}: {name}: {problem}"
            )
    return step


def _document(text: str | None) -> dict[str, Any] | None:
    return None if text is None else json.loads(text)


def _now() -> datetime:
    return datetime.now(UTC)
