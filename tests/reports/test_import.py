"""Imports: whole however often interrupted, once however often begun, and no line lost without its reason."""

import csv
import gzip
import itertools
import json
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from ml.trust import BARE_LOG
from service.database import Database
from service.reports.feeds import CSV_COLUMNS
from service.reports.importing import ImportFile, Progress, import_file
from service.reports.line_facts import FeedError
from service.reports.sources_store import ImportRun, ensure_source
from service.secrets import KeyRing
from tests.places import DATA

FTC = DATA / "ftc"
HISTORY = "created_date,number,consumer_area_code"
DAILY = (
    "Company_Phone_Number,Created_Date,Violation_Date,Consumer_City,Consumer_State,"
    "Consumer_Area_Code,Subject,Recorded_Message_Or_Robocall"
)
Import = Callable[..., Awaitable[ImportRun]]


class KilledError(Exception):
    """Stands for a kill in the middle."""


@pytest.fixture
def run(database: Database, keys: KeyRing, tmp_path: Path) -> Import:
    """Import lines as a file of a format; gives how it went. `killed_after` counts batches."""

    async def imported(
        file_format: str,
        content: Sequence[str] | bytes,
        *,
        source: str = "feed",
        name: str = "file",
        killed_after: int | None = None,
    ) -> ImportRun:
        path = tmp_path / name
        path.write_bytes(
            content if isinstance(content, bytes) else "".join(f"{c}\n" for c in content).encode()
        )
        batches = itertools.count(1)

        def progress(_state: Progress) -> None:
            if next(batches) == killed_after:
                raise KilledError

        async with database.connection() as connection:
            feed = await ensure_source(connection, source, weight=0.7)
        file = ImportFile(path, file_format, tmp_path / f"{source}.rejected")
        imported = await import_file(database, file, feed, keys=keys, progress=progress)
        return imported.run

    return imported


async def fetch(database: Database, statement: str) -> list[tuple[Any, ...]]:
    async with database.connection() as connection:
        return [tuple(row) for row in await connection.fetch(statement)]


def rejected(tmp_path: Path, source: str = "feed") -> list[dict[str, Any]]:
    path = tmp_path / f"{source}.rejected"
    return [json.loads(line) for line in path.read_bytes().splitlines()] if path.exists() else []


def history(*lines: str) -> list[str]:
    return [HISTORY, *lines]


def counts(outcome: ImportRun) -> tuple[int, int, int, int]:
    return (outcome.lines_done, outcome.stored, outcome.repeated, outcome.rejected)


async def test_the_three_column_history_is_imported(run: Import, database: Database, tmp_path: Path) -> None:
    outcome = await run(
        "ftc",
        history(
            "2020-03-01,2025550101,202",
            "2020-03-01,(202) 555-0102,303",
            "2020-03-02,+1 202 555 0101,202",
            "2020-03-02,,404",
            "2020-03-02,garbage,404",
            "not a day,2025550103,404",
            "2020-03-02,2025550103",
            "",
        ),
    )
    assert counts(outcome) == (8, 4, 0, 3), "a blank line is no fault"
    assert outcome.finished_at is not None
    rows = await fetch(database, "SELECT number, kind, time_known, medium FROM reports ORDER BY number")
    assert [row[0] for row in rows] == ["+12025550101", "+12025550101", "+12025550102", "withheld"]
    assert {row[2:] for row in rows} == {(False, "voice")}
    assert [line["text"] for line in rejected(tmp_path)] == [
        "2020-03-02,garbage,404",
        "not a day,2025550103,404",
        "2020-03-02,2025550103",
    ]
    assert all(line["reason"] for line in rejected(tmp_path))


async def test_a_table_taken_for_ndjson_is_refused_whole(run: Import, database: Database) -> None:
    with pytest.raises(FeedError, match="not a JSON object"):
        await run("ndjson", history("2020-03-01,2025550101,202"))
    assert await fetch(database, "SELECT FROM import_runs") == []


async def test_a_source_registered_again_uses_up_no_id(database: Database) -> None:
    async with database.connection() as connection:
        for name in ("first", "first", "first", "second"):
            await ensure_source(connection, name, weight=1.0)
    ids = await fetch(database, "SELECT source_id FROM sources WHERE name IN ('first', 'second') ORDER BY 1")
    assert ids[1][0] - ids[0][0] == 1


async def test_the_official_daily_file_is_imported(run: Import, database: Database) -> None:
    outcome = await run(
        "ftc",
        [
            DAILY,
            "2025550101,2021-07-07 00:01:15,2021-07-06 11:48:00,Oakland,California,510,Debt,Y",
            '2025550102,2021-07-07 00:02:00,2021-07-06 23:59:00,"Clinton, East",Illinois,217,Warranty,N',
            "2025550103,2021-07-07 00:03:00,,,,217,,",
        ],
    )
    assert counts(outcome) == (3, 3, 0, 0)
    assert await fetch(
        database,
        "SELECT number, caller, narrative, (occurred_at AT TIME ZONE 'Asia/Shanghai')::date::text,"
        " recorded_at::text FROM reports ORDER BY number",
    ) == [
        ("+12025550101", "automated", "Debt", "2021-07-06", "2021-07-07 00:01:15+00"),
        ("+12025550102", "human", "Warranty", "2021-07-06", "2021-07-07 00:02:00+00"),
        ("+12025550103", None, None, "2021-07-07", "2021-07-07 00:03:00+00"),
    ]


async def test_complaints_of_a_feed_are_each_another_reporter_clustered_by_area(
    run: Import, database: Database
) -> None:
    await run("ftc", history(*["2020-03-01,2025550101,202"] * 3, "2020-03-01,2025550101,303"))
    assert await fetch(database, "SELECT reports, reporters FROM daily_signals ORDER BY reports") == [
        (1, 1),
        (3, 3),
    ]
    assert await fetch(database, "SELECT DISTINCT weight, evidence_weight FROM reports") == [(0.7, BARE_LOG)]


async def test_of_a_feed_without_times_no_quiet_hours_are_guessed(run: Import, database: Database) -> None:
    await run("ftc", history("2020-03-01,2025550101,202"))
    assert await fetch(database, "SELECT quiet_hours FROM daily_signals") == [(0,)]


async def test_a_second_import_stores_nothing(run: Import, database: Database) -> None:
    lines = history(*(f"2020-03-01,20255501{n:02},202" for n in range(30)))
    first = await run("ftc", lines)
    before = await fetch(database, "SELECT * FROM reports ORDER BY report_id")
    assert await run("ftc", lines) == first
    again = await run("ftc", [*lines, "2020-03-02,2025550199,202"])
    assert counts(again) == (31, 1, 30, 0)
    after = await fetch(database, "SELECT * FROM reports ORDER BY report_id")
    assert len(after) == 31
    assert set(before) < set(after)


async def test_overlapping_files_store_each_complaint_once(run: Import, database: Database) -> None:
    lines = [f"2020-03-01,20255501{n:02},202" for n in range(30)]
    await run("ftc", history(*lines[:20]), name="one")
    second = await run("ftc", history(*lines[10:]), name="two")
    assert counts(second) == (20, 10, 10, 0)
    assert await fetch(database, "SELECT count(*), count(DISTINCT number) FROM reports") == [(30, 30)]


async def test_repeated_identical_complaints_of_one_file_are_kept(run: Import, database: Database) -> None:
    line = "2020-03-01,2025550101,202"
    await run("ftc", history(*[line] * 3), name="one")
    longer = await run("ftc", history(*[line] * 5), name="two")
    assert counts(longer) == (5, 2, 3, 0)
    assert await fetch(database, "SELECT count(*) FROM reports") == [(5,)]


async def test_the_same_complaint_of_another_source_is_another_one(run: Import, database: Database) -> None:
    for source in ("one", "two"):
        await run("ftc", history("2020-03-01,2025550101,202"), source=source)
    assert await fetch(database, "SELECT count(*) FROM reports") == [(2,)]


def many_lines() -> list[str]:
    lines = [f"2020-03-{1 + n % 28:02},20255501{n % 100:02},{200 + n % 7}" for n in range(60)]
    lines[7], lines[33], lines[55] = "2020-03-01,x,202", "bad", lines[12]
    return history(*lines)


@pytest.mark.parametrize("killed_after", [1, 3, 6])
async def test_an_interrupted_import_goes_on_where_it_stood(
    run: Import, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, killed_after: int
) -> None:
    monkeypatch.setattr("service.reports.importing.LINES_PER_BATCH", 10)
    query = (
        "SELECT number, encode(reporter, 'hex'), occurred_minute, report_id, cluster, is_counted"
        " FROM reports ORDER BY report_id"
    )
    with pytest.raises(KilledError):
        await run("ftc", many_lines(), killed_after=killed_after)
    (done,) = await fetch(database, "SELECT lines_done, finished_at FROM import_runs")
    assert done == (10 * killed_after, None)
    resumed = await run("ftc", many_lines())
    interrupted = await fetch(database, query)
    noted = rejected(tmp_path)
    async with database.connection() as connection:
        await connection.execute("TRUNCATE reports, daily_signals, changed_numbers, import_runs")
    (tmp_path / "feed.rejected").unlink()
    whole = await run("ftc", many_lines())
    assert counts(resumed) == counts(whole) == (60, 58, 0, 2)
    assert interrupted == await fetch(database, query)
    assert noted == rejected(tmp_path)
    assert len(noted) == 2


async def test_what_a_kill_tore_off_the_rejected_file_is_written_again(
    run: Import, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rejected lines of a batch are on disk before it is committed: they must not stand there twice."""
    monkeypatch.setattr("service.reports.importing.LINES_PER_BATCH", 10)
    with pytest.raises(KilledError):
        await run("ftc", many_lines(), killed_after=3)
    path = tmp_path / "feed.rejected"
    with path.open("ab") as file:
        file.write(b'{"line": 34, "reason": "written before the kill", "text": "bad"}\n{"line": 35, "rea')
    await run("ftc", many_lines())
    assert [line["text"] for line in rejected(tmp_path)] == ["2020-03-01,x,202", "bad"]
    assert "before the kill" not in path.read_text()


async def test_a_gzip_file_is_imported_like_a_plain_one(run: Import, database: Database) -> None:
    content = "\n".join(history("2020-03-01,2025550101,202")).encode()
    outcome = await run("ftc", gzip.compress(content), name="file.gz")
    assert counts(outcome) == (1, 1, 0, 0)


async def test_a_complaint_is_one_however_its_cells_are_quoted(run: Import, database: Database) -> None:
    plain = "2025550101,2021-07-07 00:01:15,2021-07-06 11:48:00,Oakland,California,510,Other,Y"
    town = '2025550102,2021-07-07 00:02:00,2021-07-06 23:59:00,"Clinton, East",Illinois,217,Warranty,N'
    quoted = ['"' + '","'.join(cells) + '"' for cells in csv.reader([plain, town])]
    await run("ftc", [DAILY, plain, town], name="plain")
    again = await run("ftc", "\r\n".join([DAILY, *quoted, ""]).encode(), name="quoted")
    packed = await run("ftc", gzip.compress("\n".join([DAILY, *quoted, ""]).encode()), name="packed")
    assert (counts(again), counts(packed)) == ((2, 0, 2, 0), (2, 0, 2, 0))
    assert await fetch(database, "SELECT count(*) FROM reports") == [(2,)]


async def test_whole_lines_before_a_cut_are_stored_and_the_whole_file_adds_the_rest(
    run: Import, database: Database
) -> None:
    lines = [f"2020-03-{1 + n % 28:02},202{n * 7919 % 10**7:07},{200 + n % 50}" for n in range(400)]
    packed = gzip.compress("\n".join([HISTORY, *lines, ""]).encode())
    cut = await run("ftc", packed[: len(packed) // 2], name="cut")
    assert cut.finished_at is None
    assert 0 < cut.lines_done < 400
    again = await run("ftc", packed[: len(packed) // 2], name="cut")
    assert again == cut
    whole = await run("ftc", packed)
    assert whole.stored == 400 - cut.stored - whole.rejected + cut.rejected
    assert whole.finished_at is not None


async def test_windows_line_ends_and_a_byte_order_mark_are_no_matter(run: Import, database: Database) -> None:
    content = ("\ufeff" + "\r\n".join(history("2020-03-01,2025550101,202"))).encode()
    assert counts(await run("ftc", content)) == (1, 1, 0, 0)


@pytest.mark.parametrize(
    ("file_format", "header"),
    [
        ("ftc", "number,created_date,consumer_area_code"),
        ("ftc", "created_date,number"),
        ("ftc", "2020-03-01,2025550101,202"),
        ("ftc", ""),
        ("csv", "number,occurred_at"),
        ("csv", "number,occurred_at,reporter,colour"),
        ("csv", ""),
    ],
)
async def test_a_file_with_wrong_columns_is_refused_whole(
    run: Import, database: Database, file_format: str, header: str
) -> None:
    with pytest.raises(FeedError):
        await run(file_format, [header, "2020-03-01,2025550101,202"])
    assert await fetch(database, "SELECT FROM reports") == []
    assert await fetch(database, "SELECT FROM import_runs") == []


async def test_partner_reports_come_as_csv(run: Import, database: Database, tmp_path: Path) -> None:
    outcome = await run(
        "csv",
        [
            "number,occurred_at,reporter,violations,connected,duration_seconds,narrative,opinion",
            '19790001234,2026-03-01T12:00:00+08:00,a,threat insult,true,35,"他说, 要上门",abusive',
            "19790001234,2026-03-01T12:00:00+08:00,b,,,,,legitimate",
            "19790001234,2026-03-01T12:00:00,c,,,,,abusive",
            "82345678,2026-03-01T12:00:00+08:00,d,,,,,abusive",
            "19790001234,2026-03-01T12:00:00+08:00,e,rude,,,,abusive",
            ",2026-03-01T12:00:00+08:00,f,,,,,abusive",
        ],
    )
    assert counts(outcome) == (6, 3, 0, 3)
    assert await fetch(
        database, "SELECT violations, connected, duration_seconds, narrative FROM reports WHERE connected"
    ) == [([0, 1], True, 35, "他说, 要上门")]
    assert await fetch(database, "SELECT count(*) FROM reports WHERE number = 'withheld'") == [(1,)]
    reasons = [line["reason"] for line in rejected(tmp_path)]
    assert [reason.split(":")[0] for reason in reasons] == ["occurred_at", "number", "violations[0]"]


async def test_partner_reports_come_as_ndjson(run: Import, database: Database, tmp_path: Path) -> None:
    report = {"number": "19790001234", "occurred_at": "2026-03-01T12:00:00+08:00", "reporter": "a"}
    lines = [json.dumps(report), "{", json.dumps(report | {"reporter": "b"}), json.dumps(report), "[]"]
    outcome = await run("ndjson", lines)
    assert counts(outcome) == (5, 2, 1, 2)
    assert [line["line"] for line in rejected(tmp_path)] == [2, 5]
    assert await fetch(database, "SELECT reports, reporters FROM daily_signals") == [(2, 2)]


def test_every_field_of_a_partners_report_may_be_a_column() -> None:
    assert {"number", "occurred_at", "reporter", "group", "violations"} <= set(CSV_COLUMNS)


UNTIDY = {
    "bytes that are no text in a subject": (
        "ftc", DAILY.encode() + b"\n2025550101,2021-07-07 00:01:15,2021-07-06 11:48:00,,,510,Caf\xe9,Y\n",
    ),
    "bytes that are no text in a day": ("ftc", HISTORY.encode() + b"\n2020-\xff,2025550101,202\n"),
    "bytes that are no text in an area": ("ftc", HISTORY.encode() + b"\n2020-03-01,2025550101,\xff\n"),
    "NUL in a subject": (
        "ftc", DAILY.encode() + b"\n2025550101,2021-07-07 00:01:15,2021-07-06 11:48:00,,,510,a\0b,Y\n",
    ),
    "an endless quoted cell": ("ftc", HISTORY.encode() + b'\n2020-03-01,"' + b"1" * 140_000 + b'",202\n'),
    "an endless quoted cell of a partner": (
        "csv", b'number,occurred_at,reporter\n"' + b"1" * 140_000 + b'",2026-03-01T12:00:00+08:00,a\n',
    ),
    "a cell that goes on in the next line": (
        "csv",
        b'number,occurred_at,reporter\n19790001234,2026-03-01T12:00:00+08:00,"cut\n',
    ),
    "bytes that are no text in a partner's JSON": (
        "ndjson", b'{"number": "19790001234", "occurred_at": "2026-03-01T12:00:00+08:00", "reporter": "\xff"}\n',
    ),
    "NUL in a partner's number": (
        "ndjson",
        b'{"number": "19790001234\\u0000", "occurred_at": "2026-03-01T12:00:00+08:00", "reporter": "a"}\n',
    ),
    "a day that is yet to come": ("ftc", HISTORY.encode() + b"\n2999-01-01,2025550101,202\n"),
    "more cells than columns": (
        "csv", b"number,occurred_at,reporter\n19790001234,2026-03-01T12:00:00+08:00,a,b,c\n",
    ),
}  # fmt: skip
GOOD = {
    "ftc": b"2020-03-01,2025550177,202\n",
    "csv": b"19790007777,2026-03-01T12:00:00+08:00,z\n",
    "ndjson": b'{"number": "19790007777", "occurred_at": "2026-03-01T12:00:00+08:00", "reporter": "z"}\n',
}


@pytest.mark.parametrize("what", UNTIDY)
async def test_an_untidy_line_is_rejected_and_loses_no_other(
    run: Import, database: Database, tmp_path: Path, what: str
) -> None:
    file_format, content = UNTIDY[what]
    good = GOOD[file_format]
    if content.startswith(DAILY.encode()):
        good = b"2025550177,2021-07-07 00:01:15,2021-07-06 11:48:00,,,510,Debt,Y\n"
    outcome = await run(file_format, content + good)
    assert outcome.lines_done == 2
    stored = [number for (number,) in await fetch(database, "SELECT number FROM reports")]
    assert ("+12025550177" if file_format == "ftc" else "+8619790007777") in stored
    assert outcome.rejected == 1
    assert len(rejected(tmp_path)) == 1


async def test_no_complaint_of_the_feed_is_left_uncounted(run: Import, database: Database) -> None:
    await run("ftc", many_lines())
    (sums,) = await fetch(database, "SELECT sum(reports), sum(reporters) FROM daily_signals")
    assert sums == (58, 58)
    numbers = await fetch(database, "SELECT DISTINCT number FROM reports ORDER BY 1")
    assert await fetch(database, "SELECT number FROM changed_numbers WHERE is_bulk ORDER BY 1") == numbers


@pytest.mark.parametrize(
    "name", ["complaints_2020-02-14_2020-10-31.csv.gz", "dnc_complaint_numbers_2021-07-08.csv"]
)
async def test_real_complaints_are_imported(
    run: Import, database: Database, tmp_path: Path, name: str
) -> None:
    path = FTC / name
    if not path.exists():
        pytest.skip("the complaint files of the FTC are not on this machine")
    with gzip.open(path, "rb") if name.endswith(".gz") else path.open("rb") as file:
        lines = list(itertools.islice(file, 4001))
    outcome = await run("ftc", b"".join(lines))
    assert outcome.lines_done == 4000
    assert outcome.stored + outcome.rejected == 4000
    assert outcome.rejected < 40
    column = 1 if name.endswith(".gz") else 0
    given = [cells[column] for cells in csv.reader(line.decode() for line in lines[1:])]
    blank = sum(not number.strip() for number in given)
    assert await fetch(database, "SELECT count(*) FROM reports WHERE number = 'withheld'") == [(blank,)]
    (sums,) = await fetch(database, "SELECT sum(reports), sum(reporters) FROM daily_signals")
    assert sums == (outcome.stored, outcome.stored)
