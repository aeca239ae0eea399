"""Rows about numbers: counted by persons, and told so that nobody can be singled out."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from ml.words import VIOLATIONS
from service.exports.manifest import read_manifest
from service.exports.schemas import ExportRequest
from service.exports.verify import verify_export
from service.secrets import KeyRing
from tests.exports.schemas import unfit
from tests.places import published_document

Wanted = Callable[..., ExportRequest]
THREAT, INSULT = VIOLATIONS.index("threat"), VIOLATIONS.index("insult")


@pytest.fixture
def rows_of(export: Any, wanted: Wanted) -> Callable[..., Any]:
    """The rows of an export about numbers."""

    async def rows(**members: object) -> list[dict[str, Any]]:
        directory = await export(wanted(layout="numbers", formats=["ndjson", "csv"], **members))
        assert verify_export(directory) == []
        assert read_manifest(directory).files[0].name == "numbers.ndjson"
        return [json.loads(line) for line in (directory / "numbers.ndjson").read_bytes().splitlines()]

    return rows


async def reported(given: Any, count: int, **columns: Any) -> None:
    for _ in range(count):
        await given.report(**columns)


async def test_a_number_is_one_row_with_counts_of_persons(given: Any, rows_of: Any) -> None:
    await reported(given, 12, violations=[THREAT], occurred_at="2026-03-01T02:03:04Z")
    await reported(given, 11, violations=[THREAT, INSULT], occurred_at="2026-03-02T02:03:04Z")
    await reported(given, 5, is_counted=False, occurred_at="2026-03-09T02:03:04Z")
    await given.verdict(campaign_id="c-abcdefghij", score=0.5)
    (row,) = await rows_of()
    assert (row["举报数"], row["举报人数"]) == (28, 23)
    assert row["违规类型"] == "恐吓威胁 23；侮辱辱骂 11"
    assert row["按日"] == "2026-03-01 12；2026-03-02 11"
    assert (row["首次联系日期"], row["末次联系日期"]) == ("2026-03-01", "2026-03-09")
    assert row["按被叫号码省份"] == "未知 23"
    assert (row["结论"], row["批次"], row["疑似改号"]) == ("confirmed", "c-abcdefghij", "否")
    assert row["举报内容样例"] == "称要上门\n称要上门\n称要上门"


async def test_every_row_fits_the_published_schema(given: Any, rows_of: Any) -> None:
    await reported(given, 3)
    await reported(given, 14, number="+8619790005678")
    schema = published_document("export-numbers.schema.json")
    rows = await rows_of()
    assert len(rows) == 2
    assert unfit(rows, schema) == []
    assert list(schema["properties"]) == schema["required"] == list(rows[0])


async def test_under_ten_persons_no_count_is_told(given: Any, rows_of: Any) -> None:
    await reported(given, 9, violations=[THREAT])
    (row,) = await rows_of()
    assert (row["举报数"], row["举报人数"]) == (None, None)
    assert (row["违规类型"], row["按日"], row["按被叫号码省份"]) == (
        "恐吓威胁 少于10或不列出",
        "不予列出",
        "不予列出",
    )


async def test_a_number_that_too_few_reported_has_no_row(given: Any, rows_of: Any) -> None:
    await reported(given, 2)
    await reported(given, 9, is_counted=False)
    assert await rows_of() == []


async def test_a_day_that_would_be_the_rest_is_not_told_alone(given: Any, rows_of: Any) -> None:
    await reported(given, 12, occurred_at="2026-03-01T02:03:04Z")
    await reported(given, 11, occurred_at="2026-03-02T02:03:04Z")
    await reported(given, 2, occurred_at="2026-03-03T02:03:04Z")
    (row,) = await rows_of()
    told = dict(cell.split(" ") for cell in row["按日"].split("；"))
    assert told["2026-03-03"] == "少于10或不列出"
    assert list(told.values()).count("少于10或不列出") == 2, "the rest would be 2"


async def test_a_spoofed_number_is_displayed_and_never_accused(given: Any, rows_of: Any) -> None:
    await reported(given, 3)
    await given.verdict(suspected_spoofing=True)
    (row,) = await rows_of()
    assert (row["被举报号码"], row["显示主叫号码"], row["疑似改号"]) == ("未知号码", "19790001234", "是")
    assert (row["运营商"], row["省份"]) == ("", "")


async def test_provinces_are_of_the_numbers_that_were_called(given: Any, rows_of: Any, keys: KeyRing) -> None:
    for _ in range(10):
        report_id = await given.report()
        sealed = keys.seal(b'{"callee": "010-82345678", "contact": null}', report_id.bytes)
        await given.execute("UPDATE reports SET sealed = $1 WHERE report_id = $2", sealed, report_id)
    (row,) = await rows_of()
    assert row["按被叫号码省份"] == "北京 10"
    assert "82345678" not in json.dumps(row)


async def test_samples_are_masked_and_cut(given: Any, rows_of: Any) -> None:
    for text in ("让我打 13800138000 还钱", "长" * 300, "19790001234 又来"):
        await given.report(narrative=text)
    (row,) = await rows_of()
    assert sorted(row["举报内容样例"].split("\n")) == sorted(
        ["让我打 [电话号码] 还钱", "长" * 200, "19790001234 又来"]
    )


async def test_a_row_about_a_number_has_an_id_of_its_own(given: Any, rows_of: Any) -> None:
    await reported(given, 3)
    (row,) = await rows_of()
    assert row["row_id"].startswith("n")
    assert "report_id" not in row
