"""A server on this machine that answers as api.ngrok.ai does: for scripts that are run in tests."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

LISTS = {
    "/providers": ("aiGatewayProviders", "aigp"),
    "/provider-keys": ("aiGatewayProviderKeys", "aigpk"),
    "/access-key-configurations": ("aiGatewayAccessKeyConfigurations", "aigac"),
    "/access-keys": ("aiGatewayAccessKeys", "aigk"),
}


@dataclass
class Request:
    method: str
    path: str
    authorization: str
    body: Any


@dataclass
class ControlPlane:
    """What was asked for, and how to answer. ``refuse`` maps (method, path) to a status and a body."""

    url: str = ""
    requests: list[Request] = field(default_factory=list)
    objects: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: {path: [] for path in LISTS})
    refuse: dict[tuple[str, str], tuple[int, bytes]] = field(default_factory=dict)
    page_size: int = 100
    next_page: str = ""
    """Where the next page is said to be, instead of where it is."""
    most: int = 1000
    """How many access keys the account may have."""
    without: tuple[str, ...] = ()
    """Members left out of every answer to POST."""

    def sent(self, method: str) -> list[Request]:
        return [request for request in self.requests if request.method == method]

    def answer(self, method: str, target: str, body: Any) -> tuple[int, bytes]:
        path = urlsplit(target).path
        if (method, path) in self.refuse:
            return self.refuse[method, path]
        if (method, path) == ("POST", "/access-keys") and len(self.objects[path]) >= self.most:
            return 503, b"no"
        if method == "GET":
            return 200, json.dumps(self._page(path, parse_qs(urlsplit(target).query))).encode()
        if method == "PATCH":
            return 200, b"{}"
        prefix = LISTS[path][1]
        made = {**body, "id": f"{prefix}_{len(self.objects[path]) + 1}"}
        self.objects[path].append(made)
        if path == "/access-keys":
            made = {**made, "token": f"ng-made-up-g1-{made['id']}"}
        return 201, json.dumps({key: made[key] for key in made if key not in self.without}).encode()

    def _page(self, path: str, query: dict[str, list[str]]) -> dict[str, Any]:
        start = int(query.get("beforeId", ["0"])[0])
        items = self.objects[path][start : start + self.page_size]
        page: dict[str, Any] = {LISTS[path][0]: items, "uri": path}
        if start + self.page_size < len(self.objects[path]):
            page["nextPageUri"] = (
                self.next_page or f"{self.url}{path}?limit=100&beforeId={start + self.page_size}"
            )
        return page


@contextmanager
def control_plane() -> Iterator[ControlPlane]:
    plane = ControlPlane()

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            data = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            body = json.loads(data) if data else None
            plane.requests.append(Request(self.command, self.path, self.headers["Authorization"] or "", body))
            status, answer = plane.answer(self.command, self.path, body)
            self.send_response(status)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        do_GET = do_POST = do_PATCH = _answer  # noqa: N815 - the names http.server looks for

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        plane.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield plane
        finally:
            server.shutdown()
            thread.join()
