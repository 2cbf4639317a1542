"""No difference between the old gateway and the new one goes untold, whatever a fleet's policies say."""

from __future__ import annotations

from collections.abc import Iterator

from hypothesis import event, given
from hypothesis import strategies as st

from migrator.api import Input, Options, Result, convert
from migrator.report.formats import FORMATS
from migrator.translate.model import Reason
from migrator.verify.words import told
from tests.properties.effort import examples, shown
from tests.properties.fleets import Fleet, fleets
from tests.properties.planted import seen


def run(fleet: Fleet, options: Options | None = None) -> Result:
    items = [Input(path, path.rpartition(".")[0], text.encode()) for path, text in fleet.files.items()]
    return convert(items, options)


def answered(result: Result, data: st.DataObject) -> Options:
    """Some of a run's decisions answered, each with any of its options."""
    answers: dict[str, str] = {}
    reasons: dict[str, Reason] = {}
    for decision in result.decisions:
        if data.draw(st.booleans(), label=decision.id):
            answers[decision.id] = data.draw(st.sampled_from(decision.options), label=decision.id)
            reasons[decision.id] = Reason("somebody has looked", "somebody")
    return Options(decisions=answers, reasons=reasons)


def wrong(result: Result) -> Iterator[str]:
    """What is wrong with a run, in words."""
    for found in result.findings:
        if found.code == "V003":
            yield f"V003 {found.facts['difference']}"
    if result.exit_code(None) != 0:
        yield f"exit {result.exit_code(None)}"
    for unit in result.units:
        own = [found for found in result.findings if found.unit == unit.id]
        if (unit.verdict is None) != (unit.configuration is None):
            yield f"{unit.id} has a configuration and no verdict, or the other way round"
        if unit.verdict is None:
            continue
        if len({(told(one), one.sources[:1]) for one in unit.verdict.wide}) != sum(
            found.code == "V001" for found in own
        ):  # what reads the same is told once
            yield f"{unit.id} is wider, and V001 does not say where"
        tellers = {one.announced.fingerprint for one in unit.verdict.differences if one.announced is not None}
        claims = {
            (found.at, found.facts["claim"], found.facts["claimed"]) for found in own if found.code == "V002"
        }
        for found in own:
            if found.fingerprint in tellers and (found.at, found.code, found.effect.value) in claims:
                yield f"{found.code} tells a difference that V002 says nobody sees"


def outputs(result: Result) -> Iterator[tuple[str, str]]:
    """Everything that a run writes."""
    yield "manifest", result.manifest_yaml()
    yield "calls", result.calls()
    yield "curl", result.curl()
    for form in FORMATS:
        yield form, result.report(form)
    left = result.residuals()
    yield "residual", "".join(one.text for one in left.residuals) + left.patch


@examples(60)
@given(fleets(), st.data())
def test_every_difference_of_a_fleet_is_told(fleet: Fleet, data: st.DataObject) -> None:
    shown(repr(fleet))
    result = run(fleet)
    event(f"units: {len(result.units)}")
    assert list(wrong(result)) == []
    assert list(wrong(run(fleet, answered(result, data)))) == []


@examples(15)
@given(fleets())
def test_no_output_about_a_fleet_shows_a_credential(fleet: Fleet) -> None:
    shown(repr(fleet))
    for what, text in outputs(run(fleet)):
        assert list(seen(text, fleet.literals)) == [], what
