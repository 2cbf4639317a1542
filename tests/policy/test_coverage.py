from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrator.policy.coverage import NAMES, Ledger, Outcome, account, worst
from migrator.policy.origin import Embedding, Field, LeafKey, Origin
from migrator.spans import Span
from migrator.tree.nodes import Entry, Mapping, Node, Scalar, Sequence, leaves, values

_outcomes = st.sampled_from(Outcome)
_keys = st.integers(1, 5).map(lambda line: LeafKey("a.yaml", Span(line, 1, line, 2), None))
_accounts = st.lists(st.dictionaries(_keys, _outcomes), max_size=4)


@given(_accounts)
def test_of_several_outcomes_the_worst_counts(accounts: list[dict[LeafKey, Outcome]]) -> None:
    keys = {key for account in accounts for key in account}
    expected = {key: max(account[key] for account in accounts if key in account) for key in keys}
    assert worst(accounts) == expected


@given(st.dictionaries(_keys, _outcomes), st.sets(_keys), st.sets(_keys))
def test_every_leaf_is_counted_once(
    claims: dict[LeafKey, Outcome], pending: set[LeafKey], dropped: set[LeafKey]
) -> None:
    counted = account(claims, pending).without(frozenset(dropped)).named
    final = [Outcome.UNSUPPORTED if key in pending & dropped else outcome for key, outcome in claims.items()]
    assert list(counted) == list(NAMES.values())
    assert all(counted[NAMES[outcome]] == final.count(outcome) for outcome in Outcome)
    complete = account(claims, pending).without(frozenset(dropped)).is_complete
    assert complete == all(outcome < Outcome.UNSUPPORTED for outcome in final)


@st.composite
def _trees(draw: st.DrawFn) -> list[Node]:
    """Nodes of one text, the root last; some stand at several places, as aliases make them."""
    made: list[Node] = []
    for line in range(1, draw(st.integers(1, 12)) + 1):
        span = Span(line, 1, line, 2)
        inside = draw(st.lists(st.sampled_from(made), max_size=4)) if made else []
        kind = draw(st.sampled_from(["scalar", "list", "mapping"]))
        if kind == "scalar":
            made.append(Scalar("x", "str", "", span))
        elif kind == "list":
            made.append(Sequence(inside, True, span))
        else:
            entries = [Entry(Scalar(str(n), "str", "", span), one) for n, one in enumerate(inside)]
            made.append(Mapping(entries, True, span))
    return made


_origins = st.sampled_from([Origin("a.yaml"), Origin("a.yaml", embedding=Embedding(Span(1, 1, 9, 9)))])


def _reached(node: Node, skipped: set[int]) -> Iterator[Node]:
    if id(node) not in skipped:
        yield from (leaf for inner in values(node) for leaf in _reached(inner, skipped))
        yield from [] if values(node) else [node]


@given(_trees(), _origins, st.data())
def test_an_account_is_kept_by_where_leaves_stand(
    tree: list[Node], origin: Origin, data: st.DataObject
) -> None:
    """Compared with one that asks every leaf where it stands."""
    fields = st.sampled_from([Field(node, "", origin) for node in tree])
    own, others = data.draw(fields), data.draw(st.lists(fields, max_size=2))
    roots = [Field(tree[-1], "", origin), Field(tree[0], "", origin)]
    skipped = {id(field.node) for field in others} - {id(own.node)}
    expected: dict[LeafKey, Outcome | None] = {
        root.leaf_key(leaf): None for root in roots for leaf in _reached(root.node, skipped)
    }
    ledger = Ledger(roots, own, others)
    for field in data.draw(st.lists(fields | st.just(_elsewhere), max_size=6)):
        outcome, claims = data.draw(_outcomes), data.draw(st.booleans())
        keys = [key for key in map(field.leaf_key, leaves(field.node)) if key in expected]
        assert [field.leaf_key(leaf) for leaf in ledger.unsaid(field)] == [
            key for key in keys if expected[key] is None
        ]
        (ledger.claim if claims else ledger.settle)(field, outcome)
        for key in keys:
            before = expected[key]
            if before is None or (claims and outcome > before):
                expected[key] = outcome
    assert ledger.close() == {
        key: Outcome.UNKNOWN if outcome is None else outcome for key, outcome in expected.items()
    }


_elsewhere = Field(Scalar("x", "str", "", Span(1, 1, 1, 2)), "", Origin("a.yaml"))
"""Another node at a place that the account may have."""


@pytest.mark.parametrize("outcome", Outcome)
def test_nothing_can_be_said_of_no_field(outcome: Outcome) -> None:
    ledger = Ledger([_elsewhere], _elsewhere)
    ledger.claim(None, outcome)
    assert list(ledger.close().values()) == [Outcome.UNKNOWN]
