"""What a parser stumbled over, found out from the text around the place.

The words of the two parsers differ and quote the file, so nothing of them is used: only where
the parser stopped, and where what it was reading began.
"""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from migrator.patterns import pattern
from migrator.tree.problems import Fault, Problem, ProblemKind
from migrator.tree.text import point

_LINE_BREAKS: Final = "\r\n\x85\u2028\u2029"
_QUOTES: Final = ("'", '"')
_OPENING: Final = ("[", "{")
_TEMPLATE: Final = ("{{", "{%")
_INDENT: Final = pattern(r"[ \t]*(?:[-?:][ \t]+)*")
_EXPRESSION: Final = pattern(
    r"!\s*(?:[(!\[]|[A-Za-z_]\w*\s*(?:[.(\[]|[=!]=|&&|\|\||[<>]))"  # `!req.…`, `!(`, `!has(…`, `!a && …`
)
_VALUE_WITH_BANG: Final = pattern(r"(?:^|[-?:,\[{][ \t]+|[\[{,])[ \t]*(!)")
_ESCAPE: Final = pattern(r"\\[xuU]?\Z")


def syntax_problem(text: str, at: int, context: int | None) -> Problem:
    """The problem of a text that a parser refused at index ``at``.

    ``context`` is the index where the construct began that the parser was in, if it said.
    """
    scene = _Scene(text, at, at if context is None else context)
    if scene.opener in _QUOTES and scene.at_end_of_quote:
        return _syntax("unclosed-quote", text, scene.context)
    if scene.opener == '"' and _ESCAPE.search(text, scene.context, at):
        return _syntax("escape", text, at)
    bang = scene.bang()
    if bang is not None:
        return Problem(bang_kind(text, bang), point(text, bang))
    tab = scene.tab()
    if tab is not None:
        return Problem("tab-indent", point(text, tab))
    if any(part in scene.line for part in _TEMPLATE) or text.startswith(_TEMPLATE, scene.context):
        return _syntax("template", text, at)
    bracket = scene.unclosed_bracket()
    if bracket is not None:
        return _syntax("unclosed-bracket", text, bracket)
    if scene.lacks_colon:
        return _syntax("missing-colon", text, scene.context)
    return _syntax(_fault(scene), text, scene.context if scene.opener in ("*", "&", "%") else at)


def bang_kind(text: str, at: int) -> ProblemKind:
    """What the ``!`` at ``at``, which begins a value, most likely is: a tag, or "not"."""
    rest = _Scene(text, at, at).rest
    bare = rest[1:2] in ("", " ", "\t")
    return "tag-looks-like-expression" if bare or _EXPRESSION.match(rest) else "tag"


_OPENER_FAULTS: Final[dict[str, Fault]] = {
    "*": "alias",
    "&": "anchor",
    "|": "block-header",
    ">": "block-header",
    "%": "directive",
    "[": "separator",
    "{": "separator",
}
_CHAR_FAULTS: Final[dict[str, Fault]] = {
    "@": "reserved-character",
    "`": "reserved-character",
    "%": "reserved-character",
    ":": "colon-in-value",
    "]": "stray-bracket",
    "}": "stray-bracket",
}


def _fault(scene: _Scene) -> Fault:
    if scene.char == "%" and not scene.before:
        return "directive"
    if scene.char == ":" and scene.rest[1:2] not in ("", " ", "\t"):
        return "colon-without-space"
    fault = _OPENER_FAULTS.get(scene.opener) or _CHAR_FAULTS.get(scene.char)
    if fault is not None:
        return fault
    if scene.first:
        return "indentation" if scene.opener else "other"
    if scene.char == "-":
        return "list-item"
    return "text-after-quote" if scene.before.rstrip(" \t").endswith(_QUOTES) else "other"


def _syntax(fault: Fault, text: str, at: int) -> Problem:
    return Problem("syntax", point(text, at), (("fault", fault),))


class _Scene(Struct, frozen=True):
    """Where the parser stopped, and where what it was in began (the same place, if it did not say)."""

    text: str
    at: int
    context: int

    @property
    def opener(self) -> str:
        return self.text[self.context : self.context + 1] if self.context < self.at else ""

    @property
    def char(self) -> str:
        return self.text[self.at : self.at + 1]

    @property
    def before(self) -> str:
        """The line up to the place."""
        start = max(self.text.rfind(char, 0, self.at) for char in _LINE_BREAKS) + 1
        return self.text[start : self.at]

    @property
    def rest(self) -> str:
        """The line from the place on."""
        return self._rest(self.at)

    @property
    def line(self) -> str:
        return self.before + self.rest

    @property
    def first(self) -> bool:
        """Whether nothing but blanks stands before the place on its line."""
        return not self.before.strip(" \t")

    @property
    def at_end(self) -> bool:
        return not self.text[self.at :].strip()

    @property
    def at_end_of_quote(self) -> bool:
        return self.at >= len(self.text) or (
            not self.before and self.text.startswith(("---", "..."), self.at)
        )

    @property
    def lacks_colon(self) -> bool:
        """Whether the parser was in a key, on a line above, that has no colon."""
        line = self._rest(self.context)
        return (
            self.opener not in (*_QUOTES, *_OPENER_FAULTS, "")
            and not line.startswith("- ")
            and self.context + len(line) < self.at + (self.at >= len(self.text))
            and ": " not in f"{line} "
        )

    def unclosed_bracket(self) -> int | None:
        """The bracket that was open, or had just opened, when the text ended."""
        if not self.at_end:
            return None
        if self.opener in _OPENING:
            return self.context
        written = self.text[: self.at].rstrip()
        return len(written) - 1 if written.endswith(_OPENING) else None

    def bang(self) -> int | None:
        """The ``!`` that begins the value in which the parser stopped, on the same line."""
        before = self.before
        found = [match.start(1) for match in _VALUE_WITH_BANG.finditer(before + self.char)]
        return self.at - len(before) + found[-1] if found else None

    def tab(self) -> int | None:
        """The tab the parser stopped at, or one in front of everything else on the line."""
        if self.char == "\t":
            return self.at
        if self.opener in _OPENING or self.text.lstrip().startswith(_OPENING):
            return None  # inside brackets tabs are allowed
        line = self.line
        indent = _INDENT.match(line)
        tab = line.find("\t", 0, indent.end() if indent else 0)
        return self.at - len(self.before) + tab if tab >= 0 else None

    def _rest(self, start: int) -> str:
        ends = [end for char in _LINE_BREAKS if (end := self.text.find(char, start)) >= 0]
        return self.text[start : min(ends, default=len(self.text))]
