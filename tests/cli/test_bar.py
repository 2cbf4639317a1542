"""The line that says how far something is."""

from __future__ import annotations

import io

from migrator.cli.bar import Bar


def test_it_waits_for_its_moment_and_clears_its_line() -> None:
    stream, now = io.StringIO(), [0.0]
    with Bar(stream, is_shown=True, clock=lambda: now[0]) as bar:
        bar.show(0, 4, "reading")
        now[0] = 1.0
        bar.show(1, 4, "reading")
        assert stream.getvalue() == ""
        now[0] = 1.1
        bar.show(2, 4, "reading")
    assert stream.getvalue().split("\r\x1b[K") == ["", "[############------------] 2/4, reading", ""]


def test_it_is_not_drawn_more_often_than_anybody_can_read() -> None:
    stream, now = io.StringIO(), [0.0]
    with Bar(stream, is_shown=True, clock=lambda: now[0]) as bar:
        for tick in range(200):
            now[0] = 2.0 + tick / 100
            bar.show(tick, 200, "reading", at_once=False)
    assert 15 <= stream.getvalue().count("\r") <= 22


def test_it_survives_having_nothing_to_do() -> None:
    stream, now = io.StringIO(), [0.0]
    with Bar(stream, is_shown=True, clock=lambda: now[0]) as bar:
        now[0] = 9.0
        bar.show(0, 0, "reading")
    assert "0/0" in stream.getvalue()


def test_where_nobody_looks_there_is_none() -> None:
    stream, now = io.StringIO(), [0.0]
    with Bar(stream, is_shown=False, clock=lambda: now[0]) as bar:
        now[0] = 9.0
        bar.show(1, 2, "reading")
    assert stream.getvalue() == ""
