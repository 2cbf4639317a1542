"""The played account on a socket of this machine, with faults on command."""

from __future__ import annotations

import json
import os
import signal
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from tests.gatewayapi.account import Answer, GatewayAccount
from tests.gatewayapi.contract import OpenApi
from tests.gatewayapi.faults import FINE, Call, Decide, Fault, What


@dataclass
class Gateway:
    """A served account. ``decide`` chooses the fault of each call; ``victim`` is whom a fault kills."""

    account: GatewayAccount
    decide: Decide = lambda _: FINE
    openapi: OpenApi | None = None
    victim: int = 0
    """The process that is killed; it is known before its first request is answered."""
    calls: list[Call] = field(default_factory=list)
    agents: set[str] = field(default_factory=set)
    violations: list[str] = field(default_factory=list)
    """What was sent or answered against the published contract."""
    url: str = ""
    ready: threading.Event = field(default_factory=threading.Event)
    """Set when ``victim`` is known."""
    over: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._writes = 0
        self.ready.set()

    def fine(self) -> None:
        """From now on nothing goes wrong."""
        self.decide = lambda _: FINE
        self.account.expires_after = None

    def fail(self, decide: Decide) -> None:
        """From now on, calls counted anew, this goes wrong."""
        with self._lock:
            self.calls, self._writes, self.decide = [], 0, decide

    def called(self, method: str, path: str) -> Fault:
        with self._lock:
            write = None
            if method != "GET":
                self._writes += 1
                write = self._writes
            call = Call(len(self.calls) + 1, write, method, urlsplit(path).path)
            self.calls.append(call)
            return self.decide(call)

    def kill(self) -> None:
        self.ready.wait(10)
        os.kill(self.victim, signal.SIGKILL)


@contextmanager
def gateway(account: GatewayAccount | None = None, openapi: OpenApi | None = None) -> Iterator[Gateway]:
    """Serve an account on 127.0.0.1 for the time of a ``with``."""
    played = Gateway(account or GatewayAccount(), openapi=openapi)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1
        timeout = 30

        def _handle(self) -> None:
            data = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            played.agents.add(self.headers.get("User-Agent", ""))
            body = json.loads(data) if data else None
            fault = played.called(self.command, self.path)
            if fault.what is What.KILL_BEFORE:
                played.kill()
            if fault.what is What.LATE and self.command != "GET":
                played.account.answer_late(self.command, self.path, body, fault.look_ups)
            if fault.what in {What.DROP_BEFORE, What.LATE, What.KILL_BEFORE}:
                self._drop()
                return
            if fault.what is What.ERROR:
                said = f"{body} {self.headers['Authorization']}" if fault.repeats else "something is wrong"
                self._say(_error(fault.status, said), fault)
                return
            answer = played.account.answer(self.command, self.path, body, self.headers.get("Authorization"))
            if played.openapi is not None:
                played.violations += played.openapi.problems(
                    self.command, urlsplit(self.path).path, body, answer.status, answer.document
                )
            self._after(answer, fault)

        def _after(self, answer: Answer, fault: Fault) -> None:
            match fault.what:
                case What.DROP_AFTER:
                    self._drop()
                case What.KILL_AFTER:
                    played.kill()
                    self._drop()
                case What.HALF:
                    self._say(answer, fault, is_half=True)
                    self._drop()
                case What.ERROR_AFTER:
                    self._say(_error(fault.status, "something is wrong"), fault)
                case _:
                    played.over.wait(fault.seconds)
                    self._say(answer, fault)
            if fault.what is What.KILL_ANSWERED:
                played.kill()

        def _say(self, answer: Answer, fault: Fault, *, is_half: bool = False) -> None:
            content = answer.content()
            try:
                self.send_response(answer.status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Ngrok-Request-Id", f"req_{len(played.calls)}")
                for name, value in fault.headers:
                    self.send_header(name, value)
                if answer.status != 204:
                    self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content[: len(content) // 2] if is_half else content)
                self.wfile.flush()
            except OSError:
                self.close_connection = True

        def _drop(self) -> None:
            """Break the connection off, as a network does: with a reset."""
            self.close_connection = True
            try:
                self.wfile.flush()
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            except OSError:
                return

        do_GET = do_POST = do_PATCH = do_DELETE = do_HEAD = _handle  # noqa: N815 -- the names http.server looks for

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 -- its name there
            return

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 64

        def handle_error(self, request: Any, client_address: Any) -> None:
            return  # a client that went away, or was killed

    server = Server(("127.0.0.1", 0), Handler)
    played.url = played.account.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield played
    finally:
        played.over.set()
        server.shutdown()
        server.server_close()
        thread.join()


def _error(status: int, said: str) -> Answer:
    return Answer(status, {"statusCode": status, "msg": said, "details": {"said": said}})
