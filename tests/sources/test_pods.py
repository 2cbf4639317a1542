"""Agents in pods: policies and configurations that are files of ConfigMaps and Secrets."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from migrator.api import Options, Result, convert_many
from tests.sources.hosts import with_files

POLICY = "on_http_request: [{actions: [{type: ai-gateway, config: {providers: [{id: openai}]}}]}]"


def held(name: str, /, **files: str) -> str:
    keys = "".join(
        f"  {key}.yml: |\n    {text.replace(chr(10), chr(10) + '    ')}\n" for key, text in files.items()
    )
    return f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}, namespace: edge}}\ndata:\n{keys}"


def configuration(path: str) -> str:
    endpoint = f"{{url: https://ai.example.com, traffic_policy_file: {path}, upstream: {{url: http://app}}}}"
    return f"version: 3\nagent: {{authtoken: x}}\nendpoints:\n  - {endpoint}"


def pod(container: str, volumes: str) -> str:
    return f"containers: [{{name: a, image: ngrok/ngrok, {container}}}]\n{volumes}"


def workload(spec: str, kind: str = "Deployment", above: str = "template: {spec: {SPEC}}") -> str:
    inner = spec.replace("\n", ", ")
    outer = above.replace("SPEC", inner)
    return (
        f"apiVersion: apps/v1\nkind: {kind}\nmetadata: {{name: tunnel, namespace: edge}}\nspec: {{{outer}}}\n"
    )


def converted(folder: Path, *documents: str, order: tuple[int, ...] = (), jobs: int = 1) -> Result:
    names = [f"{number}.yaml" for number in order or range(len(documents))]
    with_files(folder, {f"{number}.yaml": text for number, text in enumerate(documents)})
    return convert_many([folder / name for name in names], Options(verify=False), jobs=jobs)


def codes(result: Result) -> set[str]:
    return {"L001", "L005", "L010", "R007"} & {found.code for found in result.findings}


FLAG = 'args: [http, "--url=https://ai.example.com", --traffic-policy-file, /etc/ngrok/policy.yml, "app:80"]'
WHOLE = "volumeMounts: [{name: files, mountPath: /etc/ngrok}]"
LINE = 'command: [sh, -c, "ngrok http --url https://ai.example.com --traffic-policy-file=/etc/ngrok/policy.yml 80"]'
VOLUMES = {
    "folder": (WHOLE, "volumes: [{name: files, configMap: {name: policies}}]"),
    "file": (
        "volumeMounts: [{name: files, mountPath: /etc/ngrok/policy.yml, subPath: chat.yml}]",
        "volumes: [{name: files, configMap: {name: policies}}]",
    ),
    "items": (
        WHOLE,
        "volumes: [{name: files, configMap: {name: policies, items: [{key: chat.yml, path: policy.yml}]}}]",
    ),
    "projected": (
        WHOLE,
        "volumes: [{name: files, projected: {sources: [{configMap: {name: policies, items: [{key: chat.yml, path: policy.yml}]}}]}}]",
    ),
}


@pytest.mark.parametrize("volume", sorted(VOLUMES))
@pytest.mark.parametrize("command", [FLAG, LINE])
def test_an_option_leads_to_the_key_that_is_mounted_there(tmp_path: Path, volume: str, command: str) -> None:
    mount, volumes = VOLUMES[volume]
    key = "policy" if volume == "folder" else "chat"
    result = converted(
        tmp_path, held("policies", **{key: POLICY}), workload(pod(f"{command}, {mount}", volumes))
    )
    assert [unit.id for unit in result.units] == ["ai.example.com"]
    assert codes(result) == set()


SPECS = {
    "Pod": "SPEC",
    "CronJob": "jobTemplate: {spec: {template: {spec: {SPEC}}}}",
    "StatefulSet": "template: {spec: {SPEC}}",
}


@pytest.mark.parametrize("kind", sorted(SPECS))
def test_the_pods_of_every_workload_are_looked_into(tmp_path: Path, kind: str) -> None:
    mount, volumes = VOLUMES["folder"]
    text = workload(pod(f"{FLAG}, {mount}", volumes), kind, SPECS[kind])
    assert [unit.id for unit in converted(tmp_path, held("policies", policy=POLICY), text).units] == [
        "ai.example.com"
    ]


def test_a_configuration_leads_to_another_key_of_its_object(tmp_path: Path) -> None:
    text = held("ngrok", ngrok=configuration("/etc/ngrok/policy.yml"), policy=POLICY)
    result = converted(tmp_path, text)
    assert [unit.id for unit in result.units] == ["ai.example.com"]
    assert codes(result) == set()


CONFIGURED = {
    "option": "args: [start, --all, --config, /etc/ngrok/ngrok.yml]",
    "environment": "env: [{name: NGROK_CONFIG, value: /etc/ngrok/ngrok.yml}]",
}


@pytest.mark.parametrize("told", sorted(CONFIGURED))
def test_a_configuration_leads_to_what_is_mounted_where_it_is_read(tmp_path: Path, told: str) -> None:
    """A key of its own object has the same name, and is not it; in any order, and whoever reads which file."""
    other = POLICY.replace("openai", "anthropic")
    documents = (
        held("ngrok", ngrok=configuration("/policies/policy.yml"), policy=other),
        held("policies", policy=POLICY),
        workload(
            pod(
                f"{CONFIGURED[told]}, volumeMounts: [{{name: c, mountPath: /etc/ngrok}}, {{name: p, mountPath: /policies}}]",
                "volumes: [{name: c, configMap: {name: ngrok}}, {name: p, configMap: {name: policies}}]",
            )
        ),
    )
    for order, jobs in itertools.product(itertools.permutations(range(3)), (1, 2)):
        result = converted(tmp_path, *documents, order=order, jobs=jobs)
        found = {unit.id: Path(unit.sources[0].path).name for unit in result.units}
        assert found.pop("ai.example.com") == "1.yaml"
        assert list(found.values()) == ["0.yaml"]
        assert codes(result) == {"L005"}
    alone = converted(tmp_path, documents[0], documents[2])
    assert codes(alone) == {"L001", "L005"}


def test_a_path_of_a_pod_is_none_of_this_machine(tmp_path: Path) -> None:
    (tmp_path / "policy.yml").write_text(f"{POLICY}\n", encoding="utf-8")
    result = converted(tmp_path, held("ngrok", ngrok=configuration(f"{tmp_path}/policy.yml")))
    assert not result.units
    assert codes(result) == {"L001"}


def test_what_is_mounted_from_elsewhere_is_told(tmp_path: Path) -> None:
    text = workload(pod(f"{FLAG}, {WHOLE}", "volumes: [{name: files, emptyDir: {}}]"))
    assert codes(converted(tmp_path, text)) == {"L001"}


def test_an_option_of_another_tool_is_no_policy(tmp_path: Path) -> None:
    spec = pod("args: [--policy-file, /etc/x.yml, --config, /etc/y.yml]", "volumes: []").replace(
        "ngrok/ngrok", "opa"
    )
    assert codes(converted(tmp_path, workload(spec))) == set()
