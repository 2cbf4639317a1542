"""The library: ``convert`` and what it gives. The command line is a thin layer over it.

::

    result = migrator.convert(["policies/"])
    result.manifest()            # dict, the manifest
    result.findings              # what did not carry over
    result.write_bundle(Path("out"))
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from msgspec import Struct, field
from msgspec.structs import replace

from migrator.catalog import Catalogs, bundled
from migrator.errors import Interrupted, UsageError
from migrator.findings.base import Finding, Severity
from migrator.findings.rulings import Rulings
from migrator.gateway.strategies import typed
from migrator.merge import merge
from migrator.merge.model import Migration, UnitSummary
from migrator.merge.rulings import ruled
from migrator.report.outcome import exit_code, nothing_readable
from migrator.residual.termination import dead_variables, fallen_through
from migrator.sources.attachments import unresolved_files
from migrator.sources.inputs import Found, Input, find_inputs
from migrator.sources.link import link
from migrator.sources.model import FileRead, Linked
from migrator.sources.read import read
from migrator.sources.walk import PassedOver
from migrator.target.spelling import ModelIds
from migrator.translate import translate
from migrator.translate.model import DEFAULT_MIGRATION, Decision, Names, Reason, TranslateOptions

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from migrator.batch.run import Batch
    from migrator.merge.verdicts import Judged
    from migrator.report.audit import Audit
    from migrator.report.baseline import Baseline
    from migrator.report.options import ReportOptions
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


class Options(Struct, frozen=True):
    """What a caller may choose.

    ``migration`` names the mark that every created object carries. ``model_ids`` is how models of
    built-in providers are spelled (``qualified`` or ``catalog``). ``decisions`` maps a decision's id, or a
    pattern such as ``who-pays:*``, to the option to take. ``catalogs`` is what the two gateways know of
    models; None is what ships with the package (see ``migrator.catalog.catalogs_with``). ``reasons`` says why
    a decision was taken, under the same id or pattern. ``verify``: compare the result with what the policies
    did, request by request, and give each unit its verdict. ``names`` are names and ids for what is created.
    ``rulings`` are severities and waivers; ``as_of`` is the day that waivers are judged against, None for today,
    and nothing else depends on it.
    """

    migration: str = DEFAULT_MIGRATION
    model_ids: str = ModelIds.QUALIFIED.value
    decisions: Mapping[str, str] = field(default_factory=dict)
    catalogs: Catalogs | None = None
    reasons: Mapping[str, Reason] = field(default_factory=dict)
    verify: bool = True
    names: Names = field(default_factory=Names)
    rulings: Rulings = field(default_factory=Rulings)
    as_of: date | None = None

    def __post_init__(self) -> None:
        if not 1 <= len(self.migration) <= 100 or not self.migration.isprintable():  # noqa: PLR2004 -- a label
            raise UsageError("a migration's name has 1 to 100 printable characters")

    def translation(self) -> TranslateOptions:
        """The part that translating takes."""
        return TranslateOptions(
            self.migration, ModelIds(self.model_ids), dict(self.decisions), dict(self.reasons), self.names
        )


class Result(Struct, frozen=True):
    """What a run found, in every form it can take. See ``Migration`` for the data itself."""

    migration: Migration
    rulings: Rulings = field(default_factory=Rulings)

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
        path: Path,
        fail_on: Severity | None = Severity.ERROR,
        options: ReportOptions | None = None,
    ) -> None:
        """Write a report, whole or not at all; paths in it start here, as ``options`` says the rest.

        Raises OutputError.
        """
        from migrator.render.files import write_file
        from migrator.report.options import DEFAULTS

        chosen = replace(options or DEFAULTS, fail_on=fail_on, base=str(Path.cwd()))
        write_file(path, self.report(form, chosen))

    def residuals(self) -> Left:
        """Each input's text without the retired action, the same as a patch, and what was met in making them.

        Inputs without the action are left out.
        """
        from migrator.residual.leave import leave

        return leave(source.file for source in self.migration.sources)

    def write_bundle(self, folder: Path) -> Result:
        """Write the bundle; the result that comes back knows of what writing it found.

        Only files of an earlier bundle are replaced. Raises OutputError, and leaves what was there.
        """
        from migrator.render.bundle import bundle_artifacts, write_bundle
        from migrator.report.formats import FORMATS
        from migrator.report.schemas import schema_text

        left = self.residuals()
        findings = sorted((*self.findings, *left.findings), key=lambda found: found.sort_key)
        found = replace(self.migration, findings=tuple(findings))
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
            folder, bundle_artifacts(result.migration, reports, texts, left.patch, schema_text("manifest"))
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

    Raises UsageError for a decision's option that does not exist, InternalError if the result would break
    the published contract or differs from the policies in a way that no finding tells.
    """
    return _converted(find_inputs(inputs, stdin), options or Options(), _nobody, 1)


Jobs = int | Literal["auto"]
"""How many processes; ``auto``: as many as there are processors to use, and work for."""


def convert_many(
    inputs: Iterable[str | os.PathLike[str] | Input],
    options: Options | None = None,
    *,
    executor: Executor | None = None,
    jobs: Jobs = "auto",
    stdin: bytes | None = None,
    tell: Tell | None = None,
) -> Result:
    """The same as ``convert``, and the same result byte for byte, with the work spread over processes.

    ``executor`` is any ``concurrent.futures.Executor`` whose workers can import migrator and see the files: it is
    used and not shut down. Without one ``jobs`` processes are started, for few files none (see
    ``migrator.batch.workers``), and ended before this returns. ``tell`` hears what is being done, and how much of
    it is done.

    A worker that dies costs at most the file it read or the unit it compared, which then is a finding. Raises what
    ``convert`` raises, UsageError also for options that cannot be pickled and for an executor that takes no work;
    and ``migrator.errors.Interrupted``, a KeyboardInterrupt that says how far it was.
    """
    return _converted(find_inputs(inputs, stdin), options or Options(), tell or _nobody, jobs, executor)


class Audited(Struct, frozen=True):
    """A run over everything below some paths, as a conversion and as a fleet."""

    result: Result
    audit: Audit


def audit(
    inputs: Iterable[str | os.PathLike[str] | Input],
    options: Options | None = None,
    *,
    stdin: bytes | None = None,
    tell: Tell | None = None,
    executor: Executor | None = None,
    jobs: Jobs = 1,
    baseline: Baseline | None = None,
) -> Audited:
    """Find every policy below the inputs, how it converts, and where files mention the endpoints' addresses.

    Directories are searched as repositories: without what ``.gitignore`` names and without vendored trees. ``tell``
    hears what is being done, and how much of it is done. ``executor`` and ``jobs`` are those of ``convert_many``.
    With a ``baseline`` the fleet is seen by what is new. Raises what ``convert_many`` raises.
    """
    from migrator.clients.addresses import look_for_addresses
    from migrator.report.audit import audit as fleet

    passed = PassedOver()
    found = find_inputs(inputs, stdin, passed)
    hears = tell or _nobody
    result = _converted(found, options or Options(), hears, jobs, executor)
    searched = look_for_addresses(result.migration, found.inputs, passed, hears)
    return Audited(result, fleet(result.migration, searched, baseline))


Tell = Callable[[str, int, int], None]
"""What is being done, how many files are done, of how many."""


def _nobody(what: str, done: int, of: int) -> None:
    """Nobody listens."""


def _converted(
    found: Found, chosen: Options, tell: Tell, jobs: Jobs, executor: Executor | None = None
) -> Result:
    heard = _Heard(tell)
    try:
        with _batch(found, chosen, heard, jobs, executor) as batch:
            return _run(found, chosen, heard, batch)
    except KeyboardInterrupt:
        raise Interrupted(heard.words) from None


def _run(found: Found, chosen: Options, tell: Tell, batch: Batch | None) -> Result:
    """The stages of a run, here or spread over processes."""
    translation = chosen.translation()
    catalogs = chosen.catalogs or bundled()
    linked = link(_read_all(found.inputs, tell, batch))
    if batch is None:
        results = [translate(unit, translation, catalogs) for unit in linked.units]
    else:
        results = batch.translate(linked.units)
    merged = merge(linked, results, translation, catalogs, (*found.findings, *_left_behind(linked)))
    if chosen.verify:
        merged = _with_verdicts(merged, translation, catalogs, tell, batch)
    return Result(ruled(merged, chosen.rulings, chosen.as_of), chosen.rulings)


def _with_verdicts(
    merged: Migration, translation: TranslateOptions, catalogs: Catalogs, tell: Tell, batch: Batch | None
) -> Migration:
    from migrator.merge.verdicts import judged, objects_of, with_verdicts
    from migrator.verify.new import NewGateway

    if batch is None:
        verdicts = judged(merged, NewGateway(objects_of(merged), catalogs), catalogs)
        units = sum(summary.configuration is not None for summary in merged.units)
        verdicts = _telling(verdicts, units, tell)
    else:
        verdicts = batch.compare(merged)
    return with_verdicts(merged, translation, catalogs, verdicts=verdicts)


def _telling(verdicts: Iterator[Judged], units: int, tell: Tell) -> Iterator[Judged]:
    for done, one in enumerate(verdicts, start=1):
        tell("comparing", done, units)
        yield one


@contextlib.contextmanager
def _batch(
    found: Found, chosen: Options, tell: Tell, jobs: Jobs, executor: Executor | None
) -> Iterator[Batch | None]:
    """Where the run is spread over; None: it is not."""
    if isinstance(jobs, int) and jobs < 1:
        raise UsageError(f"{jobs} is no number of processes", "It is 1 or more, or auto.")
    if executor is None and (jobs == 1 or not found.inputs):
        yield None
        return
    from migrator.batch.worth import worth

    size = worth(len(found.inputs)) if jobs == "auto" else min(jobs, len(found.inputs))
    if executor is None and size == 1:
        yield None
        return
    from migrator.batch.run import Batch
    from migrator.batch.workers import Handed, Processes, may_start

    if executor is not None:
        with Handed(executor) as handed:
            yield Batch(handed, chosen.translation(), chosen.catalogs, tell)
        return
    if not may_start():
        yield None
        return
    processes = Processes(size)
    try:
        with processes:
            yield Batch(processes, chosen.translation(), chosen.catalogs, tell)
    finally:
        processes.stop()  # an interruption may have come twice, the second time on the way out


class _Heard:
    """Passes on what is told, and knows how far the run was."""

    def __init__(self, tell: Tell) -> None:
        self._tell = tell
        self._last = ("reading", 0, 0)

    def __call__(self, what: str, done: int, of: int) -> None:
        self._last = (what, done, of)
        self._tell(what, done, of)

    @property
    def words(self) -> str:
        what, done, of = self._last
        if what == "comparing":
            return f"all files read, {done} of {of} units compared"
        return f"{done} of {of} files read" if of else "before the first file was read"


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
    paths = list(inputs)
    if not paths and given is not None:
        whole = candidates(Gateway(given[0]), catalogs)
        return (Evaluated("", "", read_strategies(given, whole, trace=True)),)
    found: list[Evaluated] = []
    for unit in link(_read_all(find_inputs(paths, stdin).inputs, _nobody, None)).units:
        config = unit.action.config
        gateway = read_gateway(config, Notes()) if config is not None else Gateway(unit.action.field)
        chosen = candidates(gateway, catalogs)
        read_models = read_strategies(given or gateway.model_strategies, chosen, trace=True)
        keys = sum(len(provider.keys) for provider in gateway.providers)
        read_keys = () if given else read_key_strategies(gateway.key_strategies, keys)
        found.append(Evaluated(unit.id, unit.found.origin.path, read_models, read_keys))
    return tuple(found)


def _read_all(inputs: Sequence[Input], tell: Tell, batch: Batch | None) -> list[FileRead]:
    """Every input, and every policy file that one of them refers to."""
    tell("reading", 0, len(inputs))
    files = list(_read_each(inputs, tell) if batch is None else batch.read(inputs))
    tried: set[str] = set()
    while True:
        missing = [(path, stem) for path, stem in unresolved_files(files) if path not in tried]
        if not missing:
            return files
        for path, stem in missing:
            tried.add(path)
            if _is_file(path) and (file := read(Input(path, stem))) is not None:
                files.append(file)


def _is_file(path: str) -> bool:
    """Whether a path that a policy names is a file; a name that the system cannot have is none."""
    try:
        return Path(path).is_file()
    except OSError:
        return False


def _read_each(inputs: Sequence[Input], tell: Tell) -> Iterator[FileRead]:
    for done, item in enumerate(inputs, start=1):
        if (file := read(item)) is not None:
            yield file
        tell("reading", done, len(inputs))


def _left_behind(linked: Linked) -> list[Finding]:
    """What the policies do without the action, once for each policy and endpoint."""
    findings: list[Finding] = []
    seen: set[tuple[int, str | None]] = set()
    for unit in linked.units:
        place = (id(unit.found), unit.holder.url if unit.holder else None)
        found = fallen_through(replace(unit.found, endpoint=unit.holder))
        if found is not None and place not in seen:
            findings.append(found.in_unit(unit.id))
        if place not in seen:
            findings += [found.in_unit(unit.id) for found in dead_variables(unit.found)]
        seen.add(place)
    return findings
