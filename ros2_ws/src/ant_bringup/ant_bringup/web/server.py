"""HTTP server on loopback: page, status, actions, and MuJoCo's viewer behind it."""

import errno
import json
import socket
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

from ant_bringup.web.access import ACTIONS, Action, refuse_action, refuse_origin
from ant_bringup.web.tunnel import tunnel

PAGES = Path(__file__).parent / "pages"
FILES = {
    "/": ("index.html", "text/html"),
    "/page.js": ("page.js", "text/javascript"),
    "/page.css": ("page.css", "text/css"),
}
TOKEN_HEADER = "X-Ant-Token"

MAX_CONNECTIONS = 64
"""Concurrent connections; a browser needs about five."""

REQUEST_TIMEOUT = 10.0
"""Timeout [s] of a request, and of an idle connection."""

SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


class Outcome(NamedTuple):
    """Result of an action: HTTP status, and a message for the page."""

    status: HTTPStatus
    text: str


@dataclass(frozen=True)
class Site:
    """Content of the server: what the handlers call, each in its connection's thread."""

    token: str
    """Required for every action but the e-stop."""
    status: Callable[[], dict[str, Any]]
    act: Callable[[Action], Outcome]
    viewer: Callable[[], Path] | None
    """Returns the Unix socket of MuJoCo's viewer; None without a viewer."""


class Handler(BaseHTTPRequestHandler):
    """Handles the requests of one connection."""

    protocol_version = "HTTP/1.1"
    timeout = REQUEST_TIMEOUT
    site: ClassVar[Site]

    def do_GET(self) -> None:
        """Serve the page, its status, or a file of the viewer."""
        path = self.path.partition("?")[0]
        if reason := refuse_origin(self.headers.get("Host"), self.headers.get("Origin")):
            self._send(HTTPStatus.FORBIDDEN, reason)
        elif path in FILES:
            name, content_type = FILES[path]
            self._send_bytes(HTTPStatus.OK, (PAGES / name).read_bytes(), f"{content_type}; charset=utf-8")
        elif path == "/status":
            self._send_bytes(HTTPStatus.OK, json.dumps(self.site.status(), allow_nan=False).encode())
        elif self.site.viewer is None:
            self._send(HTTPStatus.NOT_FOUND, f"there is no {path} here")
        else:
            self._forward(self.site.viewer())

    def do_POST(self) -> None:
        """Perform `/do/<action>`."""
        self.close_connection = True  # a body, if any, remains unread
        action = next((action for action in ACTIONS if self.path == f"/do/{action}"), None)
        if reason := refuse_origin(self.headers.get("Host"), self.headers.get("Origin")):
            self._send(HTTPStatus.FORBIDDEN, reason)
        elif action is None:
            self._send(HTTPStatus.NOT_FOUND, f"there is no {self.path} here; available: /do/ and {', '.join(ACTIONS)}")
        elif reason := refuse_action(action, self.headers.get(TOKEN_HEADER), self.site.token):
            self._send(HTTPStatus.FORBIDDEN, reason)
        else:
            self._send(*self.site.act(action))

    def log_message(self, *_: Any) -> None:
        """Log nothing: the page polls ten times a second."""

    def _send(self, status: HTTPStatus, text: str) -> None:
        self._send_bytes(status, json.dumps({"text": text}).encode())

    def _send_bytes(self, status: HTTPStatus, body: bytes, content_type: str = "application/json") -> None:
        self.send_response(status)
        for name, value in SECURITY_HEADERS.items():
            self.send_header(name, value)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)

    def _forward(self, viewer: Path) -> None:
        self.close_connection = True
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as server:
            try:
                server.connect(str(viewer))
            except OSError as error:
                self._send(HTTPStatus.BAD_GATEWAY, f"MuJoCo's viewer does not answer: {error.strerror}")
                return
            tunnel(self.requestline, self.headers.items(), self.connection, server)


class PageServer(ThreadingHTTPServer):
    """One thread per connection, up to `MAX_CONNECTIONS`."""

    daemon_threads = True
    request_queue_size = MAX_CONNECTIONS

    def __init__(self, port: int, site: Site) -> None:
        """Listen on a port of 127.0.0.1, 0: any free one; raises OSError if it is not available."""
        self._slots = threading.BoundedSemaphore(MAX_CONNECTIONS)
        super().__init__(("127.0.0.1", port), type("SiteHandler", (Handler,), {"site": site}))
        self.port = int(self.server_address[1])

    def process_request(self, request: Any, client_address: Any) -> None:
        """Serve a connection, or close it if there are too many."""
        if self._slots.acquire(blocking=False):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Serve a connection in its thread."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._slots.release()

    def handle_error(self, *arguments: Any) -> None:
        """Ignore browsers that disconnect during an answer; any other error is a bug."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(*arguments)


def listen(port: int, site: Site) -> PageServer:
    """Listen on a port of 127.0.0.1, or on any free one if it is in use.

    Raises:
        OSError: if no port is available.
    """
    try:
        return PageServer(port, site)
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        return PageServer(0, site)
