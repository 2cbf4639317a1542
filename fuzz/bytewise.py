"""Damage without any idea of what the bytes mean: cut, flipped, repeated, spliced, strewn with what is rare."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Final

RARE: Final[tuple[bytes, ...]] = (
    *(
        b"\x00",
        b"\x07",
        b"\x1b[31m",
        b"\x7f",
        b"\x85",
        b"\xa0",
        b"\xff",
        b"\xfe\xff",
        b"\xc3",
        b"\xed\xa0\x80",
    ),
    *(
        "\ufeff".encode(),
        "\u2028".encode(),
        "\u202e".encode(),
        "e\u0301".encode(),
        "😀".encode(),
        "\u0085".encode(),
    ),
    *(
        b"\t",
        b"\r",
        b"\r\n",
        b"\n---\n",
        b"\n...\n",
        b"%YAML 1.3\n",
        b"%",
        b"@",
        b"`",
        b"|",
        b">-\n",
        b"? ",
        b": ",
    ),
    *(
        b"&a ",
        b"*a ",
        b"<<: *a\n",
        b"!!binary ",
        b"!!python/object/apply:os.system ",
        b"!<x> ",
        b"- ",
        b"#",
        b"'",
        b'"',
    ),
    *(
        b"{{ .Values.x }}",
        b"${",
        b"${{ secrets.A }}",
        b"$${",
        b"\\",
        b"\\u0000",
        b"\\ud800",
        b"{",
        b"}",
        b"[",
        b"]",
        b",",
    ),
    *(
        b"<<EOT\n",
        b"EOT\n",
        b'"""',
        b"0x",
        b"1e999",
        b"9" * 400,
        b"-0",
        b".inf",
        b".nan",
        b"~",
        b"null",
        b"2026-01-01",
    ),
    *(
        b"[" * 3_000,
        b"{" * 1_000,
        b"(" * 3_000,
        b"a: {" * 300,
        b"- " * 2_000,
        b"!" * 500,
        b"&a [*a, " * 30,
        b" " * 5_000,
    ),
)


def _place(chance: Random, data: bytes) -> int:
    return chance.randrange(len(data) + 1)


def _range(chance: Random, data: bytes) -> tuple[int, int]:
    """Some bytes; few more often than many."""
    start = _place(chance, data)
    return start, min(len(data), start + 1 + int(len(data) * chance.random() ** 4))


def truncate(chance: Random, data: bytes, _: bytes) -> bytes:
    return data[: _place(chance, data)]


def flip(chance: Random, data: bytes, _: bytes) -> bytes:
    changed = bytearray(data)
    for _number in range(chance.choice((1, 1, 2, 8)) if data else 0):
        changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
    return bytes(changed)


def remove(chance: Random, data: bytes, _: bytes) -> bytes:
    start, end = _range(chance, data)
    return data[:start] + data[end:]


def repeat(chance: Random, data: bytes, _: bytes) -> bytes:
    start, end = _range(chance, data)
    times = chance.choice((2, 2, 3, 20))
    return data[:start] + data[start:end] * (times if end - start < 2_000 else 2) + data[end:]


def splice(chance: Random, data: bytes, other: bytes) -> bytes:
    start, end = _range(chance, other)
    at = _place(chance, data)
    return data[:at] + other[start:end] + (data[at:] if chance.random() < 0.5 else b"")


def strew(chance: Random, data: bytes, _: bytes) -> bytes:
    for _number in range(chance.choice((1, 1, 1, 3))):
        at = _place(chance, data)
        data = data[:at] + chance.choice(RARE) + data[at:]
    return data


def lines(chance: Random, data: bytes, _: bytes) -> bytes:
    """Lines moved, doubled, dropped or indented otherwise."""
    held = data.split(b"\n")
    at, to = chance.randrange(len(held)), chance.randrange(len(held))
    kind = chance.randrange(5)
    if kind == 0:
        held[at], held[to] = held[to], held[at]
    elif kind == 1:
        held.insert(to, held[at])
    elif kind == 2:
        del held[at]
    elif kind == 3:
        held[at] = b" " * chance.randrange(6) + held[at].lstrip()
    else:
        held[at:to] = reversed(held[at:to])
    return b"\n".join(held)


def recode(chance: Random, data: bytes, _: bytes) -> bytes:
    """The same text in another encoding, or with other line ends."""
    text = data.decode("utf-8", "replace")
    form = chance.randrange(5)
    if form < 3:
        return text.encode(("utf-16", "utf-32", "utf-8-sig")[form])
    return data.replace(b"\n", (b"\r\n", b"\r")[form - 3])


Damage = Callable[[Random, bytes, bytes], bytes]
DAMAGES: Final[tuple[Damage, ...]] = (
    truncate,
    flip,
    flip,
    remove,
    repeat,
    splice,
    strew,
    strew,
    lines,
    lines,
    recode,
)


def damaged(chance: Random, data: bytes, other: bytes) -> bytes:
    """``data`` after one to four of them; ``other`` is what can be spliced in."""
    for _ in range(chance.choice((1, 1, 2, 4))):
        data = chance.choice(DAMAGES)(chance, data, other)
    return data
