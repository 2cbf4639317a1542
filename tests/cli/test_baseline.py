"""``--baseline``, ``--group-by`` and ``--details`` as people use them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.cli.test_convert import POLICY, PROTECTED


@pytest.fixture
def reported(migrator: Run, tmp_path: Path) -> Path:
    """A report on a policy with a lost protection, and that policy."""
    (tmp_path / "policy.yaml").write_text(PROTECTED)
    done = migrator("convert", "policy.yaml", "--format", "none", "--report", "json=report.json")
    assert done.returncode == 1
    return tmp_path / "report.json"


def test_what_was_known_does_not_fail_the_run(migrator: Run, reported: Path) -> None:
    done = migrator("convert", "policy.yaml", "--baseline", reported, "--fail-on", "warning")
    assert done.returncode == 0
    assert b"T602" not in done.stderr
    assert b"no new findings; " in done.stderr
    assert b"nothing disappeared" in done.stderr


def test_lines_may_move_and_what_is_new_fails(migrator: Run, reported: Path) -> None:
    file = reported.with_name("policy.yaml")
    file.write_text(f"# one\n# two\n{PROTECTED}")
    assert migrator("convert", "policy.yaml", "--baseline", reported).returncode == 0
    (reported.parent / "other.yaml").write_text(PROTECTED)
    done = migrator("convert", "policy.yaml", "other.yaml", "--baseline", reported, "--format", "none")
    assert done.returncode == 1
    assert b"other.yaml:3:9  error T602" in done.stderr
    assert b"policy.yaml:5" not in done.stderr


def test_a_renamed_file_disappears_and_is_new(migrator: Run, reported: Path) -> None:
    reported.with_name("policy.yaml").rename(reported.with_name("renamed.yaml"))
    done = migrator("convert", "renamed.yaml", "--baseline", reported, "--format", "none")
    assert done.returncode == 1
    assert b"renamed.yaml:3:9  error T602" in done.stderr
    assert b"- T602 policy.yaml:3" in done.stderr


def test_what_is_written_for_keeps_does_not_depend_on_a_baseline(migrator: Run, reported: Path) -> None:
    plain = migrator("convert", "policy.yaml", "--format", "json").stdout
    assert migrator("convert", "policy.yaml", "--format", "json", "--baseline", reported).stdout == plain
    migrator("convert", "policy.yaml", "-o", "one")
    migrator("convert", "policy.yaml", "-o", "two", "--baseline", reported)
    one, two = reported.with_name("one"), reported.with_name("two")
    for file in one.rglob("*"):
        if file.is_file():
            assert file.read_bytes() == (two / file.relative_to(one)).read_bytes()


def test_the_report_may_replace_the_baseline_it_is_compared_with(migrator: Run, reported: Path) -> None:
    arguments = ("--format", "none", "--baseline", "report.json", "--report", "json=report.json")
    for _ in range(2):
        assert migrator("convert", "policy.yaml", *arguments).returncode == 0
    states = {one["baseline"] for one in json.loads(reported.read_text())["findings"]}
    assert states == {"known"}


def test_an_input_that_cannot_be_read_fails_whatever_was_known(migrator: Run, tmp_path: Path) -> None:
    (tmp_path / "policy.yaml").write_text(POLICY)
    (tmp_path / "broken.yaml").write_text("on_http_request:\n\t- type: ai-gateway\n")
    arguments = ("convert", "policy.yaml", "broken.yaml", "--format", "none")
    assert migrator(*arguments, "--report", "json=report.json").returncode == 1
    done = migrator(*arguments, "--baseline", "report.json", "--report", "text")
    assert done.returncode == 1
    assert b"R003" in done.stderr


@pytest.mark.parametrize("command", ["convert", "audit"])
def test_a_wrong_baseline_is_refused_before_anything_is_done(
    migrator: Run, tmp_path: Path, command: str
) -> None:
    (tmp_path / "policy.yaml").write_text(POLICY)
    (tmp_path / "old.json").write_text('{"runs": []}')
    done = migrator(command, "policy.yaml", "--baseline", "old.json")
    assert (done.returncode, done.stdout) == (2, b"")
    message, remedy = done.stderr.decode().splitlines()
    assert message == "Error: old.json is no baseline: it is a SARIF log"
    assert remedy.startswith("Give the JSON report of an earlier run: what migrator convert wrote")
    assert migrator(command, "policy.yaml", "--baseline", "none.json").returncode == 2


def test_audit_shows_what_is_new_and_what_disappeared(migrator: Run, reported: Path) -> None:
    done = migrator("audit", "policy.yaml", "--baseline", reported)
    assert done.returncode == 0
    assert b"T602" not in done.stdout
    assert b"compared with" in done.stdout
    (reported.parent / "other.yaml").write_text(PROTECTED)
    reported.with_name("policy.yaml").write_text(POLICY)
    done = migrator("audit", "policy.yaml", "other.yaml", "--baseline", reported, "--format", "json")
    assert done.returncode == 1
    document = json.loads(done.stdout)
    assert [one["code"] for one in document["baseline"]["gone"]].count("T602") == 1
    assert next(one["findings"] for one in document["unsupported"] if one["code"] == "T602") == 1
    done = migrator("audit", "policy.yaml", "other.yaml", "--baseline", reported, "--format", "markdown")
    assert b"disappeared" in done.stdout


KUBERNETES = """\
apiVersion: ngrok.k8s.ngrok.com/v1alpha1
kind: CloudEndpoint
metadata: {name: ai, namespace: %s}
spec:
  url: https://%s.example.com
  trafficPolicy:
    policy:
      on_http_request:
        - actions:
            - type: restrict-ips
              config: {enforce: true, allow: [10.0.0.0/8]}
        - actions:
            - type: ai-gateway
              config:
                only_allow_configured_providers: true
                providers:
                  - id: openai
                    api_keys:
                      - value: ${secrets.get('openai', 'primary')}
"""


@pytest.fixture
def cluster(tmp_path: Path) -> Path:
    """Sixty endpoints in three namespaces, all with the same policy."""
    documents = [KUBERNETES % (f"team-{number % 3}", f"ai-{number:02}") for number in range(60)]
    file = tmp_path / "cluster.yaml"
    file.write_text(
        "---\n".join(one.replace("name: ai,", f"name: ai-{at},") for at, one in enumerate(documents))
    )
    return file


def test_a_fleet_is_a_page_that_says_how_to_see_the_rest(migrator: Run, cluster: Path) -> None:
    done = migrator("convert", cluster, "--format", "none", "--group-by", "namespace", "--fail-on", "never")
    page = done.stderr.decode()
    assert len(page.splitlines()) < 80
    assert "60 units → 1 distinct configuration" in page
    assert page.index("── summary") < page.index("what does not carry over") < page.index("namespaces: 3")
    assert "--details" in page
    assert "team-1" in page
    assert "ai-07.example.com: " not in page


def test_details_are_shown_of_what_is_asked_for(migrator: Run, cluster: Path) -> None:
    arguments = ("convert", cluster, "--format", "none", "--fail-on", "never")
    one = migrator(*arguments, "--group-by", "endpoint", "--details", "*ai-07*").stderr.decode()
    assert "── https://ai-07.example.com ──" in one
    assert "https://ai-08.example.com ──" not in one
    team = migrator(*arguments, "--group-by", "namespace", "--details", "team-1").stderr.decode()
    assert team.count("error T602") == 20
    every = migrator(*arguments, "--details", "*").stderr.decode()
    assert every.count("error T602") == 60
    none = migrator(*arguments, "--group-by", "namespace", "--details", "tema-1").stderr.decode()
    assert "--details tema-1: no namespace of that name has a finding." in none
    assert "error T602" not in none
