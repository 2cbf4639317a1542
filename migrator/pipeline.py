"""The stages of a run as a list: read and translate, gather, merge, compare, rule; here or spread over processes."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from migrator.catalog import Catalogs, bundled
from migrator.errors import Interrupted, UsageError
from migrator.merge import merge
from migrator.merge.model import Migration
from migrator.merge.rulings import ruled
from migrator.options import Options
from migrator.progress import Tell, in_parts
from migrator.sources.attachments import referred_files
from migrator.sources.inputs import Found, Input
from migrator.sources.model import FileRead
from migrator.sources.read import read
from migrator.translate import translate_each
from migrator.translate.portion import apart, gathered

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from migrator.batch.run import Batch
    from migrator.merge.verdicts import Judged

Jobs = int | Literal["auto"]
"""How many processes; ``auto``: as many as there are processors to use, and work for."""


def nobody(what: str, done: int, of: int) -> None:
    """Nobody listens."""


def run(
    found: Found,
    chosen: Options,
    tell: Tell,
    jobs: Jobs = 1,
    executor: Executor | None = None,
    *,
    witnesses: bool = True,
) -> Migration:
    """Everything from the inputs to the findings as they were ruled, here or spread over processes.

    Without ``witnesses`` the verdicts keep no differences, which are half of what a run holds. Raises what
    ``migrator.convert_many`` raises.
    """
    heard = _Heard(tell)
    try:
        with _batch(found, chosen, heard, jobs, executor) as batch:
            return _stages(found, chosen, heard, batch, witnesses=witnesses)
    except KeyboardInterrupt:
        raise Interrupted(heard.words) from None


def _stages(found: Found, chosen: Options, tell: Tell, batch: Batch | None, *, witnesses: bool) -> Migration:
    translation = chosen.translation()
    catalogs = chosen.catalogs or bundled()
    tell("reading", 0, len(found.inputs))
    if batch is None:
        translated = partial(translate_each, options=translation, catalogs=catalogs)
        parts = in_parts(_read_each(found.inputs, tell))
        files = (one for part in parts for one in apart(part, translated))
        whole = gathered(files, translated, _referred)
    else:
        whole = gathered(batch.read(found.inputs), batch.translate, _referred)
    merged = merge(whole, translation, catalogs, found.findings)
    if chosen.verify:
        from migrator.merge.verdicts import with_verdicts

        verdicts = _verdicts(merged, catalogs, tell, batch)
        merged = with_verdicts(merged, translation, catalogs, verdicts=verdicts, witnesses=witnesses)
    return ruled(merged, chosen.ruled(), chosen.as_of)


def _verdicts(merged: Migration, catalogs: Catalogs, tell: Tell, batch: Batch | None) -> Iterator[Judged]:
    if batch is not None:
        return batch.compare(merged)
    from migrator.merge.verdicts import judged, objects_of
    from migrator.verify.new import NewGateway

    units = sum(summary.configuration is not None for summary in merged.units)
    return _telling(judged(merged, NewGateway(objects_of(merged), catalogs), catalogs), units, tell)


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
    if executor is None and (jobs == 1 or len(found.inputs) <= 1):
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


def read_all(inputs: Sequence[Input]) -> list[FileRead]:
    """Every input, and every policy file that one of them refers to."""
    files = list(_read_each(inputs, nobody))
    return [*files, *_referred(files, {file.path for file in files})]


def _referred(files: Sequence[FileRead], known: set[str]) -> list[FileRead]:
    """The policy files that some files refer to, and those that these refer to, but for what is known."""
    found: list[FileRead] = []
    tried = set(known)
    while True:
        missing = {path: stem for path, stem in referred_files((*files, *found)).items() if path not in tried}
        if not missing:
            return found
        for path, stem in sorted(missing.items()):
            tried.add(path)
            if _is_file(path) and (file := read(Input(path, stem))) is not None:
                found.append(file)


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
