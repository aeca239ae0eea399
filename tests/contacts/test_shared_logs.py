"""The logs that failed once, each with its right answer: written anew here, and read where the shared files are."""

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from service.contacts.call_log import CallLog
from service.evidence.reading import Reading, Sent, read_text
from tests.places import DATA

SHARED = DATA.parent / "cases" / "call_logs"
NUMBER = "+8619790004702"
NOW = datetime(2026, 11, 30, tzinfo=UTC)
REPORTED = datetime(2026, 10, 20, 4, tzinfo=UTC)

#: File -> (hour:minute, is it a call, was it answered, seconds) of each contact, the codes of rows that are not read.
RIGHT: dict[str, tuple[Sequence[tuple[str, bool, bool | None, int | None]], list[str]]] = {
    "original.csv": ([(f"{hour:02}:00", True, False, None) for hour in range(9, 13)], []),
    "resaved_by_excel.csv": ([(f"{hour:02}:00", True, False, None) for hour in range(9, 13)], []),
    "minutes.csv": (
        [("10:00", True, False, None)] * 4 + [("10:00", True, True, 33)] + [("10:01", True, False, None)] * 4,
        [],
    ),
    "noon.csv": ([("13:30", True, True, 65)], ["call_log_half"]),
    "direction_and_status.csv": ([(f"{hour:02}:00", True, False, None) for hour in range(9, 13)], []),
    "answered_without_length.csv": ([(f"{hour:02}:00", True, True, None) for hour in range(9, 16)], []),
    "comma_in_name.csv": ([("09:00", True, True, 65)] * 3 + [("10:00", True, True, 65)], []),
    "android_type7.csv": ([("20:00", True, True, 65), ("20:01", True, True, 65)], []),
    "mobile_place.csv": ([("20:00", True, True, 67)], []),
    "mobile_yearless.csv": ([("14:07", True, True, 67)], []),
    "own_number_first.csv": ([("20:00", True, True, 67)], []),
    "sms_in_log.csv": ([("20:00", True, True, 67), ("20:05", False, None, None)], []),
    "telecom_dash.csv": ([("20:00", True, True, 67)], []),
    "telecom_roaming.csv": ([("20:00", True, True, 67)], []),
    "total_line.csv": ([("20:00", True, True, 67)], []),
    "quote_of_another.csv": ([("20:00", True, True, 67)], []),
    "prefix_rows.csv": ([(f"20:{minute}0", True, True, 67) for minute in range(3)], []),
}
#: The same kinds, written anew.
WRITTEN = {
    "original.csv": "号码,时间,类型,时长\n"
    + "".join(f"19790004702,2026-10-20 {h}:00:05,未接,\n" for h in range(9, 13)),
    "resaved_by_excel.csv": "号码,时间,类型,时长\n"
    + "".join(f"19790004702,2026/10/20 {h}:00,未接,\n" for h in range(9, 13)),
    "minutes.csv": "对方号码,通话时间,呼叫类型,通话时长\n"
    + "19790004702,2026/10/20 10:00,未接,\n" * 4
    + "19790004702,2026/10/20 10:00,已接,33\n"
    + "19790004702,2026/10/20 10:01,未接,\n" * 4,
    "noon.csv": "号码,时间,类型,时长\n19790004702,2026年10月20日 中午 1:30,来电,65\n"
    "19790004702,2026年10月20日 晚上 12:10,来电,65\n",
    "direction_and_status.csv": "号码,时间,方向,状态,时长\n"
    + "".join(f"19790004702,2026-10-20 {h:02}:00:00,来电,未接通,25\n" for h in range(9, 13)),
    "answered_without_length.csv": "号码,时间,类型,时长\n"
    + "".join(f"19790004702,2026-10-20 {h}:00:00,已接,-\n" for h in range(9, 16)),
    "comma_in_name.csv": "姓名,号码,时间,类型,时长\n"
    + "甲,乙公司,19790004702,2026-10-20 09:00:00,来电,65\n" * 3
    + "甲,19790004702,2026-10-20 10:00:00,来电,65\n",
    "android_type7.csv": "number,date,type,duration\n19790004702,1792324805000,1,65\n19790004702,1792324905,7,65\n",
    "mobile_place.csv": "起始时间,通信方式,对方号码,通信时长\n"
    "2026-10-18 20:00:00,漫游(国内、被叫),19790004702,1分7秒\n",
    "mobile_yearless.csv": "起始时间,通信地点,通信方式,对方号码,通信时长\n"
    "10-18 14:07:37,某地,被叫,19790004702,1分7秒\n",
    "own_number_first.csv": "本机号码,对方号码,起始时间,通信方式,通信时长\n"
    "19790009999,19790004702,2026-10-18 20:00:00,被叫,67秒\n",
    "sms_in_log.csv": "起始时间,通信方式,对方号码,通信时长\n2026-10-18 20:00:00,被叫,19790004702,67秒\n"
    "2026-10-18 20:05:00,短信接收,19790004702,--\n",
    "telecom_dash.csv": "对方号码,呼叫类型,通话时间,通话时长\n19790004702,被叫,2026-10-18-20:00:00,67\n",
    "telecom_roaming.csv": "呼叫类型,对方号码,起始时间,通话时长(秒),费用\n"
    "国内漫游被叫,19790004702,2026-10-18 20:00:00,67,0\n",
    "total_line.csv": "起始时间,通信方式,对方号码,通信时长\n"
    "2026-10-18 20:00:00,被叫,19790004702,67秒\n总计,,19790004702,67秒\n",
    "quote_of_another.csv": '姓名,号码,时间,类型,时长\n"李"四"",19790009998,2026-10-18 20:00:00,呼入,67\n'
    "某,19790004702,2026-10-18 20:00:00,呼入,67\n",
}


def read(content: bytes, name: str) -> CallLog:
    found = read_text(Sent(content, name, NUMBER, NOW, reported_at=REPORTED))
    assert isinstance(found, Reading), found
    assert found.log is not None
    return found.log


def told(log: CallLog) -> tuple[list[tuple[str, bool, bool | None, int | None]], list[str]]:
    calls = [(f"{one.at:%H:%M}", one.is_call, one.is_answered, one.seconds) for one in log.calls]
    return calls, [one.code for one in log.unread]


@pytest.mark.parametrize("name", WRITTEN)
def test_a_log_of_a_kind_that_failed_is_read_right(name: str) -> None:
    assert told(read(WRITTEN[name].encode(), name)) == RIGHT[name]


@pytest.mark.parametrize("name", RIGHT)
def test_the_logs_that_failed_are_read_right(name: str) -> None:
    if not (SHARED / name).exists():
        pytest.skip("the shared cases are not beside this project")
    assert told(read((SHARED / name).read_bytes(), name)) == RIGHT[name]
