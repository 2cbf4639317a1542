"""A command that prints a secret: a password manager's, run once for each reference, without a shell."""

from __future__ import annotations

import os
import select
import shlex
import subprocess
import time
from typing import IO, Final

from msgspec import Struct

from migrator.errors import UsageError
from migrator.manifest.model import SecretUse
from migrator.secrets import Secret

TIMEOUT: Final = 60.0
"""Seconds that one run may take: a password manager may ask a person."""

_SIZE_LIMIT: Final = 64 * 1024
_PREFIX: Final = "MIGRATOR_SECRET_"
_WITHHELD: Final = frozenset({"AI_GATEWAY_API_KEY", "NGROK_API_KEY"})
"""What the command has no use for."""


class Refusal(Struct, frozen=True):
    """Why there is no value; a sentence that goes on from the name of the secret."""

    reason: str


class SecretCommand(Struct, frozen=True):
    """``words`` of a command; ``{env}``, ``{vault}`` and ``{name}`` in them are those of the reference.

    The command finds them in ``MIGRATOR_SECRET_ENV``, ``…_VAULT`` and ``…_NAME`` too. What it prints on stdout,
    less one line end, is the value; its stderr and its terminal are the user's.
    """

    words: tuple[str, ...]
    timeout: float = TIMEOUT

    def value(self, use: SecretUse) -> Secret | Refusal:
        """What the command prints for this reference."""
        parts = {"env": use.env, "vault": use.vault or "", "name": use.name or ""}
        words = [_filled(word, parts) for word in self.words]
        for word, filled in zip(self.words, words, strict=True):
            if filled.startswith("-") and not word.startswith("-"):
                return Refusal("cannot be asked for: its name would be an option of the command")
            if "\0" in filled:
                return Refusal("cannot be asked for: its name has a NUL")
        environment = {name: held for name, held in os.environ.items() if name not in _WITHHELD}
        environment |= {f"{_PREFIX}{name.upper()}": held for name, held in parts.items()}
        try:
            process = subprocess.Popen(  # noqa: S603 - the user's own command, without a shell
                words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, env=environment
            )
        except (OSError, ValueError) as error:
            reason = (getattr(error, "strerror", None) or "it cannot be started").lower()
            return Refusal(f"could not be asked for: the command did not start ({reason})")
        return _answer(process, self.timeout)


def secret_command(text: str) -> SecretCommand:
    """The command in a string, its words as a shell parts them. Raises UsageError for none."""
    try:
        words = tuple(shlex.split(text))
    except ValueError:
        words = ()
    if not words:
        raise UsageError(
            "--secrets-command is no command",
            "Write it as in --secrets-command 'op read op://{vault}/{name}/password'.",
        )
    return SecretCommand(words)


def _filled(word: str, parts: dict[str, str]) -> str:
    """The word with its placeholders filled in, once: what a name holds is not looked at again."""
    made, rest = "", word
    while rest:
        found = min(
            ((rest.find(f"{{{name}}}"), name) for name in parts if f"{{{name}}}" in rest), default=None
        )
        if found is None:
            return made + rest
        at, name = found
        made += rest[:at] + parts[name]
        rest = rest[at + len(name) + 2 :]
    return made


def _answer(process: subprocess.Popen[bytes], timeout: float) -> Secret | Refusal:
    until = time.monotonic() + timeout
    try:
        printed = _read(process.stdout, until) if process.stdout is not None else b""
        if printed is None:
            return Refusal(f"was not printed by the command within {timeout:g} seconds")
        if len(printed) > _SIZE_LIMIT:
            return Refusal(f"is more than {_SIZE_LIMIT} bytes, as the command prints it")
        status = process.wait(max(0.0, until - time.monotonic()) + 1)
    except subprocess.TimeoutExpired:
        return Refusal(f"was not printed by the command within {timeout:g} seconds")
    finally:
        if process.stdout is not None:
            process.stdout.close()
        if process.poll() is None:
            process.kill()
            process.wait()
    if status != 0:
        how = f"exit status {status}" if status > 0 else f"signal {-status}"
        return Refusal(f"could not be had: the command ended with {how}")
    try:
        text = printed.decode("utf-8")
    except UnicodeDecodeError:
        return Refusal("is no text in UTF-8, as the command prints it")
    text = text.removesuffix("\n").removesuffix("\r") if text.endswith("\n") else text
    return Secret(text) if text.strip() else Refusal("is empty, as the command prints it")


def _read(stream: IO[bytes], until: float) -> bytes | None:
    """What is printed until the end or the limit; None when the time is up."""
    read = b""
    while len(read) <= _SIZE_LIMIT:
        left = until - time.monotonic()
        ready, _, _ = select.select([stream], [], [], max(0.0, left))
        if not ready:
            return None
        chunk = os.read(stream.fileno(), _SIZE_LIMIT)
        if not chunk:
            break
        read += chunk
    return read
