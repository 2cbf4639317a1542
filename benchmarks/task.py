"""One measurement in a process of its own: ``python -m benchmarks.task NAME ARGUMENT``, a line of JSON out.

Processor time (``seconds``) is that of the work alone, without starting up, ``clock`` the time that went by; memory is the most the process ever had.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from migrator.progress import collect_seldom

EXPRESSION: Final = (
    "ai.models.filter(m, m.provider_id in ['openai', 'team-{0}'] && m.pricing.input < {0}.5 "
    "&& !(m.id.contains('preview') || m.max_context_window < {0}000)).map(m, m.id)"
)
"""An expression as strategies are; its numbers make every one another text."""


def _load(folder: str, loader: str) -> int:
    import yaml

    texts = [path.read_bytes() for path in sorted(Path(folder).rglob("*.yaml"))]
    for text in texts:
        try:
            yaml.load(text, getattr(yaml, loader))  # noqa: S506 -- one of the two safe loaders
        except yaml.YAMLError:
            continue  # some published policies are no YAML: everybody reads them up to there
    return len(texts)


def _convert(folder: str) -> int:
    import migrator

    result = migrator.convert([folder], migrator.Options(verify=False))
    with Path(os.devnull).open("w", encoding="utf-8") as file:
        file.writelines(result.json_pieces())
    return len(result.migration.sources)


def _units(folder: str, *, verify: bool) -> int:
    import migrator

    result = migrator.convert([folder], migrator.Options(verify=verify))
    return sum(unit.configuration is not None for unit in result.migration.units)


def _spread(folder: str, jobs: int, *, verify: bool) -> int:
    import migrator

    result = migrator.convert_many([folder], migrator.Options(verify=verify), jobs=jobs)
    return len(result.migration.sources)


def _audit(folder: str) -> int:
    import migrator

    return len(migrator.audit([folder]).result.migration.sources)


def _parse(count: str) -> int:
    from migrator.cel import parse

    for number in range(int(count)):
        parse(EXPRESSION.format(number))
    return int(count)


def _parse_with_celpy(count: str) -> int:
    from celpy.celparser import CELParser

    parser = CELParser()
    for number in range(int(count)):
        parser.parse(EXPRESSION.format(number))
    return int(count)


TASKS: Final[Mapping[str, Callable[[str], int]]] = {
    "load-default": lambda folder: _load(folder, "SafeLoader"),
    "load-c": lambda folder: _load(folder, "CSafeLoader"),
    "convert": _convert,
    "audit": _audit,
    "convert-units": lambda folder: _units(folder, verify=False),
    "verify-units": lambda folder: _units(folder, verify=True),
    "one-process": lambda folder: _spread(folder, 1, verify=True),
    "two-processes": lambda folder: _spread(folder, 2, verify=True),
    "one-process-uncompared": lambda folder: _spread(folder, 1, verify=False),
    "two-processes-uncompared": lambda folder: _spread(folder, 2, verify=False),
    "parse": _parse,
    "parse-celpy": _parse_with_celpy,
}
"""Each says how many things it did."""


def _spent() -> float:
    """Processor time of this process, and of those that it started and that have ended."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def main() -> None:
    name, argument, warm = sys.argv[1:]
    collect_seldom()  # every side, as the command line does
    TASKS[name](warm)  # imports and grammars are paid for by start-up, which is measured by itself
    began, shown = _spent(), time.perf_counter()
    count = TASKS[name](argument)
    spent, clock = _spent() - began, time.perf_counter() - shown
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    print(json.dumps({"count": count, "seconds": spent, "clock": clock, "peak": peak}))  # noqa: T201 -- its answer


if __name__ == "__main__":
    main()
