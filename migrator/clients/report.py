"""Mentions as text for people and as JSON for other tools."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from migrator.clients.changes import Written
from migrator.clients.mentions import Mention
from migrator.clients.search import Searched
from migrator.render.safe import encodable, json_text, shown

FORMAT_VERSION: Final = 1


def text_report(searched: Searched, written: Written | None = None) -> str:
    """Every mention with its place and what to write there, and what it all comes to."""
    return "".join(f"{line}\n" for line in _lines(searched, written))


def json_report(searched: Searched, written: Written | None = None) -> str:
    """The same for machines."""
    done = set(written.done) if written is not None else set()
    document: dict[str, Any] = {
        "formatVersion": FORMAT_VERSION,
        "mentions": [_entry(mention, is_done=mention in done) for mention in searched.mentions],
        "searched": searched.count,
        "unread": [_file(*one) for one in searched.unread],
        "refused": [_file(*one) for one in (written.refused if written is not None else ())],
    }
    return f"{json_text(document, indent=2)}\n"


def left(searched: Searched, written: Written | None) -> tuple[Mention, ...]:
    """The mentions that are still there."""
    done = set(written.done) if written is not None else set()
    return tuple(mention for mention in searched.mentions if mention not in done)


def _entry(mention: Mention, *, is_done: bool) -> dict[str, Any]:
    return {
        "path": encodable(mention.path),
        "line": mention.line,
        "column": mention.column,
        "kind": mention.kind,
        "found": encodable(mention.found),
        "replacement": mention.replacement,
        "unambiguous": mention.is_unambiguous,
        "why": mention.why,
        "changed": is_done,
    }


def _file(path: str, why: str) -> dict[str, str]:
    return {"path": encodable(path), "why": why}


def _lines(searched: Searched, written: Written | None) -> Iterator[str]:
    done = set(written.done) if written is not None else set()
    refused = dict(written.refused) if written is not None else {}
    for mention in searched.mentions:
        mark = "changed" if mention in done else "change" if mention.is_unambiguous else "look"
        yield f"{shown(mention.path)}:{mention.line}:{mention.column}  {mark}  {mention.kind}"
        target = f" -> {shown(mention.replacement)}" if mention.replacement is not None else ""
        yield f"    {shown(mention.found)}{target}"
        yield f"    {shown(mention.why)}"
    if searched.files:
        yield ""
    for path, why in (*refused.items(), *searched.unread):
        word = "not changed" if path in refused else "not searched"
        yield f"{shown(path)}: {word}: {shown(why)}"
    yield _summary(searched, written)


def _summary(searched: Searched, written: Written | None) -> str:
    mentions = left(searched, written)
    files = f"{searched.count} file{'s' if searched.count != 1 else ''} searched"
    changed = f", {len(written.done)} changed" if written is not None else ""
    if not mentions:
        reach = " in what was searched" if searched.unread else ""
        return f"{files}{changed}: nothing is left to change{reach}."
    sure = sum(mention.is_unambiguous for mention in mentions)
    where = len({mention.path for mention in mentions})
    what = f"{len(mentions)} mention{'s' if len(mentions) != 1 else ''} in {where} file{'s' if where != 1 else ''}"
    ways = [f"{sure} that --write can change"] if sure else []
    ways += [f"{len(mentions) - sure} to look at"] if len(mentions) > sure else []
    return f"{files}{changed}: {what} left, {' and '.join(ways)}."
