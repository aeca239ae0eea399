"""A call log is read as phones and carriers write it; every row that cannot be read is named, and never guessed at."""

import csv
import io
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.contacts import named
from service.contacts.call_log import MOST_CALLS, MOST_UNREAD, About, CallLog, read_call_log
from service.contacts.cells import Kind, Length, read_kind, read_length
from service.contacts.counting import Contact
from service.days import CHINA
from service.edge.validation import message
from service.numbers.parse import Number, parse_number

NUMBER = "+8619790001234"
NOW = datetime(2026, 3, 10, tzinfo=UTC)
AT = datetime(2026, 3, 1, 21, 30, 5, tzinfo=CHINA)
ROW = "19790001234,2026-03-01 21:30:05,呼入,65\n"
HEADER = "号码,时间,类型,时长\n"

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


def read(
    text: str, *, year: int | None = None, reported_at: datetime | None = None, name: str = ""
) -> CallLog:
    return read_call_log(text, text.encode("utf-8", "replace"), About(NUMBER, NOW, reported_at, year, name))


def unread(text: str) -> list[tuple[int, int | None, str]]:
    return [(one.line, one.column, one.code) for one in read(text).unread]


@pytest.mark.parametrize("log", LOGS)
def test_logs_of_several_makers_say_the_same(log: str) -> None:
    assert read(LOGS[log]).calls == [Contact(AT, is_answered=True, seconds=65)]


def test_only_rows_of_the_reported_number_are_looked_at() -> None:
    text = HEADER + "19790005678,昨天,呼入,?\n未知,,,\n19790001234,2026-03-01 21:30:05,未接,12\n,,,\n"
    assert read(text) == CallLog([Contact(AT, is_answered=False)], [], 0)


def test_rows_are_calls_also_at_one_time() -> None:
    row = "19790001234,2026-03-01 21:30:05,{},30\n"
    text = HEADER + row.format("呼入") * 2 + row.format("呼出")
    assert [call.is_incoming for call in read(text).calls] == [True, True, False]


def test_without_a_duration_an_incoming_call_may_have_been_answered_or_not() -> None:
    assert read("号码,时间,类型\n19790001234,2026-03-01 21:30:05,呼入\n").calls == [Contact(AT)]
    assert read(HEADER + "19790001234,2026-03-01 21:30:05,呼入,--\n").calls == [Contact(AT)]
    assert read(HEADER + "19790001234,2026-03-01 21:30:05,呼入,0\n").calls == [Contact(AT, is_answered=False)]


@pytest.mark.parametrize(
    ("kind", "state", "length", "answered", "seconds"),
    [
        ("呼入", "未接", "25", False, None),
        ("呼入", "已接通", "25", True, 25),
        ("呼入", "已接通", "", True, None),
        ("来电", "响铃未接", "25", False, None),
        ("未接来电", "已接听", "25", True, 25),
        ("已接来电", "未接通", "25", False, None),
        ("incoming", "no answer", "25", False, None),
        ("incoming", "Canceled", "25", False, None),
        ("incoming", "COMPLETED", "25", True, 25),
        ("incoming", "busy", "0", False, None),
        ("呼入", "？", "25", True, 25),
        ("呼入", "", "", None, None),
        ("被叫", "拒接", "0", False, None),
        ("被叫", "无人接听", "30", False, None),
        ("被叫", "无法接通", "30", False, None),
        ("incoming", "not connected", "30", False, None),
        ("incoming", "unsuccessful", "30", False, None),
        ("被叫", "对方挂断", "30", True, 30),
        ("incoming", "disconnected", "30", True, 30),
    ],
)
def test_a_state_outweighs_a_direction_in_whether_it_was_answered(
    kind: str, state: str, length: str, answered: bool | None, seconds: int | None
) -> None:
    text = f"号码,时间,呼叫类型,通话状态,时长\n19790001234,2026-03-01 21:30:05,{kind},{state},{length}\n"
    assert read(text).calls == [Contact(AT, is_answered=answered, seconds=seconds)]


@pytest.mark.parametrize(
    ("cell", "kind"),
    [
        ("本地(非漫游、被叫)", Kind(True)), ("省内漫游被叫", Kind(True)), ("国际漫游主叫", Kind(False)),
        ("VoLTE被叫", Kind(True)), ("视频通话呼出", Kind(False)), ("Incoming call", Kind(True)),
        ("Missed", Kind(True, False)), ("未接来电", Kind(True, False)), ("已接", Kind(True, True)),
        ("Cancelled", Kind(False, False)), ("已取消", Kind(False, False)), ("outgoing, canceled", Kind(False, False)),
        ("拒接", Kind(True, False)), ("Declined", Kind(True, False)), ("7", Kind(True, True)), ("5", Kind(True, False)),
        ("短信接收", Kind(True, None, True)), ("彩信", Kind(None, None, True)), ("接收", Kind(True, None, True)),
        ("sms", Kind(None, None, True)), ("Placed call to", Kind(False)), ("Missed call from", Kind(True, False)),
        ("主叫被叫", None), ("呼转", Kind(None, None, False, True)), ("本地", None), ("", None), ("9", None), ("不明", None),
    ],
)  # fmt: skip
def test_kinds_of_calls(cell: str, kind: Kind | None) -> None:
    assert read_kind(cell) == kind


def test_what_can_be_read_is_counted_and_each_other_row_is_named() -> None:
    text = (
        "类型,号码,时间,时长\n"
        "呼入,19790001234,2026-03-01 21:30:05,65\n"
        "呼入,19790001234,02/03/2026 21:30,65\n"
        "不明,19790001234,2026-03-01 21:31:05,65\n"
        "呼入,19790001234,2026-03-01 21:32:05,很久\n"
        "呼入,19790001234,2027-03-01 21:32:05,65\n"
        "呼入,19790001234,1999-03-01 21:32:05,65\n"
        "呼入,1.979E+10,2026-03-01 21:33:05,65\n"
        "呼入,197****1234,2026-03-01 21:34:05,65\n"
        "呼入,197****9999,2026-03-01 21:34:05,65\n"
        '呼入,19790001234,"2026-03-01 21:35:05,65\n'
    )
    assert unread(text) == [
        (3, 3, "call_log_order"),
        (4, 1, "call_log_direction"),
        (5, 4, "call_log_length"),
        (6, 3, "call_log_moment"),
        (7, 3, "call_log_moment"),
        (8, 2, "call_log_number_lost"),
        (9, 2, "call_log_number_masked"),
        (11, None, "call_log_line"),
    ]
    assert read(text).calls == [Contact(AT, is_answered=True, seconds=65)]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "call_log_columns"),
        ("对方要求我还款，号码,时间", "call_log_columns"),
        ("号码,时间,时长\n19790001234,2026-03-01 21:30:05,65\n", "call_log_columns"),
        (HEADER + "19790005678,2026-03-01 21:30:05,呼入,65\n", "call_log_without_number"),
        (HEADER, "call_log_without_number"),
    ],
)
def test_of_what_is_no_call_log_of_the_number_nothing_is_counted(text: str, code: str) -> None:
    log = read(text)
    assert (list(log.calls), [one.code for one in log.unread]) == ([], [code])


def test_rows_that_are_not_read_are_named_up_to_a_bound_and_counted_beyond_it() -> None:
    log = read(HEADER + "19790001234,昨天,呼入,1\n" * 200)
    assert (len(log.unread), log.unread_rows) == (MOST_UNREAD, 200)
    for one in log.unread:
        for words in message(one.code, line=one.line, column=one.column):
            assert "昨天" not in words


def test_of_a_log_without_end_the_first_calls_count() -> None:
    start = datetime(2026, 1, 1, tzinfo=CHINA)
    rows = (
        f"19790001234,{start + timedelta(seconds=n):%Y-%m-%d %H:%M:%S},呼入,1\n"
        for n in range(MOST_CALLS + 10)
    )
    log = read(HEADER + "".join(rows))
    assert (len(log.calls), log.unread_rows, log.unread[0].code) == (MOST_CALLS, 10, "call_log_too_long")


@pytest.mark.parametrize(
    ("title", "row", "on"),
    [
        ("2026年1月通话详单", "01-18 14:07:37", "2026-01-18"),
        ("账期：202512", "12-18 14:07:37", "2025-12-18"),
        ("2025-12-01 至 2026-02-28", "12月18日 14:07:37", "2025-12-18"),
        ("2025-12-01 至 2026-02-28", "02-18 14:07:37", "2026-02-18"),
        ("查询日期 2026-03-05", "03-02 14:07:37", "2026-03-02"),
        ("2025年账单", "02-18 14:07:37", "2025-02-18"),
        ("2025年、2026年账单", "02-18 14:07:37", None),
        ("号码 19790009999 有效期至2030年", "02-18 14:07:37", None),
        ("", "02-18 14:07:37", None),
    ],
)
def test_a_year_comes_from_the_title_or_the_period_or_is_asked_for(
    title: str, row: str, on: str | None
) -> None:
    text = f"{title}\n起始时间,通信方式,对方号码,通信时长\n{row},被叫,19790001234,67秒\n"
    log = read(text)
    assert [f"{call.at:%Y-%m-%d}" for call in log.calls] == ([on] if on else [])
    assert list(log.asks) == ([] if on else ["year"])
    assert [call.at.year for call in read(text, year=2024).calls] == [2024]


@pytest.mark.parametrize(("reported", "on"), [("2026-02-20", "2026-02-18"), ("2025-03-01", "2025-02-18")])
def test_a_year_that_no_title_tells_comes_from_the_reported_day(reported: str, on: str) -> None:
    text = "起始时间,通信方式,对方号码,通信时长\n02-18 14:07:37,被叫,19790001234,67秒\n"
    log = read(text, reported_at=datetime.fromisoformat(f"{reported}T12:00:00+08:00"))
    assert [f"{call.at:%Y-%m-%d}" for call in log.calls] == [on]


def test_a_year_stands_in_the_name_of_a_file_too() -> None:
    text = "起始时间,通信方式,对方号码,通信时长\n02-18 14:07:37,被叫,19790001234,67秒\n"
    assert [call.at.year for call in read(text, name="详单202502.csv").calls] == [2025]


def test_the_order_of_day_and_month_is_that_of_all_rows() -> None:
    rows = ["03/01/2026 9:30 PM", "02/28/2026 9:30 PM"]
    text = "number,date,type,duration\n" + "".join(f"19790001234,{row},incoming,65\n" for row in rows)
    assert [f"{call.at:%m-%d}" for call in read(text).calls] == ["02-28", "03-01"]
    assert unread(text.replace("02/28", "02/02")) == [(2, 2, "call_log_order"), (3, 2, "call_log_order")]


def test_a_time_that_is_counted_in_seconds_is_a_length() -> None:
    text = "号码,开始时间,呼叫类型,通话时间(秒)\n19790001234,2026-03-01 21:30:05,呼入,65\n"
    assert read(text).calls == [Contact(AT, is_answered=True, seconds=65)]


def test_minutes_alone_may_be_rounded_up_and_make_no_call_longer_than_it_was() -> None:
    text = "号码,时间,类型,时长(分钟)\n19790001234,2026-03-01 21:30:05,呼入,{}\n"
    assert [call.seconds for call in read(text.format(1)).calls] == [1]
    assert [call.seconds for call in read(text.format(2)).calls] == [60]
    assert [call.seconds for call in read(text.format(1.5)).calls] == [90]
    assert read(text.format(0)).calls[0].is_answered is None
    both = HEADER + ROW.replace("65", "1分") + ROW.replace("65", "1分5秒")
    assert sorted(call.seconds or 0 for call in read(both).calls) == [60, 65]


def test_a_log_whose_seconds_are_all_zero_knows_minutes() -> None:
    rows = [ROW.replace("21:30:05", f"2{n}:30:00") for n in range(2)]
    assert {call.precision for call in read(HEADER + "".join(rows)).calls} == {60}
    assert {call.precision for call in read(HEADER + "".join(rows) + ROW).calls} == {1}


@pytest.mark.parametrize(("cell", "length"), [
    ("65", Length(65)), ("1:05", Length(65)), ("0:01:05", Length(65)), ("00:01:05", Length(65)), ("1分5秒", Length(65)),
    ("1分05", Length(65)), ("1小时2分3秒", Length(3723)), ("1h 2m 3s", Length(3723)), ("65秒", Length(65)),
    ("65.0", Length(65)), ("６５", Length(65)), ("01:07.0", Length(67)), ("PT1M5S", Length(65)), ("1分20秒", Length(80)),
    ("1 min, 5 sec", Length(65)), ("65.7", Length(65)), ("0", Length(0)), ("0秒", Length(0)),
    ("2 mins", Length(120, True)), ("1分钟", Length(60, True)),
    ("", Length(None)), ("-", Length(None)), ("--", Length(None)), ("未接通", Length(None)), ("N/A", Length(None)),
    ("很久", None), ("1:2:3:4", None), ("999999", None), ("-5", None), ("1e999", None), ("PT", None),
])  # fmt: skip
def test_durations(cell: str, length: Length | None) -> None:
    assert read_length(cell) == length


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
        assert read_length(cell)[:2] == Length(seconds)[:2]  # type: ignore[index]


@given(st.text(max_size=30))
def test_any_cell_is_read_or_not(cell: str) -> None:
    read_kind(cell)
    length = read_length(cell)
    assert length is None or length.seconds is None or 0 <= length.seconds <= 86_400


@given(st.lists(st.lists(st.text(max_size=12), max_size=6), max_size=6))
def test_any_table_is_read_or_named(rows: list[list[str]]) -> None:
    text = io.StringIO()
    csv.writer(text).writerows([["号码", "时间", "类型", "时长"], *rows])
    log = read(text.getvalue())
    assert log.unread_rows >= len(log.unread) > 0


@given(
    st.lists(
        st.sampled_from([ROW, ROW.replace("65", "9"), ROW.replace("05", "40"), ROW.replace("呼入", "未接")])
    )
)
def test_the_order_of_rows_changes_nothing(rows: list[str]) -> None:
    forward, backward = read(HEADER + "".join(rows)), read(HEADER + "".join(reversed(rows)))
    assert sorted(map(repr, forward.calls)) == sorted(map(repr, backward.calls))


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
    monkeypatch.setattr(named, "candidate_key", lambda _: None)

    def parse(text: str) -> Number:
        looked_into.append(text)
        return parse_number(text)

    monkeypatch.setattr(named, "parse_number", parse)
    text = f"号码,时间,类型,时长\n{cell},2026-03-01 21:30:05,呼入,65\n" + ROW
    calls = read(text).calls
    assert looked_into == ([cell.strip()] if is_read else []) + ["19790001234"]
    assert len(calls) == 1 + is_read
