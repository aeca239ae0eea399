"""An agency sends back the very file that it was handed, with one column filled in."""

import csv
import io
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from python_calamine import CalamineWorkbook

from service.agencies.store import insert_agency
from service.edge.access import Scope
from service.edge.api_keys import create_key
from service.exports.columns import COLUMNS
from service.exports.files import ExportFiles
from service.exports.layouts import LAYOUTS
from service.exports.per_report import HandOver
from service.exports.row_ids import RowIds
from service.exports.snapshot import ExportedReport, ReportSource
from service.host.beside import Beside
from tests.clients import NUMBER, Api
from tests.outcomes.sheets_made import xlsx

NOW = datetime.now(UTC)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
OTHER = "+8619790005678"


def report(number: str, place: int) -> ExportedReport:
    return ExportedReport(
        number=number, kind="mobile", report_id=f"c0ffee00-0000-4000-8000-00000000000{place}", source_id=0,
        is_simulated=False, shown=None, medium="voice", occurred_at="2026-03-01 10:03:04",
        recorded_at="2026-03-01 11:00:00", duration_seconds=None, connected=None, caller=None, claimed_institution=None,
        violations="", narrative="=称要上门，\n“明天”", verdict="unknown", score=None, revision=None,
        suspected_spoofing=False, verdict_is_simulated=False, model_version=None, campaign_id=None, relation=None,
        is_counted=True, sealed=None, later_sealed=None, has_recording=None,
    )  # fmt: skip


@pytest.fixture
async def agency(api: Api) -> httpx.AsyncClient:
    """The client of an agency."""
    async with api.database.connection() as connection:
        own = await insert_agency(connection, "12321", "受理中心", rows_per_30_days=10, now=NOW)
        _, token = await create_key(
            connection, label="12321", scopes=[Scope.EXPORTS], now=NOW, agency_id=own, purpose="testing"
        )
    await api.follow()
    return await api.client(token)


@pytest.fixture
async def handed(api: Api, agency: httpx.AsyncClient, tmp_path: Path) -> Path:
    """The directory of an export of three rows, two of one number, that the agency was handed."""
    filler = HandOver(
        handed_over_on=NOW.date(),
        sources={0: ReportSource("crowd", "collection")},
        row_ids=RowIds(api.keys, "12321"),
    )
    rows = [filler.row(report(number, place)) for place, number in enumerate((NUMBER, OTHER, NUMBER))]
    with ExportFiles(tmp_path, LAYOUTS["12321"], ("csv", "xlsx")) as files:
        files.write(rows)
        files.finish()
    for row in rows:
        await api.fetch(
            "INSERT INTO hand_overs SELECT $1, agency_id, $2, gen_random_uuid(), now(), gen_random_uuid(), now(), '\\x00'"
            " FROM agencies",
            row.number,
            row.row_id,
        )
    return tmp_path


def table_of(directory: Path) -> list[list[Any]]:
    """What the spreadsheet shows."""
    return CalamineWorkbook.from_path(directory / "reports.xlsx").get_sheet_by_index(0).to_python()


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Spreadsheets are read in this process: starting another one takes a second."""

    async def run(_: Beside, work: Any, content: bytes, **_asked: object) -> Any:
        return work(content)

    monkeypatch.setattr(Beside, "run", run)


async def sent(
    client: httpx.AsyncClient, content: bytes, media_type: str = XLSX, **query: str
) -> httpx.Response:
    return await client.post(
        "/v1/outcomes", content=content, params=query, headers={"Content-Type": media_type}
    )


async def results(api: Api) -> list[tuple[str, str]]:
    rows = await api.fetch("SELECT number, result FROM outcomes ORDER BY number, result")
    return [(row["number"], row["result"]) for row in rows]


async def test_the_spreadsheet_that_was_handed_over_comes_back_with_one_column_and_other_order(
    api: Api, agency: httpx.AsyncClient, handed: Path
) -> None:
    head, *rows = table_of(handed)
    assert "行编号" in head
    filled = [[*head, "处理结果"], [*rows[2], "属实"], [*rows[1], "不属实"], [*rows[0], ""]]
    for expected in ((2, 0), (0, 2)):
        taken = await sent(agency, xlsx({"举报": filled}))
        assert taken.status_code == 200, taken.text
        told = taken.json()
        assert (told["recorded"], told["repeated"], told["unanswered"], told["without_day"]) == (
            *expected,
            1,
            2,
        )
    assert await results(api) == [(NUMBER, "upheld"), (OTHER, "rejected")]


async def test_the_text_that_was_handed_over_comes_back_as_a_chinese_excel_saves_it(
    api: Api, agency: httpx.AsyncClient, handed: Path
) -> None:
    lines = list(csv.reader(io.StringIO((handed / "reports.csv").read_text("utf-8-sig"))))
    assert tuple(lines[0]) == COLUMNS
    number = COLUMNS.index("被举报号码")
    for line in lines[1:]:
        line[number] = "1.9790E+10"
    text = io.StringIO()
    csv.writer(text).writerows([[*lines[0], "处理结果"], *([*line, "部分属实"] for line in lines[1:])])
    taken = await sent(agency, text.getvalue().encode("gb18030"), "text/csv", decided_on="2026-11-01")
    assert (taken.status_code, taken.json()["recorded"]) == (200, 3), taken.text
    notes = await api.fetch("SELECT DISTINCT note, decided_on::text FROM outcomes")
    assert [tuple(row) for row in notes] == [("部分属实", "2026-11-01")]


async def test_a_spreadsheet_whose_cells_lie_far_apart_ends_at_the_bounds_of_memory(
    api: Api, agency: httpx.AsyncClient
) -> None:
    far = xlsx({"x": [["行编号", "处理结果"]]}, far=(1_048_575, 16_383))
    refused = await sent(agency, far)
    assert [one["code"] for one in refused.json()["errors"]] == ["outcome_file"]
    assert await api.count("outcomes") == 0


@pytest.mark.usefixtures("at_once")
@pytest.mark.parametrize(("accept", "status", "count"), [("all", 422, 0), ("partial", 200, 1)])
async def test_a_bad_row_is_named_and_good_ones_are_kept_only_if_that_is_asked(
    api: Api, agency: httpx.AsyncClient, handed: Path, accept: str, status: int, count: int
) -> None:
    _, first, second, third = table_of(handed)
    place = COLUMNS.index("row_id")
    rows = [
        ["行编号", "被举报号码", "处理结果", "处理日期"],
        [first[place], "19790001234", "属实", "2026/11/1"],
        [second[place], "19790001234", "属实", "2026/11/1"],
        [third[place], "", "也许", "2026/11/1"],
        ["r" + "c" * 32, "", "属实", "2026/11/1"],
        [first[place], "", "属实", "2999/1/1"],
    ]
    taken = await sent(agency, xlsx({"x": rows}), accept=accept)
    assert taken.status_code == status
    told = taken.json()["refused" if count else "errors"]
    assert [(one["field"], one["code"]) for one in told] == [
        ("x!C4", "outcome_result"),
        ("x!B3", "outcome_number_differs"),
        ("x!A5", "not_handed_over"),
        ("x!D6", "in_the_future"),
    ]
    assert len(await results(api)) == count


@pytest.mark.usefixtures("at_once")
async def test_a_number_alone_names_a_row_if_it_is_the_only_one(
    api: Api, agency: httpx.AsyncClient, handed: Path
) -> None:
    rows = [
        ["被举报号码", "处理结果"],
        ["19790005678", "属实"],
        ["19790001234", "属实"],
        ["19790009999", "属实"],
    ]
    taken = await sent(agency, xlsx({"x": rows}), accept="partial")
    assert [(one["field"], one["code"]) for one in taken.json()["refused"]] == [
        ("x!A3", "outcome_row_needed"),
        ("x!A4", "not_handed_over"),
    ]
    assert await results(api) == [(OTHER, "upheld")]


@pytest.mark.usefixtures("at_once")
@pytest.mark.parametrize(
    ("content", "media_type", "code"),
    [
        (b"PK\x03\x04rest", XLSX, "invalid_request"), (b"", "text/csv", "invalid_request"),
        (b"{}", "text/html", "unsupported_media_type"), (b"{", "application/json", "invalid_json"),
        ("行编号,处理结果\n".encode() + b"r,\xe5\xb1\x9e\xe5\xae\x9e\n" * 501, "text/csv", "invalid_request"),
    ],
    ids=["damaged", "empty", "type", "json", "all wrong"],
)  # fmt: skip
async def test_what_cannot_be_read_is_refused(
    api: Api, agency: httpx.AsyncClient, content: bytes, media_type: str, code: str
) -> None:
    refused = await sent(agency, content, media_type)
    assert (refused.status_code >= 400, refused.json()["code"]) == (True, code)
    assert await api.count("outcomes") == 0


async def test_good_ones_of_json_are_kept_too_where_that_is_asked(
    api: Api, agency: httpx.AsyncClient, handed: Path
) -> None:
    row_id = table_of(handed)[1][COLUMNS.index("row_id")]
    outcomes = [
        {"row_id": one, "result": "upheld", "decided_on": "2026-11-01"} for one in (row_id, "r" + "d" * 32)
    ]
    taken = await agency.post("/v1/outcomes", params={"accept": "partial"}, json={"outcomes": outcomes})
    assert [one["field"] for one in taken.json()["refused"]] == ["outcomes[1].row_id"]
    assert await results(api) == [(NUMBER, "upheld")]


@pytest.mark.usefixtures("at_once")
@pytest.mark.parametrize(
    ("content", "fields"),
    [
        ("被举报号码,处理结果\n19790005678,属实\n19790005678,不属实\n", ["B2", "B3"]),
        ("行编号,被举报号码,处理结果\n{0},,属实\n,19790005678,不属实\n", ["C2", "C3"]),
        ("行编号,处理结果,处理日期\n{0},属实,\n{0},不属实,2026-11-01\n", ["B2", "B3"]),
        (
            '{{"row_id":"{0}","result":"upheld","decided_on":"2026-11-01"}}\n'
            '{{"row_id":"{0}","result":"rejected","decided_on":"2026-11-01"}}',
            ["line 1: result", "line 2: result"],
        ),
    ],
    ids=["by number", "by id and number", "with a day and without", "lines"],
)
async def test_what_is_said_twice_of_a_row_in_different_ways_is_refused_however_it_is_named(
    api: Api, agency: httpx.AsyncClient, handed: Path, content: str, fields: list[str]
) -> None:
    row_id = table_of(handed)[2][COLUMNS.index("row_id")]
    told = content.format(row_id).encode()
    refused = await sent(agency, told, "text/csv", decided_on="2026-11-01")
    assert [(one["field"], one["code"]) for one in refused.json()["errors"]] == [
        (field, "outcome_twice") for field in fields
    ]
    assert await results(api) == []


async def test_a_day_for_all_is_bounded_like_that_of_a_cell(agency: httpx.AsyncClient, handed: Path) -> None:
    for day, code in (("1999-12-31", "too_long_ago"), ("2999-01-01", "in_the_future")):
        refused = await sent(agency, b"x", "text/csv", decided_on=day)
        assert [(one["field"], one["code"]) for one in refused.json()["errors"]] == [("decided_on", code)]


async def test_the_same_file_with_another_day_is_no_replay(
    api: Api, agency: httpx.AsyncClient, handed: Path
) -> None:
    row_id = table_of(handed)[2][COLUMNS.index("row_id")]
    text = f"行编号,处理结果\n{row_id},属实\n".encode()
    headers = {"Content-Type": "text/csv", "Idempotency-Key": "one"}
    codes = [
        (
            await agency.post("/v1/outcomes", content=text, params={"decided_on": day}, headers=headers)
        ).status_code
        for day in ("2026-11-01", "2026-11-02", "2026-11-01")
    ]
    assert codes == [200, 422, 200]
