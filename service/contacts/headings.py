"""Finds the header of a call log, and what each of its columns tells."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import Final, Literal

from service.contacts.cells import plain
from service.contacts.times import MOST_CELL, zone_in
from service.numbers.text import fold

Column = Literal[
    "number",
    "caller",
    "callee",
    "time",
    "date",
    "clock",
    "kind",
    "originated",
    "status",
    "answered",
    "length",
]
#: Words in header cells, in half width and lower case, without spaces, units and punctuation. Of several columns for one
#: thing that which has the earlier word counts.
_WORDS: Final[Mapping[Column, str]] = {
    "number": """
        对方号码 对方电话 对方电话号码 对方手机号 对方手机号码 对端号码 对方 来电号码 通话号码 联系号码 联系人号码
        呼叫号码 被叫主叫号码
        othernumber othersnumber otherparty contactnumber callernumber callerid callnumber remotenumber phonenumber phoneno
        number 号码 电话 电话号码 手机号 手机号码 手机 phone tel telephone mobile address numberaddress zaddress
        formattednumber rawnumber normalizednumber matchednumber
    """,
    "caller": "主叫号码 主叫 主叫方 主叫电话 呼叫方 caller callingnumber callingparty from fromnumber source",
    "callee": "被叫号码 被叫 被叫方 被叫电话 接听方 callee callednumber calledparty to tonumber destination",
    "time": """
        通话起始时间 通话开始时间 呼叫起始时间 起始时间 开始时间 通话时间 呼叫时间 来电时间 拨打时间 日期时间
        通话日期时间 时间 发生时间 发送时间
        starttime started startedat startdate calltime calldatetime datetime dateandtime dateandtimeofcall datetimeofcall
        calldateandtime timestamp time startts starttimestamp zdate when readabledate epoch datemillis datems
        callstart startts
        通话时刻
    """,
    "date": "日期 通话日期 呼叫日期 起始日期 发生日期 date calldate day 通话起始日期",
    "clock": "时刻 钟点 timeofday clock",
    "kind": """
        呼叫类型 通信方式 通话方式 通话类型 呼叫方向 方向 主被叫 主叫被叫 主被叫类型 呼叫方式 通话方向 类型 calltype
        direction calldirection
        type 通信类型 业务类型 呼叫状态 typename calltypename calllogtype incomingoutgoing inout
    """,
    "originated": "zoriginated originated isoutgoing",
    "status": """
        通话状态 接听状态 接通状态 接通情况 状态 结果 通话结果 呼叫结果 status callstatus result disposition
        callresult outcome
        answeredstatus
    """,
    "answered": "是否接通 是否接听 是否应答 answered zanswered isanswered",
    "length": """
        通话时长 通话长度 通信时长 通话持续时间 持续时间 时长 通话时间长度 计费时长 callduration duration length talktime
        durationinseconds durationinsecs durationseconds durationsec durationsecs seconds zduration calllength 持续时长 dur
    """,
}
_UNIT: Final = re.compile(
    r"[(\[](?:秒|s|sec|secs|second|seconds|单位:?秒|分|分钟|min|mins|minutes|hh:mm:ss|mm:ss|h:mm:ss|hh:mm|时:分:秒|分:秒|ms|毫秒|"
    r"(?:utc|gmt)\s?[+-]?[\d:]*|yyyy-mm-dd.*|北京时间|本地时间|local)[)\]]"
)
_COUNTS: Final = re.compile(
    r"[(\[](?:单位:?)?(?:秒|s|sec|secs|seconds|分|分钟|min|mins|minutes|分:秒|mm:ss)[)\]]"
)
_IN_MINUTES: Final = re.compile(
    r"[(\[](?:单位:?)?(?:分|分钟|min|mins|minutes)[)\]]|(?:inminutes|inmins|_minutes|_min)$"
)
HEADERS: Final = {word: column for column, words in _WORDS.items() for word in words.split()}
_RANKS: Final = {word: rank for words in _WORDS.values() for rank, word in enumerate(words.split())}


@dataclass(frozen=True, slots=True)
class Header:
    """The columns of a log, counted from 0; of kinds there may be several."""

    width: int
    places: Mapping[Column, int]
    kinds: Sequence[int]
    seconds_a_unit: int
    zone: tzinfo | None


def header_of(cells: Sequence[str]) -> Header | None:
    """Return the header that these cells are, None if they name no numbers, times and kinds of call."""
    places: dict[Column, int] = {}
    ranks: dict[Column, int] = {}
    kinds: list[int] = []
    for place, cell in enumerate(cells):
        word = _word(cell)
        column = HEADERS.get(word)
        if column is None:
            continue
        if column == "time" and _COUNTS.search(fold(cell).lower()):
            column = "length"
        if column == "kind":
            kinds.append(place)
        rank = _RANKS[word]
        if column not in places or rank < ranks[column]:
            places[column], ranks[column] = place, rank
    if "date" in places and "time" in places and places["time"] != places["date"]:
        places["clock"] = places.pop("time")
    _settle_numbers(places)
    tells_way = bool({"kind", "status", "originated"} & set(places)) or {"caller", "callee"} <= set(places)
    if not (_has_number(places) and tells_way and ("time" in places or "date" in places)):
        return None
    length, when = places.get("length"), places.get("time", places.get("date", 0))
    is_minutes = length is not None and _IN_MINUTES.search(fold(cells[length]).lower().replace(" ", ""))
    return Header(len(cells), places, kinds, 60 if is_minutes else 1, zone_in(cells[when]))


def _settle_numbers(places: dict[Column, int]) -> None:
    """Take a lone column of callers or of called numbers for that of the other party, as some phones name it."""
    if "number" not in places:
        for column in ("caller", "callee"):
            if column in places and not {"caller", "callee"} <= set(places):
                places["number"] = places.pop(column)


def _has_number(places: Mapping[Column, int]) -> bool:
    return "number" in places or {"caller", "callee"} <= set(places)


def _word(cell: str) -> str:
    if len(cell) > MOST_CELL:
        return ""
    bare = _UNIT.sub("", fold(plain(cell)).lower())
    return re.sub(r"[\s_/&.:#*()\[\]'\"-]+", "", bare)
