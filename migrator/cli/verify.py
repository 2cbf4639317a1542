"""``migrator verify``."""

from __future__ import annotations

import functools
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from msgspec import Struct

from migrator.api import Input, Options, Result, convert_many
from migrator.cli.manifests import NAME, Where, manifest_at, opened_account
from migrator.cli.options import conversion_options, debug_option, jobs_option, read_stdin
from migrator.cli.pace import progress
from migrator.cli.run import emit, say_found
from migrator.cli.terminal import for_stream
from migrator.comparison import Verification, objects_of_manifest, objects_of_result, verify_objects
from migrator.comparison import verify as verify_inputs
from migrator.errors import UsageError
from migrator.pipeline import Jobs
from migrator.progress import Tell
from migrator.verify.model import GRAVITY, Kind

if TYPE_CHECKING:
    from migrator.verify.objects import Objects

FAIL_ON: dict[str, Kind | None] = {
    **{kind.value: kind for kind in reversed(GRAVITY) if kind is not Kind.EQUAL},
    "never": None,
}
REPORT = "report.json"
_AGAIN = f"Give the policies, and the bundle's {NAME} with --manifest."


class Sides(Struct, frozen=True):
    """What is compared with what: a manifest in place of what policies convert to, another one, an account."""

    manifest: str | None
    against: str | None
    live: Where | None


def _side_options(command: Callable[..., int]) -> Callable[..., int]:
    """The options that say what is compared; the command gets them as one ``sides`` argument."""

    @functools.wraps(command)
    def with_sides(
        manifest: str | None, against: str | None, live: bool, ca_file: Path | None, **others: Any
    ) -> int:
        if live and against is not None:
            raise click.UsageError("--live and --against each say what to compare with: give one of them.")
        api_url = click.get_current_context().params["api_url"]
        return command(sides=Sides(manifest, against, Where(api_url, ca_file) if live else None), **others)

    options = (
        click.option(
            "--manifest",
            metavar="FILE",
            help="The manifest to compare with, in place of what the policies convert to; without policies, the "
            "one that --against and --live are compared with.",
        ),
        click.option(
            "--against",
            metavar="FILE",
            help="Compare the manifest with this other one: the review of a later change.",
        ),
        click.option(
            "--live",
            is_flag=True,
            help="Compare with what the account at --api-url holds, asked with the AI Gateway API key in "
            "AI_GATEWAY_API_KEY. Nothing is changed.",
        ),
        click.option(
            "--ca-file",
            type=click.Path(path_type=Path),
            metavar="FILE",
            help="Certificates, in PEM, of the authorities to trust with --live instead of the machine's own.",
        ),
    )
    decorated: Callable[..., int] = with_sides
    for option in reversed(options):
        decorated = option(decorated)
    return decorated


@click.command()
@click.argument("paths", nargs=-1, metavar="[PATH... | BUNDLE]")
@_side_options
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="What to print.",
)
@click.option(
    "--fail-on",
    type=click.Choice(list(FAIL_ON)),
    default=Kind.WIDER.value,
    show_default=True,
    help="Exit with 1 if anything is certainly different in at least this way, or told by no finding, and nobody "
    "accepted it; and if an input could not be read. never: for neither.",
)
@jobs_option
@conversion_options
@debug_option
def verify(
    paths: tuple[str, ...], sides: Sides, form: str, fail_on: str, jobs: Jobs, options: Options
) -> int:
    """Compare what there was with what there is now, request by request.

    Policies are compared with what they convert to: for every model, alternate name, API format and kind of
    client what the old gateway answered, and what the new one does. Each difference is shown with a request
    that has it, the lines of the policy, the places of the manifest, and the finding that told it.

    PATH is what convert takes; BUNDLE a folder that convert -o wrote, whose manifest (perhaps edited since) is
    compared with the policies that it was made of. Without policies two manifests, or a manifest and an
    account, are compared.

    \b
    Verdicts, gravest first: wider, re-credentialed, narrower, reordered, equal. "possibly":
    it depends on live data, or on what is not public. What got wider is accepted in
    migrator.yaml, with a reason:
      decisions:
        "accepted-wider:UNIT": {choose: accept, reason: WHY, by: WHO}

    \b
    Exit status: 0 nothing at the --fail-on threshold; 1 something is, or an input was not
    compared because it could not be read; 2 wrong usage, no input readable, an account that
    does not answer, or a difference that no finding told.

    \b
    Examples:
      migrator verify policies/
      migrator verify build/migration --live
      migrator verify policies/ --manifest edited.yaml --format json | jq '.units[].verdict'
      migrator verify --manifest manifest.yaml --against next.manifest.yaml
    """
    with progress() as tell:
        found = _verified(paths, sides, options, Way(jobs, tell))
    say_found(found.problems)
    if form == "json":
        emit(found.json())
    else:
        emit(found.text(for_stream(sys.stdout)))
    return found.exit_code(FAIL_ON[fail_on])


class Way(Struct, frozen=True):
    """How policies are converted: with how many processes, and who hears of it."""

    jobs: Jobs
    tell: Tell


def _verified(paths: tuple[str, ...], sides: Sides, options: Options, way: Way) -> Verification:
    manifest, against, where = sides.manifest, sides.against, sides.live
    inputs: Sequence[str | Input] = paths
    if len(paths) == 1 and (Path(paths[0]) / REPORT).is_file() and (Path(paths[0]) / NAME).is_file():
        manifest = manifest or str(Path(paths[0]) / NAME)
        inputs = () if against is not None else _sources(Path(paths[0]))
    if not inputs and manifest is None:
        raise click.UsageError("Give policies, a bundle, or --manifest.")
    if not inputs and against is None and where is None:
        raise click.UsageError(
            "One manifest alone is compared with nothing: give policies, --against or --live."
        )
    stated = manifest_at(manifest) if manifest is not None else None
    held = objects_of_manifest(stated) if stated is not None else None
    if against is not None:
        after = objects_of_manifest(manifest_at(against))
        if held is not None:
            return verify_objects(held, after, options)
        made = _converted(paths, options, way)
        return verify_objects(objects_of_result(made), after, options, converted=made)
    if where is not None:
        expected = held if held is not None else objects_of_result(_converted(paths, options, way))
        stored = _stored(where, expected, options.migration if stated is None else stated.migration)
        return (
            _policies(inputs, options, way, stored) if inputs else verify_objects(expected, stored, options)
        )
    return _policies(inputs, options, way, held)


def _policies(
    inputs: Sequence[str | Input], options: Options, way: Way, objects: Objects | None
) -> Verification:
    """Policies compared with what they convert to, or with other objects."""
    named = [one for one in inputs if isinstance(one, str)]
    return verify_inputs(
        inputs, options, objects=objects, stdin=read_stdin(named), jobs=way.jobs, tell=way.tell
    )


def _converted(paths: Sequence[str | Input], options: Options, way: Way) -> Result:
    """What policies convert to."""
    return convert_many(paths, options, jobs=way.jobs, tell=way.tell)


def _stored(where: Where, expected: Objects, migration: str) -> Objects:
    """What the account holds; only asked, never changed."""
    from migrator.account.model import KINDS
    from migrator.verify.live import Stored, stored_objects

    with opened_account(where) as account:
        held = [one for member in KINDS for one in account.list(member)]
    return stored_objects(
        (
            Stored(
                one.member,
                one.id,
                one.mark.ref if one.mark is not None and one.mark.migration == migration else None,
                one.body,
            )
            for one in held
        ),
        expected,
    )


def _sources(bundle: Path) -> list[Input]:
    """The policies that a bundle was made of, where they still are."""
    report = bundle / REPORT
    try:
        sources: Any = json.loads(report.read_bytes())["sources"]
        found = [Input(one["path"], one["stem"]) for one in sources if one["container"] != "none"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        raise UsageError(f"{report} is not a report that this migrator wrote", _AGAIN) from None
    gone = next((one.path for one in found if not Path(one.path).is_file()), None)
    if gone is not None or not found:
        what = f"{gone} is not there any more" if gone is not None else "it was made of no policy"
        raise UsageError(f"the policies of the bundle {bundle} cannot be read: {what}", _AGAIN)
    return found
