"""The gateway itself, played on a socket of this machine: what a client with the token of an access key asks."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any, Final

from tests.gatewayapi.account import GatewayAccount

COMPLETION: Final = json.dumps({"choices": [{"message": {"content": "ok"}}]}).encode()
REFUSAL: Final = json.dumps(
    {"errorCode": "ERR_NGROK_27232", "statusCode": 403, "msg": "model not allowed", "details": {}}
).encode()


@contextmanager
def completions(
    seen: list[tuple[str, Any]], *, refused: str = "", account: GatewayAccount | None = None
) -> Iterator[str]:
    """It answers for every model but the one that is refused; with an account only to its tokens."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            authorization = self.headers["Authorization"]
            seen.append((authorization, body))
            known = account is None or authorization.removeprefix("Bearer ") in account.minted.values()
            is_refused = body["model"] == refused or self.path != "/v1/chat/completions" or not known
            answer = REFUSAL if is_refused else COMPLETION
            self.send_response(403 if is_refused else 200)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 -- its name there
            return

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
