"""Metadata is the text that the standard library makes, and the limits are those of the bodies."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from migrator.secrets import mask
from migrator.target.bodies import body_of, metadata_text
from migrator.target.limits import violations
from migrator.target.state import (
    AccessKey,
    Configuration,
    DesiredState,
    Object,
    Provider,
    ProviderKey,
    SecretReference,
)

_data = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)
_bodies = st.dictionaries(st.sampled_from(["migrator", "a", "ü\x1f"]), _data, max_size=2)
_names = st.text(max_size=4) | st.sampled_from(['\x7f\\"\n\u2028', "\ud800", "ü", mask(0, 300)])


@given(_bodies, _names, _names)
def test_metadata_is_the_text_of_the_standard_library(
    source: dict[str, object], migration: str, ref: str
) -> None:
    whole: dict[str, object] = {"migrator": {"migration": migration, "ref": ref}}
    whole |= {key: value for key, value in source.items() if key != "migrator"}
    text = json.dumps(whole, ensure_ascii=False, separators=(",", ":"))
    assert metadata_text(source, migration, ref) == text


def _of_length(most: int) -> st.SearchStrategy[str]:
    return st.sampled_from(["", "a", "x" * most, "x" * (most + 1), mask(0, most + 1), "ü" * (most + 1)])


_metadata = st.sampled_from([{}, {"a": "x" * 4020}, {"a": "x" * 4096}, {"a": mask(1, 4096)}])
_origin = SecretReference("E")
_objects: st.SearchStrategy[Object] = (
    st.builds(Provider, st.just("r"), st.just("p"), _of_length(255), _of_length(2048), _metadata)
    | st.builds(ProviderKey, st.just("r"), st.just("p"), _of_length(255), st.just(_origin), _metadata)
    | st.builds(Configuration, st.just("r"), _of_length(255), _of_length(255), _metadata)
    | st.builds(AccessKey, st.just("r"), _of_length(255), st.just("c"), _of_length(255), _metadata)
)


@given(_objects)
def test_a_text_is_too_long_if_it_is_in_the_body(item: Object) -> None:
    body = body_of(item, "default")
    limits = {"name": 255, "description": 255, "baseUrl": 2048, "metadata": 4096}
    expected = [
        f"{item.member}/r: {name} has {len(body[name])} characters"
        for name, most in limits.items()
        if len(body.get(name, "")) > most or (name == "name" and body["name"] == "")
    ]
    held: dict[str, Any] = {_LISTS[item.member]: (item,)}
    state = DesiredState("default", **held)
    assert [one for one in violations(state) if one.endswith(" characters")] == expected


_LISTS = {
    "providers": "providers",
    "providerKeys": "provider_keys",
    "accessKeyConfigurations": "configurations",
    "accessKeys": "access_keys",
}
