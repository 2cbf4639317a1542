"""Carrying one change out once: whatever gets lost on the way, it is not done twice and not left half done.

Each method writes its intent down, asks, and writes the outcome down. When an answer is lost it looks at the
account before it asks again. What was read before is compared first: an object that somebody changed since
is never overwritten.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping
from typing import Any, Final

from msgspec import Struct

from migrator.account import KINDS, SETTINGS, Account, Created, Live, Mark
from migrator.apply.events import Tell, Told
from migrator.apply.journal import Journal
from migrator.apply.normal import Names, normal, normal_settings
from migrator.apply.tokens import Token, Tokens
from migrator.errors import CallError, InternalError, MigratorError, OutputError, StaleError
from migrator.manifest.model import REF, SECRET
from migrator.secrets import Secret

ATTEMPTS: Final = 6
_FIRST_WAIT: Final = 0.25
_LONGEST_WAIT: Final = 8.0
_NOT_FOUND: Final = 404
_TAKEN: Final = frozenset({"ERR_NGROK_27712", "ERR_NGROK_27607"})
"""Something of that name exists: after a lost answer, it may be ours."""
_STALE: Final = frozenset({404, 409, 412})
_ACCESS_KEYS: Final = "accessKeys"


def filled(body: Any, ids: Mapping[str, str], secrets: Mapping[str, Secret]) -> Any:
    """A body as it is sent: ids for references, Secrets for what stands for them."""
    match body:
        case {"$ref": str(address)} if body.keys() == {REF}:
            return ids[address]
        case {"$secret": {"env": str(env)}} if body.keys() == {SECRET}:
            return secrets[env]
        case dict():
            return {name: filled(member, ids, secrets) for name, member in body.items()}
        case list():
            return [filled(member, ids, secrets) for member in body]
        case _:
            return body


class Once(Struct, frozen=True):
    """Changes to one account, for one migration, with one journal. Threads may use it at once."""

    account: Account
    journal: Journal
    tokens: Tokens | None
    """Where tokens go; None for a run that creates no access keys."""
    migration: str
    tell: Tell
    sleep: Callable[[float], None] = time.sleep

    def create(self, member: str, ref: str, sent: Mapping[str, Any], body: Mapping[str, Any]) -> str:
        """Create an object; its id. ``sent`` is its body without secrets, for the journal.

        Raises MigratorError; what may exist all the same is in the journal then.
        """
        address = f"{member}/{ref}"
        failure: CallError | None = None
        for attempt in range(ATTEMPTS):
            if member == _ACCESS_KEYS:
                self._tokens.make_room()
            step = self.journal.intend("create", member, ref, sent=sent)
            try:
                return self._created(step, ref, self.account.create(member, body, address))
            except CallError as error:
                self.journal.ended(step, "lost" if error.is_uncertain else "refused")
                if not error.is_uncertain and not (failure is not None and _is_taken(error)):
                    raise
                failure = error
            self._wait(attempt)
            found = self._look(member, ref)
            if member == _ACCESS_KEYS:
                # One that is in use has its token somewhere: the end of the run tells of it.
                self.replace(tuple(live for live in found if live.body.get("lastUsed") is None))
            elif found:
                self.journal.done(step, found[-1].id, found[-1].body)
                return found[-1].id
        raise failure or _unreachable()

    def replace(self, keys: tuple[Live, ...]) -> None:
        """Delete access keys of ours whose tokens never arrived, so that nobody ever has them."""
        for live in keys:
            address = f"{live.member}/{live.mark.ref if live.mark else live.id}"
            self.delete(live, "its token never arrived")
            self.tell(
                Told(
                    f"{address}: {live.id} was created, but its token never arrived: deleted, to be created anew"
                )
            )

    def update(self, before: Live, ref: str, sent: Mapping[str, Any], body: Mapping[str, Any]) -> Live:
        """Change an object that is as it was ``before``; as it is then. Raises StaleError if it is not (any more)."""
        address = f"{before.member}/{ref}"
        expected = comparable(before.member, {**before.body, **body})
        now = self._unchanged(before, address)
        step = self.journal.intend(
            "update", before.member, ref, identity=before.id, sent=sent, before=now.body
        )
        failure: CallError | None = None
        for attempt in range(ATTEMPTS):
            try:
                after = self.account.update(before.member, before.id, body, address)
            except CallError as error:
                if not error.is_uncertain:
                    self.journal.ended(step, "refused")
                    raise _stale_or(error, address) from None
                failure = error
            else:
                self.journal.done(step, before.id, after.body)
                return after
            self._wait(attempt)
            found = self.account.find(before.member, before.id, address)
            if found is not None and comparable(before.member, found.body) == expected:
                self.journal.done(step, before.id, found.body)
                return found
            self._compare(before, found, address)
        self.journal.ended(step, "lost")
        raise failure or _unreachable()

    def rotate(self, before: Live, ref: str, name: str, value: Secret) -> None:
        """Give a provider key that is as it was another value. Twice the same value is the same as once.

        Raises StaleError if it is not as it was: its name is sent, too.
        """
        address = f"{before.member}/{ref}"
        now = self._unchanged(before, address)
        step = self.journal.intend("rotate", before.member, ref, identity=before.id, before=now.body)
        failure: CallError | None = None
        for attempt in range(ATTEMPTS):
            try:
                after = self.account.rotate(before.id, name, value, address)
            except CallError as error:
                if not error.is_uncertain:
                    self.journal.ended(step, "refused")
                    raise
                failure = error
            else:
                self.journal.done(step, before.id, after.body)
                return
            self._wait(attempt)
        self.journal.ended(step, "lost")
        raise failure or _unreachable()

    def delete(self, before: Live, reason: str) -> None:
        """Delete an object. One that is gone already is deleted."""
        ref = before.mark.ref if before.mark is not None else before.id
        address = f"{before.member}/{ref}"
        step = self.journal.intend(
            "delete", before.member, ref, identity=before.id, before=before.body, reason=reason
        )
        failure: CallError | None = None
        for attempt in range(ATTEMPTS):
            try:
                self.account.delete(before.member, before.id, address)
            except CallError as error:
                failure = error
                if error.said is not None and error.said.status == _NOT_FOUND:
                    failure = None
                elif not error.is_uncertain:
                    self.journal.ended(step, "refused")
                    raise
            else:
                failure = None
            if failure is None:
                self.journal.done(step, before.id)
                return
            self._wait(attempt)
        self.journal.ended(step, "lost")
        raise failure or _unreachable()

    def delete_unchanged(self, before: Live, reason: str) -> None:
        """Delete an object that is as it was. Raises StaleError if it is not."""
        address = f"{before.member}/{before.mark.ref if before.mark else before.id}"
        now = self.account.find(before.member, before.id, address)
        if now is not None:
            self._compare(before, now, address)
            self.delete(now, reason)

    def change_settings(self, before: Mapping[str, Any], body: Mapping[str, Any]) -> None:
        """Change account settings that are as they were ``before``, in normal form. Raises StaleError if not."""
        expected = normal_settings(body, body)
        now = self.account.settings()
        if normal_settings(now, before) != dict(before):
            raise _stale("the account settings", "somebody changed them")
        held = {name: now.get(name) for name in body}
        step = self.journal.intend("settings", SETTINGS, "", sent=body, before=held)
        failure: CallError | None = None
        for attempt in range(ATTEMPTS):
            try:
                after = self.account.update_settings(body)
            except CallError as error:
                if not error.is_uncertain:
                    self.journal.ended(step, "refused")
                    raise
                failure = error
            else:
                self.journal.done(step, SETTINGS, {name: after.get(name) for name in body})
                return
            self._wait(attempt)
            now = self.account.settings()
            if normal_settings(now, body) == expected:
                self.journal.done(step, SETTINGS, {name: now.get(name) for name in body})
                return
            if normal_settings(now, before) != dict(before):
                self.journal.ended(step, "lost")
                raise _stale("the account settings", "somebody changed them")
        self.journal.ended(step, "lost")
        raise failure or _unreachable()

    @property
    def _tokens(self) -> Tokens:
        if self.tokens is None:
            raise _unreachable()
        return self.tokens

    def _created(self, step: int, ref: str, created: Created) -> str:
        live = created.live
        if live.member != _ACCESS_KEYS:
            self.journal.done(step, live.id, live.body)
            return live.id
        address = f"{live.member}/{ref}"
        failure: MigratorError
        if created.token is None:
            failure = CallError(
                f"{address}: {live.id} was created, but the answer has no token",
                "The API may be newer than this migrator.",
            )
        else:
            try:
                self._tokens.keep(Token(ref, live.id, live.name, created.token))
            except OutputError as error:
                failure = error
            else:
                self.journal.done(step, live.id, live.body, kept_at=self._tokens.place)
                return live.id
        self._take_back(step, live, address)
        raise failure

    def _take_back(self, step: int, live: Live, address: str) -> None:
        """Delete a key whose token could not be kept; the disk may be as full for the journal."""
        try:
            try:
                self.journal.done(step, live.id, live.body)
                self.delete(live, "its token could not be kept")
            except OutputError:
                self.account.delete(live.member, live.id, address)
        except CallError:
            became = "could not be deleted; the next apply replaces it"
        else:
            became = "was deleted again"
        self.tell(Told(f"{address}: {live.id} was created, its token could not be kept, and it {became}"))

    def _look(self, member: str, ref: str) -> tuple[Live, ...]:
        """The objects with this ref's mark that the journal does not know: those of lost answers, newest first."""
        known = self.journal.standing()
        mark = Mark(self.migration, ref)
        return tuple(live for live in self.account.list(member) if live.mark == mark and live.id not in known)

    def _unchanged(self, before: Live, address: str) -> Live:
        now = self.account.find(before.member, before.id, address)
        self._compare(before, now, address)
        return now or before

    def _compare(self, before: Live, now: Live | None, address: str) -> None:
        if now is None:
            raise _stale(address, f"{before.id} is gone")
        if comparable(now.member, now.body) != comparable(before.member, before.body):
            raise _stale(address, f"somebody changed {before.id}")

    def _wait(self, attempt: int) -> None:
        """Time for what is still on its way to arrive, and for what is broken to recover."""
        wait = min(_FIRST_WAIT * 2**attempt, _LONGEST_WAIT)
        self.sleep(wait * (1 + random.random()))  # noqa: S311 -- it parts clients, it guards nothing


def comparable(member: str, body: Mapping[str, Any]) -> tuple[object, object]:
    """What of an object only a change of it changes; its metadata whole, since the mark counts here."""
    return normal(member, body, Names()), body.get("metadata")


def _is_taken(error: CallError) -> bool:
    return error.said is not None and error.said.code in _TAKEN


def _stale_or(error: CallError, address: str) -> MigratorError:
    if error.said is not None and error.said.status in _STALE:
        return _stale(address, f"{KINDS[address.partition('/')[0]].title} refused: {error.said.text}")
    return error


def _stale(subject: str, why: str) -> StaleError:
    return StaleError(
        f"{subject}: {why} since the plan was made",
        "Nothing of it was overwritten. Plan again, and apply that.",
    )


def _unreachable() -> MigratorError:
    return InternalError("an attempt ended without an answer and without an error")
