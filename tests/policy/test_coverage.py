from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from migrator.policy.coverage import NAMES, Outcome, count, worst
from migrator.policy.origin import LeafKey
from migrator.spans import Span

_outcomes = st.sampled_from(Outcome)
_keys = st.integers(1, 5).map(lambda line: LeafKey("a.yaml", Span(line, 1, line, 2), None))
_accounts = st.lists(st.dictionaries(_keys, _outcomes), max_size=4)


@given(_accounts)
def test_of_several_outcomes_the_worst_counts(accounts: list[dict[LeafKey, Outcome]]) -> None:
    keys = {key for account in accounts for key in account}
    expected = {key: max(account[key] for account in accounts if key in account) for key in keys}
    assert worst(accounts) == expected


@given(st.lists(_outcomes))
def test_every_leaf_is_counted_once(outcomes: list[Outcome]) -> None:
    counted = count(iter(outcomes))
    assert list(counted) == list(NAMES.values())
    assert sum(counted.values()) == len(outcomes)
    assert all(counted[NAMES[outcome]] == outcomes.count(outcome) for outcome in Outcome)
