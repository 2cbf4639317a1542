"""An API on this machine that answers what a test tells it to, and remembers what it was asked."""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, TypeVar

JSON = {"Content-Type": "application/json"}


@dataclass(frozen=True)
class Says:
    """One answer: whole; or none (``is_cut``); or less than it announces (``is_short``); or not before the test
    is over (``is_silent``); or without an end (``drips``).
    """

    status: int = 200
    body: bytes = b"{}"
    headers: dict[str, str] = field(default_factory=dict)
    is_cut: bool = False
    is_short: bool = False
    is_silent: bool = False
    drips: bool = False


def says(value: Any, status: int = 200, **headers: str) -> Says:
    """A JSON answer."""
    return Says(status, json.dumps(value).encode(), JSON | headers)


@dataclass
class Api:
    """What the server will say, in order (the last again and again), and what it was asked."""

    answers: list[Says] = field(default_factory=list)
    url: str = ""
    over: threading.Event = field(default_factory=threading.Event)
    asked: list[dict[str, str]] = field(default_factory=list)

    def answer_to(self, path: str) -> Says:
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


def serving(*answers: Says) -> AbstractContextManager[Api]:
    """A server on 127.0.0.1 for the time of a ``with``."""
    return playing(Api(list(answers) or [Says()]))


Played = TypeVar("Played", bound=Api)


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        return  # a client that went away, or was killed


@contextmanager
def playing(api: Played, tls: ssl.SSLContext | None = None) -> Iterator[Played]:
    """The same for an API that knows itself what to say."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            api.asked.append(
                {"path": self.path, **{name.lower(): value for name, value in self.headers.items()}}
            )
            answer = api.answer_to(self.path)
            self.close_connection = True
            if answer.is_cut:
                return
            if answer.is_silent:
                api.over.wait(30)
                return
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            if not answer.drips:
                self.send_header("Content-Length", str(len(answer.body) + answer.is_short))
            self.end_headers()
            self._send(answer)

        def _send(self, answer: Says) -> None:
            try:
                self.wfile.write(answer.body)
                while answer.drips and not api.over.wait(0.02):
                    self.wfile.write(b" ")
            except OSError:
                return  # the client has seen enough

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 -- the base class names it so
            return

    server = _Server(("127.0.0.1", 0), Handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    api.url = f"{'http' if tls is None else 'https'}://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield api
    finally:
        api.over.set()
        server.shutdown()
        server.server_close()
        thread.join()
