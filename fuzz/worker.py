"""Converts one damaged file after the other: ``python -m fuzz.worker SEED SECONDS MEGABYTES``.

A line of JSON comes in for each file, and one goes out. A file that takes more processor time than that ends the
process by SIGPROF, with the place where it was on stderr; so does whatever else kills a process.
"""

from __future__ import annotations

import base64
import faulthandler
import json
import os
import resource
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from pathlib import PurePath
from typing import Any, Final

from fuzz.case import Case, case
from migrator.api import Input, Result, convert
from migrator.progress import collect_seldom
from migrator.report.formats import FORMATS

_ADDRESSES: Final = 8
"""The address space, in times of the memory that one file may take: what else is mapped takes some, too."""

WRITERS: Final[tuple[Callable[[Result], object], ...]] = (Result.manifest_yaml, Result.calls, Result.curl)


class Mistaken(Exception):  # noqa: N818 -- what the tool is, not what went wrong here
    """The tool says of itself that it is mistaken."""


def through(held: Case) -> Result:
    """A file through everything: converted, compared, told, and what stays behind."""
    result = convert([Input(held.name, held.stem, held.data)])
    json.loads(result.json())
    others = [form for form in FORMATS if form != "json"]
    result.report(others[held.choice % len(others)])
    WRITERS[held.choice % len(WRITERS)](result)
    result.residuals()
    mistakes = [found.text for found in result.findings if found.code == "V003"]
    if mistakes:
        raise Mistaken(mistakes[0])
    return result


def outcome(held: Case, megabytes: int) -> dict[str, Any]:
    """What became of a file, as data."""
    before = _peak()
    began = time.process_time()
    try:
        result = through(held)
    except MemoryError as error:
        return _failure("memory", error)
    except Mistaken as error:
        return {"kind": "mistake", "where": "V003", "detail": str(error)}
    except Exception as error:  # noqa: BLE001 -- that none gets here is what is tested
        return _failure("crash", error)
    spent, grown = time.process_time() - began, _peak() - before
    if grown > megabytes:
        return {"kind": "memory", "where": f"more than {megabytes} MB", "detail": f"{grown} MB"}
    return {"kind": "", "units": len(result.units), "seconds": round(spent, 4), "megabytes": grown}


def _failure(kind: str, error: BaseException) -> dict[str, Any]:
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if "migrator" in frame.filename]
    last = frames[-1] if frames else None
    place = "nowhere" if last is None else f"{PurePath(last.filename).name}, {last.name}"
    lines = traceback.format_exception(error, limit=-12)
    return {"kind": kind, "where": f"{type(error).__name__} in {place}", "detail": "".join(lines)[-4_000:]}


def _peak() -> int:
    """Megabytes that the process has had at most."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // (
        1 << 20 if sys.platform == "darwin" else 1 << 10
    )


def asked(line: str, seed: int) -> Case:
    """The file that a line asks for, by its number or as it is."""
    said = json.loads(line)
    if isinstance(said, int):
        return case(seed, said)
    return Case(said["name"], base64.b64decode(said["data"]), said["choice"])


def main() -> None:
    seed, seconds, megabytes = int(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3])
    collect_seldom()  # as the command line does
    faulthandler.register(signal.SIGPROF, all_threads=False, chain=True)
    most = megabytes * _ADDRESSES << 20
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    through(
        Case("warm.yaml", b"on_http_request: [{type: ai-gateway, config: {}}]")
    )  # imports cost nobody's time
    with tempfile.TemporaryDirectory() as empty:  # what a policy refers to is not there
        os.chdir(empty)
        for line in sys.stdin:
            held = asked(line, seed)
            signal.setitimer(signal.ITIMER_PROF, seconds)
            told = outcome(held, megabytes)
            signal.setitimer(signal.ITIMER_PROF, 0)
            answers.write(json.dumps(told) + "\n")
            answers.flush()


if __name__ == "__main__":
    main()
