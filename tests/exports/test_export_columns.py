"""How a report fills the hand-over columns, and what CSV does to dangerous text."""

import csv
import io
import json
from collections.abc import Callable
from datetime import date
from uuid import UUID

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ml.words import VIOLATIONS
from service.exports.cells import province_of
from service.exports.columns import COLUMNS, EXTENDED_COLUMNS, Cell, Row
from service.exports.files import csv_lines
from service.exports.layouts import LAYOUTS
from service.exports.per_report import ExtendedHandOver, HandOver
from service.exports.row_ids import RowIds
from service.exports.snapshot import ExportedReport, ReportSource
from service.secrets import KeyRing
from tests.exports.guards import unguarded

Reported = Callable[..., ExportedReport]
HEADER = (
    "举报来源, 举报号码, 被举报号码, 下发日期, 投诉时间, 显示主叫号码, 业务类型, 电话类型, 被叫号码, "
    "来电时间, 通话时长(秒), 被叫企业, 不良类型, 举报内容"
)
SECOND = "被举报号码运营商, 被举报号码省份, 被叫号码运营商, 被叫号码省份, 催收机构名称, 逾期天数, 是否本人, 通话录音"
KEYS = KeyRing(*(bytes([purpose]) * 32 for purpose in range(1, 6)))
SOURCES = {
    0: ReportSource("crowd", "collection"),
    7: ReportSource("demo", "collection"),
    8: ReportSource("ftc", "any"),
}
DANGEROUS = "=+-@\t\r\n＝＋－＠"


def filler(*, agency: str = "an-agency", keys: KeyRing | None = None) -> HandOver:
    row_ids = RowIds(KEYS, agency)
    return HandOver(handed_over_on=date(2026, 3, 10), sources=SOURCES, row_ids=row_ids, keys=keys)


def extended(*, keys: KeyRing | None = None) -> ExtendedHandOver:
    row_ids = RowIds(KEYS, "an-agency")
    return ExtendedHandOver(keys=keys, handed_over_on=date(2026, 3, 10), sources=SOURCES, row_ids=row_ids)


def row_of(report: ExportedReport) -> Row:
    return filler().row(report)


def cells_of(row: Row) -> tuple[Cell, ...]:
    (cells,) = LAYOUTS["12321"].cells([row])
    return cells


def test_the_headers_are_those_of_12321_and_end_with_what_answers_need() -> None:
    assert ", ".join(COLUMNS) == f"{HEADER}, row_id, change, 证据"
    assert ", ".join(EXTENDED_COLUMNS) == f"{HEADER}, {SECOND}, row_id, change, 证据"


@pytest.mark.parametrize(
    ("evidence", "told"),
    [
        (None, ""),
        ("audio/amr", "录音 1"),
        (
            "application/pdf,audio/amr,audio/wav,image/png,text/csv,text/plain",
            "录音 2；图片 1；通话记录 1；短信或文字 1；文件 1",
        ),
        ("application/x-new,message/rfc822,video/mp4", "视频 1；邮件 1；其他文件 1"),
    ],
)
def test_a_row_tells_what_evidence_there_is(reported: Reported, evidence: str | None, told: str) -> None:
    row = row_of(reported(evidence=evidence))
    assert (row.evidence, cells_of(row)[-1]) == (told, told)


def test_every_heading_has_a_form_in_chinese() -> None:
    for layout in LAYOUTS.values():
        assert not [name for name in layout.headings("zh") if name.isascii()]
        assert layout.headings("names") == layout.columns


def test_a_row_fills_every_column(reported: Reported) -> None:
    report = reported(
        caller="human",
        duration_seconds=65,
        claimed_institution="某某金融",
        violations="2,0",
    )
    assert cells_of(row_of(report))[:14] == (
        "dunwatch/crowd", "***", "19790001234", "2026-03-10", "2026-03-01 11:00:00", "19790001234", "语音",
        "人工", "***", "2026-03-01 10:03:04", 65, "", "欠款催收；恐吓威胁；高频骚扰",
        "自称机构：某某金融。称要上门",
    )  # fmt: skip


def test_what_identifies_others_is_masked_in_the_text(reported: Reported) -> None:
    report = reported(
        claimed_institution="某某金融 13800138000",
        narrative="19790001234 打给 １３９００１３９０００，要 110105 19491231 002X",
    )
    assert row_of(report).content == (
        "自称机构：某某金融 [电话号码]。19790001234 打给 [电话号码]，要 [身份证号]"
    )


def test_a_simulated_report_says_so_before_anything_else(reported: Reported) -> None:
    row = row_of(reported(source_id=7, is_simulated=True))
    assert row.source == "【模拟数据】dunwatch/demo"
    assert row.is_simulated


def test_a_simulated_verdict_marks_the_row_but_not_the_source_of_its_report(reported: Reported) -> None:
    row = row_of(reported(verdict_is_simulated=True))
    assert row.is_simulated
    assert row.source == "dunwatch/crowd"


@pytest.mark.parametrize(
    ("members", "displayed"),
    [
        ({"suspected_spoofing": True}, "19790001234"),
        ({"suspected_spoofing": True, "shown": "+86 197 9000 1234"}, "+86 197 9000 1234"),
        ({"verdict": "protected"}, "19790001234"),
        ({"number": "110", "kind": "public_service"}, "110"),
        ({"number": "!+0086110", "kind": "impossible"}, "0086110"),
    ],
)
def test_a_spoofed_number_is_never_the_accused(
    reported: Reported, members: dict[str, object], displayed: str
) -> None:
    row = row_of(reported(**members))
    assert row.accused == "未知号码"
    assert row.displayed == displayed
    assert "疑似改号" in row.bad_types


def test_a_withheld_number_is_unknown_but_not_spoofed(reported: Reported) -> None:
    row = row_of(reported(number="withheld", kind="withheld"))
    assert (row.accused, row.displayed, row.bad_types) == ("未知号码", "未知号码", "欠款催收")


def test_each_number_is_judged_by_itself(reported: Reported) -> None:
    hand_over = filler()
    spoofed = hand_over.row(reported(suspected_spoofing=True, score=0.123456))
    plain = hand_over.row(reported(number="+8619790005678"))
    assert (spoofed.accused, spoofed.score) == ("未知号码", 0.1235)
    assert (plain.accused, plain.score) == ("19790005678", None)


@pytest.mark.parametrize(("verdict", "mark"), [("disputed", "异议"), ("cleared", "澄清")])
def test_a_contested_number_is_marked_in_the_columns(reported: Reported, verdict: str, mark: str) -> None:
    assert mark in row_of(reported(verdict=verdict)).bad_types


@pytest.mark.parametrize(
    ("seconds", "connected", "told"),
    [(None, None, None), (None, True, None), (None, False, 0), (0, True, 0), (9, False, 9)],
)
def test_the_duration_is_zero_only_where_it_is_known_to_be(
    reported: Reported, seconds: int | None, connected: bool | None, told: int | None
) -> None:
    assert row_of(reported(duration_seconds=seconds, connected=connected)).duration_seconds == told


def test_every_violation_has_a_name_of_its_own(reported: Reported) -> None:
    names = row_of(reported(violations=",".join(map(str, range(len(VIOLATIONS)))))).bad_types.split("；")
    assert len(set(names)) == 1 + len(VIOLATIONS) == 18


def test_numbers_need_no_guard_but_what_was_shown_does(reported: Reported) -> None:
    text = csv_lines([cells_of(row_of(reported(shown="+8619790001234")))]).decode()
    (cells,) = csv.reader(io.StringIO(text, newline=""))
    assert (cells[2], cells[5]) == ("19790001234", "'+8619790001234")


storable = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
awkward = st.builds(str.__add__, st.sampled_from([*DANGEROUS, "'", '"', ",", "'=", "\ufeff"]), storable)


@given(st.lists(st.lists(storable | awkward, min_size=2, max_size=14), min_size=1, max_size=5))
@example([["=1+1", "'=1+1", "''", "-2", "a\r\nb", 'x"y,z']])
def test_no_csv_cell_can_be_a_formula_and_none_is_changed_for_good(rows: list[list[str]]) -> None:
    text = csv_lines(rows).decode()
    read = list(csv.reader(io.StringIO(text, newline="")))
    assert not [cell for row in read for cell in row if cell.startswith(tuple(DANGEROUS))]
    assert [unguarded(row) for row in read] == rows


def test_complaints_of_a_feed_about_any_calls_are_not_called_collection(reported: Reported) -> None:
    assert row_of(reported(source_id=8)).bad_types.startswith("未分类来电")
    assert row_of(reported(source_id=0)).bad_types.startswith("欠款催收")


def test_a_row_keeps_its_id_for_one_agency_and_has_another_for_each_other(reported: Reported) -> None:
    ids = [filler(agency=agency).row(reported()).row_id for agency in ("one", "one", "other")]
    assert ids[0] == ids[1] != ids[2]
    assert ids[0][0] == "r", "a spreadsheet would take some ids of digits for numbers"
    assert "c0ffee" not in "".join(ids), "the id of the report shows"


def told_in_confidence(**secret: str) -> bytes:
    """What a reporter's app gave in confidence, as the intake seals it."""
    return KEYS.seal(json.dumps({"callee": None, "contact": None} | secret).encode(), UUID(REPORT_ID).bytes)


REPORT_ID = "c0ffee00-0000-4000-8000-000000000000"


def test_what_was_told_in_confidence_is_filled_in_only_with_the_keys(reported: Reported) -> None:
    sealed = told_in_confidence(callee="13800138000", contact="someone@example.org")
    report = reported(report_id=REPORT_ID, sealed=sealed)
    masked, identified = filler().row(report), filler(keys=KEYS).row(report)
    assert (masked.reporter, masked.callee) == ("***", "***")
    assert (identified.reporter, identified.callee) == ("someone@example.org", "13800138000")


def test_what_was_added_in_confidence_takes_the_place_of_the_first(reported: Reported) -> None:
    first = told_in_confidence(callee="13800138000", contact="first")
    later = told_in_confidence(contact="later")
    row = filler(keys=KEYS).row(reported(report_id=REPORT_ID, sealed=first, later_sealed=[None, later]))
    assert (row.reporter, row.callee) == ("later", "13800138000")


def test_the_second_header_tells_provinces_and_institution_but_no_person(reported: Reported) -> None:
    sealed = told_in_confidence(callee="010-82345678", contact="someone@example.org")
    report = reported(
        report_id=REPORT_ID,
        number="+8613800138000",
        sealed=sealed,
        relation="third_party",
        claimed_institution="某某金融",
    )
    masked, identified = LAYOUTS["12321_extended"].cells(
        [extended().row(report), extended(keys=KEYS).row(report)]
    )
    told = dict(zip(EXTENDED_COLUMNS, masked, strict=True))
    second = [told[name] for name in SECOND.split(", ")]
    assert second == ["移动", "北京", "", "", "某某金融", None, "否", ""]
    assert "82345678" not in str(masked)
    assert "someone" not in str(masked)
    told = dict(zip(EXTENDED_COLUMNS, identified, strict=True))
    assert told["被叫号码省份"] == "北京", "with the called number, under a legal basis"


def test_a_spoofed_number_has_no_carrier_either(reported: Reported) -> None:
    row = extended().row(reported(number="+8613800138000", suspected_spoofing=True))
    assert (row.accused_carrier, row.accused_province) == ("", "")


@pytest.mark.parametrize(
    ("region", "province"),
    [
        ("广东深圳", "广东"),
        ("北京", "北京"),
        ("黑龙江哈尔滨", "黑龙江"),
        ("内蒙古包头", "内蒙古"),
        ("US", ""),
        (None, ""),
    ],
)
def test_the_province_is_the_beginning_of_the_region(region: str | None, province: str) -> None:
    assert province_of(region) == province
