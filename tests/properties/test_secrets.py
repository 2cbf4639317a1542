"""A credential is in nothing that any stage hands on, whatever the place it stood in."""

from __future__ import annotations

import copy
import dataclasses
import json
import pickle
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Struct

from migrator.findings import REGISTER
from migrator.secrets import Secret
from tests.properties import policies, writing
from tests.properties.effort import examples
from tests.properties.pipeline import bodies, converted, staged
from tests.properties.planted import PIECE, PLANTED, pieces, seen, traces


def outputs(name: str, content: bytes) -> Iterator[tuple[str, str]]:
    """Everything that a run over one file hands on, as (what, text)."""
    stages = staged({name: content})
    run = converted({name: content})
    objects = {"file": stages.reads, "unit": stages.linked.units, "result": stages.results}
    for what, held in objects.items():
        for one in held:
            yield f"pickle of a {what}", pickle.dumps(one).decode("utf-8", "replace")
            yield f"repr of a {what}", repr(one)
    yield "text of a file", "\n".join(file.text or "" for file in stages.reads)
    yield "repr of the run", repr(run)
    yield "fields of the run", "\n".join(_strings(run))
    yield "bodies", json.dumps(bodies(run.state), ensure_ascii=False)
    for found in run.findings:
        yield (
            f"finding {found.code}",
            "\n".join((found.text, found.advice, found.title, repr(found), str(found.facts))),
        )
    for decision in run.decisions:
        yield "a decision", repr(decision)
    yield "provenance", repr(list(run.provenance()))
    yield "units", repr([(unit.id, unit.title, unit.sources, unit.coverage) for unit in run.units])


def _strings(value: Any, seen_before: set[int] | None = None) -> Iterator[str]:
    """Every string that can be reached from an object, slots and nodes included."""
    known = set() if seen_before is None else seen_before
    if isinstance(value, str):
        yield value
    if value is None or isinstance(value, str | bytes | int | float) or id(value) in known:
        return
    known.add(id(value))
    inside: list[Any] = []
    if isinstance(value, dict):
        inside += [*value.keys(), *value.values()]
    elif isinstance(value, tuple | list | set | frozenset):
        inside += value
    if isinstance(value, Struct) or dataclasses.is_dataclass(value):
        names = (
            value.__struct_fields__
            if isinstance(value, Struct)
            else [one.name for one in dataclasses.fields(value)]
        )
        inside += [getattr(value, name) for name in names]
    for owner in type(value).__mro__:
        slots = getattr(owner, "__slots__", ())
        inside += [getattr(value, slot, None) for slot in ((slots,) if isinstance(slots, str) else slots)]
    inside += getattr(value, "__dict__", {}).values()
    for one in inside:
        yield from _strings(one, known)


def _names() -> list[str]:
    return [description for description, _, _, _ in PLANTED]


@pytest.mark.parametrize("name, content, secrets", [case[1:] for case in PLANTED], ids=_names())
def test_no_stage_hands_a_credential_on(name: str, content: bytes, secrets: list[str]) -> None:
    leaks = {what: list(seen(text, secrets)) for what, text in outputs(name, content)}
    assert {what: found for what, found in leaks.items() if found} == {}


def test_the_planted_files_are_told_apart() -> None:
    assert sorted(_names()) == sorted(set(_names()))


def test_nothing_else_looks_like_a_planted_credential() -> None:
    """Otherwise a search for them would find what is not there."""
    words = "".join(f"{cls.__doc__} {cls.message} {cls.remedy}" for cls in REGISTER.values())
    names = "".join(f"{description} {name}" for description, name, _, _ in PLANTED)
    secrets = [secret for _, _, _, planted in PLANTED for secret in planted]
    assert list(seen(words + names, secrets)) == []
    assert min(map(len, secrets)) >= PIECE


@examples(40)
@given(writing.files(policies.wild()))
def test_no_literal_key_of_a_broken_policy_is_handed_on(made: writing.Written) -> None:
    """Wherever damage put it: these keys have a known form."""
    secrets = [key for key in policies.LITERAL_KEYS if key in made.text]
    for what, text in outputs("p.yaml", made.text.encode()):
        assert list(seen(text, secrets)) == [], what


class TestSecret:
    VALUE = "made-up-Zq9-credential"

    @pytest.mark.parametrize(
        "use",
        [
            str,
            lambda secret: f"{secret}",
            lambda secret: f"{secret:>30}",
            lambda secret: "%s" % secret,  # noqa: UP031 - this is how it could be done
            "{}".format,
            lambda secret: json.dumps({"a": secret}),
            lambda secret: json.dumps({secret: "a"}),
            pickle.dumps,
            lambda secret: pickle.dumps(secret, protocol=0),
            copy.copy,
            copy.deepcopy,
            lambda secret: ", ".join([secret] * 2),
            lambda secret: secret + "",
            lambda secret: secret[0],
            list,
            bytes,
            dataclasses.asdict,
            msgspec.to_builtins,
            msgspec.json.encode,
            vars,
        ],
    )
    def test_cannot_be_used_as_text(self, use: Any) -> None:
        with pytest.raises(TypeError) as caught:
            use(Secret(self.VALUE))
        assert self.VALUE not in str(caught.value)

    @pytest.mark.parametrize(
        "show", [repr, ascii, lambda s: f"{s!r}", lambda s: repr([s]), lambda s: repr({"a": s})]
    )
    def test_shows_nothing(self, show: Any) -> None:
        assert list(seen(show(Secret(self.VALUE)), [self.VALUE])) == []

    @given(st.text(max_size=20), st.text(max_size=20))
    def test_compares_by_value(self, one: str, other: str) -> None:
        assert (Secret(one) == Secret(other)) == (one == other)
        assert Secret(one) != one
        assert Secret(one).reveal() == one
        assert hash(Secret(one)) == hash(Secret(one))

    def test_pieces_and_traces_are_found(self) -> None:
        """The search itself: it would see what it looks for."""
        assert list(seen(f"x{self.VALUE[3:11]}y", [self.VALUE]))
        for trace in traces(self.VALUE):
            assert list(seen(f"x{trace}y", [self.VALUE]))
        assert all(len(piece) == 8 for piece in pieces(self.VALUE))
