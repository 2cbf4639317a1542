from __future__ import annotations

import re
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrator.spans import Span
from migrator.tree.load import load, problem_text
from migrator.tree.problems import Fault, Problem, ProblemKind, shown_key
from tests.tree.generated import damaged, seeded, stream

BOTH = pytest.mark.parametrize("pure", [False, True], ids=["libyaml", "python"])

SYNTAX = [
    ("a: b: c", "colon-in-value", (1, 5)),
    ("key: value\n  more: x", "colon-in-value", (2, 7)),
    ("a: [1, 2", "unclosed-bracket", (1, 4)),
    ("a:\n  - {x: 1\n", "unclosed-bracket", (2, 5)),
    ("a: 1\n---\nb: [", "unclosed-bracket", (3, 4)),
    ("[a, b\nc: d", "separator", (2, 2)),
    ("{a:[b]}", "colon-without-space", (1, 3)),
    ('{\n\t"a": 1\n\t"b": 2\n}', "separator", (3, 5)),
    ("a: ]", "stray-bracket", (1, 4)),
    ("a: b\n}", "stray-bracket", (2, 1)),
    ('a: "open\nb: 1', "unclosed-quote", (1, 4)),
    ("a: 'open\n---\nb: 'x'", "unclosed-quote", (1, 4)),
    ("a: 'it's'", "text-after-quote", (1, 8)),
    ('a: "b" c', "text-after-quote", (1, 8)),
    ("a: @b", "reserved-character", (1, 4)),
    ("- `b`", "reserved-character", (1, 3)),
    ("a: %b", "reserved-character", (1, 4)),
    ("%foo\na: 1", "directive", (1, 1)),
    ("%YAML 2.0\n---\na: 1", "directive", (1, 1)),
    ("%YAML 1." + "1" * 5000 + "\n---\na: 1", "directive", (1, 1)),
    ("host: *.example.com", "alias", (1, 7)),
    ("a: &&b", "anchor", (1, 4)),
    ('a: "\\q"', "escape", (1, 6)),
    ('a: "\\ud83d\\ude00"', "escape", (1, 7)),
    ('a: "\\U00110000"', "escape", (1, 7)),
    ('a: "\\UFFFFFFFF"', "escape", (1, 7)),
    ("a: - b", "list-item", (1, 4)),
    ("a:\n  b: 1\n c: 2", "indentation", (3, 2)),
    ("- a\nb: c", "indentation", (2, 1)),
    ("a: 1\nb\nc: 2", "missing-colon", (2, 1)),
    ("a:\n  b: 1\n  c", "missing-colon", (3, 3)),
    ("a: | text", "block-header", (1, 6)),
    ("a: > 5", "block-header", (1, 6)),
    ("{{- if x }}\na: 1\n{{- end }}", "template", (1, 3)),
    ("a: 1\n{% if x %}\n", "template", (2, 2)),
    ("...", "other", (1, 1)),
]

KINDS = [
    ("a:\n\tb: 1", "tab-indent", (2, 1, 2, 2)),
    ("a:\n  - b\n \t- c", "tab-indent", (3, 2, 3, 3)),
    ("\ta: 1", "tab-indent", (1, 1, 1, 2)),
    ("-\ta: 1", "tab-indent", (1, 2, 1, 3)),
    ("a: b\n\tc: d", "tab-indent", (2, 1, 2, 2)),
    ("a: b\n  \tc: d", "tab-indent", (2, 3, 2, 4)),
    ("a: |\n\tx", "tab-indent", (2, 1, 2, 2)),
    ("a: |\n  \tx", "tab-indent", (2, 3, 2, 4)),
    ("a: 1\nb: 2\n'a': 3", "duplicate-key", (3, 1, 3, 4)),
    ("<<: {a: 1}\n<<: {b: 2}", "duplicate-key", (2, 1, 2, 3)),
    ("1: a\n'1': b", "duplicate-key", (2, 1, 2, 4)),
    ("a: !!python/object/apply:os.system [x]", "tag", (1, 4, 1, 5)),
    ("a: !!binary aGk=", "tag", (1, 4, 1, 5)),
    ("a: !!timestamp 2001-01-01", "tag", (1, 4, 1, 5)),
    ("a: !!set {x}", "tag", (1, 4, 1, 5)),
    ("a: !!omap [x: 1]", "tag", (1, 4, 1, 5)),
    ("a: !Ref Foo", "tag", (1, 4, 1, 5)),
    ("a: !x [b]", "tag", (1, 4, 1, 5)),
    ("a: !<tag:example.com,2000:x> b", "tag", (1, 4, 1, 5)),
    ("a: !!int x", "tag", (1, 4, 1, 5)),
    ("a: !!bool yes", "tag", (1, 4, 1, 5)),
    ("a: !!str [x]", "tag", (1, 4, 1, 5)),
    ("a: !!map b", "tag", (1, 4, 1, 5)),
    ("a: !undefined!x b", "tag", (1, 4, 1, 5)),
    ("a: !req.headers", "tag-looks-like-expression", (1, 4, 1, 5)),
    ("a: !has(req.x)", "tag-looks-like-expression", (1, 4, 1, 5)),
    ("- !a.b && c", "tag-looks-like-expression", (1, 3, 1, 4)),
    ("- !a == b", "tag-looks-like-expression", (1, 3, 1, 4)),
    ("a: !(b || c)", "tag-looks-like-expression", (1, 4, 1, 5)),
    ("a: ! b", "tag-looks-like-expression", (1, 4, 1, 5)),
    ("a: &x !b.c", "tag-looks-like-expression", (1, 7, 1, 8)),
    ("a: !req.headers['x']", "tag-looks-like-expression", (1, 4, 1, 5)),
    ('[!req.url.contains("x")]', "tag-looks-like-expression", (1, 2, 1, 3)),
    ("a: *b", "undefined-alias", (1, 4, 1, 6)),
    ("a: {<<: *b}", "undefined-alias", (1, 9, 1, 11)),
    ("a: &a [*a]", "recursive-alias", (1, 8, 1, 10)),
    ("a: &a\n  <<: *a", "recursive-alias", (2, 7, 2, 9)),
    ("a: &a {b: {c: [*a]}}", "recursive-alias", (1, 16, 1, 18)),
    ("<<: 1", "merge-value", (1, 5, 1, 6)),
    ("<<:\na: 1", "merge-value", (1, 4, 1, 4)),
    ("<<: [{a: 1}, [b]]", "merge-value", (1, 5, 1, 18)),
    ("{[a]: 1}", "non-scalar-key", (1, 2, 1, 5)),
    ("a: {{ .Values.x }}", "non-scalar-key", (1, 5, 1, 18)),
    ("? {a: b}\n: c", "non-scalar-key", (1, 3, 1, 9)),
    ("a: x\0", "nul-byte", (1, 5, 1, 6)),
    ("a:\n  x\x7f", "control-character", (2, 4, 2, 5)),
    ("a: \x1b[0m", "control-character", (1, 4, 1, 5)),
    ("a: \ud83d", "control-character", (1, 4, 1, 5)),
    ("a: \ufffe", "control-character", (1, 4, 1, 5)),
    ("a: " + "9" * 101, "number-too-long", (1, 4, 1, 105)),
    ("a: 0x" + "f" * 100, "number-too-long", (1, 4, 1, 106)),
    ("[" + "1" * 101 + "]", "number-too-long", (1, 2, 1, 103)),
]


@BOTH
@pytest.mark.parametrize("text, fault, place", SYNTAX)
def test_a_syntax_problem_says_what_and_where(
    text: str, fault: str, place: tuple[int, int], pure: bool
) -> None:
    (problem,) = load(text, pure=pure).problems
    assert (problem.kind, problem.facts, problem.span[:2]) == ("syntax", (("fault", fault),), place)


@BOTH
@pytest.mark.parametrize("text, kind, span", KINDS)
def test_a_problem_has_its_kind_and_its_place(
    text: str, kind: str, span: tuple[int, int, int, int], pure: bool
) -> None:
    loaded = load(text, pure=pure)
    assert [(problem.kind, tuple(problem.span)) for problem in loaded.problems] == [(kind, span)]
    assert loaded.documents == ()


def test_every_fault_and_every_kind_that_a_small_text_can_have_is_in_the_tables() -> None:
    assert {fault for _, fault, _ in SYNTAX} == set(get_args(Fault))
    elsewhere = {"alias-bomb", "too-deep", "too-many-nodes", "scalar-too-long", "encoding", "syntax"}
    assert {kind for _, kind, _ in KINDS} == set(get_args(ProblemKind)) - elsewhere


@BOTH
def test_every_duplicate_of_a_document_is_told_with_both_places(pure: bool) -> None:
    loaded = load("a: 1\nb: {c: 1, c: 2}\na: 3\na: 4\n", pure=pure)
    assert [(dict(problem.facts), problem.span, problem.other) for problem in loaded.problems] == [
        ({"key": "c", "line": "2", "first_line": "2"}, Span(2, 11, 2, 12), Span(2, 5, 2, 6)),
        ({"key": "a", "line": "3", "first_line": "1"}, Span(3, 1, 3, 2), Span(1, 1, 1, 2)),
        ({"key": "a", "line": "4", "first_line": "1"}, Span(4, 1, 4, 2), Span(1, 1, 1, 2)),
    ]
    assert problem_text(loaded.problems[0])[0] == "The key `c` is here a second time; the first is on line 2."


@BOTH
def test_several_refusals_of_one_document_are_told_at_once(pure: bool) -> None:
    loaded = load("a: *x\nb: !y z\nc: 1\nc: 2\n", pure=pure)
    assert [problem.kind for problem in loaded.problems] == ["undefined-alias", "tag", "duplicate-key"]


# Words


def every_problem() -> list[Problem]:
    facts = (("byte", "7"), ("line", "2"), ("first_line", "1"))
    kinds: list[ProblemKind] = [kind for kind in get_args(ProblemKind) if kind != "syntax"]
    plain = [Problem(kind, Span(1, 1, 1, 2), facts) for kind in kinds]
    return plain + [Problem("syntax", Span(1, 1, 1, 2), (("fault", fault),)) for fault in get_args(Fault)]


@pytest.mark.parametrize("problem", every_problem(), ids=lambda problem: problem.kind)
def test_every_problem_has_a_message_and_a_remedy_in_sentences(problem: Problem) -> None:
    for words in problem_text(problem):
        assert re.fullmatch(r"[A-Z].{15,}\.", words)
        assert not re.search(r"\{(key|byte|line|first_line)\}|\s\s", words)


def test_no_two_problems_have_the_same_message() -> None:
    messages = [problem_text(problem)[0] for problem in every_problem()]
    assert len(set(messages)) == len(messages)


# Nothing of the file

SECRET = "sk-TEST4f9Kq0ZzXw81LmN7"
BROKEN = [
    "key: {secret}\nkey: {secret}",
    "{secret}: 1\n{secret}: 2",
    '"{secret}: 1',
    "a: '{secret}' {secret}",
    "a: [{secret}",
    "a: *{secret}",
    "a: &{secret} [*{secret}]",
    "a: !{secret} b",
    "a: !!{secret} b",
    "a: !{secret}!x b",
    "a: !{secret}(",
    "a: @{secret}",
    "a: {secret}: {secret}",
    "a:\n\t{secret}: 1",
    "a: 1\n{secret}\nb: 2",
    "a: | {secret}",
    "%{secret}\n---\n",
    "%YAML {secret}\n---\n",
    "%TAG {secret} {secret}\n---\n",
    'a: "\\{secret}"',
    'a: "\\u{secret}"',
    "? [{secret}]\n: {secret}",
    "<<: {secret}",
    "a: {secret}\0",
    "a: {secret}\x07{secret}",
    "a: {{{{ {secret} }}}}",
    "- {secret}\n{secret}: {secret}\n  - {secret}",
]


def tells(problems: tuple[Problem, ...]) -> str:
    return "\n".join(repr(problem) + "\n".join(problem_text(problem)) for problem in problems)


@BOTH
@pytest.mark.parametrize("broken", BROKEN)
@pytest.mark.parametrize(
    "secret", [SECRET, "sk-TEST-secret", "AIzaTESTkeyKEYkey", "abcdefghijklmnop", "1234567"]
)
def test_a_credential_in_a_broken_file_is_in_no_problem(broken: str, secret: str, pure: bool) -> None:
    loaded = load(broken.format(secret=secret), pure=pure)
    assert loaded.problems or secret != SECRET
    assert secret not in tells(loaded.problems)


@given(st.integers())
def test_a_credential_anywhere_in_a_damaged_file_is_in_no_problem(seed: int) -> None:
    rng = seeded(seed)
    text = re.sub(r"foo|key|b\b", SECRET, damaged(rng, stream(rng)))
    for pure in (False, True):
        told = tells(load(text, pure=pure).problems)
        assert not any(SECRET[at : at + 8] in told for at in range(len(SECRET) - 8))


@pytest.mark.parametrize(
    "name",
    [
        "a",
        "on_http_request",
        "api-key",
        "configuration",
        "maxTokens",
        "OPENAI_KEY",
        "v2",
        "a.b.c",
        "_x",
        "skip",
    ],
)
def test_a_plain_name_is_shown(name: str) -> None:
    assert shown_key(name) == name


@pytest.mark.parametrize(
    "name",
    [
        *(
            "sk-TEST",
            "sk_live_abc",
            "ghp_abcdef",
            "github_pat_x",
            "AKIAIOSFODNN",
            "AIzaSyA",
            "xoxb-1",
            "eyJhbGci",
            "hf_abc",
        ),
        *(
            "abcdefghijklmnop",
            "a1b2c3",
            "aB3",
            "k8s",
            "tokenXYZ",
            "prod-SECRET",
            "x" * 42,
            "a b",
            "",
            "9a",
            "ü",
        ),
        *("Bearer.abc", "k8s-1-2-3", "ABCdef", "d41d8cd98f00b204"),
    ],
)
def test_what_could_be_a_credential_is_not_shown(name: str) -> None:
    assert shown_key(name) is None
