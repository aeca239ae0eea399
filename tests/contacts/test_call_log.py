"""A call log is read as phones and carriers write it, or every cell that cannot be read is named."""

import csv
import io
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.contacts import call_log
from service.contacts.call_log import MOST_CALLS, has_call_log_header, read_call_log
from service.contacts.cells import read_direction, read_seconds, read_time
from service.contacts.counting import Contact
from service.days import CHINA
from service.edge.problems import ProblemError
from service.numbers.parse import Number, parse_number

NUMBER = "+8619790001234"
NOW = datetime(2026, 3, 10, tzinfo=UTC)
AT = datetime(2026, 3, 1, 21, 30, 5, tzinfo=CHINA)
ROW = "19790001234,2026-03-01 21:30:05,呼入,65\n"

LOGS = {
    "a phone in Chinese": "号码,姓名,时间,类型,时长\n19790001234,某某,2026-03-01 21:30:05,呼入,0:01:05\n",
    "a phone in English": "Name,Phone Number,Date/Time,Call Type,Duration (sec)\n"
    "X,+86 197 9000 1234,2026-03-01 21:30:05,Incoming,65\n",
    "a carrier": "通话详单,,,,,\n起始时间,通信地点,通信方式,对方号码,通信时长,通信类型\n"
    "2026/3/1 21:30:05,北京,被叫,19790001234,1分5秒,本地\n",
    "with semicolons": "号码;日期;时间;呼叫类型;通话时长(秒)\n197-9000-1234;2026年3月1日;21:30:05;已接来电;65\n",
    "with tabs": "number\ttime\tdirection\tlength\n8619790001234\t20260301213005\tin\t1:05\n",
    "Android": "number,date,type,duration\n19790001234,1772371805000,1,65\n",
    "half days": "电话号码,通话时间,呼叫状态,持续时间\n19790001234,2026/3/1 下午9:30:05,已接,00:01:05\n",
    "English months": 'number,time,type,duration\n19790001234,"Mar 1, 2026 9:30:05 PM",Received call,1m 5s\n',
    "with a zone": "number,time,type,duration\n19790001234,2026-03-01T13:30:05Z,incoming,65\n",
}


def wrong(text: str) -> list[tuple[str, str]]:
    """Field and code of every error of a log."""
    with pytest.raises(ProblemError) as refusal:
        read_call_log(text, NUMBER, now=NOW)
    assert refusal.value.problem.code == "call_log_invalid"
    return [(error.field, error.code) for error in refusal.value.fields]


@pytest.mark.parametrize("log", LOGS)
def test_logs_of_several_makers_say_the_same(log: str) -> None:
    assert has_call_log_header(LOGS[log])
    assert read_call_log(LOGS[log], NUMBER, now=NOW) == [Contact(AT, is_answered=True, seconds=65)]


def test_only_rows_of_the_reported_number_are_looked_at() -> None:
    text = "号码,时间,类型,时长\n19790005678,昨天,呼入,?\n未知,,,\n19790001234,2026-03-01 21:30:05,未接,12\n,,,\n"
    assert read_call_log(text, NUMBER, now=NOW) == [Contact(AT, is_answered=False, seconds=0)]


def test_the_same_call_twice_is_one_and_directions_are_kept_apart() -> None:
    row = "19790001234,2026-03-01 21:30:05,{},30\n"
    text = "号码,时间,类型,时长\n" + row.format("呼入") * 2 + row.format("呼出")
    assert [call.is_incoming for call in read_call_log(text, NUMBER, now=NOW)] == [True, False]


def test_without_a_duration_an_incoming_call_may_have_been_answered_or_not() -> None:
    text = "号码,时间,类型\n19790001234,2026-03-01 21:30:05,呼入\n"
    assert read_call_log(text, NUMBER, now=NOW) == [Contact(AT, is_answered=None, seconds=None)]


def test_every_cell_that_cannot_be_read_is_named_by_line_and_column() -> None:
    text = (
        "类型,号码,时间,时长\n"
        "呼入,19790001234,2026-03-01 21:30:05,65\n"
        "呼入,19790001234,03/04/2026 21:30,65\n"
        "不明,19790001234,2026-03-01 21:31:05,65\n"
        "呼入,19790001234,2026-03-01 21:32:05,很久\n"
        "呼入,19790001234,2027-03-01 21:32:05,65\n"
        "呼入,19790001234,1999-03-01 21:32:05,65\n"
    )
    assert wrong(text) == [
        ("file.line[3].column[3]", "call_log_time"),
        ("file.line[4].column[1]", "call_log_direction"),
        ("file.line[5].column[4]", "call_log_length"),
        ("file.line[6].column[3]", "call_log_moment"),
        ("file.line[7].column[3]", "call_log_moment"),
    ]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "call_log_columns"),
        ("对方要求我还款，号码,时间", "call_log_columns"),
        ("号码,时间,时长\n19790001234,2026-03-01 21:30:05,65\n", "call_log_columns"),
        ("号码,时间,类型,时长\n19790005678,2026-03-01 21:30:05,呼入,65\n", "call_log_without_number"),
        ("号码,时间,类型,时长\n", "call_log_without_number"),
        ('号码,时间,类型,时长\n"19790001234,2026-03-01 21:30:05,呼入,65\n', "call_log_line"),
    ],
)
def test_what_is_no_call_log_of_the_number_is_refused(text: str, code: str) -> None:
    assert [found for _, found in wrong(text)] == [code]


def test_an_error_never_tells_a_cell() -> None:
    with pytest.raises(ProblemError) as refusal:
        read_call_log("号码,时间,类型,时长\n19790001234,秘密,呼入,65\n", NUMBER, now=NOW)
    for language in ("zh", "en"):
        told = refusal.value.body(language).decode()
        assert "秘密" not in told
        assert "19790001234" not in told


def test_a_log_without_end_is_refused() -> None:
    start = datetime(2026, 3, 1, tzinfo=CHINA)
    rows = (
        f"19790001234,{start + timedelta(seconds=n):%Y-%m-%d %H:%M:%S},呼入,1\n"
        for n in range(MOST_CALLS + 1)
    )
    assert [code for _, code in wrong("号码,时间,类型,时长\n" + "".join(rows))] == ["call_log_too_long"]


@pytest.mark.parametrize(("cell", "seconds"), [
    ("65", 65), ("1:05", 65), ("0:01:05", 65), ("00:01:05", 65), ("1分5秒", 65), ("1分05", 65), ("1小时2分3秒", 3723),
    ("1h 2m 3s", 3723), ("65秒", 65), ("65.0", 65), ("", 0), ("-", 0), ("未接通", 0), ("６５", 65), ("2 mins", 120),
    ("很久", None), ("1:2:3:4", None), ("999999", None), ("-5", None),
])  # fmt: skip
def test_durations(cell: str, seconds: int | None) -> None:
    assert read_seconds(cell) == seconds


def test_minutes_are_minutes_where_the_header_says_so() -> None:
    text = "号码,时间,类型,时长(分钟)\n19790001234,2026-03-01 21:30:05,呼入,2\n"
    assert read_call_log(text, NUMBER, now=NOW)[0].seconds == 120


@pytest.mark.parametrize(
    "cell", ["03/04/2026 21:30", "26-03-01 21:30", "2026-02-30 21:30", "2026-03-01", "25:00", "昨天"]
)
def test_a_time_that_can_be_read_in_two_ways_is_not_guessed_at(cell: str) -> None:
    assert read_time(cell) is None


@given(st.datetimes(datetime(2000, 1, 1), datetime(2099, 1, 1)), st.sampled_from(
    ["%Y-%m-%d %H:%M:%S", "%Y/%m/%d %H:%M:%S", "%Y年%m月%d日 %H:%M:%S", "%Y年%m月%d日%H时%M分%S秒", "%Y.%m.%d %H:%M:%S",
     "%Y-%m-%dT%H:%M:%S", "%Y%m%d%H%M%S", "%Y-%m-%d %I:%M:%S %p", "%b %d, %Y %I:%M:%S %p"]))  # fmt: skip
def test_a_time_is_read_as_it_was_written(moment: datetime, form: str) -> None:
    assert read_time(f"{moment:{form}}") == moment.replace(microsecond=0, tzinfo=CHINA)


@given(st.integers(0, 86_400))
def test_a_duration_is_read_as_it_was_written(seconds: int) -> None:
    hours, rest = divmod(seconds, 3600)
    minutes, left = divmod(rest, 60)
    for cell in (
        f"{seconds}",
        f"{hours}:{minutes:02}:{left:02}",
        f"{hours}小时{minutes}分{left}秒",
        f"{seconds // 60}:{left:02}",
    ):
        assert read_seconds(cell) == seconds


@given(st.text(max_size=30))
def test_any_cell_is_read_or_not(cell: str) -> None:
    read_time(cell)
    read_direction(cell)
    seconds = read_seconds(cell)
    assert seconds is None or 0 <= seconds <= 86_400


@given(st.lists(st.lists(st.text(max_size=12), max_size=6), max_size=6))
def test_any_table_is_a_log_or_refused(rows: list[list[str]]) -> None:
    text = io.StringIO()
    csv.writer(text).writerows([["号码", "时间", "类型", "时长"], *rows])
    assert wrong(text.getvalue())


@pytest.mark.parametrize(
    ("cell", "is_read"),
    [
        ("(" * 190, False),
        ("12345 " * 33, False),
        ("1" + " " * 190 + "x", False),
        ("1" * 41, False),
        ("12345 " * 5, False),
        (" " * 60, False),
        ("0086 197 9000 1234 转 123456", True),
        ("  +86 (0)197-9000-1234 (客服)  ", True),
        ("＋８６１９７９０００１２３４", True),
    ],
)
def test_a_cell_that_can_be_no_number_is_not_looked_into(
    cell: str, is_read: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_into: list[str] = []

    def parse(text: str) -> Number:
        looked_into.append(text)
        return parse_number(text)

    monkeypatch.setattr(call_log, "parse_number", parse)
    text = f"号码,时间,类型,时长\n{cell},2026-03-01 21:30:05,呼入,65\n" + ROW
    calls = read_call_log(text, NUMBER, now=NOW)
    assert looked_into == ([cell.strip()] if is_read else []) + ["19790001234"]
    assert len(calls) == 1
