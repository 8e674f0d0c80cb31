"""A gateway speaking the protocol of docs/gateway.md over real HTTP.

Alone: `python -m tests.fakes.sms_gateway --port 9000 --accepted ids.txt` writes the ids it accepts
to a file, a line a request, on disk before it answers: a test that kills senders knows what left.
It accepts the same id as often as it is asked: refusing a second copy is not its job.
"""

from __future__ import annotations

import argparse
import json
import os
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

# Set `mode` to one of these to make the gateway misbehave.
MODES = (
    *("accept", "reject", "retry", "bad_number", "partial", "garbage", "hang", "drop"),
    *("http_400", "http_401", "http_429", "http_500", "http_503"),
)


class FakeGateway:
    """The server, and everything it was asked."""

    def __init__(
        self, port: int = 0, accepted_file: Path | None = None, latency: float = 0.0
    ) -> None:
        self.mode = "accept"
        self.latency = latency
        self.requests: list[dict[str, Any]] = []
        self.tokens: list[str] = []
        self.accepted: list[str] = []
        self._file = accepted_file
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", port), _handler(self))
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/messages"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def __enter__(self) -> FakeGateway:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._server.shutdown()
        self._server.server_close()

    def serve(self) -> None:
        """Serve until killed."""
        self._server.serve_forever()

    def take(self, body: dict[str, Any], token: str) -> tuple[int, bytes] | None:
        """The answer to a request; None to close the connection without one."""
        time.sleep(self.latency)
        with self._lock:
            self.requests.append(body)
            self.tokens.append(token)
            mode = self.mode
            if mode.startswith("http_"):
                return int(mode.removeprefix("http_")), b"{}"
            entries = [self._entry(message, mode) for message in body["messages"]]
            self._keep([entry["id"] for entry in entries if entry["status"] == "accepted"])
        if mode == "hang":
            self._stopping.wait(30)
            return None
        if mode == "drop":
            return None
        if mode == "garbage":
            return 200, b"<html>it works</html>"
        if mode == "partial":
            entries = entries[:-1]
        return 200, json.dumps({"messages": entries}).encode()

    def _entry(self, message: dict[str, str], mode: str) -> dict[str, Any]:
        entry: dict[str, Any] = {"id": message["id"]}
        if mode == "reject":
            return entry | {"status": "rejected", "error": "barred"}
        if mode == "bad_number":
            return entry | {"status": "rejected", "error": "unknown", "invalid_number": True}
        if mode == "retry":
            return entry | {"status": "retry", "error": "busy"}
        return entry | {"status": "accepted", "reference": f"ref-{message['id']}"}

    def _keep(self, ids: list[str]) -> None:
        self.accepted += ids
        if self._file is None or not ids:
            return
        with self._file.open("a", encoding="utf-8") as file:
            file.write(" ".join(ids) + "\n")
            file.flush()
            os.fsync(file.fileno())


def _handler(gateway: FakeGateway) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            answer = gateway.take(body, self.headers.get("Authorization", ""))
            if answer is None:
                self.close_connection = True
                return
            status, content = answer
            self.send_response(status)
            if status == 429:
                self.send_header("Retry-After", "7")
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    return Handler


def main() -> None:
    """Serve alone."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--accepted", type=Path, required=True)
    parser.add_argument("--latency", type=float, default=0.0, help="seconds an answer takes")
    options = parser.parse_args()
    FakeGateway(options.port, options.accepted, options.latency).serve()


if __name__ == "__main__":
    main()
