"""Mentions of a text, as a test wants to see them."""

from __future__ import annotations

from migrator.catalog import bundled
from migrator.clients import Bundle, Mention
from migrator.clients.evidence import FileText, why_fixed
from migrator.clients.mentions import Finder


def found(bundle: Bundle, text: str, path: str = "app.py", container: str | None = None) -> list[Mention]:
    file = FileText(path, text, why_fixed(path, text))
    return list(Finder(bundle, bundled().current).mentions(file, container))


def one(bundle: Bundle, text: str, path: str = "app.py") -> Mention:
    """The only mention of a text."""
    (mention,) = found(bundle, text, path)
    return mention
