"""``python -m benchmarks``: measure the targets beside their peers, print a table, write JSON. See ``README.md``."""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from benchmarks.corpus import TOP, write
from benchmarks.page import first_result, missing
from benchmarks.page import write as page_writing

_PAGE: Final = 1000
"""Policies whose report is opened in a browser, and from which on growing is measured."""

_PLAIN: Final = """\
on_http_request:
  - type: ai-gateway
    config:
      only_allow_configured_providers: true
"""
_WITH_CEL: Final = f"""\
{_PLAIN}      providers:
        - id: openai
          api_keys:
            - value: ${{secrets.get('openai', 'api-key')}}
      model_selection:
        strategy:
          - "ai.models.filter(m, m.provider_id == 'openai')"
"""


@dataclass(frozen=True)
class Row:
    """One line of the table. ``met`` is None where there is no target, or no peer to measure."""

    what: str
    measured: float | None
    unit: str
    target: float | None
    at_least: bool = False
    note: str = ""

    @property
    def met(self) -> bool | None:
        if self.measured is None or self.target is None:
            return None
        return self.measured >= self.target if self.at_least else self.measured <= self.target


def run(task: str, argument: str, warm: str) -> dict[str, Any]:
    """One task in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.task", task, argument, warm]
    done = subprocess.run(command, cwd=TOP, check=True, capture_output=True, text=True)  # noqa: S603 -- our own
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def seconds(command: Sequence[str]) -> float:
    """Processor time of a process from start to exit, which may keep the bytecode of what it imports."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=False, capture_output=True, env=environment)  # noqa: S603 -- our own
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def side_by_side(tasks: Sequence[tuple[str, str, str]], repeats: int) -> list[dict[str, Any]]:
    """The best of several runs of each, taken in turns so that a busy machine is busy for all."""
    rounds = [[run(*task) for task in tasks] for _ in range(repeats)]
    return [min(runs, key=lambda one: float(one["seconds"])) for runs in zip(*rounds, strict=True)]


def conversion(work: Path, count: int, repeats: int) -> Iterator[Row]:
    few, many, warm = work / "few", work / "many", work / "warm"
    write(few, count // 10)
    write(many, count)
    write(warm, 100)
    names = ("load-default", "load-c", "convert")
    default, c, ours = side_by_side([(name, str(many), str(warm)) for name in names], repeats)
    each = ours["seconds"] / ours["count"]
    yield Row(f"convert, {count} policies", each * 1e3, "ms each", None)
    yield Row("convert ÷ yaml.safe_load", ours["seconds"] / default["seconds"], "times", 0.9)
    yield Row("convert ÷ CSafeLoader", ours["seconds"] / c["seconds"], "times", 8)
    (fewer,) = side_by_side([("convert", str(few), str(warm))], repeats)
    yield Row(
        f"time per policy, {count} ÷ {count // 10}", each / (fewer["seconds"] / fewer["count"]), "times", 1.15
    )
    for name, target in (("convert", 10), ("audit", 3)):
        small = fewer if name == "convert" else run(name, str(few), str(warm))
        large = ours if name == "convert" else run(name, str(many), str(warm))
        further = (large["peak"] - small["peak"]) / (large["count"] - small["count"])
        yield Row(f"{name}: memory per further policy", further / 1024, "KB", target)


def verification(work: Path, repeats: int) -> Iterator[Row]:
    """The comparison with the retired gateway, over what converting costs without it."""
    names = ("convert-units", "verify-units")
    for folder, count in ((work / "few", None), (work / "page", _PAGE)):
        if count is not None:
            write(folder, count)
        tasks = [(name, str(folder), str(work / "warm")) for name in names]
        plain, verified = side_by_side(tasks, repeats)
        further = verified["seconds"] - plain["seconds"]
        each = f"{further / plain['count'] * 1e3:.1f} ms each"
        what = f"verify ÷ converting, {plain['count']} units"
        yield Row(what, further / plain["seconds"], "times", 4, note=each)


def scaling(work: Path, large: int, repeats: int) -> Iterator[Row]:
    """Time per policy from a thousand policies on, by tens."""
    (first,) = side_by_side([("convert-units", str(work / "page"), str(work / "warm"))], repeats)
    count = 10 * _PAGE
    while count <= large:
        folder = work / f"scale-{count}"
        write(folder, count)
        (many,) = side_by_side([("convert-units", str(folder), str(work / "warm"))], 1)
        ratio = (many["seconds"] / count) / (first["seconds"] / _PAGE)
        note = f"{many['seconds'] / count * 1e3:.2f} ms each, {many['peak'] / 2**30:.1f} GB"
        yield Row(f"time per policy, {count} ÷ {_PAGE}", ratio, "times", 1.15, note=note)
        count *= 10


def page_report(work: Path) -> Iterator[Row]:
    page = work / "page.html"
    size = page_writing(work / "page", page)
    yield Row(f"HTML report of {_PAGE} policies", size / 1e6, "MB", 15)
    what = "HTML report: first result of a filter"
    if why := missing():
        yield Row(what, None, "s", 1, note=why)
    else:
        yield Row(what, first_result(page), "s", 1)


def spreading(many: Path, warm: Path, repeats: int) -> Iterator[Row]:
    """Time on the clock, the best of each; and what several processes cost beside the work itself."""
    for what, end in (("two processes, speed-up", ""), ("the same without comparing", "-uncompared")):
        rounds = [
            [run(f"{name}{end}", str(many), str(warm)) for name in ("one-process", "two-processes")]
            for _ in range(repeats)
        ]
        clock, spent = (
            [min(float(one[key]) for one in runs) for runs in zip(*rounds, strict=True)]
            for key in ("clock", "seconds")
        )
        note = f"{clock[0]:.1f} s; processor time ÷ that of one {spent[1] / spent[0]:.2f}"
        yield Row(what, clock[0] / clock[1], "times", 1.6, at_least=True, note=note)


def parsing(count: int, repeats: int) -> Row:
    what = "CEL, expressions per second ÷ cel-python"
    if find_spec("celpy") is None:
        return Row(what, None, "times", 1.5, at_least=True, note="cel-python is not installed")
    ours, theirs = side_by_side([(name, str(count), "1") for name in ("parse", "parse-celpy")], repeats)
    return Row(what, theirs["seconds"] / ours["seconds"], "times", 1.5, at_least=True)


def starting(work: Path, repeats: int) -> Iterator[Row]:
    (work / "plain.yaml").write_text(_PLAIN, encoding="utf-8")
    (work / "cel.yaml").write_text(_WITH_CEL, encoding="utf-8")
    python, program = sys.executable, str(Path(sys.executable).parent / "migrator")
    click, both = [python, "-c", "import click"], [python, "-c", "import click, yaml"]
    plain, cel = ([program, "convert", str(work / f"{name}.yaml")] for name in ("plain", "cel"))
    pairs: tuple[tuple[str, list[str], list[str], float | None], ...] = (
        ("migrator --version ÷ import click", [program, "--version"], click, 1.3),
        ("migrator --help ÷ import click", [program, "--help"], click, 1.3),
        ("convert one.yaml --no-verify ÷ import click, yaml", [*plain, "--no-verify"], both, 2.0),
        ("the same with CEL", [*cel, "--no-verify"], both, 2.5),
        ("convert one.yaml ÷ import click, yaml", plain, both, None),
        ("the same with CEL, compared", cel, both, None),
    )
    for what, ours, peer, target in pairs:
        rounds = [(seconds(ours), seconds(peer)) for _ in range(repeats + 1)][1:]  # the first one compiles
        mine, theirs = (statistics.median(column) for column in zip(*rounds, strict=True))
        yield Row(what, mine / theirs, "times", target, note=f"{mine * 1e3:.0f} ms")


def measure(count: int, repeats: int, large: int) -> list[Row]:
    """Every row of the table."""
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        rows = list(conversion(work, count, repeats))
        rows += verification(work, repeats)
        rows += scaling(work, large, repeats)
        rows += page_report(work)
        rows += spreading(work / "many", work / "warm", repeats)
        rows.append(parsing(max(count // 10, 20), repeats))
        rows += starting(work, 3 * repeats)
    return rows


def table(rows: Sequence[Row]) -> str:
    """The rows for people."""
    lines: list[str] = []
    for row in rows:
        shown = "none" if row.measured is None else f"{row.measured:.2f} {row.unit}"
        target = "" if row.target is None else f"{'≥' if row.at_least else '≤'} {row.target:g}"
        verdict = {None: "", True: "met", False: "missed"}[row.met]
        lines.append(f"{row.what:50} {shown:>14}  {target:>7}  {verdict:7} {row.note}".rstrip())
    return "\n".join(lines)


def main() -> None:
    reader = argparse.ArgumentParser(
        prog="python -m benchmarks", description="Measure migrator beside its peers."
    )
    reader.add_argument("--count", type=int, default=10_000, help="policies (default: 10000)")
    reader.add_argument("--repeats", type=int, default=3, help="runs of each (default: 3)")
    reader.add_argument(
        "--large",
        type=int,
        default=0,
        metavar="N",
        help="also 10000, 100000, … policies up to N: minutes, gigabytes",
    )
    reader.add_argument("--json", type=Path, help="where to write the numbers")
    chosen = reader.parse_args()
    rows = measure(chosen.count, chosen.repeats, chosen.large)
    print(table(rows))  # noqa: T201 -- what it is for
    if chosen.json is not None:
        chosen.json.parent.mkdir(parents=True, exist_ok=True)
        data = [{**asdict(row), "met": row.met} for row in rows]
        chosen.json.write_text(json.dumps(data, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
