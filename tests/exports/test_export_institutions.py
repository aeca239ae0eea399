"""Rows about institutions: claims and own lines apart, lawful and unlawful apart, and nobody singled out."""

import itertools
import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from ml.words import VIOLATIONS
from service.days import CHINA
from service.exports.manifest import read_manifest
from service.exports.per_institution import CLAIMED, OTHERS, OWN_LINES, InstitutionHandOver, InstitutionRow
from service.exports.schemas import ExportRequest
from service.exports.snapshot import ExportedReport
from service.exports.verify import verify_export
from service.organisations.ranges import NumberRange, RangeTable
from service.secrets import KeyRing
from tests.exports.schemas import unfit
from tests.places import published_document

Reported = Callable[..., ExportedReport]
THREAT, INSULT = VIOLATIONS.index("threat"), VIOLATIONS.index("insult")
PERIOD = (datetime(2026, 2, 1, tzinfo=CHINA), datetime(2026, 4, 1, tzinfo=CHINA))
LINES = RangeTable([(NumberRange("+8619790001000", "+8619790001999"), "某某银行")])
PEOPLE = itertools.count()


@pytest.fixture
def rows_of(keys: KeyRing, reported: Reported) -> Callable[..., list[InstitutionRow]]:
    """The rows of reports, each given as a count of persons and what they report."""

    def rows(*given: tuple[int, dict[str, Any]], period: Any = PERIOD) -> list[InstitutionRow]:
        filler = InstitutionHandOver(keys=keys, names={}, lines=LINES, period=period)
        for count, members in given:
            plain = {"claimed_institution": "某某金融有限公司", "number": "+8619790005678"} | members
            many = [reported(**{"reporter": b"%d" % next(PEOPLE)} | plain) for _ in range(count)]
            assert filler.fill(many) == []
        return [one.row for one in filler.finish()]

    return rows


def test_names_are_one_and_violations_are_apart_from_polite_calls_by_day(rows_of: Any) -> None:
    (row,) = rows_of(
        (12, {"violations": str(THREAT)}),
        (11, {"claimed_institution": "某某金融（上海）", "violations": f"{INSULT},{THREAT}"}),
        (10, {"claimed_institution": "我是某某金融的客服"}),
    )
    assert (row.institution, row.basis, row.month) == ("某某金融", CLAIMED, "2026-03")
    assert (row.reports, row.reporters, row.violating, row.lawful) == (33, 33, 23, 10)
    assert row.violations == "恐吓威胁 23；侮辱辱骂 11"


@pytest.mark.parametrize(
    ("members", "is_violating"),
    [
        ({"occurred_at": "2026-03-01 23:10:00"}, True), ({"occurred_at": "2026-03-01 07:59:59"}, True),
        ({"occurred_at": "2026-03-01 08:00:00"}, False), ({"occurred_at": "2026-03-01 21:59:59"}, False),
        ({"occurred_at": "2026-03-01"}, False), ({"occurred_at": "2026-03-01 23:10:00", "medium": "sms"}, False),
        ({"violations": "0"}, True),
    ],
)  # fmt: skip
def test_a_call_by_night_breaks_a_rule_and_one_whose_hour_is_unknown_does_not(
    rows_of: Any, members: dict[str, Any], *, is_violating: bool
) -> None:
    (row,) = rows_of((10, members))
    assert (row.violating, row.lawful) == ((10, 0) if is_violating else (0, 10))


def test_own_lines_are_apart_from_what_callers_claim(rows_of: Any) -> None:
    rows = rows_of(
        (10, {"number": "+8619790001234", "claimed_institution": "别家银行"}),
        (11, {"number": "+8619790001235", "claimed_institution": None}),
        (12, {"claimed_institution": "某某银行"}),
    )
    assert [(row.institution, row.basis, row.reporters, row.numbers) for row in rows] == [
        ("某某银行", OWN_LINES, 21, 2),
        ("某某银行", CLAIMED, 12, 1),
    ]


def test_a_person_counts_once_for_an_institution_however_many_numbers_called(rows_of: Any) -> None:
    same = [(1, {"reporter": b"one", "number": f"+861979000{place:04}"}) for place in range(2000, 2030)]
    assert rows_of(*same) == []
    (row,) = rows_of(*same, (9, {}), (4, {"is_counted": False}))
    assert (row.reports, row.reporters) == (43, 10)


def test_what_too_few_named_is_told_together_or_not_at_all(rows_of: Any) -> None:
    assert rows_of((9, {})) == []
    (row,) = rows_of((9, {}), (4, {"claimed_institution": "第二家"}))
    assert (row.institution, row.reporters) == (OTHERS, 13)


@pytest.mark.parametrize(
    ("counts", "told", "violations"),
    [
        ((30, 3), (None, None), "恐吓威胁 少于10或不列出"),
        ((3, 30), (None, None), "恐吓威胁 少于10或不列出"),
        ((10, 10), (10, 10), "恐吓威胁 10"),
        ((12, 0), (12, 0), "恐吓威胁 12"),
    ],
)
def test_neither_part_of_the_persons_gives_a_few_away(
    rows_of: Any, counts: tuple[int, int], told: tuple[int | None, int | None], violations: str
) -> None:
    (row,) = rows_of((counts[0], {"violations": str(THREAT)}), (counts[1], {}))
    assert ((row.violating, row.lawful), row.violations) == (told, violations)


def test_nothing_says_that_few_did_what_many_did(rows_of: Any) -> None:
    """30 of 33 are withheld for the three others: whoever reads it must not take them for fewer than ten."""
    (row,) = rows_of((30, {"violations": str(THREAT)}), (3, {}))
    assert row.violations.removeprefix("恐吓威胁 ") not in ("", "30", "少于10")


def test_a_violation_that_leaves_a_few_of_those_who_report_any_is_not_told(rows_of: Any) -> None:
    """12 of 15 beside 15 with any violation would single out the three others."""
    (row,) = rows_of((12, {"violations": str(THREAT)}), (3, {"violations": str(INSULT)}), (20, {}))
    assert (row.violating, row.violations) == (15, "恐吓威胁 少于10或不列出；侮辱辱骂 少于10或不列出")


@pytest.mark.parametrize(("count", "trend"), [(15, "+50%"), (10, "0%"), (20, "+100%")])
def test_the_trend_compares_whole_months_whose_counts_are_told(rows_of: Any, count: int, trend: str) -> None:
    february = (10, {"recorded_at": "2026-02-10 11:00:00"})
    before, row = rows_of(february, (count, {}))
    assert (before.earlier, before.trend) == (None, "")
    assert (row.earlier, row.trend) == (10, trend)
    half = (datetime(2026, 2, 2, tzinfo=CHINA), PERIOD[1])
    assert rows_of(february, (count, {}), period=half)[1].earlier is None
    (row,) = rows_of((9, february[1]), (count, {}))
    assert (row.earlier, row.trend) == (None, "")


def test_institutions_that_few_named_have_no_trend_as_they_are_others_each_month(rows_of: Any) -> None:
    february = {"recorded_at": "2026-02-10 11:00:00"}
    names = [{"claimed_institution": name} for name in ("甲甲金融", "乙乙金融", "丙丙金融", "丁丁金融")]
    rows = rows_of((6, names[0] | february), (6, names[1] | february), (6, names[2]), (6, names[3]))
    assert [(row.institution, row.reporters, row.earlier, row.trend) for row in rows] == [
        (OTHERS, 12, None, "")
    ] * 2


def test_provinces_are_withheld_like_those_of_numbers(rows_of: Any, keys: KeyRing) -> None:
    def sealed(callee: str) -> dict[str, Any]:
        report_id = "c0ffee00-0000-4000-8000-000000000000"
        text = json.dumps({"callee": callee, "contact": None}).encode()
        return {"sealed": keys.seal(text, bytes.fromhex(report_id.replace("-", "")))}

    (row,) = rows_of((20, sealed("010-82345678")), (12, sealed("021-62345678")))
    assert row.provinces == "上海 12；北京 20"
    (row,) = rows_of((20, sealed("010-82345678")), (12, sealed("021-62345678")), (3, {}))
    assert row.provinces.count("少于10或不列出") == 2


async def test_an_export_of_institutions_fits_its_schema_and_needs_no_row_ids(
    given: Any, export: Any, wanted: Callable[..., ExportRequest]
) -> None:
    await given.execute("INSERT INTO institution_names VALUES ('某某贷', '某某金融', now())")
    for name in ("某某贷", "某某金融公司"):
        for _ in range(6):
            await given.report(claimed_institution=name, violations=[THREAT])
    request = wanted(layout="institutions", formats=["ndjson", "csv", "xlsx", "parquet"])
    directory = await export(request, keeps_handed=True)
    assert [flaw.code for flaw in verify_export(directory)] == ["file_extra"], (
        "what was handed over, which is nothing"
    )
    (row,) = [json.loads(line) for line in (directory / "institutions.ndjson").read_bytes().splitlines()]
    assert (row["机构名称"], row["举报人数"], row["涉嫌违规人数"]) == ("某某金融", 12, 12)
    assert unfit([row], published_document("export-institutions.schema.json")) == []
    assert not [name for name in read_manifest(directory).columns if name.isascii()]
    assert (directory / ".handed").read_bytes() == b""


def test_an_export_of_institutions_has_no_changes(wanted: Callable[..., ExportRequest]) -> None:
    with pytest.raises(ValueError, match="no changes"):
        wanted(layout="institutions", changes_only=True)
