"""Go: raw strings between backticks and interpreted ones between quotes."""

from __future__ import annotations

import re
from functools import partial

from migrator.sources.hosts.code import Code, UnfinishedError, Written, as_it_stands

_RUNE = re.compile(r"'(?:[^'\\\n]|\\.[0-9a-fA-F]{0,8})'")


class Go(Code):
    """``.go`` files."""

    name = "go"
    suffixes = (".go",)
    print_it = "fmt.Println(policy)"
    token = re.compile(r"//|/\*|[\"'`]")
    filling_in = frozenset({"Sprintf", "Fprintf", "Printf", "Appendf"})

    def string(self, text: str, opening: re.Match[str], before: str) -> Written | int:  # noqa: ARG002 - quotes suffice
        start = opening.start()
        match text[start]:
            case "'":
                rune = _RUNE.match(text, start)
                return rune.end() if rune is not None else start + 1
            case "`":
                end = text.find("`", start + 1)
                if end < 0:
                    raise UnfinishedError(start, "a raw string that opens here is never closed")
                return Written(start, end + 1, partial(as_it_stands, text, start + 1, end))
        return self.on_one_line(text, start, start + 1, '"')
