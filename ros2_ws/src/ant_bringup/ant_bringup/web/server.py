"""HTTP on loopback: the page, its status, its buttons, and MuJoCo's viewer behind it."""

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
from typing import Any, ClassVar

from ant_bringup.web.access import ACTIONS, Action, refuse_action, refuse_origin
from ant_bringup.web.tunnel import tunnel

PAGES = Path(__file__).parent / "pages"
FILES = {
    "/": ("index.html", "text/html; charset=utf-8"),
    "/page.js": ("page.js", "text/javascript; charset=utf-8"),
    "/page.css": ("page.css", "text/css; charset=utf-8"),
}
TOKEN_HEADER = "X-Ant-Token"

MOST_CONNECTIONS = 64
"""At a time; a browser needs about five."""

REQUEST_TIMEOUT = 10.0
"""Time [s] a client may take for a request, or keep an idle connection."""

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


@dataclass(frozen=True)
class Outcome:
    """What came of an action, in words for the page."""

    status: HTTPStatus
    text: str


@dataclass(frozen=True)
class Site:
    """What the server serves.

    Attributes:
        token: what allows more than stopping.
        status: gives what the page shows.
        act: does an action; may block.
        viewer: gives the Unix socket of MuJoCo's viewer; None where there is none.
    """

    token: str
    status: Callable[[], dict[str, Any]]
    act: Callable[[Action], Outcome]
    viewer: Callable[[], Path] | None


class Handler(BaseHTTPRequestHandler):
    """Answers one connection's requests."""

    protocol_version = "HTTP/1.1"
    timeout = REQUEST_TIMEOUT
    site: ClassVar[Site]

    def do_GET(self) -> None:
        """The page, its status, or something of the viewer's."""
        path = self.path.partition("?")[0]
        if reason := refuse_origin(self.headers.get("Host"), self.headers.get("Origin")):
            self._send(HTTPStatus.FORBIDDEN, reason)
        elif path in FILES:
            name, content_type = FILES[path]
            self._send_bytes(HTTPStatus.OK, (PAGES / name).read_bytes(), content_type)
        elif path == "/status":
            self._send_bytes(HTTPStatus.OK, json.dumps(self.site.status(), allow_nan=False).encode())
        elif self.site.viewer is None:
            self._send(HTTPStatus.NOT_FOUND, f"there is no {path} here")
        else:
            self._hand_on(self.site.viewer())

    def do_POST(self) -> None:
        """A button: `/do/<action>`."""
        self.close_connection = True  # whatever body there is remains unread
        action = next((action for action in ACTIONS if self.path == f"/do/{action}"), None)
        if reason := refuse_origin(self.headers.get("Host"), self.headers.get("Origin")):
            self._send(HTTPStatus.FORBIDDEN, reason)
        elif action is None:
            self._send(HTTPStatus.NOT_FOUND, f"there is no {self.path} here; available: /do/ and {', '.join(ACTIONS)}")
        elif reason := refuse_action(action, self.headers.get(TOKEN_HEADER), self.site.token):
            self._send(HTTPStatus.FORBIDDEN, reason)
        else:
            outcome = self.site.act(action)
            self._send(outcome.status, outcome.text)

    def log_message(self, *_: Any) -> None:
        """Be silent: the page asks ten times a second."""

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

    def _hand_on(self, viewer: Path) -> None:
        self.close_connection = True
        server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            server.connect(str(viewer))
        except OSError as error:
            server.close()
            self._send(HTTPStatus.BAD_GATEWAY, f"MuJoCo's viewer does not answer: {error.strerror}")
            return
        tunnel(self.requestline, self.headers.items(), self.connection, server)


class PageServer(ThreadingHTTPServer):
    """A thread for each connection, and not too many of them."""

    daemon_threads = True
    request_queue_size = MOST_CONNECTIONS

    def __init__(self, port: int, site: Site) -> None:
        """Listen on 127.0.0.1 alone.

        Args:
            port: 0 takes any that is free.
            site: what is served.

        Raises:
            OSError: if the port cannot be had.
        """
        handler = type("SiteHandler", (Handler,), {"site": site})
        self._slots = threading.BoundedSemaphore(MOST_CONNECTIONS)
        super().__init__(("127.0.0.1", port), handler)

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.server_address[1])

    def process_request(self, request: Any, client_address: Any) -> None:
        """Serve a connection, or end it if there are too many."""
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
        """Say nothing of a browser that is gone in the middle of an answer; any other error is a defect."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(*arguments)


def listen(port: int, site: Site) -> PageServer:
    """Listen on a port of 127.0.0.1, or on any free one if it is in use.

    Raises:
        OSError: if no port can be had.
    """
    try:
        return PageServer(port, site)
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        return PageServer(0, site)
