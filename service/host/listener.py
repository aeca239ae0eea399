"""The sockets on which a host listens; they outlive the processes that accept from them."""

import socket
from typing import Final

import structlog

BACKLOG: Final = 4096  # connections that wait while every process that accepts is being started
STALLED_MILLISECONDS: Final = 30_000
LAST_PORT: Final = 65535

log = structlog.get_logger()


class CannotListenError(OSError):
    """The address cannot be listened on; the message says which, and why."""


def open_listener(host: str, port: int) -> socket.socket:
    """Return a socket that listens at an address; connections wait in its queue until the first process accepts.

    It listens at once, because two sockets can share an address until one of them does: a second supervisor would notice
    only when its processes did not come up.
    Its connections end when what was sent is not taken for 30 seconds: a client that reads nothing could otherwise keep one
    for as long as it liked. Raises CannotListenError.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if hasattr(socket, "TCP_USER_TIMEOUT"):  # Linux; accepted connections inherit it
                listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, STALLED_MILLISECONDS)
            listener.bind(address)
            listener.listen(BACKLOG)
        except OSError:
            listener.close()
            raise
    except OSError as error:
        raise CannotListenError(f"cannot listen on {host}:{port} ({error.strerror})") from error
    return listener


def open_lookup_listener(host: str, port: int, lookup_port: int | None) -> socket.socket | None:
    """Return the socket for look-ups, None where there is to be none.

    Without a port of its own choice it is the one after `port`, if that is free. Raises CannotListenError.
    """
    if lookup_port is not None:
        return open_listener(host, lookup_port) if lookup_port else None
    if port == LAST_PORT:
        return None
    try:
        return open_listener(host, port + 1)
    except CannotListenError as error:
        log.warning(
            "look-ups have no listener of their own; set DUNWATCH_LOOKUP_PORT to a free port, or to 0",
            reason=str(error),
        )
        return None
