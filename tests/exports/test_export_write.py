"""What is in an export, and that it is there whole or not at all."""

import csv
import json
import resource
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import pyarrow.parquet
import pytest

from service.database import Database
from service.exports import store
from service.exports.columns import COLUMNS, EXTENDED_COLUMNS
from service.exports.files import ExportWriteError
from service.exports.manifest import read_manifest
from service.exports.schemas import ExportRequest
from service.exports.snapshot import ExportedReport, count_reports, open_snapshot
from service.exports.verify import verify_export
from service.secrets import KeyRing
from tests.exports.schemas import unfit
from tests.places import published_document

Wanted = Callable[..., ExportRequest]
EVERY_VERDICT = ["unknown", "suspected", "confirmed", "disputed", "cleared", "protected"]


def rows_of(directory: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (directory / "reports.ndjson").read_bytes().splitlines()]


async def test_all_files_hold_the_same_rows_in_the_order_of_numbers(
    given: Any, export: Any, wanted: Wanted
) -> None:
    await given.verdict("+8619790005678", score=0.5)
    for number in ("+8619790005678", "+8619790001234", "+8619790005678"):
        await given.report(number)
    directory = await export(wanted(formats=["csv", "ndjson", "parquet"]))
    with (directory / "reports.csv").open(encoding="utf-8-sig", newline="") as file:
        header, *lines = csv.reader(file)
    rows = rows_of(directory)
    assert tuple(header) == COLUMNS
    assert [line[2] for line in lines] == ["19790001234", "19790005678", "19790005678"]
    assert [[str(row[name] or "") for name in COLUMNS] for row in rows] == lines
    assert pyarrow.parquet.read_table(directory / "reports.parquet").to_pylist() == rows


@pytest.mark.parametrize("is_disputed", [False, True])
@pytest.mark.parametrize("verdict", EVERY_VERDICT)
async def test_no_row_tells_more_of_a_number_than_its_verdict(
    given: Any, export: Any, wanted: Wanted, verdict: str, *, is_disputed: bool
) -> None:
    for _ in range(3):
        await given.report()
    await given.verdict(verdict=verdict, score=0.99, campaign_id="c-abcdefghij")
    if is_disputed:
        await given.dispute()
    for layout, name in (("12321", "reports"), ("numbers", "numbers")):
        directory = await export(wanted(verdicts=EVERY_VERDICT, layout=layout), layout)
        rows = [json.loads(line) for line in (directory / f"{name}.ndjson").read_bytes().splitlines()]
        assert rows
        verdicts = {row["verdict" if layout == "12321" else "结论"] for row in rows}
        listed = {"suspected", "confirmed"} & verdicts
        assert {row["score"] for row in rows} == ({0.99} if listed else {None})
        manifest = json.loads((directory / "manifest.json").read_text("utf-8"))
        assert manifest["model_versions"] == (["test-1"] if listed else [])
        if layout == "numbers":
            assert {row["批次"] for row in rows} == ({"c-abcdefghij"} if listed else {""})


async def test_the_csv_begins_with_a_byte_order_mark_and_ends_lines_with_crlf(
    given: Any, export: Any, wanted: Wanted
) -> None:
    await given.report()
    content = (await export(wanted()) / "reports.csv").read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    assert content.count(b"\r\n") == content.count(b"\n") == 2


async def test_a_line_carries_its_verdict_and_fits_the_published_schema(
    given: Any, export: Any, wanted: Wanted
) -> None:
    await given.report(shown="+86 19790001234", caller="one_ring", violations=[3], duration_seconds=4)
    await given.verdict(revision=4, score=0.87)
    await given.report("withheld", kind="withheld", narrative=None, time_known=False, medium="sms")
    await given.report("!+0086110", kind="impossible", is_simulated=True)
    rows = rows_of(await export(wanted()))
    schema = published_document("export-12321.schema.json")
    assert unfit(rows, schema) == []
    assert list(schema["properties"]) == list(rows[0])
    assert schema["required"] == list(rows[0])
    known = next(row for row in rows if row["number"] == "+8619790001234")
    assert (known["verdict"], known["score"], known["revision"]) == ("confirmed", 0.87, 4)


async def test_the_second_header_has_a_schema_too(given: Any, export: Any, wanted: Wanted) -> None:
    await given.report(relation="debtor", claimed_institution="甲公司")
    await given.report("withheld", kind="withheld", narrative=None)
    directory = await export(wanted(layout="12321_extended", formats=["ndjson", "csv"]))
    rows = rows_of(directory)
    schema = published_document("export-12321-extended.schema.json")
    assert unfit(rows, schema) == []
    assert list(schema["properties"]) == list(rows[0])
    assert (rows[0]["催收机构名称"], rows[0]["是否本人"]) == ("甲公司", "是")
    assert read_manifest(directory).columns == EXTENDED_COLUMNS
    assert verify_export(directory) == []


async def test_that_there_is_a_recording_is_told_and_no_more(given: Any, export: Any, wanted: Wanted) -> None:
    for media_type in ("audio/amr", "image/png"):
        report_id = await given.report(narrative=media_type)
        await given.execute(
            "INSERT INTO evidence VALUES ($1, $2, gen_random_uuid(), '\\x01', $3, 9, '\\x02', '\\x03', 1, now())",
            "+8619790001234",
            report_id,
            media_type,
        )
    rows = rows_of(await export(wanted(layout="12321_extended")))
    assert {row["举报内容"]: row["通话录音"] for row in rows} == {"audio/amr": "有", "image/png": ""}


async def test_the_newest_revision_decides(given: Any, export: Any, wanted: Wanted) -> None:
    await given.report()
    await given.verdict(verdict="confirmed", revision=1)
    await given.verdict(verdict="cleared", revision=9)
    assert rows_of(await export(wanted(verdicts=["confirmed"]), "confirmed")) == []
    (row,) = rows_of(await export(wanted(verdicts=["cleared"]), "cleared"))
    assert row["revision"] is None  # of a number that is not listed, it would tell of changes that are hidden


async def test_numbers_without_a_verdict_are_unknown(given: Any, export: Any, wanted: Wanted) -> None:
    await given.report()
    assert len(rows_of(await export(wanted(verdicts=["unknown"]), "unknown"))) == 1
    assert rows_of(await export(wanted(verdicts=EVERY_VERDICT[1:]), "others")) == []


async def test_the_period_takes_its_first_instant_and_not_its_last(
    given: Any, export: Any, wanted: Wanted
) -> None:
    for recorded_at in ("2026-02-28T15:59:59.999999Z", "2026-02-28T16:00:00Z", "2026-03-31T16:00:00Z"):
        await given.report(recorded_at=recorded_at)
    assert [row["投诉时间"] for row in rows_of(await export(wanted()))] == ["2026-03-01 00:00:00"]


async def test_times_are_those_of_clocks_in_china_without_fractions(
    given: Any, export: Any, wanted: Wanted
) -> None:
    await given.report(occurred_at="2026-03-01T23:59:59.999Z", recorded_at="2026-03-02T00:00:00.5Z")
    (row,) = rows_of(await export(wanted()))
    assert (row["来电时间"], row["投诉时间"]) == ("2026-03-02 07:59:59", "2026-03-02 08:00:00")


async def test_only_the_day_is_told_where_the_hour_is_not_known(
    given: Any, export: Any, wanted: Wanted
) -> None:
    await given.report(time_known=False)
    assert rows_of(await export(wanted()))[0]["来电时间"] == "2026-03-01"


async def test_what_was_retracted_or_speaks_for_the_number_is_left_out(
    given: Any, export: Any, database: Database, wanted: Wanted
) -> None:
    await given.report(retracted_at="2026-03-05T00:00:00Z")
    await given.report(opinion="legitimate")
    assert rows_of(await export(wanted())) == []
    assert await count_reports(database, wanted()) == 0


async def test_what_was_added_later_belongs_to_the_report(given: Any, export: Any, wanted: Wanted) -> None:
    report_id = await given.report(violations=[0], claimed_institution="甲公司")
    await given.supplement(report_id, position=1, narrative="又打来", violations=[1, 16])
    await given.supplement(report_id, position=2, narrative="换了人", claimed_institution="乙公司")
    (row,) = rows_of(await export(wanted()))
    assert row["举报内容"] == "自称机构：乙公司。称要上门\n又打来\n换了人"
    assert row["不良类型"] == "欠款催收；恐吓威胁；侮辱辱骂；拒绝后继续"


async def test_the_count_is_that_of_the_rows(
    given: Any, export: Any, database: Database, wanted: Wanted
) -> None:
    for number in ("+8619790001234", "+8619790005678"):
        await given.report(number)
        await given.report(number)
    await given.verdict()
    for verdicts in (["confirmed"], ["unknown"], EVERY_VERDICT):
        request = wanted(verdicts=verdicts)
        rows = rows_of(await export(request, verdicts[-1]))
        assert await count_reports(database, request) == len(rows) > 0


async def test_an_export_sees_one_instant(given: Any, database: Database, wanted: Wanted) -> None:
    await given.report()
    async with open_snapshot(database) as snapshot:
        await given.report()
        await given.verdict(verdict="cleared")
        await given.execute("UPDATE feed_head SET revision = 1")
        rows = [row async for batch in snapshot.stream_reports(wanted()) for row in batch]
    assert [(row.verdict, snapshot.revision) for row in rows] == [("unknown", 0)]


async def test_more_rows_than_a_batch_arrive_whole(given: Any, export: Any, wanted: Wanted) -> None:
    await given.report()
    await given.execute(
        "INSERT INTO reports SELECT (jsonb_populate_record(reports, jsonb_build_object("
        "'report_id', gen_random_uuid(), 'reporter', '\\x' || lpad(i::text, 8, '0')))).* "
        "FROM reports, generate_series(1, 1000) AS i"
    )
    seen: list[int] = []
    directory = await export(wanted(), progress=seen.append)
    rows = rows_of(directory)
    assert len({row["row_id"] for row in rows}) == 1001
    assert seen == [500, 1000, 1001]
    assert verify_export(directory) == []


async def test_the_manifest_tells_what_the_export_is(
    given: Any, export: Any, keys: KeyRing, wanted: Wanted
) -> None:
    await given.report()
    await given.verdict(revision=3, model_version="test-2")
    await given.execute("UPDATE feed_head SET revision = 3")
    export_id = uuid4()
    directory = await export(wanted(verdicts=["confirmed"]), export_id=export_id)
    manifest = read_manifest(directory)
    assert manifest.export_id == export_id
    assert (manifest.revision, manifest.model_versions) == (3, ("test-2",))
    assert [(entry.name, entry.rows) for entry in manifest.files] == [
        ("reports.csv", 1),
        ("reports.ndjson", 1),
    ]
    document = json.loads((directory / "manifest.json").read_bytes())
    assert unfit([document], published_document("export-manifest.schema.json")) == []
    assert verify_export(directory, keys.signer().public_key()) == []


async def test_an_export_without_rows_is_an_export(export: Any, wanted: Wanted) -> None:
    directory = await export(wanted())
    assert verify_export(directory) == []
    assert [entry.rows for entry in read_manifest(directory).files] == [0, 0]


async def test_only_the_formats_asked_for_are_written(export: Any, wanted: Wanted) -> None:
    directory = await export(wanted(formats=["ndjson"]))
    assert {file.name for file in directory.iterdir()} == {"reports.ndjson", "manifest.json"}


async def test_an_interrupted_export_leaves_nothing(
    given: Any, export: Any, wanted: Wanted, tmp_path: Path
) -> None:
    await given.report()

    def interrupt(_rows: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await export(wanted(), progress=interrupt)
    assert list((tmp_path / "exports").iterdir()) == []
    assert (await export(wanted())).is_dir()


async def test_a_full_disk_is_not_taken_for_an_absent_database(
    given: Any, export: Any, wanted: Wanted, tmp_path: Path
) -> None:
    for _ in range(20):
        await given.report(narrative="长" * 2000)
    with files_no_larger_than(16_384), pytest.raises(ExportWriteError):
        await export(wanted())
    assert list((tmp_path / "exports").iterdir()) == []


async def test_what_a_killed_writer_left_is_removed_and_nothing_else(
    export: Any, wanted: Wanted, tmp_path: Path
) -> None:
    abandoned = tmp_path / "exports" / ".partial-export.abcdefgh"
    of_another = tmp_path / "exports" / ".partial-export.2.abcdefgh"
    for draft in (abandoned, of_another):
        draft.mkdir(parents=True)
        (draft / "reports.csv").write_text("half a")
    directory = await export(wanted())
    assert set((tmp_path / "exports").iterdir()) == {directory, of_another}


async def test_an_existing_directory_is_never_replaced(export: Any, wanted: Wanted) -> None:
    directory = await export(wanted())
    before = (directory / "manifest.json").read_bytes()
    with pytest.raises(ExportWriteError):
        await export(wanted())
    assert (directory / "manifest.json").read_bytes() == before


async def test_a_writer_whose_draft_was_removed_publishes_nothing(
    given: Any, export: Any, wanted: Wanted, tmp_path: Path
) -> None:
    await given.report()

    def take_away(_rows: int) -> None:
        (draft,) = (tmp_path / "exports").iterdir()
        draft.rename(tmp_path / "elsewhere")

    with pytest.raises(ExportWriteError):
        await export(wanted(), progress=take_away)
    assert list((tmp_path / "exports").iterdir()) == []


async def test_the_query_gives_the_members_of_a_report_in_their_order(database: Database) -> None:
    async with database.connection() as connection:
        statement = await connection.prepare(store.QUERIES["stream_reports"])
        columns = [attribute.name for attribute in statement.get_attributes()]
    assert columns == list(ExportedReport.__struct_fields__)


async def test_the_verdict_is_one_step_in_an_index_and_a_short_period_is_found_by_time(
    database: Database, wanted: Wanted
) -> None:
    request = wanted()
    query = store.QUERIES["stream_reports"]
    async with database.connection() as connection, connection.transaction():
        await connection.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_indexscan = off")
        by_time = await _plan(connection, query, request)
        await connection.execute("SET LOCAL enable_indexscan = on; SET LOCAL enable_bitmapscan = off")
        whole = await _plan(connection, query, request)
    assert "Bitmap Index Scan on reports_by_time" in by_time
    assert "Index Scan using reports_pkey" in whole
    assert "Backward using verdicts_pkey" in whole
    assert "Seq Scan" not in whole
    assert "Sort" not in whole.split("Aggregate")[0]


async def _plan(connection: Any, query: str, request: ExportRequest) -> str:
    body = query[query.index("SELECT") :].rstrip(";")
    rows = await connection.fetch(f"EXPLAIN {body}", request.start, request.end, request.verdicts, False)
    return "\n".join(row[0] for row in rows)


@contextmanager
def files_no_larger_than(size: int) -> Iterator[None]:
    """Makes writing fail as on a full disk (EFBIG in place of ENOSPC)."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("published", [None, "suspected", "confirmed"])
async def test_while_its_owner_disputes_a_number_its_reports_are_marked_and_must_be_asked_for(
    given: Any, export: Any, wanted: Wanted, published: str | None
) -> None:
    await given.report()
    if published:
        await given.verdict(verdict=published)
    await given.dispute()
    await given.dispute("+8619790005678", state="withdrawn", closed_at="2026-03-05T00:00:00Z")
    await given.report("+8619790005678")
    assert [row["verdict"] for row in rows_of(await export(wanted(), "usual"))] == ["unknown"]
    (row,) = rows_of(await export(wanted(verdicts=["disputed"]), "disputed"))
    assert row["verdict"] == "disputed"
    assert "异议" in row["不良类型"]


async def test_a_dispute_of_a_cleared_number_leaves_it_cleared(
    given: Any, export: Any, wanted: Wanted
) -> None:
    await given.report()
    await given.verdict(verdict="cleared")
    await given.dispute()
    assert [row["verdict"] for row in rows_of(await export(wanted(verdicts=EVERY_VERDICT)))] == ["cleared"]
