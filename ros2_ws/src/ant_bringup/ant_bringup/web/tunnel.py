"""Forwarding of a request, and of all bytes that follow, to a server behind this one."""

import socket
import threading
from collections.abc import Sequence
from contextlib import suppress

CHUNK = 65536


def tunnel(request_line: str, headers: Sequence[tuple[str, str]], client: socket.socket, server: socket.socket) -> None:
    """Forward a request whose head has been read, then all that follows; WebSockets too.

    The server is asked to close the connection after its answer, so that no later request bypasses the caller's checks.
    A client that does not read blocks its own tunnel only.
    """
    upgrade = any(name.lower() == "upgrade" for name, _ in headers)
    fields = [f"{name}: {value}" for name, value in headers if upgrade or name.lower() != "connection"]
    if not upgrade:
        fields.append("Connection: close")
    client.settimeout(None)
    server.sendall("\r\n".join([request_line, *fields, "", ""]).encode("latin-1"))
    thread = threading.Thread(target=_copy, args=(client, server), daemon=True)
    thread.start()
    _copy(server, client)
    thread.join()


def _copy(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while chunk := source.recv(CHUNK):
            sink.sendall(chunk)
    for end in (source, sink):
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
