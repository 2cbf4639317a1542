from __future__ import annotations

from pathlib import Path

from tests.apply.applying import OBJECTS, Silent, applied, assert_all_tokens_kept, state
from tests.gatewayapi.contract import OpenApi
from tests.gatewayapi.server import Gateway


def test_everything_is_created_once_and_the_second_apply_changes_nothing(
    served: Gateway, tmp_path: Path
) -> None:
    report = applied(served.url, tmp_path)
    assert report.failure is None
    assert (report.count("created"), report.count("changed")) == (OBJECTS, 1)
    assert_all_tokens_kept(served.account, tmp_path)
    before, written = state(served.account), [call for call in served.calls if call.write]
    again = Silent()
    report = applied(served.url, tmp_path, talk=again)
    assert (report.failure, report.done, again.texts) == (None, [], [])
    assert not again.plans[0].has_changes
    assert state(served.account) == before
    assert [call for call in served.calls if call.write] == written


def test_what_is_exchanged_is_what_the_contract_says(
    served: Gateway, openapi: OpenApi, tmp_path: Path
) -> None:
    served.openapi = openapi
    assert applied(served.url, tmp_path).failure is None
    assert applied(served.url, tmp_path).failure is None
    assert served.violations == []
