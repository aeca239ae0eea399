"""Reads hours beside the words for parts of the day that telephones in China write: 凌晨, 上午, 中午, 下午, 晚上, AM, PM …

A word and an hour that do not fit are refused, never bent. What is taken:

| word | hours, and what they mean |
|---|---|
| 上午, AM | 0 to 11; 12 is 0: clocks of twelve hours write the first hour so |
| 下午, PM | 1 to 11 are 13 to 23; 12 and 0 are noon's; 13 to 23 stay |
| 凌晨 | 0 to 6; 12 is 0 |
| 清晨, 早上 | 4 to 11 |
| 中午 | 11, 12 stay; 0 is 12 (a clock that counts from 0), 1 and 2 are 13 and 14 |
| 傍晚 | 4 to 8 are 16 to 20 |
| 晚上 | 5 to 11 are 17 to 23; 17 to 23 stay; 12 and 0 to 4 are refused |
| 夜里, 深夜, 半夜, 午夜 | 9 to 11 are 21 to 23, 21 to 23 stay; 0 to 5 stay; 12 is refused |

晚上12:10 of a day is 0:10 of that day to a machine, of the next to a person: nobody can know which was meant. 半夜1:30 is
of the day that is written, since its hour fits the clock and logs write the day of the calendar.
"""

from collections.abc import Mapping
from typing import Final

_MORNING: Final = {hour: hour for hour in range(12)} | {12: 0}
_AFTERNOON: Final = {hour: hour + 12 for hour in range(12)} | {hour: hour for hour in range(12, 24)}
_EARLY: Final = {hour: hour for hour in range(7)} | {12: 0}
_BREAKFAST: Final = {hour: hour for hour in range(4, 12)}
_NOON: Final = {0: 12, 1: 13, 2: 14, 11: 11, 12: 12, 13: 13, 14: 14}
_DUSK: Final = {hour: hour + 12 for hour in range(4, 9)} | {hour: hour for hour in range(16, 21)}
_EVENING: Final = {hour: hour + 12 for hour in range(5, 12)} | {hour: hour for hour in range(17, 24)}
_NIGHT: Final = {hour: hour + 12 for hour in range(9, 12)} | {hour: hour for hour in (*range(6), 21, 22, 23)}

#: Word -> hour as it is written -> hour of the day.
HALVES: Final[Mapping[str, Mapping[int, int]]] = {
    word: hours
    for words, hours in {
        "上午 am a.m. 午前": _MORNING,
        "下午 pm p.m. 午后 午後": _AFTERNOON,
        "凌晨": _EARLY,
        "清晨 早晨 早上 早间": _BREAKFAST,
        "中午 正午": _NOON,
        "傍晚": _DUSK,
        "晚上 晚间 晚": _EVENING,
        "夜里 夜间 夜晚 深夜 半夜 午夜": _NIGHT,
    }.items()
    for word in words.split()
}


def hour_of_day(hour: int, half: str | None) -> int | None:
    """Return the hour of the day, None if it does not fit the word beside it."""
    if half is None:
        return hour if hour < 24 else None
    return HALVES[half].get(hour)
