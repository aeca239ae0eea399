"""What is sent by whoever has no right to, or too little of one: each kind, again and again until it is told to stop."""

import secrets
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field

from benchmarks.hostile.wire import connect, head, send

NDJSON = "application/x-ndjson"
MEGABYTES_8 = 8 * 1024 * 1024
UNFINISHED = 100
IDLE = 1100


@dataclass(slots=True)
class Target:
    """A service under attack: its ports, and tokens of a partner, a regulator and some reporters."""

    port: int
    lookup_port: int
    partner: str
    reporters: Sequence[str]
    stop: threading.Event = field(default_factory=threading.Event)
    answers: Counter[int] = field(default_factory=Counter)

    def send(
        self,
        path: str,
        body: bytes = b"",
        *,
        token: str | None = None,
        media_type: str = "application/json",
        method: str = "POST",
    ) -> None:
        """Send one request and note the status of the answer."""
        status, _ = send(self.port, method, path, token=token, body=body, media_type=media_type)
        self.answers[status] += 1


Attack = Callable[[Target], None]


def nested_json_without_a_key(target: Target) -> None:
    """8 MB of nested JSON where a key is needed."""
    target.send("/v1/numbers:lookup", b"[" * MEGABYTES_8)
    target.send("/v1/outcomes", b'{"a":' * (MEGABYTES_8 // 5))


def unknown_fields_without_a_key(target: Target) -> None:
    """Megabytes and 64 KB of unknown fields, where a key is needed and where none is."""
    fields = b"{" + b",".join(b'"f%d":1' % place for place in range(7000)) + b"}"
    few = b"{" + b",".join(b'"f%d":1' % place for place in range(2400)) + b"}"
    for path in ("/v1/outcomes", "/v1/reporters", "/v1/owners", "/v1/owners/codes"):
        target.send(path, fields[: 64 * 1024 - 1])
        target.send(path, few)


def reporters_with_thousands_of_fields(target: Target) -> None:
    """As many unknown fields as are read, by people who may report."""
    few = b"{" + b",".join(b'"f%d":1' % place for place in range(2400)) + b"}"
    for token in target.reporters:
        target.send("/v1/reports", few, token=token)
        target.send("/v1/cases", few, token=token)


def unfinished_bodies(target: Target) -> None:
    """A hundred bodies of 8 MB that never end: without a key, with a stranger's token, with a reporter's."""
    tokens = [None, f"dw_rep_{secrets.token_urlsafe(32)}", *target.reporters]
    with ExitStack() as stack:
        for place in range(UNFINISHED):
            connection = stack.enter_context(connect(target.port))
            token, length = tokens[place % len(tokens)], 60_000 if place % 2 else MEGABYTES_8
            with suppress(OSError):
                connection.sendall(head("POST", "/v1/reports", token, length, "application/json"))
                connection.sendall(b"{" + b" " * (length // 2))
        target.stop.wait(5)


def lines_without_end(target: Target) -> None:
    """A partner's batch of one line of 7 MB, of 270,000 lines, and of 10,000 lines that are all wrong."""
    for body in (b'{"number":"' + b"1" * 7_000_000, b"{}\n" * 270_000, b"{}\n" * 10_000, b"[\n" * 10_000):
        target.send("/v1/reports:batch", body, token=target.partner, media_type=NDJSON)


def lines_of_wrong_fields(target: Target) -> None:
    """8 MB of lines that each have a hundred unknown fields."""
    line = b"{" + b",".join(b'"f%d":1' % place for place in range(100)) + b"}\n"
    target.send(
        "/v1/reports:batch", line * (MEGABYTES_8 // len(line)), token=target.partner, media_type=NDJSON
    )


def bulk_look_ups(target: Target) -> None:
    """Ten thousand numbers at once, of which nothing is known, by a key that may."""
    numbers = ",".join(f'"{19790000000 + place}"' for place in range(10_000))
    target.send("/v1/numbers:lookup", f'{{"numbers":[{numbers}]}}'.encode(), token=target.partner)


def tokens_that_nobody_holds(target: Target) -> None:
    """A new token with each request."""
    for _ in range(200):
        target.send("/v1/reports", method="GET", token=f"dw_rep_{secrets.token_urlsafe(32)}")
        target.send("/v1/disputes", method="GET", token=f"dw_own_{secrets.token_urlsafe(32)}")
        target.send("/v1/numbers/19790001234", method="GET", token=f"dw_key_{secrets.token_urlsafe(32)}")


def connections_that_say_nothing(target: Target) -> None:
    """More connections than a server takes, with half a request or none."""
    with ExitStack() as stack:
        for place in range(IDLE):
            with suppress(OSError):
                connection = stack.enter_context(connect(target.port))
                if place % 2:
                    connection.sendall(head("POST", "/v1/reporters", None, 1000, "application/json"))
        target.stop.wait(10)


ATTACKS: tuple[Attack, ...] = (
    nested_json_without_a_key,
    unknown_fields_without_a_key,
    reporters_with_thousands_of_fields,
    unfinished_bodies,
    lines_without_end,
    lines_of_wrong_fields,
    bulk_look_ups,
    tokens_that_nobody_holds,
    connections_that_say_nothing,
)


def attack(target: Target, one: Attack, seconds: float, *, threads: int = 2) -> None:
    """Run an attack in some threads for so long."""
    target.stop.clear()
    target.answers.clear()

    def again() -> None:
        while not target.stop.is_set():
            one(target)
            time.sleep(0.01)

    running = [threading.Thread(target=again, daemon=True) for _ in range(threads)]
    for thread in running:
        thread.start()
    target.stop.wait(seconds)
    target.stop.set()
    for thread in running:
        thread.join()
