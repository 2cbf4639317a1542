"""Values beside the name of a credential are held back; those of the entries around it are not."""

from __future__ import annotations

import pytest

from migrator.sources.suspects import suspect_lines


def held_back(text: str, path: str = "a.yaml") -> set[str]:
    lines = text.split("\n")
    return {lines[number].strip() for number in suspect_lines(text, path)}


@pytest.mark.parametrize(
    "text",
    [
        "- name: API_KEY\n  value: horsebattery",
        "- name: API_KEY\n\n  value: horsebattery",
        "- value: horsebattery\n  name: API_KEY",
        "-\n  value: horsebattery\n  name: API_KEY",
        "- value: horsebattery\n  # old\n  name: API_KEY",
        '[{"name": "API_KEY",\n  "value": "horsebattery"}]',
        '[{"value": "horsebattery",\n  "name": "API_KEY"}]',
        'env {\n  name  = "API_KEY"\n  value = "horsebattery"\n}',
        'env {\n  value = "horsebattery"\n  name  = "API_KEY"\n}',
        "- {name: API_KEY, value: horsebattery}",
    ],
)
def test_a_value_of_the_same_entry_is_held_back(text: str) -> None:
    assert any("horsebattery" in line for line in held_back(text))


@pytest.mark.parametrize(
    "text",
    [
        "- name: BASE_URL\n  value: https://ai.example.com/v1\n- name: API_KEY\n  valueFrom:\n    secretKeyRef: {name: llm, key: token}",
        "- name: API_KEY\n  valueFrom:\n    secretKeyRef: {name: llm, key: token}\n- name: MODEL\n  value: ngrok/auto",
        "- name: API_KEY\n- name: MODEL\n  value: ngrok/auto",
        "- value: ngrok/auto\n  name: MODEL\n- name: API_KEY",
    ],
)
def test_a_value_of_another_entry_is_shown(text: str) -> None:
    assert held_back(text) == set()


@pytest.mark.parametrize(
    "text",
    [
        "a_url: https://ai.example.com/v1\rteam_token: horsebattery\rb: 1",
        "a: 1\na_url: x\r\rteam_token: horsebattery\rb: 1\r\nc: 2",
        "- name: API_KEY\r  value: horsebattery\nb: 1",
    ],
)
def test_lines_that_end_with_a_carriage_return_are_judged_one_by_one(text: str) -> None:
    assert ["horsebattery" in line for line in text.split("\n")] == [
        number in suspect_lines(text, "a.yaml") for number in range(text.count("\n") + 1)
    ]
