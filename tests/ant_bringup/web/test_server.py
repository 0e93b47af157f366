"""The server over real sockets, with a site of the test's own and an echo in the viewer's place."""

import json
import socket
import socketserver
import threading
from collections.abc import Iterator
from http import HTTPStatus
from http.client import HTTPConnection
from pathlib import Path

import pytest

from ant_bringup.web.access import Action
from ant_bringup.web.server import MAX_CONNECTIONS, TOKEN_HEADER, Outcome, PageServer, Site, listen

TOKEN = "secret"


class Echo(socketserver.StreamRequestHandler):
    """Answers a request's head with that head, then echoes."""

    def handle(self) -> None:
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += self.rfile.readline()
        self.wfile.write(b"HTTP/1.1 101 Switching Protocols\r\n\r\n" + head)
        while b"upgrade: websocket" in head.lower() and (line := self.rfile.readline()):
            self.wfile.write(line)


@pytest.fixture
def done() -> list[Action]:
    return []


@pytest.fixture
def server(tmp_path: Path, done: list[Action]) -> Iterator[PageServer]:
    def act(action: Action) -> Outcome:
        done.append(action)
        return Outcome(HTTPStatus.CONFLICT if action == "step" else HTTPStatus.OK, f"{action} it is")

    path = tmp_path / "viewer"
    with socketserver.ThreadingUnixStreamServer(str(path), Echo) as viewer:
        viewer.daemon_threads = True
        with listen(0, Site(TOKEN, lambda: {"height": 1.5}, act, lambda: path)) as server:
            threads = [threading.Thread(target=each.serve_forever, args=(0.01,)) for each in (viewer, server)]
            for thread in threads:
                thread.start()
            yield server
            for each, thread in zip((viewer, server), threads, strict=True):
                each.shutdown()
                thread.join()


def ask(server: PageServer, method: str, path: str, **headers: str) -> tuple[int, bytes, dict[str, str]]:
    connection = HTTPConnection("127.0.0.1", server.port, timeout=10)
    connection.request(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})
    response = connection.getresponse()
    body = response.read()
    connection.close()
    return response.status, body, {name.lower(): value for name, value in response.getheaders()}


def test_page_names_no_other_host_and_may_load_from_none(server: PageServer) -> None:
    for path in ("/", "/page.js", "/page.css"):
        status, body, headers = ask(server, "GET", path)
        assert status == 200
        assert b"//" not in body.replace(b"// ", b"").replace(b"http://www.w3.org", b"")
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert "access-control-allow-origin" not in headers


def test_status_is_json(server: PageServer) -> None:
    status, body, _ = ask(server, "GET", "/status")
    assert (status, json.loads(body)) == (200, {"height": 1.5})


def test_button_with_the_token_acts_and_says_what_came_of_it(server: PageServer, done: list) -> None:
    status, body, _ = ask(server, "POST", "/do/pause", **{TOKEN_HEADER: TOKEN})
    assert (status, json.loads(body)) == (200, {"text": "pause it is"})
    assert ask(server, "POST", "/do/step", **{TOKEN_HEADER: TOKEN})[0] == HTTPStatus.CONFLICT
    assert done == ["pause", "step"]


@pytest.mark.parametrize("action", ["release", "activate", "pause", "resume", "step", "reset"])
@pytest.mark.parametrize("token", [{}, {TOKEN_HEADER: "guess"}])
def test_without_the_token_nothing_but_a_stop(action: str, token: dict, server: PageServer, done: list) -> None:
    status, body, _ = ask(server, "POST", f"/do/{action}", **token)
    assert status == 403
    assert "token" in json.loads(body)["text"]
    assert ask(server, "POST", "/do/e_stop", **token)[0] == 200
    assert done == ["e_stop"]


@pytest.mark.parametrize("headers", [{"Origin": "https://evil.example"}, {"Origin": "null"}, {"Host": "evil.example"}])
def test_other_sites_get_and_do_nothing_even_with_the_token(headers: dict, server: PageServer, done: list) -> None:
    for method, path in (("GET", "/"), ("GET", "/status"), ("GET", "/state"), ("POST", "/do/e_stop")):
        status, body, _ = ask(server, method, path, **headers, **{TOKEN_HEADER: TOKEN})
        assert status == 403, path
        assert b"expected" in body
    assert done == []


@pytest.mark.parametrize("path", ["/do/", "/do/explode", "/do/pause/", "/status"])
def test_what_is_not_there_cannot_be_posted_to(path: str, server: PageServer, done: list) -> None:
    assert ask(server, "POST", path, **{TOKEN_HEADER: TOKEN})[0] == 404
    assert done == []


def test_other_methods_are_refused(server: PageServer) -> None:
    assert ask(server, "OPTIONS", "/do/pause")[0] == HTTPStatus.NOT_IMPLEMENTED


def test_everything_else_is_the_viewers_one_request_a_connection(server: PageServer) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as client:
        client.sendall(b"GET /model HTTP/1.1\r\nHost: localhost\r\nConnection: keep-alive\r\n\r\n")
        answer = client.makefile("rb").read()
    assert answer.count(b"GET /model") == 1
    assert b"Connection: close" in answer
    assert b"keep-alive" not in answer


def test_websocket_passes_both_ways_until_it_ends(server: PageServer) -> None:
    origin = f"http://localhost:{server.port}".encode()
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as client:
        head = b"GET /state HTTP/1.1\r\nHost: %s\r\nOrigin: %s\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
        client.sendall(head % (origin.removeprefix(b"http://"), origin))
        reader = client.makefile("rb")
        while reader.readline() != b"\r\n":
            pass
        while reader.readline() != b"\r\n":
            pass
        client.sendall(b"ping\n")
        assert reader.readline() == b"ping\n"
        client.shutdown(socket.SHUT_WR)
        assert reader.read() == b""


def test_viewer_that_is_gone_is_said(tmp_path: Path) -> None:
    site = Site(TOKEN, dict, lambda _: Outcome(HTTPStatus.OK, ""), lambda: tmp_path / "nobody")
    with listen(0, site) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        status, body, _ = ask(server, "GET", "/index.html")
        server.shutdown()
        thread.join()
    assert status == HTTPStatus.BAD_GATEWAY
    assert b"viewer" in body


def test_client_that_says_nothing_and_too_many_of_them_stop_nobody(server: PageServer) -> None:
    idle = [socket.create_connection(("127.0.0.1", server.port), timeout=10) for _ in range(MAX_CONNECTIONS)]
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as one_more:
        assert one_more.recv(1) == b""
    for client in idle:
        client.close()
    while True:  # each freed place is taken over as soon as its thread has seen the end
        try:
            assert ask(server, "GET", "/status")[0] == 200
            return
        except ConnectionError:
            continue


def test_listens_on_loopback_alone(server: PageServer) -> None:
    assert server.socket.getsockname()[0] == "127.0.0.1"
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.2", server.port), timeout=10)


def test_port_in_use_is_replaced(server: PageServer) -> None:
    with listen(server.port, server.RequestHandlerClass.site) as other:
        assert other.port not in (0, server.port)
