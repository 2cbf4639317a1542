"""Which kind of file a document is."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from migrator.policy.parse import PHASES
from migrator.sources.read import CONTAINERS
from migrator.tree.load import load

# Words by which kinds of files are told from each other, and some that say nothing.
_WORDS = st.sampled_from(
    [
        *(
            "kind",
            "apiVersion",
            "NgrokTrafficPolicy",
            "List",
            "items",
            "spec",
            "endpoints",
            "tunnels",
            "version",
        ),
        *(
            "agent",
            "authtoken",
            "uri",
            "/api/endpoints",
            "upstream",
            "config",
            "next_page_uri",
            "traffic_policy",
        ),
        *(
            "resources",
            "values",
            "planned_values",
            "serial",
            "lineage",
            "terraform_version",
            "endpointConfigs",
        ),
        *("services", "configs", "x-policy", "actions", "type", "ai-gateway", "modules", "routes", "id"),
    ]
)
_values = st.recursive(
    _WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_WORDS, inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(PHASES), _values, min_size=1))
def test_a_mapping_of_nothing_but_phases_is_a_policy_and_nothing_else(policy: dict[str, object]) -> None:
    (document,) = load(json.dumps(policy)).documents
    assert document.root is not None
    assert [kind.name for kind in CONTAINERS if kind.matches(document.root)] == ["policy-file"]
