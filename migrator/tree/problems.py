"""Why a text could not be read: a closed list of kinds, and the words for each.

A broken file is where credentials sit, so neither a problem nor its words hold anything of the
file. There is one exception: the name of a duplicate key, when it is plainly a name
(``shown_key``).
"""

from __future__ import annotations

import re
from typing import Final, Literal, TypeAlias

from msgspec import Struct

from migrator.patterns import pattern
from migrator.spans import Span
from migrator.tree.scalars import NUMBER_LIMIT

ProblemKind: TypeAlias = Literal[
    "alias-bomb",
    "control-character",
    "duplicate-key",
    "encoding",
    "merge-value",
    "non-scalar-key",
    "nul-byte",
    "number-too-long",
    "recursive-alias",
    "scalar-too-long",
    "syntax",
    "tab-indent",
    "tag",
    "tag-looks-like-expression",
    "too-deep",
    "too-many-nodes",
    "undefined-alias",
]

Fault: TypeAlias = Literal[
    "alias",
    "anchor",
    "block-header",
    "colon-in-value",
    "colon-without-space",
    "directive",
    "escape",
    "indentation",
    "list-item",
    "missing-colon",
    "other",
    "reserved-character",
    "separator",
    "stray-bracket",
    "template",
    "text-after-quote",
    "unclosed-bracket",
    "unclosed-quote",
]
"""What a ``syntax`` problem is, as far as the text tells: its ``fault`` fact."""

DEPTH_LIMIT: Final = 100
"""Collections inside each other, those that an alias repeats included."""

NODE_LIMIT: Final = 1_000_000
"""Parts of one text: a scalar or an alias is one, a collection two."""

EXPANDED_LIMIT: Final = 200_000
"""Nodes that the aliases of one document repeat."""

SCALAR_LIMIT: Final = 1_000_000
"""Code points of one value."""


class Problem(Struct, frozen=True):
    """One reason why a document, or the rest of a text, was refused.

    ``facts`` are names and values: ``key`` (when it may be shown), ``line`` and ``first_line`` of
    a duplicate key, ``fault`` of a syntax problem, ``byte`` of an encoding problem. ``other`` is
    where the first key of two stands.
    """

    kind: ProblemKind
    span: Span
    facts: tuple[tuple[str, str], ...] = ()
    other: Span | None = None


_SYNTAX: Final[dict[Fault, tuple[str, str]]] = {
    "alias": (
        "A value starts with `*`, which YAML reads as a reference to an anchor.",
        "Put the value in quotes.",
    ),
    "anchor": (
        "A value starts with `&`, which YAML reads as the name of an anchor.",
        "Put the value in quotes.",
    ),
    "block-header": (
        "Text follows `|` or `>` on the same line; only the indicators `+`, `-` and `1` to `9` may stand there.",
        "Move the text to the next line, indented, or put the value in quotes.",
    ),
    "colon-in-value": (
        "A colon stands where no key can be: inside a value without quotes, or under a line that already has its value.",
        "Put the value in quotes, or correct the indentation of this line.",
    ),
    "colon-without-space": (
        "A colon inside `[…]` or `{…}` has no space behind it.",
        "Write `key: value`, with the space, or put the value in quotes.",
    ),
    "directive": (
        "A line starts with `%`, which YAML reads as a directive, and this is none that is allowed here.",
        "Remove the line, or put the value in quotes.",
    ),
    "escape": (
        "A backslash in double quotes does not begin an escape that YAML has.",
        "Double the backslash, or use single quotes, where it means itself.",
    ),
    "indentation": (
        "This line is not indented like any of the lines it could belong to.",
        "Align it with the key or the dash it belongs to.",
    ),
    "list-item": (
        "A list item starts on a line where none can be.",
        "Put each `- ` on a line of its own, or the value in quotes.",
    ),
    "missing-colon": (
        "A line among the keys of a mapping has no `: `.",
        "Write `key: value`, or indent the line if it continues the value above.",
    ),
    "other": (
        "This is neither YAML nor JSON from here on.",
        "Check this line and the one above: quotes, brackets, colons and indentation.",
    ),
    "reserved-character": (
        "A value starts with a character that YAML reserves.",
        "Put the value in quotes.",
    ),
    "separator": (
        "A `,` or the closing bracket was expected here, inside `[…]` or `{…}`.",
        "Add what is missing, or put the value in quotes if the brackets are part of it.",
    ),
    "stray-bracket": (
        "A closing bracket stands here, and none is open.",
        "Remove it, or put the value in quotes if the bracket is part of it.",
    ),
    "template": (
        "This looks like a template that has not been rendered: it has `{{` or `{%`.",
        "Render the template first (for Helm: `helm template`), and give the result.",
    ),
    "text-after-quote": (
        "Text follows a closing quote.",
        "Put the whole value in one pair of quotes; a quote inside is written twice in '…', and with a backslash in \"…\".",
    ),
    "unclosed-bracket": (
        "A bracket that opens here is never closed.",
        "Close it, or put the value in quotes if the bracket is part of it.",
    ),
    "unclosed-quote": (
        "A quote that opens here is never closed.",
        "Close it; a quote inside is written twice in '…', and with a backslash in \"…\".",
    ),
}

_WORDS: Final[dict[ProblemKind, tuple[str, str]]] = {
    "alias-bomb": (
        f"The aliases of this document repeat more than {EXPANDED_LIMIT} values.",
        "Write out what is needed, or split the file.",
    ),
    "control-character": (
        "A control character or half a surrogate pair stands here; no YAML or JSON text has one.",
        "Remove it, or write it as an escape in double quotes.",
    ),
    "duplicate-key": (
        "The key {key}is here a second time; the first is on line {first_line}.",
        "Keep one of the two. ngrok refuses the file too.",
    ),
    "encoding": (
        "This is not text in UTF-8: byte {byte} begins no valid character.",
        "Save the file as UTF-8.",
    ),
    "merge-value": (
        "The value of `<<` is not a mapping, an alias of one, or a list of these.",
        "Name the mapping to merge, or put `<<` in quotes if it is an ordinary key.",
    ),
    "non-scalar-key": (
        "A key is itself a list or a mapping; a template that has not been rendered looks like that too.",
        "Put the key in quotes, or render the template first.",
    ),
    "nul-byte": (
        "This is not a text file: it holds a NUL byte.",
        "Give a text file; if it is UTF-16, save it as UTF-8.",
    ),
    "number-too-long": (
        f"A number has more than {NUMBER_LIMIT} characters.",
        "Put it in quotes if it is text.",
    ),
    "recursive-alias": (
        "An alias names the collection it stands in.",
        "Write out what is meant; a value cannot hold itself.",
    ),
    "scalar-too-long": (
        f"One value has more than {SCALAR_LIMIT} characters.",
        "Check that this is the right file.",
    ),
    "tab-indent": (
        "A tab stands where YAML takes spaces only: in front of a key, a dash or a value.",
        "Replace the tabs in front of it with spaces.",
    ),
    "tag": (
        "A tag (`!…`) stands in front of a value; only the core tags of YAML are read, on values that fit.",
        "Remove the tag, or put the value in quotes if the `!` is part of it.",
    ),
    "tag-looks-like-expression": (
        "A value starts with `!`, which YAML reads as a tag; this looks like an expression.",
        "Put the whole expression in quotes.",
    ),
    "too-deep": (
        f"More than {DEPTH_LIMIT} lists and mappings stand inside each other.",
        "Check that this is the right file.",
    ),
    "too-many-nodes": (
        f"The file has more than {NODE_LIMIT} parts.",
        "Split the file into several.",
    ),
    "undefined-alias": (
        "An alias names an anchor that does not stand above it in this document.",
        "Add the anchor, or put the value in quotes if the `*` is part of it.",
    ),
}


def problem_text(problem: Problem) -> tuple[str, str]:
    """What is wrong and what to do about it, one or two English sentences each."""
    facts = dict(problem.facts)
    if problem.kind == "syntax":
        return next(
            (words for fault, words in _SYNTAX.items() if fault == facts.get("fault")), _SYNTAX["other"]
        )
    message, remedy = _WORDS[problem.kind]
    key = f"`{facts['key']}` " if "key" in facts else ""
    return message.format_map({**facts, "key": key}), remedy


_NAME = pattern(r"[A-Za-z_][A-Za-z0-9_.-]{0,40}")
_DIGITS: Final = 2
_NAME_PART = pattern(r"[a-z]{0,14}[0-9]{0,2}|[A-Z]{0,14}[0-9]{0,2}|[A-Za-z][a-z]{0,13}(?:[A-Z][a-z]{1,13})*")
_TOKEN_PREFIX = pattern(
    r"(?:a[ks]ia|aiza|bearer|basic|eyj|gh[oprsu]|github_pat|glpat|gsk|hf|key|npm|nvapi|pk|r8|rk|secret|sk|token|xai|xox.?)[-_.]"
    r"|a[ks]ia|aiza|eyj|xox",
    re.IGNORECASE,
)


def shown_key(name: str) -> str | None:
    """``name`` if it is plainly a key's name and no credential, else ``None``.

    Short words of one case (``on_http_request``, ``api-key-2``) or in camel case pass. Anything
    with digits and letters in turn, a word longer than English has, or the beginning of a
    well-known kind of token does not.
    """
    if not _NAME.fullmatch(name) or _TOKEN_PREFIX.match(name) or len(re.findall("[0-9]", name)) > _DIGITS:
        return None
    parts = re.split(r"[_.-]", name)
    cases = {part.islower() for part in parts if part and not part.isdigit()}
    if len(parts) > 1 and len(cases) > 1:
        return None
    return name if all(_NAME_PART.fullmatch(part) for part in parts) else None
