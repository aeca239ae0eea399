"""Finds the header of a call log, and what each of its columns tells."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import tzinfo
from typing import Final, Literal

from service.contacts.cells import plain
from service.contacts.times import MOST_CELL
from service.contacts.zones import zone_in
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
    "zone",
    "own",
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
        通话时长 通话长度 通信时长 通话持续时间 持续时间 时长 通话时间长度 计费时长
        billedduration callduration duration length talktime
        durationms durationmillis durationmilliseconds durationinms durationinmilliseconds
        durationinseconds durationinsecs durationseconds durationsec durationsecs seconds zduration calllength 持续时长 dur
    """,
    "zone": "时区 timezone tz utcoffset gmtoffset",
    "own": "本机号码 本机 本机电话 我的号码 客户号码 用户号码 业务号码 服务号码 ownnumber mynumber localnumber",
}
#: Headings that some logs give to how long a call was and others to when it was.
_DOUBTFUL: Final = frozenset({"通话时间", "calltime"})
_UNIT: Final = re.compile(
    r"[(\[](?:秒|s|sec|secs|second|seconds|单位:?秒|分|分钟|min|mins|minutes|hh:mm:ss|mm:ss|h:mm:ss|hh:mm|时:分:秒|分:秒|ms|毫秒|milliseconds|单位:?毫秒|"
    r"(?:utc|gmt)\s?[+-]?[\d:]*|yyyy-mm-dd.*|北京时间|本地时间|local)[)\]]"
)
_COUNTS: Final = re.compile(
    r"[(\[](?:单位:?)?(?:秒|s|sec|secs|seconds|分|分钟|min|mins|minutes|分:秒|mm:ss)[)\]]"
)
_IN_MINUTES: Final = re.compile(
    r"[(\[](?:单位:?)?(?:分|分钟|min|mins|minutes)[)\]]|(?:inminutes|inmins|_minutes|_min)$"
)
_IN_MILLISECONDS: Final = re.compile(
    r"[(\[](?:单位:?)?(?:ms|毫秒|milliseconds)[)\]]|(?:in|_|duration)(?:ms|millis|milliseconds)$"
)
HEADERS: Final = {word: column for column, words in _WORDS.items() for word in words.split()}
_RANKS: Final = {word: rank for words in _WORDS.values() for rank, word in enumerate(words.split())}


@dataclass(frozen=True, slots=True)
class Header:
    """The columns of a log, counted from 0; of kinds there may be several.

    `coded` are those of them in which digits are Android's; the clock is doubtful if its column may hold lengths,
    and lengths that are billed may be rounded up to minutes.
    """

    width: int
    places: Mapping[Column, int]
    kinds: Sequence[int]
    seconds_a_unit: float
    zone: tzinfo | None
    coded: Sequence[int] = field(default=(), kw_only=True)
    is_clock_doubtful: bool = field(default=False, kw_only=True)
    is_billed: bool = field(default=False, kw_only=True)

    @property
    def moment(self) -> int:
        """The column of times, or of days."""
        return self.places.get("time", self.places.get("date", 0))


def header_of(cells: Sequence[str]) -> Header | None:
    """Return the header that these cells are, None if they name no numbers, times and kinds of call."""
    named = _named(cells)
    places = _places(named)
    if "date" in places and "time" in places and places["time"] != places["date"]:
        places["clock"] = places.pop("time")
    _settle_numbers(places)
    tells_way = bool({"kind", "status", "originated"} & set(places)) or {"caller", "callee"} <= set(places)
    if not (_has_number(places) and tells_way and ("time" in places or "date" in places)):
        return None
    kinds = [place for place, column, _ in named if column == "kind"]
    clocks = [places[column] for column in _CLOCKS if column in places]
    zones = (zone_in(cells[place]) for place in clocks)
    return Header(
        len(cells),
        places,
        kinds,
        _unit(cells[places["length"]]) if "length" in places else 1,
        next((zone for zone in zones if zone), None),
        coded=[place for place, column, word in named if column == "kind" and word.endswith("type")],
        is_billed="length" in places and _word(cells[places["length"]]).startswith(("计费", "bill")),
        is_clock_doubtful="clock" in places
        and "length" not in places
        and _word(cells[places["clock"]]) in _DOUBTFUL,
    )


_CLOCKS: Final[tuple[Column, ...]] = ("clock", "time", "date")


def _named(cells: Sequence[str]) -> list[tuple[int, Column, str]]:
    """Return the cells that name a column, each with its place, and the word by which it does."""
    found: list[tuple[int, Column, str]] = []
    for place, cell in enumerate(cells):
        word = _word(cell)
        column = HEADERS.get(word)
        if column == "time" and _COUNTS.search(fold(cell).lower()):
            column = "length"
        if column is not None:
            found.append((place, column, word))
    return found


def _places(named: Sequence[tuple[int, Column, str]]) -> dict[Column, int]:
    """Return the place of each column: of several that with the earlier word, and a doubtful time last."""
    columns = [column for _, column, _ in named]
    is_doubtful = "length" not in columns
    ranks: dict[Column, int] = {}
    places: dict[Column, int] = {}
    for place, column, word in named:
        rank = _RANKS[word] + (1_000 if is_doubtful and word in _DOUBTFUL else 0)
        if column not in places or rank < ranks[column]:
            places[column], ranks[column] = place, rank
    return places


def _unit(heading: str) -> float:
    """Return how many seconds a number in a column of lengths counts for."""
    text = fold(heading).lower().replace(" ", "")
    if _IN_MILLISECONDS.search(text):
        return 0.001
    return 60 if _IN_MINUTES.search(text) else 1


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
