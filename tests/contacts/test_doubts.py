"""What would accuse somebody falsely is read right or refused: zones, units, copies, others' calls, forwarded calls."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from service.contacts.call_log import About, CallLog, read_call_log
from service.contacts.counting import Contact
from service.contacts.matching import Known, number_calls
from service.days import CHINA
from tests.contacts.workbooks import xlsx

NUMBER = "+8619790001234"
N = "19790001234"
NOW = datetime(2026, 11, 30, tzinfo=UTC)
CALL = f"{N},2026-03-01 21:30:05,呼入,65\n"


def read(text: str | None, content: bytes = b"") -> CallLog:
    return read_call_log(text, content, About(NUMBER, NOW))


def times(text: str) -> list[str]:
    return [f"{call.at:%m-%d %H:%M:%S}" for call in read(text).calls]


def refusals(text: str) -> list[str]:
    return [one.code for one in read(text).unread]


@pytest.mark.parametrize(
    "text",
    [
        f"Number,Date,Time (UTC),Type\n{N},2026-03-01,13:30:05,incoming\n",
        f"All times are in UTC\nNumber,Date,Type\n{N},2026-03-01 13:30:05,incoming\n",
        f"时区：GMT+09:00\n号码,时间,类型\n{N},2026-03-01 22:30:05,呼入\n",
        f"Exported 2026-03-09 08:00 UTC\nNumber,Date,Type\n{N},2026-03-01 21:30:05,incoming\n",
        f"number,date,timezone,type\n{N},2026-03-01 13:30:05,UTC,incoming\n",
        f"number,date,tz,type\n{N},2026-03-01 22:30:05,Asia/Tokyo,incoming\n",
        f"号码,时间,时区,类型\n{N},2026-03-01 22:30:05,+09:00,呼入\n",
        f"号码,时间,时区,类型\n{N},2026-03-01 21:30:05,,呼入\n",
        f"号码,时间,类型\n{N},2026-03-01T10:30:05-03:00,呼入\n",
        f"号码,时间,类型\n{N},2026-03-01 23:15:05 +09:45,呼入\n",
        f"号码,时间,时区,类型\n{N},2026-03-01 21:30:05,北京时间,呼入\n",
        f"号码,日期,时间,类型\n{N},2026/3/1 0:00,21:30:05,呼入\n",
        f"号码,日期,时间,类型\n{N},2026-03-01 00:00:00,下午 9:30:05,呼入\n",
        f"Number,Date,Time,Type\n{N},2026-03-01 12:00:00 AM,21:30:05,incoming\n",
        f"号码,日期,时间,通话时间,类型\n{N},2026-03-01,21:30:05,00:01:05,被叫\n",
        f"号码,时间,通话时间,类型\n{N},2026-03-01 21:30:05,00:01:05,被叫\n",
        f"号码,日期,通话时间,类型\n{N},2026-03-01,21:30:05,被叫\n",
    ],
)
def test_clocks_are_read_in_their_zone_and_column(text: str) -> None:
    assert times(text) == ["03-01 21:30:05"]


@pytest.mark.parametrize(
    "text",
    [
        f"号码,时间,时区,类型\n{N},2026-03-01 21:30:05,某地,呼入\n",
        f"number,date,tz,type\n{N},2026-03-01 21:30:05,No/Where,incoming\n",
        f"号码,日期,通话时间,类型\n{N},2026-03-01,00:01:05,被叫\n",
        f"号码,时间,类型\n{N},2026/3/1 0:00,呼入\n{N},2026/3/2 0:00,呼入\n",
        f"号码,日期,时间,类型\n{N},2026/3/1 0:00,,呼入\n",
        f"号码,时间,类型\n{N},46082.92,呼入\n",
        f"号码,时间,类型\n{N},2026-03-01 21:30-21:31,呼入\n",
        f"号码,时间,类型\n{N},2026-03-01 8:00-9:00,呼入\n",
        f"号码,时间,类型\n{N},2026-03-01 08:15 -08:17,呼入\n",
        f"号码,时间,类型\n{N},2026-03-01 21:30:05+19:00,呼入\n",
        f"号码,时间,类型\n{N},46082.8959,呼入\n",
    ],
)
def test_a_clock_that_cannot_be_known_is_refused(text: str) -> None:
    found = read(text)
    assert not found.calls
    assert {one.code for one in found.unread} == {"call_log_time"}
    assert found.unread_rows == len(found.unread)


def test_a_row_shows_that_days_come_first_also_without_years() -> None:
    log = f"2026年通话详单\n号码,时间,类型\n{N},28/03 21:30:05,呼入\n{N},03/04 21:30:05,呼入\n"
    assert times(log) == ["03-28 21:30:05", "04-03 21:30:05"]
    assert times(log.replace("28/03", "03/28")) == ["03-04 21:30:05", "03-28 21:30:05"]


@pytest.mark.parametrize(
    ("heading", "cells", "seconds"),
    [
        ("时长(毫秒)", ["5000", "65000"], [5, 65]),
        ("duration (ms)", ["5000"], [5]),
        ("duration_ms", ["9999"], [9]),
        ("durationMillis", ["1000000"], [1000]),
        ("时长", ["5000ms", "65000毫秒"], [5, 65]),
        ("计费时长(秒)", ["60", "120"], [1, 60]),
        ("通话时长", ["00:01:00", "0:09:00", "1:05:00"], [1, 9, 65]),
        ("计费时长(秒)", ["60", "65"], [60, 65]),
        ("通话时长(秒)", ["60", "120"], [60, 120]),
        ("通话时长", ["0:09:00", "0:01:05"], [540, 65]),
    ],
)
def test_a_length_is_as_long_as_is_sure(heading: str, cells: Sequence[str], seconds: Sequence[int]) -> None:
    rows = [f"{N},2026-03-01 21:3{place}:05,呼入,{cell}\n" for place, cell in enumerate(cells)]
    log = read(f"号码,时间,方向,{heading}\n" + "".join(rows))
    assert [call.seconds for call in log.calls] == seconds


@pytest.mark.parametrize(
    ("row", "answered", "seconds"),
    [
        ("骚扰来电,,65", True, 65),
        ("来电,骚扰电话,65", True, 65),
        ("来电,骚扰拦截,65", False, None),
        ("来电,3,65", True, 65),
        ("来电,5,0", False, None),
        ("被叫(呼叫转移),,65", None, None),
        ("被叫,呼转,65", None, None),
        ("遇忙转移被叫,,65", None, None),
        ("被叫 语音秘书,,65", None, None),
        ("AI代接来电,已接通,65", None, None),
        ("forwarded incoming,answered,65", None, None),
        ("来电,未接,20", False, None),
        ("来电,响铃25秒后接听,65", True, 65),
        ("来电,响铃后未接听,25", False, None),
        ("来电,响铃,25", False, None),
    ],
)
def test_what_became_of_a_call_is_not_guessed(row: str, answered: bool | None, seconds: int | None) -> None:
    log = read(f"号码,时间,类型,状态,时长\n{N},2026-03-01 21:30:05,{row}\n")
    assert [(call.is_answered, call.seconds) for call in log.calls] == [(answered, seconds)]


def test_a_carrier_counts_kinds_of_calls_otherwise_than_a_telephone() -> None:
    row = f"{N},2026-03-01 21:30:05,1,65\n"
    assert refusals("对方号码,起始时间,呼叫类型,通话时长\n" + row) == ["call_log_direction"]
    assert len(read("number,date,type,duration\n" + row).calls) == 1


def _parties(*own: str) -> str:
    rows = [f"{N},{one},2026-03-01 1{place}:30:05,65\n" for place, one in enumerate(own)]
    return "主叫号码,被叫号码,开始时间,通话时长\n" + "".join(rows)


def test_calls_to_several_telephones_are_nobodys() -> None:
    assert refusals(_parties("19790009999", "19790009998")) == ["call_log_people"] * 2
    assert (
        len(read(_parties("19790009999", "+86 197 9000 9999", "0086-19790009999", "197****9999")).calls) == 4
    )
    own = "本机号码,对方号码,开始时间,呼叫类型\n"
    rows = [f"1979000999{place},{N},2026-03-01 1{place}:30:05,被叫\n" for place in range(3)]
    assert len(read(own + "".join(rows[:2])).calls) == 2  # two SIM cards
    assert refusals(own + "".join(rows)) == ["call_log_people"] * 3


def test_a_log_with_ones_own_number_in_front_is_read_by_its_parties() -> None:
    text = f"手机号码,主叫号码,被叫号码,开始时间\n19790009999,{N},19790009999,2026-03-01 21:30:05\n"
    assert [call.is_incoming for call in read(text).calls] == [True]


def test_copies_of_a_table_in_one_file_add_no_call() -> None:
    header = ["号码", "时间", "类型", "时长"]
    rows = [[N, f"2026-03-01 21:3{minute}:05", "呼入", "65"] for minute in (0, 0, 4)]
    cut = [[N, f"2026/3/1 21:3{minute}", "呼入", "65"] for minute in (0, 0, 4)]
    new = [N, "2026-03-02 21:30:05", "呼入", "65"]
    for copy in ([header, *rows], [header, rows[2]], [header, *cut], [header, *reversed(rows)]):
        assert len(read(None, xlsx({"all": [header, *rows], "copy": copy})).calls) == 3
    assert len(read(None, xlsx({"one": [header, *rows], "two": [header, rows[2], new]})).calls) == 4
    text = "号码,时间,类型,时长\n" + CALL * 2
    assert len(read(text * 2).calls) == 2
    one = {"number": N, "date": 1772371805000, "type": 1, "duration": 65}
    other = {**one, "date": 1772371905000, "type": 3, "duration": 0}
    assert len(read(json.dumps({"all": [one, other], "missed": [other]})).calls) == 2
    assert len(read(json.dumps({"in": [one, one], "missed": [other]})).calls) == 3


def test_no_row_vanishes_behind_other_kinds_pages_or_cells_that_span_rows() -> None:
    xml = (
        f'<?xml version="1.0"?><backup><sms address="{N}" date="1772371805000" type="1" body="x"/>'
        f'<call number="{N}" date="1772371905000" type="3" duration="0"/></backup>'
    )
    assert [call.is_call for call in read(xml).calls] == [False, True]
    page = "<tr><td>时间<td>号码<td>类型</tr><tr><td>2026-03-0{} 10:{:02}:00<td>{}<td>被叫</tr>"
    pages = "".join(page.format(1 + place // 60, place % 60, N) for place in range(90))
    assert len(read(f"<html><table>{pages}</table></html>").calls) == 90
    spans = (
        "<html><table><tr><td>日期</td><td>时间</td><td>号码</td><td>类型</td></tr>"
        f"<tr><td rowspan='2'>2026-03-01</td><td>21:30:05</td><td rowspan=2>{N}</td><td>被叫</td></tr>"
        f"<tr><td>21:40:05</td><td>未接</td></tr><tr><td>2026-03-02</td><td>9:00:05</td><td>{N}</td><td>被叫</td></tr></table>"
    )
    assert times(spans) == ["03-01 21:30:05", "03-01 21:40:05", "03-02 09:00:05"]


def _call(minute: int, seconds: int | None) -> Contact:
    at = datetime(2026, 3, 1, 9, tzinfo=CHINA) + timedelta(minutes=minute)
    return Contact(at, is_answered=seconds is not None, seconds=seconds)


@pytest.mark.parametrize("apart", [160, 200, 400, -900, 3600, 8 * 3600, -13 * 3600 + 200])
@pytest.mark.parametrize("count", [2, 3, 12])
def test_lengths_show_that_a_clock_is_wrong_by_more_than_usual(apart: int, count: int) -> None:
    calls = [_call(place * 37 % 500, 20 + place * 13) for place in range(count)]
    moved = [call._replace(at=call.at + timedelta(seconds=apart)) for call in calls]
    numbers = list(range(1, count + 1))
    assert set(number_calls([Known(calls, numbers)], moved).numbers) == set(numbers)
    assert set(number_calls([Known(moved, numbers)], calls).numbers) == set(numbers)


@pytest.mark.parametrize("count", [3, 4])
def test_few_unanswered_calls_in_another_zone_are_known_by_their_pauses(count: int) -> None:
    calls = [_call(minute, None) for minute in (0, 17, 323, 421)[:count]]
    moved = [call._replace(at=call.at - timedelta(hours=8)) for call in calls]
    numbers = list(range(1, count + 1))
    assert set(number_calls([Known(calls, numbers)], moved).numbers) == set(numbers)


def test_calls_of_other_lengths_or_pauses_stay_apart() -> None:
    machine = [_call(30 * place, 12) for place in range(8)]
    for one, other in ((machine[:4], machine[4:]), (machine[::2], machine[1::2])):
        assert not set(number_calls([Known(one, [1, 2, 3, 4])], other).numbers) & {1, 2, 3, 4}
    calls = [_call(minute, 60 + minute) for minute in (0, 40, 100)]
    others = [_call(minute, 200 + minute) for minute in (200, 290, 310)]
    assert not set(number_calls([Known(calls, [1, 2, 3])], others).numbers) & {1, 2, 3}
