"""The report as one self-contained HTML page, for a browser, a printer, and an archive."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256

from migrator import resources
from migrator.merge.model import Migration
from migrator.render.safe import Quoted, json_text
from migrator.report.options import DEFAULTS, ReportOptions


def html_report(migration: Migration, options: ReportOptions = DEFAULTS) -> str:
    """The page; a width and colours mean nothing here."""
    from migrator.render.template import render
    from migrator.report.json_report import visible_data
    from migrator.report.page.view import view

    values = view(migration, options)
    style = resources.read_text("templates", "report/page/page.css")
    script = resources.read_text("templates", "report/page/page.js")
    data = _script_data(visible_data({name: _lists(part) for name, part in values.pop("data").items()}))
    return render(
        "report/page/page.html.j2",
        **values,
        style=Quoted(style),
        script=Quoted(script),
        style_hash=_hash(style),
        script_hash=_hash(script),
        data=data,
    )


def _lists(part: object) -> object:
    """Tuples as lists: what ``visible_data`` and JSON know."""
    return [_lists(one) for one in part] if isinstance(part, tuple | list) else part


def _script_data(value: object) -> Quoted:
    """JSON within an element: nothing in it ends the element or begins a comment."""
    return Quoted(json_text(value).replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"))


def _hash(text: str) -> Quoted:
    """What a Content-Security-Policy calls an element's text."""
    return Quoted(f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}")
