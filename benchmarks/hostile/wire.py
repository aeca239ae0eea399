"""Requests as an attacker sends them: by hand, on sockets that may be left unfinished."""

import asyncio
import http.client
import json
import re
import socket
from contextlib import suppress
from typing import Any, TypeAlias

TIMEOUT_SECONDS = 60.0
MOST_BYTES = 64 * 1024 * 1024

Streams: TypeAlias = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def exchange(streams: Streams, request: bytes) -> tuple[int, bytes]:
    """Send a request on a connection that is kept; return the status and the body of the answer, which has a length."""
    reader, writer = streams
    writer.write(request)
    answered = await reader.readuntil(b"\r\n\r\n")
    length = next(line for line in answered.lower().split(b"\r\n") if line.startswith(b"content-length:"))
    body = await reader.readexactly(int(length.partition(b":")[2]))
    return int(answered[9:12]), body


def connect(port: int) -> socket.socket:
    """Open a connection."""
    connection = socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT_SECONDS)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def head(method: str, path: str, token: str | None, length: int, media_type: str) -> bytes:
    """The head of a request whose body has `length` bytes."""
    lines = [f"{method} {path} HTTP/1.1", "Host: dunwatch", f"Content-Length: {length}", "Connection: close"]
    lines += [f"Content-Type: {media_type}"] if length else []
    lines += [f"Authorization: Bearer {token}"] if token else []
    return "\r\n".join([*lines, "", ""]).encode()


def send(
    port: int,
    method: str,
    path: str,
    *,
    token: str | None = None,
    body: bytes = b"",
    media_type: str = "application/json",
) -> tuple[int, int]:
    """Send a request; return the status and the bytes of the answer, 0 and 0 where there was none."""
    with suppress(OSError), connect(port) as connection:
        with suppress(OSError):  # who is refused early may not send the rest
            connection.sendall(head(method, path, token, len(body), media_type) + body)
        return read(connection)
    return 0, 0


def read(connection: socket.socket) -> tuple[int, int]:
    """Read an answer to its end; return its status and bytes."""
    start, size = b"", 0
    with suppress(OSError):
        while size < MOST_BYTES and (piece := connection.recv(1 << 16)):
            start = start or piece
            size += len(piece)
    found = re.match(rb"HTTP/1\.[01] (\d{3})", start)
    return (int(found[1]) if found else 0), size


def ask(port: int, method: str, path: str, token: str, body: bytes) -> tuple[int, Any]:
    """Send a request and return the status and the JSON of its answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_SECONDS)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    try:
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read() or b"null")
    finally:
        connection.close()
