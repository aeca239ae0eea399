"""How a report fills the hand-over columns, and what CSV does to dangerous text."""

import csv
import io
from collections.abc import Callable
from datetime import date

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ml.signals import VIOLATIONS
from service.exports.columns import COLUMNS, HandOver, Row, guarded, unguarded
from service.exports.files import csv_lines
from service.exports.store import ExportedReport, ReportSource

Reported = Callable[..., ExportedReport]
HEADER = (
    "举报来源, 举报号码, 被举报号码, 下发日期, 投诉时间, 显示主叫号码, 业务类型, 电话类型, 被叫号码, "
    "来电时间, 通话时长(秒), 被叫企业, 不良类型, 举报内容"
)
SOURCES = {
    0: ReportSource("crowd", "collection"),
    7: ReportSource("demo", "collection"),
    8: ReportSource("ftc", "any"),
}
DANGEROUS = "=+-@\t\r\n＝＋－＠"


def row_of(report: ExportedReport) -> Row:
    return HandOver(handed_over_on=date(2026, 3, 10), sources=SOURCES).row(report)


def test_the_header_is_that_of_12321() -> None:
    assert ", ".join(COLUMNS) == HEADER


def test_a_row_fills_every_column(reported: Reported) -> None:
    report = reported(
        caller="human",
        duration_seconds=65,
        claimed_institution="某某金融",
        violations=[2, 0],
    )
    assert row_of(report).cells() == (
        "dunwatch/crowd", "***", "19790001234", "2026-03-10", "2026-03-01 11:00:00", "19790001234", "语音",
        "人工", "***", "2026-03-01 10:03:04", 65, "", "欠款催收；恐吓威胁；高频骚扰",
        "自称机构：某某金融。称要上门",
    )  # fmt: skip


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
    hand_over = HandOver(handed_over_on=date(2026, 3, 10), sources=SOURCES)
    spoofed = hand_over.row(reported(suspected_spoofing=True, score=0.123456))
    plain = hand_over.row(reported(number="+8619790005678"))
    assert (spoofed.accused, spoofed.score) == ("未知号码", 0.1235)
    assert (plain.accused, plain.score) == ("19790005678", None)


@pytest.mark.parametrize(("verdict", "mark"), [("disputed", "异议"), ("cleared", "澄清")])
def test_a_contested_number_is_marked_in_the_columns(reported: Reported, verdict: str, mark: str) -> None:
    assert mark in row_of(reported(verdict=verdict)).bad_types


def test_only_the_day_is_told_where_the_hour_is_not_known(reported: Reported) -> None:
    assert row_of(reported(time_known=False)).occurred_at == "2026-03-01"


@pytest.mark.parametrize(
    ("seconds", "connected", "told"),
    [(None, None, None), (None, True, None), (None, False, 0), (0, True, 0), (9, False, 9)],
)
def test_the_duration_is_zero_only_where_it_is_known_to_be(
    reported: Reported, seconds: int | None, connected: bool | None, told: int | None
) -> None:
    assert row_of(reported(duration_seconds=seconds, connected=connected)).duration_seconds == told


def test_every_violation_has_a_name_of_its_own(reported: Reported) -> None:
    names = row_of(reported(violations=list(range(len(VIOLATIONS))))).bad_types.split("；")
    assert len(set(names)) == 1 + len(VIOLATIONS) == 18


def test_numbers_need_no_guard_but_what_was_shown_does(reported: Reported) -> None:
    cells = row_of(reported(shown="+8619790001234")).cells()
    assert guarded(cells)[2] == "19790001234"
    assert guarded(cells)[5] == "'+8619790001234"


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
