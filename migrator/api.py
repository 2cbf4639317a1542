"""The library: ``convert`` and what it gives. The command line is a thin layer over it.

::

    result = migrator.convert(["policies/"])
    result.manifest()            # dict, the manifest
    result.findings              # what did not carry over
    result.write_bundle(Path("out"))
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct, field
from msgspec.structs import replace

from migrator.catalog import bundled
from migrator.findings.base import Finding, Severity, each_once
from migrator.findings.rulings import Rulings
from migrator.gateway.strategies import typed
from migrator.merge.model import Migration, UnitSummary
from migrator.merge.rulings import ruled
from migrator.options import Options
from migrator.pipeline import Jobs, nobody, read_all, run
from migrator.progress import Tell
from migrator.report.outcome import exit_code, nothing_readable
from migrator.sources.inputs import Identity, Input, find_inputs
from migrator.sources.link import link
from migrator.sources.walk import PassedOver
from migrator.translate.model import Decision

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from migrator.report.audit import Audit
    from migrator.report.baseline import Baseline
    from migrator.report.options import GroupBy, ReportOptions
    from migrator.report.selection import Evaluated
    from migrator.residual.leave import Left

__all__ = [
    "Audited",
    "Input",
    "Options",
    "Result",
    "audit",
    "convert",
    "convert_many",
    "strategies",
]


class Result(Struct, frozen=True):
    """What a run found, in every form it can take. See ``Migration`` for the data itself."""

    migration: Migration
    rulings: Rulings = field(default_factory=Rulings)

    def __repr__(self) -> str:
        """How much there is of everything: all of it would be megabytes, at every prompt."""
        from migrator.report.tally import number

        held = (
            number(len(self.migration.sources), "input"),
            number(len(self.units), "unit"),
            number(len(self.findings), "finding"),
            number(len(self.decisions), "decision"),
        )
        return f"<Result: {', '.join(held)}>"

    @property
    def findings(self) -> tuple[Finding, ...]:
        return self.migration.findings

    @property
    def decisions(self) -> tuple[Decision, ...]:
        return self.migration.decisions

    @property
    def units(self) -> tuple[UnitSummary, ...]:
        return self.migration.units

    @property
    def nothing_readable(self) -> bool:
        """No input could be read: the run itself failed."""
        return nothing_readable(self.migration)

    def exit_code(self, fail_on: Severity | None = Severity.ERROR, baseline: Baseline | None = None) -> int:
        """0; 1 with findings of at least ``fail_on`` that ``baseline`` has not; 2 if nothing could be read."""
        return exit_code(self.migration, fail_on, baseline)

    def manifest(self) -> dict[str, Any]:
        """The manifest of the JSON contract."""
        from migrator.render.document import manifest

        return manifest(self.migration)

    def manifest_yaml(self) -> str:
        """The manifest as YAML, with comments that say where each part came from."""
        from migrator.render.manifest import manifest_yaml

        return manifest_yaml(self.migration)

    def document(self) -> dict[str, Any]:
        """The whole JSON contract: manifest, units, decisions, findings, provenance, sources."""
        from migrator.report.json_report import document

        return document(self.migration)

    def json(self) -> str:
        from migrator.report.json_report import json_text

        return json_text(self.migration)

    def json_pieces(self) -> Iterator[str]:
        """The text of ``json`` in pieces: of many policies it has many megabytes, and need not be held at once."""
        from migrator.report.json_report import json_text_pieces

        return json_text_pieces(self.migration)

    def calls(self) -> str:
        """The API calls in executable order, as JSON Lines."""
        from migrator.render.calls import calls_jsonl

        return calls_jsonl(self.migration)

    def curl(self) -> str:
        """A POSIX shell script that makes the calls."""
        from migrator.render.curl import curl_script

        return curl_script(self.migration)

    def report(self, form: str = "text", options: ReportOptions | None = None) -> str:
        """A report for people or machines. Raises UsageError for a format that does not exist."""
        from migrator.report.formats import render_report
        from migrator.report.options import DEFAULTS

        return render_report(form, self.migration, options or DEFAULTS)

    def write_report(
        self,
        form: str,
        path: str | os.PathLike[str],
        fail_on: Severity | None = Severity.ERROR,
        options: ReportOptions | None = None,
    ) -> None:
        """Write a report, whole or not at all; paths in it start here, as ``options`` says the rest.

        Raises OutputError, and UsageError as ``report`` does.
        """
        from migrator.render.files import write_file
        from migrator.report.options import DEFAULTS

        chosen = replace(options or DEFAULTS, fail_on=fail_on, base=str(Path.cwd()))
        write_file(Path(path), self.report(form, chosen))

    def residuals(self) -> Left:
        """Each input's text without the retired action, the same as a patch, and what was met in making them.

        Inputs without the action are left out.
        """
        from migrator.residual.leave import leave

        return leave(source.file for source in self.migration.sources)

    def write_bundle(self, folder: str | os.PathLike[str]) -> Result:
        """Write the bundle; the result that comes back knows of what writing it found.

        Only files of an earlier bundle are replaced. Raises OutputError, and leaves what was there.
        """
        from migrator.render.bundle import bundle_artifacts, write_bundle
        from migrator.report.formats import FORMATS
        from migrator.report.schemas import schema_text

        left = self.residuals()
        found = replace(self.migration, findings=each_once((*self.findings, *left.findings)))
        as_of = found.recorded.as_of if found.recorded is not None else None
        result = Result(ruled(found, self.rulings, as_of, in_bundle=True), self.rulings)
        stems = {source.path: source.file.stem for source in self.migration.sources}
        reports = {
            form.file_name: result.report(form.name)
            for form in FORMATS.values()
            if form.file_name is not None
        }
        texts = {stems[one.path]: one.text for one in left.residuals}
        write_bundle(
            Path(folder),
            bundle_artifacts(result.migration, reports, texts, left.patch, schema_text("manifest")),
        )
        return result


def convert(
    inputs: Iterable[str | os.PathLike[str] | Input],
    options: Options | None = None,
    *,
    stdin: bytes | None = None,
) -> Result:
    """Convert Traffic Policy files to access key configurations.

    ``inputs`` are paths of files and directories, patterns, ``-`` (then ``stdin`` is its content), or
    ``Input`` objects with their data. Needs neither network nor credentials, and never raises for
    what an input holds: that becomes findings of the result.

    Raises UsageError for one path in place of a list and for a decision's option that does not exist,
    InternalError if the result would break the published contract.
    """
    chosen = options or Options()
    return Result(run(find_inputs(inputs, stdin), chosen, nobody), chosen.ruled())


def convert_many(
    inputs: Iterable[str | os.PathLike[str] | Input],
    options: Options | None = None,
    *,
    executor: Executor | None = None,
    jobs: Jobs = "auto",
    stdin: bytes | None = None,
    tell: Tell | None = None,
    without: Collection[Identity] = (),
) -> Result:
    """The same as ``convert``, and the same result byte for byte, with the work spread over processes.

    ``executor`` is any ``concurrent.futures.Executor`` whose workers can import migrator and see the files: it is
    used and not shut down. Without one ``jobs`` processes are started, for few files none (see
    ``migrator.batch.workers``), and ended before this returns. ``tell`` hears what is being done, and how much of
    it is done. Files of ``without`` are no inputs where a search finds them: what a run writes into its own inputs.

    A worker that dies costs at most the file it read or the unit it compared, which then is a finding. Raises what
    ``convert`` raises, UsageError also for options that cannot be pickled and for an executor that takes no work;
    and ``migrator.errors.Interrupted``, a KeyboardInterrupt that says how far it was.
    """
    chosen = options or Options()
    return Result(
        run(find_inputs(inputs, stdin, without=without), chosen, tell or nobody, jobs, executor),
        chosen.ruled(),
    )


class Audited(Struct, frozen=True):
    """A run over everything below some paths, as a conversion and as a fleet.

    The verdicts of ``result`` say how units compare, without the requests that show it: ``migrator.comparison``
    has those.
    """

    result: Result
    audit: Audit

    def __repr__(self) -> str:
        """As that of its result."""
        return f"<Audited: {self.result!r}>"


def audit(  # noqa: PLR0913 -- keywords, each with a default
    inputs: Iterable[str | os.PathLike[str] | Input],
    options: Options | None = None,
    *,
    stdin: bytes | None = None,
    tell: Tell | None = None,
    executor: Executor | None = None,
    jobs: Jobs = 1,
    baseline: Baseline | None = None,
    group_by: GroupBy = "file",
    without: Collection[Identity] = (),
) -> Audited:
    """Find every policy below the inputs, how it converts, and where files mention the endpoints' addresses.

    Directories are searched as repositories: without what ``.gitignore`` names and without vendored trees. ``tell``
    hears what is being done, and how much of it is done. ``executor`` and ``jobs`` are those of ``convert_many``.
    With a ``baseline`` the fleet is seen by what is new, and ``group_by`` says what there is a row for. Raises what
    ``convert_many`` raises, and UsageError for a ``group_by`` that does not exist.
    """
    from migrator.clients.addresses import look_for_addresses
    from migrator.report.audit import audit as fleet
    from migrator.report.options import refuse_unknown

    refuse_unknown(group_by)
    passed = PassedOver()
    found = find_inputs(inputs, stdin, passed, without)
    chosen, hears = options or Options(), tell or nobody
    result = Result(run(found, chosen, hears, jobs, executor, witnesses=False), chosen.ruled())
    searched = look_for_addresses(result.migration, found.inputs, passed, hears)
    return Audited(result, fleet(result.migration, searched, baseline, group_by))


def strategies(
    inputs: Iterable[str | os.PathLike[str] | Input],
    options: Options | None = None,
    *,
    expression: str | None = None,
    stdin: bytes | None = None,
) -> tuple[Evaluated, ...]:
    """What the selection strategies of the inputs' gateways keep, and why; in the order of the units.

    ``expression`` is evaluated in place of each gateway's own strategies; without inputs over the whole
    catalogue. ``migrator.report.selection`` renders it. Raises CelSyntaxError for an expression that is none.
    """
    from migrator.gateway.candidates import candidates
    from migrator.gateway.model import Gateway
    from migrator.gateway.read import read_gateway
    from migrator.gateway.strategies import read_key_strategies, read_strategies
    from migrator.policy.reader import Notes
    from migrator.report.selection import Evaluated

    catalogs = (options or Options()).catalogs or bundled()
    given = None if expression is None else (typed(expression),)
    sources = find_inputs(inputs, stdin)
    if not sources.inputs and not sources.findings and given is not None:
        whole = candidates(Gateway(given[0]), catalogs)
        return (Evaluated("", "", read_strategies(given, whole, trace=True)),)
    found: list[Evaluated] = []
    for unit in link(read_all(sources.inputs)).units:
        config = unit.action.config
        gateway = read_gateway(config, Notes()) if config is not None else Gateway(unit.action.field)
        chosen = candidates(gateway, catalogs)
        read_models = read_strategies(given or gateway.model_strategies, chosen, trace=True)
        keys = sum(len(provider.keys) for provider in gateway.providers)
        read_keys = () if given else read_key_strategies(gateway.key_strategies, keys)
        found.append(Evaluated(unit.id, unit.found.origin.path, read_models, read_keys))
    return tuple(found)
