"""Where the tokens of access keys go. The API shows each once, so each is kept before anything else happens.

A file gets one line of JSON for each token, ``{"ref": …, "id": …, "name": …, "token": …}``; only its owner
may read it. Room for a line is taken, on the disk, before the key is created, so that a full disk is
noticed while nothing can be lost. Or a command gets each line on its standard input, and has kept it when
it ends with 0.
"""

from __future__ import annotations

import fcntl
import json
import os
import shlex
import shutil
import stat
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol, Self

from migrator.account.model import KEY_VARIABLE
from migrator.errors import OutputError, UsageError
from migrator.patterns import pattern
from migrator.render.files import flush_folder
from migrator.render.safe import shown
from migrator.secrets import Secret

_MODE: Final = 0o600
_START: Final = b'{"ref":"accessKeys/'
"""How a line of ours begins."""

_ROOM: Final = 8192
_SECONDS: Final = 60
_PLAIN: Final = pattern(r"[\w./~+-]{1,200}")
_ELSEWHERE: Final = "No token is lost. Make room or give leave there, or name another place: --tokens FILE."


@dataclass(frozen=True, slots=True)
class Token:
    """A new access key and what a client sends to be known by it."""

    ref: str
    id: str
    name: str
    value: Secret = field(repr=False)

    def line(self) -> bytes:
        """As the file has it. This is the one place where a token becomes text."""
        facts = {"ref": f"accessKeys/{self.ref}", "id": self.id, "name": self.name}
        return json.dumps({**facts, "token": self.value.reveal()}, separators=(",", ":")).encode() + b"\n"


class Tokens(Protocol):
    """A place that tokens go to. Every method raises OutputError."""

    place: str
    """What people call it."""

    def make_room(self) -> None:
        """Make sure, as far as one can before, that the next token can be kept."""
        ...

    def keep(self, token: Token) -> None:
        """Keep a token: when this returns, no crash loses it."""
        ...

    def has(self, identity: str) -> bool:
        """Whether the token of this access key is known to have been kept; False if nobody can say."""
        ...


class TokenFile:
    """A file of JSON Lines. Made by ``TokensAt``."""

    def __init__(self, descriptor: int, path: Path) -> None:
        self.place = str(path)
        self._descriptor = descriptor
        self._path = path
        self._ids: set[str] = set()
        self._end = self._tidy()

    def make_room(self) -> None:
        with self._told():
            self._look()
            self._write(b" " * (_ROOM - 1) + b"\n")
            os.fsync(self._descriptor)

    def keep(self, token: Token) -> None:
        line = token.line()
        with self._told():
            self._look()
            try:
                self._write(line)
                os.ftruncate(self._descriptor, self._end + len(line))
                os.fsync(self._descriptor)
                self._check_place()
            except BaseException:
                with suppress(OSError):
                    os.ftruncate(self._descriptor, self._end)
                raise
        self._end += len(line)
        self._ids.add(token.id)

    def has(self, identity: str) -> bool:
        return identity in self._ids

    def close(self) -> None:
        """Give back the room that no token took."""
        with suppress(OSError):
            os.ftruncate(self._descriptor, self._end)
        os.close(self._descriptor)

    def _look(self) -> None:
        """Somebody may take lines out of the file while a run goes on."""
        self._check_place()
        if os.fstat(self._descriptor).st_size not in {self._end, self._end + _ROOM}:
            self._end = self._tidy()

    def _check_place(self) -> None:
        """What is written has to be found at the path: an editor that saves puts another file there."""
        with suppress(FileNotFoundError):
            if os.path.samestat(self._path.stat(), os.fstat(self._descriptor)):
                return
        raise _unwritable(self._path, "it was replaced or removed while it was in use")

    def _write(self, data: bytes) -> None:
        left, at = memoryview(data), self._end
        while left:
            written = os.pwrite(self._descriptor, left, at)
            left, at = left[written:], at + written

    def _tidy(self) -> int:
        """Where the next line goes: behind the last whole one. What a killed run left behind it is cut off."""
        size = os.fstat(self._descriptor).st_size
        data = os.pread(self._descriptor, size, 0)
        kept = data.rstrip(b" \n")
        for line in kept.split(b"\n"):
            identity = _id_in(line)
            if identity is not None:
                self._ids.add(identity)
        head, _, last = kept.rpartition(b"\n")
        if _id_in(last) is None and (last.startswith(_START) or _START.startswith(last)):
            kept = head.rstrip(b" \n")
        end = len(kept) + bool(kept)
        if kept and data[len(kept) : end] != b"\n":
            os.pwrite(self._descriptor, b"\n", len(kept))
        if size > end:
            os.ftruncate(self._descriptor, end)
        return end

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
        else:
            return
        raise _unwritable(self._path, reason)


class TokensAt:
    """The file at a path, opened, and made if there is none, when the first token needs it."""

    def __init__(self, path: Path) -> None:
        self.place = str(path)
        self._path = path
        self._file: TokenFile | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self._file.close()

    def make_room(self) -> None:
        self._opened().make_room()

    def keep(self, token: Token) -> None:
        self._opened().keep(token)

    def has(self, identity: str) -> bool:
        return self._path.exists() and self._opened().has(identity)

    def _opened(self) -> TokenFile:
        if self._file is None:
            self._file = _token_file(self._path)
        return self._file


def _token_file(path: Path) -> TokenFile:
    """The file at ``path``, for this process alone; another one is added to. Raises OutputError."""
    descriptor, problem = -1, ""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NONBLOCK, _MODE)
        problem = _unfit(descriptor)
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        problem = "another apply is using it"
    except OSError as error:
        problem = (error.strerror or str(error)).lower()
    if problem:
        if descriptor >= 0:
            os.close(descriptor)
        raise _unwritable(path, problem)
    try:
        flush_folder(path.parent)
        return TokenFile(descriptor, path)
    except OSError as error:
        os.close(descriptor)
        raise _unwritable(path, (error.strerror or str(error)).lower()) from None


class TokenCommand:
    """A command of the user's, as of a secret manager. It says nothing: what it prints could be the token."""

    def __init__(self, command: str) -> None:
        self._words, problem = [], ""
        try:
            self._words = shlex.split(command)
        except ValueError as error:
            problem = str(error).lower()
        if self._words and shutil.which(self._words[0]) is None:
            problem = f"{_program(self._words[0])} was not found, or may not be run"
        if problem or not self._words:
            raise UsageError(
                f"--tokens-command names no program that can be run{problem and f': {problem}'}",
                "It gets each token as one line of JSON on its standard input: --tokens-command 'PROGRAM ARGUMENTS'.",
            )
        self.place = f"the command {_program(self._words[0])}"

    def make_room(self) -> None:
        return

    def keep(self, token: Token) -> None:
        facts = {
            "MIGRATOR_REF": f"accessKeys/{token.ref}",
            "MIGRATOR_ID": token.id,
            "MIGRATOR_NAME": token.name,
        }
        environment = {name: value for name, value in os.environ.items() if name != KEY_VARIABLE}
        problem = ""
        try:
            ended = subprocess.run(  # noqa: S603 -- it is what the user asked to run
                self._words,
                input=token.line(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env={**environment, **facts},
                check=False,
                timeout=_SECONDS,
            )
            if ended.returncode > 0:
                problem = f"ended with exit status {ended.returncode}"
            elif ended.returncode < 0:
                problem = f"was ended by signal {-ended.returncode}"
        except subprocess.TimeoutExpired:
            problem = f"did not end within {_SECONDS} seconds"
        except OSError as error:
            problem = f"could not be started ({(error.strerror or 'error').lower()})"
        except ValueError:
            problem = "could not be started (a word of it, or of its environment, has a NUL in it)"
        if problem:
            raise OutputError(
                f"{self.place} {problem}: the token of accessKeys/{shown(token.ref)} was not kept",
                "Run it by hand to see why (nothing that it prints is shown here); it gets one line of JSON on its "
                "standard input.",
            )

    def has(self, identity: str) -> bool:  # noqa: ARG002 -- a command cannot be asked
        return False


def _program(word: str) -> str:
    """A command's first word, for people: one that is no plain name or path may be the whole command, with a credential."""
    return shown(word) if _PLAIN.fullmatch(word) else "its first word"


def _unfit(descriptor: int) -> str:
    """Why this is no file for tokens; it is made one that only its owner reads."""
    about = os.fstat(descriptor)
    if not stat.S_ISREG(about.st_mode):
        return "it is no file"
    if not about.st_mode & stat.S_IWUSR:
        return "it is read-only"  # whoever may write all the same: somebody meant it
    if about.st_nlink > 1:
        return "it has another name besides (a hard link)"
    if stat.S_IMODE(about.st_mode) & 0o077:
        os.fchmod(descriptor, _MODE)
    return ""


def _id_in(line: bytes) -> str | None:
    """The id in a whole line with a token. The token itself stays in these bytes."""
    try:
        facts = json.loads(line)
    except ValueError:
        return None
    match facts:
        case {"id": str(identity), "token": str(token)} if identity and token:
            return identity
        case _:
            return None


def _unwritable(path: Path, reason: str) -> OutputError:
    return OutputError(f"the tokens cannot be written to {shown(str(path))}: {shown(reason)}", _ELSEWHERE)
