from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from migrator.findings.base import Finding, each_once
from migrator.findings.keys import CreditsPay
from migrator.findings.providers import ProviderAliasLost
from migrator.spans import Location, Span

_places = st.none() | st.builds(
    Location,
    st.sampled_from("ab"),
    st.builds(Span, *[st.integers(1, 2)] * 4),
    st.none() | st.tuples(st.integers(0, 2), st.integers(0, 2)),
)
_units = st.sampled_from([None, "", "u", "v"])
_lost: dict[str, st.SearchStrategy[Any]] = {
    "at": _places,
    "unit": _units,
    "alias": st.sampled_from(["a", "ä", "z"]),
    "provider": st.sampled_from("pq"),
}
_pays: dict[str, st.SearchStrategy[Any]] = {
    "at": _places,
    "unit": _units,
    "pointer": st.sampled_from(["", "/a"]),
}
_findings: st.SearchStrategy[Finding] = st.fixed_dictionaries(_lost).map(
    lambda facts: ProviderAliasLost(**facts)
) | st.fixed_dictionaries(_pays).map(lambda facts: CreditsPay(**facts))


@given(st.lists(_findings, max_size=20))
def test_findings_are_told_once_and_in_order(findings: list[Finding]) -> None:
    assert each_once(findings) == tuple(sorted(dict.fromkeys(findings), key=lambda found: found.sort_key))


@given(_findings)
def test_a_fingerprint_is_that_of_the_facts(found: Finding) -> None:
    assert found.identified(found.facts) == found.fingerprint
