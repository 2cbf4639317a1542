"""Whatever is taken for a client check lets exactly the holders of its tokens pass.

Conditions are made up twice: as a policy has them, and in plain CEL, with tokens in place of secrets
and in place of ngrok's macros what they stand for. What is recognised in the one is compared with
the values of the other, for every value of the headers and of a condition that has nothing to do
with clients.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import product
from typing import Any, Final, NamedTuple

from hypothesis import event, given
from hypothesis import strategies as st

from migrator.cel import CelEvaluationError, evaluate, unparse
from migrator.gateway.checks import conjuncts, read
from migrator.gateway.clients import Check, Client, Header, TokenList, Tokens, Variables
from migrator.gateway.model import VaultSecret
from tests.cel.generated import NODES
from tests.properties.effort import examples, shown

Draw = Callable[[st.SearchStrategy[Any]], Any]

HEADERS: Final = ("x-api-key", "authorization")
HELD: Final = {"ann": "one", "ben": "two", "cy": "one"}
"""What the secrets are; two of them are the same, which no policy says."""

UNRELATED: Final = "req.method == 'POST'"

SENT: Final[tuple[tuple[str, ...] | None, ...]] = (
    *(None, ("",), ("one",), ("two",), ("Bearer one",), ("Bearer two",), ("other",), ("Bearer other",)),
    *(("word",), ("Bearer ",), ("other", "one"), ("two", "other")),
)
"""The values that a request may have of a header; None where it has none."""


class Made(NamedTuple):
    """A condition as a policy has it, and in plain CEL."""

    text: str
    plain: str


def made(form: str, *parts: Made) -> Made:
    return Made(form.format(*(part.text for part in parts)), form.format(*(part.plain for part in parts)))


def client(name: str) -> Client:
    return Client(name, VaultSecret("v", name))


KNOWN: Final = Variables(
    {
        "token": Tokens((client("ben"),)),
        "tokens": TokenList((client("ann"), client("ben"))),
        **{header.replace("-", "_"): Header(header) for header in HEADERS},
    }
)


def header_texts(header: str) -> list[Made]:
    first = f"req.headers['{header}'][0]"
    there = f"'{header}' in req.headers"
    return [
        Made(first, first),
        Made(f"getReqHeader('{header.title()}')[0]", first),
        Made(f"getReqHeader('{header}')", first),
        Made(f"vars.{header.replace('-', '_')}", first),
        Made(f"(hasReqHeader('{header}') ? getReqHeader('{header}')[0] : '')", f"({there} ? {first} : '')"),
        Made(f"(!({there}) ? 'none' : {first})", f"(!({there}) ? 'none' : {first})"),
    ]


def header_values(header: str) -> Made:
    return Made(f"getReqHeader('{header}')", f"('{header}' in req.headers ? req.headers['{header}'] : [])")


def presences(header: str) -> list[Made]:
    there = Made(f"hasReqHeader('{header}')", f"('{header}' in req.headers)")
    values = header_values(header)
    text = header_texts(header)[0]
    return [
        there,
        Made(f"'{header.title()}' in req.headers", there.plain),
        made("size({}) > 0", values),
        made("{}.size() != 0", values),
        made("1 <= size({})", values),
        made("{} != ''", text),
        made("!({} == '')", text),
        made("{} && {} != ''", there, text),
    ]


class Tokenish(NamedTuple):
    """Tokens, and whose they are."""

    made: Made
    clients: frozenset[str]


def token_texts() -> list[Tokenish]:
    secrets = [
        Tokenish(Made(f"secrets.get('v', '{name}')", f"'{value}'"), frozenset((name,)))
        for name, value in HELD.items()
    ]
    named = Tokenish(Made("vars.token", "'two'"), frozenset(("ben",)))
    schemes = [Tokenish(made("'Bearer ' + {}", token.made), token.clients) for token in (*secrets, named)]
    chain = Tokenish(made("'Bear' + 'er' + (' ' + {})", named.made), named.clients)
    return [*secrets, named, *schemes, chain]


TOKEN = st.sampled_from(token_texts())


@st.composite
def token_list(draw: Draw) -> Tokenish:
    if draw(st.integers(0, 2)) == 0:
        known = Tokenish(Made("vars.tokens", "['one', 'two']"), frozenset(("ann", "ben")))
        mapped = made("{}.map(t, 'Bearer ' + t)", known.made)
        return draw(st.sampled_from((known, Tokenish(mapped, known.clients))))
    tokens = draw(st.lists(TOKEN, min_size=1, max_size=3))
    parts = [token.made for token in tokens]
    form = "[" + ", ".join("{}" for _ in parts) + "]"
    return Tokenish(made(form, *parts), frozenset().union(*(token.clients for token in tokens)))


class Meant(NamedTuple):
    """A check as it was meant: whose, and by which headers."""

    made: Made
    clients: frozenset[str]
    headers: frozenset[str]


@st.composite
def comparison(draw: Draw, *, holds: bool) -> Meant:
    """One comparison that is true, or false, for the clients alone."""
    header = draw(st.sampled_from(HEADERS))
    text, values = draw(st.sampled_from(header_texts(header))), header_values(header)
    if draw(st.booleans()):
        token = draw(TOKEN)
        forms = ["{0} == {1}", "{1} == {0}", "{1} in {2}", "{2}.exists(v, v == {1})"]
        others = ["{0} != {1}", "{1} != {0}", "!({1} in {2})", "{2}.all(v, v != {1})"]
    else:
        token = draw(token_list())
        forms = ["{0} in {1}", "{1}.exists(t, t == {0})", "{2}.exists(v, v in {1})"]
        forms += ["size({1}.filter(t, {0} == t)) > 0", "{1}.exists(t, t in {2})"]
        others = ["!({0} in {1})", "{1}.all(t, t != {0})", "{2}.all(v, !(v in {1}))"]
        others += ["size({1}.filter(t, {0} == t)) == 0", "!{1}.exists(t, t in {2})"]
    form = draw(st.sampled_from(forms if holds else others))
    return Meant(made(form, text, token.made, values), token.clients, frozenset((header,)))


@st.composite
def check(draw: Draw, *, holds: bool, depth: int = 3, slips: bool = False) -> Meant:
    """A condition that is true, or false, for the clients alone, however it is put.

    With ``slips`` it is what somebody may write who meant one: now and then the opposite, another
    header, «and» in place of «or», or something else that nearly is a check.
    """

    def slip() -> bool:
        return slips and draw(st.integers(0, 4)) == 0

    def inner(*, holds: bool) -> Meant:
        return draw(check(holds=holds ^ slip(), depth=depth - 1, slips=slips))

    kind = draw(st.sampled_from(("one", "one", "opposite", "two", "beside", "constant", "chosen")))
    if slip():
        odd = draw(st.sampled_from([odd for header in HEADERS for odd in oddities(header)]))
        return Meant(odd, frozenset(), frozenset((draw(st.sampled_from(HEADERS)),)))
    if kind == "one" or depth == 0:
        return draw(comparison(holds=holds))
    if kind == "opposite":
        found = inner(holds=not holds)
        form = draw(st.sampled_from(("!({})", "({}) == false", "true != ({})")))
        return found._replace(made=made(form, found.made))
    found = inner(holds=holds)
    admits = holds ^ slip()
    if kind == "two":
        more = inner(holds=holds)
        form = "({}) || ({})" if admits else "({}) && ({})"
        both = made(form, *draw(st.permutations((found.made, more.made))))
        return Meant(both, found.clients | more.clients, found.headers | more.headers)
    if kind == "constant" or len(found.headers) > 1:
        forms = ["({}) == true", "{} && true", "false || ({})", "({}) != false"]
        forms += ["({}) || true", "({}) && false"] if slip() else []
        return found._replace(made=made(draw(st.sampled_from(forms)), found.made))
    (header,) = found.headers
    presence = draw(st.sampled_from(presences(draw(st.sampled_from(HEADERS)) if slip() else header)))
    if kind == "chosen":
        form = "({}) ? ({}) : false" if admits else "({}) ? ({}) : true"
        return found._replace(made=made(form, presence, found.made))
    form = "({0}) && ({1})" if admits else "!({0}) || ({1})"
    if draw(st.booleans()):
        form = "({1}) && ({0})" if admits else "({1}) || !({0})"
    return found._replace(made=made(form, presence, found.made))


def oddities(header: str) -> list[Made]:
    """Conditions that look like checks, and are none."""
    other = next(one for one in HEADERS if one != header)
    text, values = header_texts(header)[0], header_values(header)
    tokens, token = Made("vars.tokens", "['one', 'two']"), Made("vars.token", "'two'")
    return [
        Made(UNRELATED, "u"),
        Made("true", "true"),
        Made("false", "false"),
        made("{} == 'word'", text),
        made("{} == {}", text, header_texts(HEADERS[0])[0]),
        made("{}.startsWith('Bearer ')", text),
        made("{}.contains({})", text, token),
        made("{}.all(t, t == {})", tokens, text),
        made("{}.exists(t, t != {})", tokens, text),
        made("{}.exists_one(t, t == {})", tokens, text),
        made("{}.all(v, v in {})", values, tokens),
        made("size({}) == 1", values),
        made("size({}) > 1", values),
        made("size({}) <= 1", values),
        made("{}.exists(v, v != {})", values, token),
        made("({} ? {} : '') == {}", presences(other)[0], text, token),
        made("{}.exists(v, v in {} || {} == {})", values, tokens, header_texts(other)[0], token),
        made("{} in {} && {}", text, tokens, Made(UNRELATED, "u")),
    ]


ATOM: Final = st.one_of(
    comparison(holds=True).map(lambda found: found.made),
    comparison(holds=False).map(lambda found: found.made),
    st.sampled_from([made for header in HEADERS for made in (*presences(header), *oddities(header))]),
)


def _compound(formulas: st.SearchStrategy[Made]) -> st.SearchStrategy[Made]:
    single = st.sampled_from(("!({})", "({}) == true", "({}) != true", "false == ({})", "!!({})"))
    double = st.sampled_from(("({}) && ({})", "({}) || ({})", "({}) == ({})", "({}) != ({})"))
    return st.one_of(
        st.builds(made, single, formulas),
        st.builds(made, double, formulas, formulas),
        st.builds(made, st.just("({}) ? ({}) : ({})"), formulas, formulas, formulas),
        st.builds(made, st.just("vars.tokens.exists(t, {})"), formulas).map(_tokens_known),
        st.builds(made, st.just("vars.tokens.all(t, {})"), formulas).map(_tokens_known),
    )


def _tokens_known(formula: Made) -> Made:
    return formula._replace(plain=formula.plain.replace("vars.tokens", "['one', 'two']"))


FORMULA: Final = st.recursive(ATOM, _compound, max_leaves=5)
CHECK: Final = st.one_of(check(holds=True), check(holds=False))
NEARLY: Final = st.one_of(check(holds=True, slips=True), check(holds=False, slips=True)).map(
    lambda meant: meant.made
)


Request = Mapping[str, tuple[str, ...] | None]


def requests() -> Iterator[Request]:
    for sent in product(SENT, repeat=len(HEADERS)):
        yield dict(zip(HEADERS, sent, strict=True))


def value(plain: str, request: Request, *, unrelated: bool) -> object:
    """The value of a condition; None where it has none."""
    headers = {name: list(values) for name, values in request.items() if values is not None}
    try:
        return evaluate(plain, {"req": {"headers": headers}, "u": unrelated})
    except CelEvaluationError:
        return None


def values(plain: str, request: Request) -> set[object]:
    return {value(plain, request, unrelated=unrelated) for unrelated in (True, False)}


def carried(request: Request, found: Check) -> bool:
    """Whether a request has one of the check's tokens, under any scheme, in one of its headers."""
    tokens = {HELD[client.name] for client in found.clients}
    sent = [text for header in found.headers for text in request[header] or ()]
    return any(text.removeprefix("Bearer ") in tokens for text in sent)


def let_pass(plain: str, holder: Client, found: Check, passing: bool) -> bool:
    """Whether a holder of one token passes by a header alone, whatever else the request has."""
    token = HELD[holder.name]
    return any(
        all(
            values(plain, {**request, header: (sent,)}) == {passing}
            for request in requests()
            if request[header] is None
        )
        for header in sorted(found.headers)
        for sent in (token, f"Bearer {token}")
    )


def exact(formula: Made, found: Check, *, passing: bool) -> None:
    """A condition has this value for the clients of ``found``, and for nobody else.

    Without a value it must not have been read as letting pass, so no value is another value here.
    """
    for request in requests():
        outcomes = values(formula.plain, request)
        if passing in outcomes:
            assert carried(request, found), request
            assert outcomes == {passing}, request
    for holder in found.clients:
        assert let_pass(formula.plain, holder, found, passing), holder


@examples(300)
@given(st.one_of(FORMULA, NEARLY, NEARLY, CHECK.map(lambda meant: meant.made)))
def test_what_is_recognised_lets_exactly_the_holders_of_a_token_pass(formula: Made) -> None:
    shown(formula.text, formula.plain)
    said = read(formula.text, KNOWN)
    event(f"recognised: {said.holds is not None or said.fails is not None}")
    if said.holds is not None:
        exact(formula, said.holds, passing=True)
    if said.fails is not None:
        exact(formula, said.fails, passing=False)


@examples(150)
@given(st.data(), st.booleans())
def test_a_check_is_recognised_however_it_is_put(data: st.DataObject, holds: bool) -> None:
    meant = data.draw(check(holds=holds))
    shown(meant.made.text, meant.made.plain)
    said = read(meant.made.text, KNOWN)
    found = said.holds if holds else said.fails
    assert found is not None
    assert {client.name for client in found.clients} == meant.clients
    assert found.headers == meant.headers


@examples(100)
@given(
    CHECK, st.sampled_from(("({0}) && ({1})", "({1}) || ({0})", "({1}) ? ({0}) : false", "({0}) == ({1})"))
)
def test_a_check_beside_something_else_is_none(meant: Meant, form: str) -> None:
    said = read(form.format(meant.made.text, UNRELATED), KNOWN)
    assert said.holds is None
    assert said.fails is None


@examples(100)
@given(FORMULA)
def test_the_opposite_says_the_opposite(formula: Made) -> None:
    said, opposite = read(formula.text, KNOWN), read(f"!({formula.text})", KNOWN)
    assert (said.holds, said.fails, said.present, said.absent) == (
        opposite.fails,
        opposite.holds,
        opposite.absent,
        opposite.present,
    )


@examples(100)
@given(FORMULA)
def test_where_a_header_is_said_to_be_missing_no_holder_of_a_token_is_refused(formula: Made) -> None:
    said = read(formula.text, KNOWN)
    event(f"missing: {said.absent is not None}")
    if said.absent is None:
        return
    for request in requests():
        sent = request[said.absent]
        if sent is None:
            assert False not in values(formula.plain, request)
        elif sent[0].startswith("Bearer ") and sent[0] != "Bearer ":
            assert values(formula.plain, request) == {False}


@examples(100)
@given(st.lists(FORMULA, min_size=1, max_size=3), st.booleans())
def test_the_parts_of_a_conjunction_are_all_of_it(formulas: list[Made], left: bool) -> None:
    whole = formulas[0].plain
    for formula in formulas[1:]:
        whole = f"({whole}) && ({formula.plain})" if left else f"({formula.plain}) && ({whole})"
    shown(whole)
    parts = " && ".join(f"({part.text})" for part in conjuncts(whole, KNOWN))
    for request in requests():
        assert values(parts, request) == values(whole, request)


@examples(200)
@given(NODES.map(unparse) | st.text())
def test_any_expression_is_read(text: str) -> None:
    said = read(text, KNOWN)
    assert said.holds is None
    assert said.fails is None
    assert conjuncts(text, KNOWN)
