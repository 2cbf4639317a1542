"""Run as a process of its own: the same run, or the same stage, seen from elsewhere.

``run PATH …`` prints everything a run says. ``translate FILE`` translates the pickled units of a
file and pickles the results beside it. ``measure FILE`` prints seconds, megabytes and findings.
``time FILE …`` prints an empty line and then the seconds that each file takes.
"""

from __future__ import annotations

import pickle
import resource
import sys
import time
from pathlib import Path

from migrator.api import convert
from tests.properties.pipeline import everything, translated


def main(command: str, *arguments: str) -> None:
    if command == "run":
        sys.stdout.buffer.write(everything(convert(arguments).migration).encode("utf-8"))
    elif command == "translate":
        units = pickle.loads(Path(arguments[0]).read_bytes())  # noqa: S301 - the test wrote it
        Path(arguments[0] + ".results").write_bytes(pickle.dumps([translated(unit) for unit in units]))
    elif command == "measure":
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        begin = time.perf_counter()
        findings = convert(arguments).findings
        seconds = time.perf_counter() - begin
        grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024
        sys.stdout.write(f"{seconds:.2f} {grown} {' '.join(found.code for found in findings)}")
    elif command == "time":
        sys.stdout.write("\n")
        sys.stdout.flush()
        for path in arguments:
            begin = time.perf_counter()
            convert([path])
            sys.stdout.write(f"{time.perf_counter() - begin}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
