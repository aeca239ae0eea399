"""Parts a screen into the rows of a list: each has a number or a name, and the lines that stand with it."""

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Final, NamedTuple

from service.screens.lines import Line, bands, plain, usual
from service.screens.shown import Shown, read_shown
from service.screens.told import read_told, split_label
from service.screens.when import When, find_when, is_only_when

#: Shares of the width: a list's numbers begin left of the first; two lists side by side begin left and right of these.
LEFT_HALF: Final = 0.45
FIRST_COLUMN: Final = 0.3
SAME_LEFT: Final = 0.03
ICON: Final = 0.1  # an icon before a name may have been taken for a part of it
#: A line that is lower than this share of its like is cut through; names are as high as numbers, what stands below is not.
CUT: Final = 0.82
BOTTOM: Final = 0.2  # of the width: the bar with the names of pages at the bottom
#: The same of what is measured in the picture; a list is cut at its ends, and covered elsewhere at most.
CUT_INK_OUTER: Final = 0.93
CUT_INK: Final = 0.75
FAR: Final = 1.6  # usual distances between rows: what stands so far above the first is no row
AS_HIGH: Final = (0.85, 1.65)
#: Words of the frame around a list.
_FRAME: Final = re.compile(
    r"20\d\d年\s?\d{1,2}月|(?:全部|所有|未接|骚扰|陌生)?(?:来电|通话|电话)?(?:记录)?|编辑|搜索.*|最近(?:通话)?|个人收藏|收藏|联系人|通讯录|拨号(?:键盘|盘)?|语音留言|营业厅|"
    r"生活|名片|通话|电话|信息|短信|返回|更多|完成|取消|管理|设置|拦截|黄页|recents?|edit|all|missed|contacts|keypad|voicemail|favou?rites",
    re.IGNORECASE,
)
_POINTER: Final = re.compile(r"\s*[>›〉》»①ⓘ◎○®©]+\s*$")  # signs behind a row that lead on
_OF_NETWORK: Final = re.compile(
    r"(?:中国)?(?:移动|联通|电信|广电)|卡\s?[12一二]|sim|hd|volte|手机|本地|归属地未知|未知归属地",
    re.IGNORECASE,
)


class Anchor(NamedTuple):
    """The line that a row is about: a number if it is one, else a name."""

    line: Line
    shown: Shown | None


class ListRow(NamedTuple):
    """A row of a list: its anchor, the other lines of it, and the day of the heading above it, if there are headings."""

    anchor: Anchor
    lines: Sequence[Line]
    heading: When | None
    is_cut: bool


class Listed(NamedTuple):
    """The rows of a list from above, whether days stand above groups of them, and the lines above the first row."""

    rows: Sequence[ListRow]
    has_headings: bool
    above: Sequence[Line]


def columns_of(lines: Sequence[Line], width: int) -> list[list[Line]]:
    """Return the lines of each of two lists that stand side by side, or all of them."""
    numbers = [line for line in lines if read_shown(line.text)]
    right = [line.left for line in numbers if line.left > LEFT_HALF * width]
    left = [line for line in numbers if line.left < FIRST_COLUMN * width]
    if len(right) < 2 or len(left) < 2:
        return [list(lines)]
    edge = min(right) - 0.02 * width
    return [[one for one in lines if one.left < edge], [one for one in lines if one.left >= edge]]


def read_list(lines: Sequence[Line], width: int, height: int) -> Listed:
    """Return the rows of one list."""
    lines = [one._replace(text=_POINTER.sub("", one.text)) for one in _without_frame(lines, width, height)]
    edge = min((line.left for line in lines), default=0.0)
    anchors = _anchors(lines, edge, width)
    if not anchors:
        return Listed((), False, lines)
    headings = _headings(lines, anchors)
    others = [one for one in lines if one not in headings and all(one is not mine.line for mine in anchors)]
    tops = _boundaries(anchors, others, edge + LEFT_HALF * width)
    rows = []
    numbers = [one.line for one in anchors if one.shown and one.shown.number]
    usual_height = usual((one.height for one in numbers), anchors[0].line.height)
    usual_ink = usual((one.ink for one in numbers if one.ink), 0.0)
    for place, anchor in enumerate(anchors):
        mine = [one for one in others if tops[place] <= one.middle < tops[place + 1]]
        above = [one for one in headings if one.middle < anchor.line.middle]
        heading = find_when(above[-1].text) if above else None
        least = CUT_INK_OUTER if place in (0, len(anchors) - 1) else CUT_INK
        is_cut = _is_cut(anchor.line, usual_height, width, height)
        is_cut = is_cut or bool(anchor.shown and anchor.line.ink and anchor.line.ink < least * usual_ink)
        rows.append(ListRow(anchor, mine, heading, is_cut))
    return Listed(rows, bool(headings), [one for one in lines if one.middle < tops[0]])


def _without_frame(lines: Sequence[Line], width: int, height: int) -> list[Line]:
    """Return the lines without the bar of signal, clock and battery at the top, and the words above and below a list."""
    top = [line for line in lines if line.middle < 0.13 * width and line.height < 0.07 * width]
    bar = next((row for row in bands(top) if any(is_only_when(one.text) for one in row)), [])
    rest = [one for one in lines if one not in bar]
    begin = min((one.top for one in rest if find_when(one.text) or read_shown(one.text)), default=0.0)
    end = height - BOTTOM * width
    return [one for one in rest if begin <= one.middle < end or not _FRAME.fullmatch(plain(one.text))]


def _anchors(lines: Sequence[Line], edge: float, width: int) -> list[Anchor]:
    numbers: list[Anchor] = []
    for row in bands(lines):
        for line in row:
            shown = _shown(line)
            if shown is not None and line.left - edge < LEFT_HALF * width:
                numbers.append(Anchor(line, shown))
                break
    names = _names(lines, [one.line for one in numbers], width)
    found = sorted([*numbers, *(Anchor(line, None) for line in names)], key=lambda one: one.line.middle)
    found = [
        one for one in found if one.shown or not (_is_title_of_next(one, found) or _is_below(one, found))
    ]
    steps = [b.line.middle - a.line.middle for a, b in pairwise(found)]
    while found and not found[0].shown and steps and steps.pop(0) > FAR * usual(steps, float("inf")):
        found.pop(0)  # a title, or the name of an account
    return _with_times(found, [line.middle for line in lines if find_when(line.text)])


def _with_times(anchors: Sequence[Anchor], times: Sequence[float]) -> list[Anchor]:
    """Return the anchors without names that are none: every row has its time, so that what has none is part of one."""
    kept: list[Anchor] = []
    for place, anchor in enumerate(anchors):
        top = anchor.line.top
        end = anchors[place + 1].line.top if place + 1 < len(anchors) else float("inf")
        begin = kept[-1].line.top if kept else None
        has_own = any(top <= one < end for one in times)
        leaves_one = begin is None or any(begin <= one < top for one in times)
        if anchor.shown or (has_own and leaves_one):
            kept.append(anchor)
    return kept


def _shown(line: Line) -> Shown | None:
    """Return the caller ID of a line, also if the time beside it was read together with it."""
    if is_only_when(line.text):
        return None
    text = plain(line.text)
    when = find_when(text)
    if when is not None and when.end == len(text) and when.start > 0:
        text = text[: when.start]
    return read_shown(split_label(text)[0], is_doubtful=line.is_doubtful)


def _names(lines: Sequence[Line], numbers: Sequence[Line], width: int) -> list[Line]:
    """Return the lines that stand where numbers do and are as high, but are names, or too little of a number."""
    if numbers:
        middle = usual((one.left for one in numbers), 0)
        edge = max(one.left for one in numbers if one.left - middle < ICON * width)  # without icons
        height = usual((one.height for one in numbers), 0)
    else:
        heads = [
            row[0] for row in bands(lines) if len(row) > 1 and any(find_when(one.text) for one in row[1:])
        ]
        edge, height = usual((one.left for one in heads), 0), usual((one.height for one in heads), 0)
    return [
        line
        for line in lines
        if line not in numbers
        and -ICON * width < line.left - edge < SAME_LEFT * width
        and AS_HIGH[0] * height <= line.height <= AS_HIGH[1] * height
        and _may_be_name(line.text)
    ]


def _may_be_name(text: str) -> bool:
    written = plain(text)
    when = find_when(written)
    head = (
        written[: when.start] if when else written
    )  # a time may have been read together with what stands before it
    if not re.search(r"\w", head) or _OF_NETWORK.search(head):
        return False
    told = read_told(head)
    return bool(told.rest) and told[:4] == (None, None, None, None)


def _is_title_of_next(name: Anchor, anchors: Sequence[Anchor]) -> bool:
    """Return whether a name stands directly above the number that it is a name for."""
    below = [one for one in anchors if one.line.middle > name.line.middle]
    if not below or below[0].shown is None:
        return False
    return below[0].line.top - name.line.bottom < 0.5 * below[0].line.height


def _is_below(name: Anchor, anchors: Sequence[Anchor]) -> bool:
    """Return whether a name stands directly below another anchor: then it is what a row says besides."""
    above = [one for one in anchors if one.line.middle < name.line.middle]
    return bool(above) and name.line.top - above[-1].line.bottom < 0.5 * name.line.height


def _headings(lines: Sequence[Line], anchors: Sequence[Anchor]) -> list[Line]:
    """Return the lines that name a day for the rows below them, from above."""
    rows = bands(lines)
    found = []
    for place, row in enumerate(rows):
        line = row[0]
        when = find_when(line.text)
        if len(row) > 1 or when is None or not when.has_day or when.clock or not is_only_when(line.text):
            continue
        above = max((one.bottom for one in rows[place - 1]), default=0.0) if place else 0.0
        is_apart = line.top - above > 0.8 * line.height or not place
        starts_left = line.left <= min(one.line.left for one in anchors) + line.height
        if is_apart and starts_left and any(one.line.middle > line.middle for one in anchors):
            found.append(line)
    return found


def _boundaries(anchors: Sequence[Anchor], others: Sequence[Line], middle: float) -> list[float]:
    """Return where each row begins, and where the last ends: rows are further apart than lines of one row."""
    left = sorted((one for one in others if one.left < middle), key=lambda one: one.middle)
    tops = []
    for before, after in pairwise(anchors):
        stack = [
            before.line,
            *(one for one in left if before.line.middle < one.middle < after.line.middle),
            after.line,
        ]
        gaps = [(b.top - a.bottom, (a.bottom + b.top) / 2) for a, b in pairwise(stack)]
        tops.append(max(gaps)[1])
    first, last = anchors[0].line, anchors[-1].line
    begin = first.top
    for line in reversed([one for one in left if one.middle < first.top]):
        if begin - line.bottom > 0.5 * first.height:
            break
        begin = line.top
    lengths = [b - a for a, b in pairwise(tops)] or [last.height * 4]
    reach = usual(lengths, 0) - (last.top - tops[-1] if tops else 0)
    return [begin - 0.3 * first.height, *tops, last.top + max(reach, 2 * last.height)]


def _is_cut(line: Line, usual_height: float, width: int, height: int) -> bool:
    edge = 0.003 * width
    touches = (
        line.top <= edge or line.bottom >= height - edge or line.right >= width - edge or line.left <= edge
    )
    return touches or line.height < CUT * usual_height
