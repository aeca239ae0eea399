"""Texts are read beside the event loop: small ones in a thread, others in a process with a time of its own."""

import asyncio
import os
import threading
import time
from datetime import UTC, datetime

import pytest

from service.edge.problems import ProblemError
from service.evidence import reading
from service.evidence.media import TEXT_BYTES
from service.evidence.reading import IN_A_THREAD, Reading, Refusal, Sent, read_beside, read_text
from service.host.beside import Asker, Beside

NUMBER = "+8619790001234"
NOW = datetime(2026, 3, 10, tzinfo=UTC)
ME = Asker(b"me", "here")
HEADER = "号码,时间,类型,时长\n"


def sent(text: str, name: str = "log.csv") -> Sent:
    return Sent(text.encode(), name, NUMBER, NOW)


def sent_bytes(content: bytes, name: str) -> Sent:
    return Sent(content, name, NUMBER, NOW)


def where(_sent: Sent) -> Reading:
    """What runs instead of reading, and tells where."""
    return Reading(f"{os.getpid()} {threading.current_thread() is threading.main_thread()}")


def forever(_sent: Sent) -> Reading:
    while True:
        time.sleep(1)


async def test_a_message_is_read_in_a_thread_and_what_is_longer_in_another_process(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(reading, "read_text", where)
    beside = Beside()
    short = await read_beside(beside, sent("x" * IN_A_THREAD), ME)
    long = await read_beside(beside, sent("x" * (IN_A_THREAD + 1)), ME)
    assert short.media_type == f"{os.getpid()} False"
    assert long.media_type.split()[0] != str(os.getpid())


async def test_what_takes_too_long_is_kept_unread_if_it_is_a_log_and_the_next_is_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    beside, text = Beside(), sent(HEADER + "19790001234,2026-03-01 21:30:05,呼入,65\n" * 200)
    with monkeypatch.context() as patched:
        patched.setattr(reading, "read_text", forever)
        patched.setattr(reading, "READING_SECONDS", 2.0)
        kept = await read_beside(beside, text, ME)
        assert (kept.media_type, list(kept.calls)) == ("text/csv", [])
        assert kept.log is not None
        assert [one.code for one in kept.log.unread] == ["call_log_beyond"]
    assert len((await read_beside(beside, text, ME)).calls) == 200


async def test_so_much_waits_and_no_more() -> None:
    beside = Beside(most_inside=1)
    text = sent("x" * (IN_A_THREAD + 1), "x.txt")
    first = asyncio.create_task(read_beside(beside, text, ME))
    await asyncio.sleep(0)
    with pytest.raises(ProblemError, match="too_many_at_once"):
        await read_beside(beside, text, ME)
    assert (await first).media_type == "text/plain"


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        (";" * 1_000_000, ["call_log_columns"]),
        (HEADER + ";" * 1_000_000, ["call_log_line"]),
        (HEADER + "," * 100_000 + "\n", ["call_log_line"]),
        (HEADER + "x" * 4_000_000 + "\n", ["call_log_line"]),
        (HEADER + '"' + ",\n" * 30, ["call_log_line"]),
        (HEADER + '19790001234,"2026-03-01 21:30:05,呼入,6\n' * 30, ["call_log_line"] * 30),
        (HEADER + f"19790001234,2026-03-01 21:30:05,呼入,{'9' * 5000}\n", ["call_log_length"]),
        (HEADER + f"19790001234,2026-03-01 21:30:05,呼入,{'9' * 5000}小时\n", ["call_log_length"]),
        (HEADER + "19790001234,2026-03-01 21:30:05,呼入,1e999\n", ["call_log_length"]),
        (HEADER + f"19790001234,2026-03-01 21:30:05,呼入,1.{'0' * 7000}\n", ["call_log_length"]),
        (HEADER + "19790001234,9999-12-31 23:59:59,呼入,6\n", ["call_log_moment"]),
        (HEADER + "19790001234,0001-01-01 00:00:00+14:00,呼入,6\n", ["call_log_moment"]),
        (HEADER + "19790001234,0000-01-01 00:00:00,呼入,6\n", ["call_log_time"]),
        (HEADER + "19790001234,2026-03-01 21:30:05+99:99,呼入,6\n", ["call_log_time"]),
        (HEADER + f"19790001234,{'1' * 5000},呼入,6\n", ["call_log_time"]),
        (HEADER + f"19790001234,2026-03-01 21:30:05,{'呼' * 5000},6\n", ["call_log_direction"]),
        ("\n" * 1_000_000, ["call_log_columns"]),
        ("号码;时间,类型\t时长\n", ["call_log_columns"]),
        ('"' * 4000, ["call_log_columns"]),
    ],
)
def test_a_row_beyond_the_bounds_is_named_and_never_breaks_the_reading(text: str, codes: list[str]) -> None:
    found = read_text(sent(text))
    assert isinstance(found, Reading)
    assert found.log is not None
    assert [error.code for error in found.log.unread] == codes


def test_a_text_that_takes_too_long_and_is_no_log_is_refused() -> None:
    found = reading.read_type(sent("x" * 100, "x.txt"))
    assert isinstance(found, Refusal)
    assert found.code == "evidence_beyond_bounds"


def test_of_a_log_without_end_the_beginning_is_read() -> None:
    row = "19790001234,2026-03-01 21:30:05,呼入,6\n"
    found = read_text(sent(HEADER + row + "\n" * 1_000_000))
    assert isinstance(found, Reading)
    assert found.log is not None
    assert (len(found.calls), [one.code for one in found.log.unread]) == (1, ["call_log_lines"])


def test_of_a_log_that_is_too_large_the_beginning_is_read() -> None:
    row = "19790001234,2026-03-01 21:30:05,呼入,6\n"
    other = "19790005678,2026-03-01 21:30:05,呼入,6\n"
    found = read_text(sent(HEADER + row + other * (TEXT_BYTES // len(other))))
    assert isinstance(found, Reading)
    assert found.log is not None
    assert (len(found.calls), found.log.unread[-1].code) == (1, "call_log_beyond")


def test_a_text_with_many_columns_is_a_text() -> None:
    assert read_text(sent(";" * 1_000_000, "x.txt")) == Reading("text/plain")


@pytest.mark.parametrize(
    "content",
    [
        b"\xed\xa0\x80",  # a lone surrogate in UTF-8
        b"\xff\xfe\x00\xd8",  # and in UTF-16
        HEADER.encode() + b"19790001234\0,2026-03-01 21:30:05,1,6\n",
    ],
)
def test_what_is_no_text_is_refused(content: bytes) -> None:
    found = read_text(Sent(content, "log.csv", NUMBER, NOW))
    assert isinstance(found, Refusal)
    assert found.code == "evidence_type_refused"
