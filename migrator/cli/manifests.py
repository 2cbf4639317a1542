"""Manifests, saved plans and the account: what the commands that look at ngrok.ai have in common."""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click
from msgspec import Struct

from migrator.account.model import API_URL, KEY_VARIABLE
from migrator.errors import UsageError
from migrator.secrets import Secret

if TYPE_CHECKING:
    from migrator.account import Account
    from migrator.apply.model import Plan
    from migrator.manifest import Manifest

NAME: Final = "manifest.yaml"
"""The manifest in a bundle."""

_SIZE_LIMIT: Final = 64 * 1024 * 1024

Command = Callable[..., int]

manifest_argument = click.argument("manifest", metavar="MANIFEST")
rotate_option = click.option(
    "--rotate",
    multiple=True,
    metavar="REF",
    help="Give this provider key its value again: a secret cannot be read back, so a changed one is not noticed. "
    "Repeatable.",
)
prune_option = click.option(
    "--prune",
    is_flag=True,
    help="Delete what carries this migration's mark and is not in the manifest any more.",
)


class Where(Struct, frozen=True):
    """Where the account is."""

    api_url: str
    ca_file: Path | None


def account_options(command: Command) -> Command:
    """Where the account is; the command gets it as one ``where`` argument."""

    @functools.wraps(command)
    def with_where(api_url: str, ca_file: Path | None, **others: Any) -> int:
        return command(where=Where(api_url, ca_file), **others)

    ca_file = click.option(
        "--ca-file",
        type=click.Path(path_type=Path),
        metavar="FILE",
        help="Certificates, in PEM, of the authorities to trust instead of the machine's own.",
    )
    api_url = click.option(
        "--api-url",
        default=API_URL,
        show_default=True,
        envvar="MIGRATOR_API_URL",
        metavar="URL",
        help=f"The API to ask, with the AI Gateway API key in {KEY_VARIABLE}; also MIGRATOR_API_URL.",
    )
    return api_url(ca_file(with_where))


def secret_options(command: Command) -> Command:
    """Where secrets come from; the command gets it as one ``sources`` argument."""

    @functools.wraps(command)
    def with_sources(secrets: Path | None, secrets_command: str | None, **others: Any) -> int:
        from migrator.apply.secret_command import secret_command
        from migrator.apply.secrets import SecretSources

        asked = secret_command(secrets_command) if secrets_command is not None else None
        return command(sources=SecretSources(os.environ, secrets, asked), **others)

    file = click.option(
        "--secrets",
        type=click.Path(path_type=Path),
        metavar="FILE",
        help="Values of secrets, as NAME=VALUE lines or YAML; only its owner may read it. What it does not have "
        "comes from the environment.",
    )
    command_line = click.option(
        "--secrets-command",
        metavar="COMMAND",
        help="A command that prints a secret, run without a shell for each that is in neither; {env}, {vault} and "
        "{name} in it are those of the secret. Example: 'op read op://{vault}/{name}/password'.",
    )
    return file(command_line(with_sources))


@contextmanager
def opened_account(where: Where) -> Iterator[Account]:
    """The account that the key in the environment opens. Raises UsageError for one that cannot be used."""
    from migrator.account import account_at

    key = Secret(os.environ.get(KEY_VARIABLE, ""))
    with account_at(where.api_url, key, ca_file=where.ca_file) as account:
        yield account


def manifest_at(name: str) -> Manifest:
    """The manifest in a file, in a bundle, or on standard input. Raises UsageError."""
    from migrator.apply.plan_file import is_plan
    from migrator.manifest import read_manifest

    data, path = _read(name)
    if is_plan(data):
        raise UsageError(
            f"{path} is a saved plan, and a manifest is needed here", "Give the manifest itself."
        )
    return read_manifest(data, path)


def manifest_or_plan_at(name: str) -> Manifest | Plan:
    """What a file says it is. Raises UsageError."""
    from migrator.apply.plan_file import is_plan, read_plan
    from migrator.manifest import read_manifest

    data, path = _read(name)
    return read_plan(data, path) if is_plan(data) else read_manifest(data, path)


def file_of(name: str) -> Path:
    """The file that an argument names: in a bundle, its manifest."""
    path = Path(name)
    return path / NAME if path.is_dir() else path


def folder_of(name: str, source: Manifest | Plan) -> Path:
    """Where journal and tokens stand by default: beside the manifest, also of a plan that was saved elsewhere."""
    from migrator.apply.model import Plan

    own = file_of(name).parent
    if isinstance(source, Plan) and source.manifest and (own / source.manifest).is_file():
        return (own / source.manifest).parent
    return own


def for_people(text: str) -> str:
    """What a manifest or an account says, without what looks like a credential: in an address, in a note."""
    from migrator.sources.prose import without_credentials

    return without_credentials(text)


def plan_shown(plan: Plan, *, colour: bool) -> str:
    """A plan for people; credentials go before a long value is cut: of half a one nobody knows what it is."""
    from migrator.apply.hide import hidden_in
    from migrator.apply.show import plan_for_people
    from migrator.sources.prose import masked

    return for_people(plan_for_people(hidden_in(plan, masked), colour=colour))


def member_shown(name: str, value: Any) -> str:
    """A member of an object in an account for people; of metadata, which is JSON in a text, what that has in it."""
    from migrator.apply.hide import hidden
    from migrator.apply.normal import metadata_object
    from migrator.render.safe import json_text
    from migrator.sources.prose import masked

    if value is None:
        return "(none)"
    held = metadata_object(value) if name == "metadata" else None
    if held is not None and (seen := hidden(held, masked)) != held:
        value = json_text(seen)
    return for_people(json_text(hidden(value, masked, name)))


def _read(name: str) -> tuple[bytes, str]:
    if name == "-":
        data, path = sys.stdin.buffer.read(_SIZE_LIMIT + 1), "<stdin>"
    else:
        file = file_of(name)
        path = str(file)
        try:
            with file.open("rb") as stream:
                data = stream.read(_SIZE_LIMIT + 1)
        except (OSError, ValueError) as error:
            reason = (getattr(error, "strerror", None) or "error").lower()
            raise UsageError(
                f"{path} could not be read: {reason}",
                f"Give the manifest that convert wrote, or the folder of a bundle, which has a {NAME}.",
            ) from None
    if len(data) > _SIZE_LIMIT:
        raise UsageError(f"{path} is larger than any manifest", "Check that this is the right file.")
    return data, path
