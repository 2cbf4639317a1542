"""Templates of Go: charts and the like, which say what they hold only once they are rendered."""

from __future__ import annotations

from collections.abc import Iterator

from migrator.sources.hosts.literal import Folder, Found, Unrendered

_OPENING = "{{"


class GoTemplate:
    """``.tpl`` and ``.gotmpl`` with directives in them; without, they are what they look like."""

    name = "template"
    advice = "Render it and convert the result."
    hints = ("traffic_policy", "trafficPolicy", "TrafficPolicy", "on_http_request")

    def matches(self, path: str, text: str) -> bool:
        return path.lower().endswith((".tpl", ".gotmpl", ".tmpl")) and (_OPENING in text or not text)

    def literals(self, text: str, folder: Folder) -> Iterator[Found]:  # noqa: ARG002 - it needs no other file
        at = text.find(_OPENING)
        yield Unrendered(at, at + len(_OPENING))
