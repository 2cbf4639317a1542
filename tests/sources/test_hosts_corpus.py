"""Every example of a policy in a language's string that the corpus has."""

from __future__ import annotations

from pathlib import Path

import pytest

from migrator.sources.inputs import Input
from migrator.sources.model import FileRead
from migrator.sources.read import read
from tests.sources.hosts import at, codes, linked, policies, scalars

PRIMARY = "${secrets.get('openai', 'primary-key')}"
URL = "your-ai-gateway.ngrok.app"

EXAMPLES: dict[str, tuple[str, list[str], list[str]]] = {
    "23-cli-and-curl.sh": ("shell", [URL], []),
    "50-terraform-jsonencode/main.tf": ("terraform", [URL], []),
    "51-terraform-heredoc/main.tf": ("terraform", [URL], []),
    "52-terraform-file/main.tf": (
        "terraform",
        ["your-ai-gateway-2.ngrok.app", "your-ai-gateway-3.ngrok.app", URL],
        [],
    ),
    "60-sdk-python.py": ("python", ["60-sdk-python-py..6147e0320164"], []),
    "61-sdk-node.mjs": (
        "javascript",
        ["61-sdk-node-mjs..b06174c57198", "61-sdk-node-mjs..b06174c57198.-.1"],
        ["R014"],
    ),
    "62-sdk-go/main.go": ("go", ["main-go..43baea50b081"], []),
    "63-sdk-rust.rs": ("rust", ["63-sdk-rust-rs..0a9edb7be21f"], []),
    "71-github-actions.yml": ("github-actions", ["71-github-actions-.yml"], ["R015"]),
}
"""Example → its kind, the units it makes, what is said about it."""


@pytest.fixture(scope="session")
def containers(shared: Path) -> Path:
    place = shared / "corpus" / "containers"
    if not place.is_dir():
        pytest.skip("the shared data has no examples of containers")
    return place


def example(containers: Path, name: str) -> FileRead:
    place = containers / name
    file = read(Input(name, place.name, file=str(place)))
    assert file is not None
    return file


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_is_read(name: str, containers: Path) -> None:
    file = example(containers, name)
    kind, units, said = EXAMPLES[name]
    beside = containers / name.replace("main.tf", "policy.yaml")
    others = [example(containers, f"{Path(name).parent}/policy.yaml")] if beside.is_file() else []
    assert file.container == kind
    assert file.text is None
    assert codes(file) == said
    assert [unit.id for unit in linked(file, *others).units] == units


@pytest.mark.parametrize(
    "name, line",
    [
        ("51-terraform-heredoc/main.tf", 12),
        ("60-sdk-python.py", 11),
        ("61-sdk-node.mjs", 21),
        ("62-sdk-go/main.go", 18),
    ],
)
def test_a_reference_to_a_secret_is_found_where_it_is_written(name: str, line: int, containers: Path) -> None:
    file = example(containers, name)
    places = [place for one in policies(file) for value, place in scalars(one) if value == PRIMARY]
    assert [place.span.line for place in places] == [line]
    written = at((containers / name).read_text(encoding="utf-8"), places[0])
    assert written.lstrip("$\\").replace("$${", "${") == PRIMARY.lstrip("$")


def test_names_of_other_resources_are_resolved(containers: Path) -> None:
    (found,) = policies(example(containers, "50-terraform-jsonencode/main.tf"))
    assert "${secrets.get('anthropic', 'api-key')}" in [value for value, _ in scalars(found)]
    assert found.endpoint is not None
    assert found.endpoint.metadata == {"environment": "production"}


def test_a_key_of_actions_is_one_of_the_environment(containers: Path) -> None:
    (found,) = policies(example(containers, "71-github-actions.yml"))
    assert [value for value, _ in scalars(found)][2:] == [
        "$OPENAI_API_KEY",
        "${secrets.get('openai', 'backup-key')}",
    ]


def test_a_chart_is_to_be_rendered(containers: Path) -> None:
    file = example(containers, "40-helm-template.yaml")
    assert codes(file) == ["R013"]
    assert "`helm template`" in file.findings[0].advice
