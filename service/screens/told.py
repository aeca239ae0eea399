"""Reads what a row of a call list says beside number and time: who called, whether it was answered, how long, and labels."""

import re
from typing import Final, NamedTuple

from service.contacts.cells import read_kind, read_length
from service.screens.lines import plain

_UNITS: Final = (
    r"(?:\d{1,2}\s?(?:小时|时|h)\s?)?(?:\d{1,3}\s?(?:分钟|分|min)(?!\s?钟?\s?前)\s?)?"
    r"(?:\d{1,5}\s?(?:秒钟|秒|sec|s)(?![a-z]))?"
)
_RING: Final = re.compile(rf"响铃\s?(?:时长|了)?[::]?\s?(?P<length>\d{{1,3}}\s?[声次]|(?=\d){_UNITS})")
_LENGTH: Final = re.compile(rf"(?<![\d:/.前])(?=\d){_UNITS}(?!\s?前)", re.IGNORECASE)
_CLOCKLIKE: Final = re.compile(
    r"(?:时长|通话|呼入|呼出|来电|去电|拨出|已接|主叫|被叫)[\s::]*(?P<length>(?:\d{1,2}:)?\d{1,3}:\d{2})(?![\d:])"
)
_MARKED: Final = re.compile(
    r"(?:已?被\s?)?[\d,]*\+?\s?[万千]?\s?人?(?:次)?\s?(?:标记|举报)(?:为|成|过|了)?[^\s,。|·]{0,12}"
    r"|(?:疑似|高频)?(?:骚扰|诈骗|催收|推销|广告|欺诈|贷款|保险|房产|中介|快递|外卖|响一声|理财|教育|信用卡)"
    r"(?:电话|推销|来电|号码|中介|送餐|理财|催收|还款)?"
)
_LABEL_BEHIND: Final = re.compile(rf"(?<=[\d)\]码话])\s*({_MARKED.pattern})\s*$")
#: 未接通 stands below calls that were dialled as well as below those that came in.
_NOT_THROUGH: Final = re.compile(r"未接通|未通|无法接通|未成功")
_WORDS: Final = re.compile(
    r"未接来电|未接电话|未接听|未接通|未接|已接来电|已接电话|已接听|已接|来电|去电|呼入|呼出|拨入|拨出|打入|打出|已拨(?:电话)?|被叫|主叫|"
    r"拒接|已拒接|拒绝|已拒绝|已挂断|已取消|取消|无应答|无人接听|未应答|拦截|已拦截|语音信箱|占线|"
    r"missed(?: call)?|incoming(?: call)?|outgoing(?: call)?|declined|cancell?ed|blocked|no answer",
    re.IGNORECASE,
)


class Told(NamedTuple):
    """What one or several lines say of a call, None where they say nothing; `rest` is what has no meaning here."""

    is_incoming: bool | None = None
    is_answered: bool | None = None
    seconds: int | None = None
    ring_seconds: int | None = None
    label: str | None = None
    rest: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()

    @property
    def says_something(self) -> bool:
        """Whether anything of it is about a call."""
        return self[:5] != (None, None, None, None, None)


def read_told(text: str, *, is_doubtful: bool = False) -> Told:
    """Return what a line says of a call."""
    written = plain(text)
    written, ring, has_rung = _ring(written)
    written, seconds = _length(written)
    written, label = _label(written)
    is_incoming, is_answered, doubts = _kind(written)
    if has_rung and is_incoming is None:
        is_incoming = True  # a telephone rings for who is called
    if has_rung and seconds is None and is_answered is None:
        is_answered = False
    if seconds is not None and is_answered is None:
        is_answered = seconds > 0
    if is_doubtful and (seconds is not None or ring is not None):
        doubts = (*doubts, "length_unsure")
    rest = _WORDS.sub(" ", written).strip(" |·,-")
    return Told(is_incoming, is_answered, seconds, ring, label, (rest,) if rest else (), doubts)


def split_label(text: str) -> tuple[str, str | None]:
    """Return a text without the label at its end, and the label, which may stand in a box behind a number."""
    found = _LABEL_BEHIND.search(text)
    return (text[: found.start()], found[1]) if found else (text, None)


def join(told: list[Told], *, is_red: bool = False) -> Told:
    """Return what several lines of one row say together; what contradicts each other is not known."""
    doubts = [doubt for one in told for doubt in one.doubts]
    way, is_torn = _one({one.is_incoming for one in told} - {None})
    answered, is_split = _one({one.is_answered for one in told} - {None})
    seconds, has_two = _one({one.seconds for one in told} - {None})
    rings, _ = _one({one.ring_seconds for one in told} - {None})
    if is_red and way is None and not is_torn:
        way, answered = True, False if answered is None else answered
    if is_red and (way is False or answered):
        doubts.append("direction_unsure")
    if is_torn or is_split:
        doubts.append("direction_unsure")
    if has_two:
        doubts.append("length_unsure")
    label = next((one.label for one in told if one.label), None)
    rest = tuple(text for one in told for text in one.rest)
    return Told(
        None if way is None else bool(way),
        None if answered is None else bool(answered),
        seconds,
        rings,
        label,
        rest,
        tuple(dict.fromkeys(doubts)),
    )


def _one(values: "set[int | None] | set[bool | None]") -> tuple[int | None, bool]:
    """Return the one value that there is, and whether there are several."""
    return (next(iter(values)), False) if len(values) == 1 else (None, bool(values))


def _ring(text: str) -> tuple[str, int | None, bool]:
    found = _RING.search(text)
    if found is None:
        return text.replace("响铃", " "), None, "响铃" in text
    length = read_length(found["length"]) if not found["length"].rstrip().endswith(("声", "次")) else None
    return text[: found.start()] + " " + text[found.end() :], length.seconds if length else None, True


def _length(text: str) -> tuple[str, int | None]:
    for pattern in (_CLOCKLIKE, _LENGTH):
        for found in pattern.finditer(text):
            place = found.span("length") if pattern is _CLOCKLIKE else found.span()
            written = text[place[0] : place[1]]
            if pattern is _LENGTH and not re.search(r"[^\d\s]", written):
                continue
            if (length := read_length(written)) is not None:
                return text[: place[0]] + " " + text[place[1] :], length.seconds
    return text, None


def _label(text: str) -> tuple[str, str | None]:
    found = _MARKED.search(text)
    if found is None or not found[0].strip():
        return text, None
    return text[: found.start()] + " " + text[found.end() :], found[0].strip()


def _kind(text: str) -> tuple[bool | None, bool | None, tuple[str, ...]]:
    words = _WORDS.findall(text)
    if not words:
        return None, None, ()
    if _NOT_THROUGH.search(text):
        others = [word for word in words if not _NOT_THROUGH.search(word)]
        kind = read_kind(" ".join(others), is_coded=False) if others else None
        return (kind.is_incoming if kind else None), False, ()
    kind = read_kind(" ".join(words), is_coded=False)
    if kind is None:
        return None, None, ("direction_unsure",)
    return kind.is_incoming, kind.is_answered, ()
