"""How a probe asks for a model of a scope."""

from __future__ import annotations

import pytest

from migrator.apply.probe import _requested


@pytest.mark.parametrize(
    "entry, asked",
    [
        ("openai:openai/gpt-4o", "openai:gpt-4o"),
        ("openai:openai/nobody-has-it", "openai:nobody-has-it"),
        ("openrouter:anthropic/nobody-has-it", "openrouter:anthropic/nobody-has-it"),
        ("openai/gpt-4o", "openai/gpt-4o"),
        ("vllm:vllm/llama-3.2", "vllm:vllm/llama-3.2"),
        ("vllm:meta-llama/llama-3.2", "vllm:meta-llama/llama-3.2"),
    ],
)
def test_a_request_names_a_model_without_its_author(entry: str, asked: str) -> None:
    assert _requested(entry, {"vllm"}) == asked
