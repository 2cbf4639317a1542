"""YAML texts made up at random: well-formed ones, soups of YAML's own pieces, and damaged ones."""

from __future__ import annotations

import random

PIECES = (
    *("- ", "-", ": ", ":", "? ", "?", "\n", "\n", "\n  ", "\n    ", "  ", " ", "\t", '"', "'", "#", " #c"),
    *("[", "]", "{", "}", ",", ", ", "&a ", "*a", "*a ", "&b ", "!", "!!str ", "!!int ", "!x ", "|", ">"),
    *("|-", "|+", ">2", "\n---\n", "\n...\n", "---", "...", "%", "@", "`", "a", "b", "key", "x y", "1"),
    *("true", "~", "é", "😀", "\r\n", "\r", "\x85", "\u2028", "\\n", "\\u0041", "\\", "\\ud83d", "<<"),
    *("<<: ", "=", ".", "\n- ", "\nk: ", "a: ", "b: ", "%YAML 1.1\n", "%TAG ! x\n", "\\x41", "\\/"),
    *("\n  - ", "\n    - ", "a: \ufeffb", "!a.b ", "{{ x }}"),
)
KEYS = ("a", "key", "on_http_request", "x y", "ünï", "😀", "a.b", "no", "req-id", "ß")
NAMES = ("foo", "b", "ünï", "😀", "x-y", "1")
PLAIN = (
    "1",
    "-3",
    "0x1f",
    "0777",
    "1.5",
    "true",
    "~",
    "yes",
    "2023-10-01",
    "a#b",
    "http://x/y?z",
    "a  b",
    "<<x",
)
QUOTED = (
    '"a\\n\\x41\\u00fc\\U0001F600\\"\\/ #"',
    "''",
    '""',
    "!!str 12",
    "!!int '7'",
    "' # '",
    "'it''s: [x'",
)
IN_BRACKETS = ("1", "true", "'a, b'", '"]"', "http://x", "a-b", "~", "a?b", "foo b")


def seeded(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311 - it makes up texts, not secrets


def soup(rng: random.Random) -> str:
    """Pieces of YAML in any order; two thirds of these are no YAML."""
    return "".join(rng.choice(PIECES) for _ in range(rng.randint(1, rng.choice((4, 8, 16, 40)))))


def damaged(rng: random.Random, text: str) -> str:
    """``text`` after a few cuts, repetitions, insertions and pieces put out of order."""
    for _ in range(rng.randint(1, 3)):
        at = rng.randint(0, len(text))
        end = min(len(text), at + rng.randint(0, rng.choice((1, 3, 20))))
        text = text[:at] + rng.choice(("", rng.choice(PIECES), text[at:end] * 2)) + text[end:]
    return text


def stream(rng: random.Random) -> str:
    """A well-formed stream of one to three documents."""
    return _Writer(rng).stream()


class _Writer:
    """Writes one stream, with every construct that two parsers could place differently.

    Each method returns whole lines, or what belongs on the line that it was asked for.
    """

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.anchors: list[str] = []
        self.count = 0

    def stream(self) -> str:
        text = self.document(self.rng.choice(("", "", "---\n", "# c\n\n", "%YAML 1.1\n---\n")))
        for _ in range(self.rng.choice((0, 0, 0, 1, 2))):
            text += self.document(self.rng.choice(("---\n", "--- # c\n", "...\n%YAML 1.1\n---\n")))
        if self.chance(0.2):
            text = text.rstrip("\n")
        return text.replace("\n", self.rng.choice(("\n", "\n", "\n", "\r\n", "\r")))

    def document(self, start: str) -> str:
        self.anchors = []
        return start + self.filler() + self.block(0, 0)

    def chance(self, probability: float) -> bool:
        return self.rng.random() < probability

    def number(self) -> int:
        self.count += 1
        return self.count

    def filler(self) -> str:
        return self.rng.choice(("\n", "   \n", "# c\n", "    # ü: [\n", "\n\n")) if self.chance(0.15) else ""

    def comment(self) -> str:
        return self.rng.choice((" # c", "  #", "   ", "\t")) if self.chance(0.15) else ""

    def anchor(self) -> str:
        return f"n{self.number()}" if self.chance(0.1) else ""

    def defined(self, anchor: str) -> None:
        """The anchor may be used from here on: not inside what it names."""
        if anchor:
            self.anchors.append(anchor)

    def block(self, indent: int, depth: int) -> str:
        """Lines at ``indent``: a collection, or a scalar when it is deep enough."""
        if depth > 4 or self.chance(0.1):
            return " " * indent + self.scalar(indent)
        one = self.entry if self.chance(0.6) else self.item
        lines = []
        for _ in range(self.rng.randint(1, 4)):
            lines += [self.filler(), " " * indent, one(indent, depth)]
        return "".join(lines)

    def entry(self, indent: int, depth: int) -> str:
        if self.chance(0.05):
            key = f"? {self.key()}{self.comment()}\n"
            return f"{key}{' ' * indent}:{self.value(indent, depth)}" if self.chance(0.5) else key
        return f"{self.key()}:{self.value(indent, depth)}"

    def item(self, indent: int, depth: int) -> str:
        if depth > 3 or self.chance(0.7):
            return f"-{self.value(indent, depth)}"
        inner, one = indent + 2, self.entry if self.chance(0.7) else self.item
        text = "- " + one(inner, depth + 1)
        for _ in range(self.rng.randint(0, 2)):
            text += " " * inner + one(inner, depth + 1)
        return text

    def key(self) -> str:
        word = f"{self.rng.choice(KEYS)}{self.number()}"
        return self.rng.choice((word, word, word, f"'{word}'", f'"{word}\\u0041"', f"'{word}, ''x'''"))

    def value(self, indent: int, depth: int) -> str:
        """What follows ``key:`` or ``-``, to the end of its lines."""
        pick = self.rng.random()
        if pick < 0.08:
            return f"{self.comment()}\n"
        if pick < 0.15 and self.anchors:
            return f" *{self.rng.choice(self.anchors)}{self.comment()}\n"
        anchor = self.anchor()
        mark = f" &{anchor}" if anchor else ""
        if pick < 0.45 and depth < 5:
            inner = self.block(indent + self.rng.randint(1, 3), depth + 1)
            text = f"{mark}{self.rng.choice((' # c', ' ', ''))}\n{inner}"
        else:
            text = f"{mark} {self.scalar(indent)}"
        self.defined(anchor)
        return text

    def scalar(self, indent: int) -> str:
        """A scalar or a collection in brackets, and the end of its line."""
        inner = " " * (indent + self.rng.randint(1, 3))
        pick = self.rng.random()
        if pick < 0.15:
            return self.block_scalar(inner)
        if pick < 0.22:
            text = f"{self.words()}\n{inner}{self.words()} \n\n{inner}x"
        elif pick < 0.29:
            text = f'"{self.words()} \\\n{inner}\\t{self.words()}  \n\n{inner}\\"x"'
        elif pick < 0.35:
            text = f"'{self.words()}\n{inner}it''s\n\n{inner}x '"
        elif pick < 0.6:
            text = self.brackets(0, inner)
        else:
            text = self.rng.choice((self.rng.choice(PLAIN), self.rng.choice(QUOTED), self.words()))
        return f"{text}{self.comment()}\n"

    def words(self) -> str:
        return " ".join(self.rng.choices(NAMES, k=self.rng.randint(1, 3)))

    def block_scalar(self, inner: str) -> str:
        head = self.rng.choice("|>") + self.rng.choice(("", "-", "+")) + self.comment()
        more = self.rng.choices(
            ("", *(inner + end for end in ("b", "b  ", "  b", "# no", "\tb"))), k=self.rng.randint(0, 4)
        )
        return "\n".join([head, inner + self.words(), *more, self.rng.choice(("", "", "\n"))])

    def brackets(self, depth: int, inner: str) -> str:
        """``[…]`` or ``{…}``, on one line or several."""
        gap = self.rng.choice(("", "", " ", f"\n{inner}", f" # c\n{inner}", "\t"))
        pairs = self.chance(0.5)
        items = [
            (self.pair if pairs or self.chance(0.1) else self.in_brackets)(depth, inner)
            for _ in range(self.rng.randint(0, 3))
        ]
        last = "," if items and self.chance(0.2) else ""
        body = gap + f",{gap or ' '}".join(items) + last + gap
        return f"{{{body}}}" if pairs else f"[{body}]"

    def pair(self, depth: int, inner: str) -> str:
        key = self.key()
        if self.chance(0.4):
            return key + self.rng.choice(("", ": "))
        return (
            key + self.rng.choice((": ", ": ", " : ", ":\t", f":\n{inner}")) + self.in_brackets(depth, inner)
        )

    def in_brackets(self, depth: int, inner: str) -> str:
        if self.anchors and self.chance(0.05):
            return f"*{self.rng.choice(self.anchors)} "
        anchor = self.anchor()
        text = f"&{anchor} " if anchor else ""
        text += (
            self.brackets(depth + 1, inner)
            if depth < 3 and self.chance(0.25)
            else self.rng.choice(IN_BRACKETS)
        )
        self.defined(anchor)
        return text
