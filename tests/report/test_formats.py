from __future__ import annotations

import pickle
import subprocess
import sys
from pathlib import Path

import pytest
from msgspec.structs import replace

from migrator.errors import UsageError
from migrator.merge.model import Migration
from migrator.report.baseline import Baseline
from migrator.report.formats import FORMATS, render_report, report_format
from migrator.report.options import ReportOptions


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("kind", ["migration", "fleet", "fine"])
def test_every_report_begins_as_its_format_says(
    name: str, kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    found: Migration = request.getfixturevalue(kind)
    file = tmp_path / "report"
    for options in (ReportOptions(), ReportOptions(baseline=Baseline("b.json"))):
        file.write_text(render_report(name, found, options), encoding="utf-8")
        assert [form.name for form in FORMATS.values() if form.wrote(file)] == [name]


@pytest.mark.parametrize("name", ["text", "markdown", "html", "json", "sarif", "junit", "github"])
def test_every_name_has_a_report(migration: Migration, name: str) -> None:
    assert report_format(name).name == name
    assert render_report(name, migration).endswith("\n")


@pytest.mark.parametrize(
    "name,hint",
    [("markdwon", "Did you mean markdown? "), ("JSON", ""), ("serif", "Did you mean sarif? ")],
)
def test_an_unknown_name_is_refused_with_the_known_ones(name: str, hint: str) -> None:
    with pytest.raises(UsageError, match=f"there is no report format {name}") as refused:
        report_format(name)
    assert refused.value.remedy == f"{hint}Choose one of: {', '.join(FORMATS)}."


@pytest.mark.parametrize("name", FORMATS)
def test_a_report_does_not_depend_on_who_renders_it(migration: Migration, name: str) -> None:
    assert render_report(name, migration) == render_report(name, pickle.loads(pickle.dumps(migration)))  # noqa: S301 - our own bytes


@pytest.mark.parametrize("name", ["text", "markdown", "html"])
def test_a_report_for_people_does_not_depend_on_the_order_of_findings(
    migration: Migration, name: str
) -> None:
    turned = replace(migration, findings=tuple(reversed(migration.findings)))
    assert render_report(name, migration) == render_report(name, turned)


def test_templates_cost_nothing_until_one_is_rendered(repository: Path) -> None:
    code = "import sys, migrator.report.formats, migrator.report.audit_formats, migrator.report.explain; print('jinja2' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=repository, capture_output=True, text=True, check=True
    )
    assert done.stdout == "False\n"
