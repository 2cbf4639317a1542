"""``migrator explain CODE`` and the documentation's page of findings: the docstrings, laid out.

A finding's docstring is a title and then sections: ``Why: …`` in prose, ``Example::`` with an
indented block, ``Result: …`` (prose, or a block where it ends in ``::``), and ``What to do: …``
where the remedy alone does not say it all.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from textwrap import dedent
from typing import Final, Literal

from msgspec import Struct

from migrator.errors import UsageError
from migrator.findings.base import REGISTER, Effect, Finding, Severity, documentation
from migrator.report.arrangement import NOTHING
from migrator.report.layout import INDENT, paragraph
from migrator.report.options import DEFAULTS, ReportOptions
from migrator.report.suggest import did_you_mean

STAGES: Final = {
    "R": "Reading files and containers",
    "L": "Linking references, forming units",
    "P": "The policy's grammar",
    "T": "Translating one unit",
    "M": "Merging the units of a run",
    "D": "Decisions and the configuration file",
    "W": "What stays behind",
    "V": "Comparing the old gateway with the new one",
}
"""What finds something, by the first letter of the code."""

EFFECTS: Final = {
    Effect.NONE: "says nothing about requests",
    Effect.NARROWER: "something that worked is now denied",
    Effect.WIDER: "something that was denied now works",
    Effect.RECREDENTIALED: "another credential pays",
    Effect.REORDERED: "the same attempts in another order",
    Effect.LOST_PROTECTION: "a check in front of the gateway is gone",
    Effect.MANUAL: "something has to be done by hand",
}

SEVERITIES: Final = {
    Severity.ERROR: "the run fails unless --fail-on says otherwise",
    Severity.WARNING: "needs a look",
    Severity.NOTE: "good to know",
}

_SECTION: Final = re.compile(r"^(Why|Example|Result|What to do):", re.MULTILINE)
_PLACEHOLDER: Final = re.compile(r"\{\w+\}")


class Part(Struct, frozen=True):
    """A paragraph of prose, or a block that stands as it is."""

    kind: Literal["prose", "block"]
    text: str


class Explanation(Struct, frozen=True):
    """The documentation of one finding class, taken apart. Facts stand as ``<name>``."""

    code: str
    title: str
    severity: Severity
    effect: Effect
    message: str
    remedy: str
    sections: dict[str, tuple[Part, ...]]


def explain(code: str, options: ReportOptions = DEFAULTS) -> str:
    """What the finding ``code`` means, for a terminal. Raises UsageError for an unknown one."""
    known = REGISTER.get(code.strip().upper())
    if known is None:
        hint = did_you_mean(code.strip().upper(), REGISTER)
        raise UsageError(
            f"there is no finding {code}", f"{hint} `migrator explain --all` lists them all.".lstrip()
        )
    return "\n".join([*_terminal(explanation(known), options), ""])


def explain_all(options: ReportOptions = DEFAULTS) -> str:
    """Every finding, by stage, for a terminal."""
    return "\n\n".join(explain(code, options) for codes in by_stage().values() for code in codes)


def explain_markdown() -> str:
    """The page of the documentation that holds every finding, by stage."""
    return "\n".join([*_page(), ""])


def explanation_markdown(one: Explanation) -> str:
    """What a finding means, as Markdown without a heading."""
    return "\n".join(_body(one))


def by_stage() -> dict[str, list[str]]:
    """Every code, by the letter of its stage, in order."""
    return {stage: [code for code in sorted(REGISTER) if code[0] == stage] for stage in STAGES}


def explanation(kind: type[Finding]) -> Explanation:
    """The documentation of a finding class."""
    title, body = documentation(kind)
    remedy = "" if _PLACEHOLDER.fullmatch(kind.remedy) else _with_names(kind.remedy)
    return Explanation(
        code=kind.code,
        title=title,
        severity=kind.level,
        effect=kind.effect,
        message=_with_names(kind.message),
        remedy=remedy,
        sections=dict(_sections(body)),
    )


def _with_names(template: str) -> str:
    return _PLACEHOLDER.sub(lambda found: f"<{found[0][1:-1]}>", template)


def _sections(body: str) -> Iterator[tuple[str, tuple[Part, ...]]]:
    starts = list(_SECTION.finditer(body))
    for start, end in zip(starts, [*(found.start() for found in starts[1:]), len(body)], strict=True):
        yield start[1], tuple(_parts(body[start.end() : end]))


def _parts(text: str) -> Iterator[Part]:
    """Paragraphs of prose and indented blocks; a block may hold empty lines."""
    block: list[str] = []
    for chunk in re.split(r"\n\n+", text):
        if chunk.startswith("    "):
            block.append(dedent(chunk).rstrip())
            continue
        if block:
            yield Part("block", "\n\n".join(block))
            block = []
        # A colon in front of a block is for readers of the docstring: `Result: two entries::`
        if words := " ".join(chunk.split()).removesuffix(":").strip():
            yield Part("prose", words)
    if block:
        yield Part("block", "\n\n".join(block))


def _terminal(one: Explanation, options: ReportOptions) -> Iterator[str]:
    paint = options.style.paint
    yield paint("strong", f"{one.code}: {one.title}")
    yield from paragraph(f"{one.severity}: {SEVERITIES[one.severity]}", options, INDENT)
    yield from paragraph(f"effect {one.effect}: {EFFECTS[one.effect]}", options, INDENT)
    yield from paragraph(f"stage {one.code[0]}: {STAGES[one.code[0]]}", options, INDENT)
    for name in ("Why", "Example", "Result"):
        yield from _terminal_section(name, one.sections.get(name, ()), options)
    yield from _terminal_section("Message", (Part("prose", one.message),), options)
    yield from _terminal_section("What to do", _advice(one), options)


def _terminal_section(name: str, parts: tuple[Part, ...], options: ReportOptions) -> Iterator[str]:
    if not parts:
        return
    label = options.style.paint("strong", f"{name}:")
    yield ""
    if parts[0].kind == "block":
        yield label
    for index, part in enumerate(parts):
        if part.kind == "block":
            yield ""
            yield from (f"{INDENT}{line}".rstrip() for line in part.text.split("\n"))
        else:
            first, *rest = paragraph(part.text, options, first="" if index else f"{name}: ")
            yield first if index else f"{label}{first[len(name) + 1 :]}"
            yield from rest


def _advice(one: Explanation) -> tuple[Part, ...]:
    """The remedy, and what the docstring adds to it."""
    more = one.sections.get("What to do", ())
    if not one.remedy or (one.remedy == NOTHING and more):
        return more
    if more and more[0].kind == "prose":
        return (Part("prose", f"{one.remedy} {_sentence(more[0].text)}"), *more[1:])
    return (Part("prose", one.remedy), *more)


def _sentence(text: str) -> str:
    """``text`` as a sentence of its own; a name in code keeps its first letter."""
    return text[:1].upper() + text[1:]


def _page() -> Iterator[str]:
    yield "# Findings"
    yield ""
    yield "Everything the tool can tell about an input. `migrator explain CODE` prints the same. Codes are stable and"
    yield "never reused. This page is written by `make docs`; its text stands in `migrator/findings/`."
    for stage, codes in by_stage().items():
        yield ""
        yield f"## {STAGES[stage]}"
        yield ""
        yield "| Code | Finding | Severity | Effect |"
        yield "|:-----|:--------|:---------|:-------|"
        for one in (explanation(REGISTER[code]) for code in codes):
            yield f"| [{one.code}](#{one.code.lower()}) | {one.title} | {one.severity} | {one.effect} |"
        for code in codes:
            yield from _entry(explanation(REGISTER[code]))


def _entry(one: Explanation) -> Iterator[str]:
    yield ""
    yield f'### <a id="{one.code.lower()}"></a>{one.code}: {one.title}'
    yield ""
    yield from _body(one)


def _body(one: Explanation) -> Iterator[str]:
    yield f"*{one.severity}*, effect *{one.effect}*: {EFFECTS[one.effect]}."
    sections = (
        *((name, one.sections.get(name, ())) for name in ("Why", "Example", "Result")),
        ("Message", (Part("prose", f"`{one.message}`".replace("\n", " ")),)),
        ("What to do", _advice(one)),
    )
    for name, parts in sections:
        if parts and parts[0].kind == "block":
            yield from ("", f"**{name}:**")
        for index, part in enumerate(parts):
            yield ""
            if part.kind == "block":
                yield from (f"```{_language(part.text)}", part.text, "```")
            else:
                yield _prose(part.text) if index else f"**{name}:** {_prose(part.text)}"


def _prose(text: str) -> str:
    """Facts in angle brackets are text, not tags; within code they need no care."""
    return re.sub(r"(`[^`]*`)|<", lambda found: found[1] or "\\<", text)


def _language(block: str) -> str:
    return "console" if block.startswith("$ ") else "json" if block.startswith("{") else "yaml"
