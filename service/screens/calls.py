"""Makes drafts of calls from the rows of a list: what is certain is taken, what is doubtful is marked, none is guessed."""

from collections.abc import Sequence
from datetime import date, datetime
from itertools import pairwise
from typing import Final, NamedTuple

from service.numbers.parse import Number
from service.screens.lines import Line, bands, plain, usual
from service.screens.rows import CUT, Anchor, Listed, ListRow, columns_of, read_list
from service.screens.shown import split_count
from service.screens.told import Told, join, read_told, split_label
from service.screens.when import At, When, find_when, resolve

#: Doubts about the number of a row: with one of them it must be looked at.
OF_NUMBER: Final = frozenset(
    {"number_unsure", "number_masked", "number_missing", "number_in_name", "row_cut"}
)


class Seen(NamedTuple):
    """From when a picture is, as far as that is known, and the time at which it is read."""

    taken: datetime | date | None
    now: datetime


class Call(NamedTuple):
    """A row of a call list as a draft: `times` is how often they called, `top` and `bottom` its place in the picture."""

    shown: str
    number: Number | None
    times: int
    when: str | None
    at: At | None
    told: Told
    doubts: tuple[str, ...]
    top: float
    bottom: float


def read_calls(lines: Sequence[Line], width: int, height: int, seen: Seen) -> list[Call]:
    """Return the calls of a call list, or of the page about one number."""
    calls: list[Call] = []
    for column in columns_of(lines, width):
        listed = read_list(column, width, height)
        if (of_one := _of_one_number(listed, column)) is not None:
            listed = of_one
        calls += _calls_of(listed, seen)
    return calls


def _calls_of(listed: Listed, seen: Seen) -> list[Call]:
    whens = [_when_of(row) for row in listed.rows]
    assumed = _today_of(listed, [when for when, _ in whens], seen)
    heights = usual((line.height for row in listed.rows for line in row.lines if find_when(line.text)), 0)
    have_time = sum(when is not None for when, _ in whens) > len(whens) / 2
    calls = []
    for place, (row, (when, doubts)) in enumerate(zip(listed.rows, whens, strict=True)):
        is_outer = place in (0, len(listed.rows) - 1)
        is_cut = row.is_cut or (is_outer and when is None and have_time and len(whens) > 1)
        is_cut = is_cut or any(one.height < CUT * heights for one in row.lines if find_when(one.text))
        more = (*doubts, *(("row_cut",) if is_cut else ()))
        calls.append(_call(row, when, assumed[place], seen, more))
    return calls


def _call(row: ListRow, when: When | None, day: "_Day", seen: Seen, doubts: tuple[str, ...]) -> Call:
    anchor = row.anchor
    text, label = split_label(plain(anchor.line.text))
    count, name = split_count(text)
    said = [read_told(_without_when(one), is_doubtful=one.is_doubtful) for one in row.lines]
    told = join([*said, read_told(label or "")], is_red=anchor.line.is_red)
    at = None
    if when is None:
        doubts = (*doubts, "time_missing", "day_unknown")
    else:
        whole = (
            when._replace(days_ago=0)
            if day.is_today
            else _under(when, row.heading)
            if day.by_heading
            else when
        )
        at = resolve(whole, seen.taken, now=seen.now)
        doubts = (*doubts, *at.doubts, *(("day_assumed",) if day.is_assumed and at.day else ()))
        if any(one.is_doubtful for one in row.lines if find_when(one.text)):
            doubts = (*doubts, "time_unsure")
    of_number = anchor.shown.doubts if anchor.shown else ("number_missing",)
    doubts = (*of_number, *doubts)
    if told.is_incoming is None:
        doubts = (*doubts, "direction_unknown")
    return Call(
        anchor.shown.text if anchor.shown else name,
        anchor.shown.number if anchor.shown else None,
        anchor.shown.times if anchor.shown else count,
        when.text if when else None,
        at,
        told,
        tuple(dict.fromkeys((*doubts, *told.doubts))),
        min([anchor.line.top, *(one.top for one in row.lines)]),
        max([anchor.line.bottom, *(one.bottom for one in row.lines)]),
    )


class _Day(NamedTuple):
    """How a row without a day of its own gets one: it is today's, or that of the heading; assumed, if only likely."""

    is_today: bool = False
    is_assumed: bool = False
    by_heading: bool = False


def _today_of(listed: Listed, whens: Sequence[When | None], seen: Seen) -> list[_Day]:
    """Return how each row gets its day. A clock alone is of today where lists write other days, and this one does."""
    if listed.has_headings:
        return [_Day(by_heading=when is not None and not when.has_day) for when in whens]
    bare = [place for place, when in enumerate(whens) if when and not when.has_day]
    dated = [place for place, when in enumerate(whens) if when and when.has_day]
    whole = [place for place, row in enumerate(listed.rows) if not row.is_cut]  # what is cut may be misread
    clocks = [when.clock for place in bare if place in whole and (when := whens[place]) and when.clock]
    is_first = all(a < b for a in bare for b in dated if a in whole and b in whole)
    is_falling = is_first and all(a >= b for a, b in pairwise(clocks))
    if not is_falling or seen.taken is None:
        return [_Day()] * len(whens)
    return [
        _Day(is_today=place in bare, is_assumed=place in bare and not dated) for place in range(len(whens))
    ]


def _under(when: When, heading: When | None) -> When:
    """Return a clock with the day of the heading above it."""
    if heading is None:
        return when
    return when._replace(days_ago=heading.days_ago, weekday=heading.weekday, date=heading.date)


def _when_of(row: ListRow) -> tuple[When | None, tuple[str, ...]]:
    """Return when a row says that its call was, put together from a day and a clock if they stand apart."""
    lines = [*row.lines, row.anchor.line] if row.anchor.shown else row.lines
    found = [when for line in lines if (when := find_when(_behind_number(line, row.anchor)))]
    different = list({one[3:]: one for one in found}.values())
    if not different:
        return None, ()
    if len(different) == 1:
        return different[0], ()
    days = [one for one in different if one.has_day and one.clock is None]
    clocks = [one for one in different if not one.has_day]
    if len(different) == 2 and len(days) == len(clocks) == 1:
        return days[0]._replace(clock=clocks[0].clock, text=f"{days[0].text} {clocks[0].text}"), ()
    return None, ("time_unsure",)


def _behind_number(line: Line, anchor: Anchor) -> str:
    """Return what of a line may say when: of the number's own line what stands behind the number."""
    if line is not anchor.line:
        return line.text
    when = find_when(line.text)
    text = plain(line.text)
    return text[when.start :] if when and when.end == len(text) and when.start else ""


def _without_when(line: Line) -> str:
    text = plain(line.text)
    when = find_when(text)
    return text if when is None else text[: when.start] + " " + text[when.end :]


def _of_one_number(listed: Listed, lines: Sequence[Line]) -> Listed | None:
    """Return the calls of a page about one number, each under that number; None if it is another page."""
    numbers = [row for row in listed.rows if row.anchor.shown]
    if len(numbers) != 1:
        return None
    number = numbers[0].anchor
    below = [one for one in lines if one.middle > number.line.bottom]
    rows = bands(below)
    clocks = [row for row in rows if any((when := find_when(one.text)) and when.clock for one in row)]
    if len(clocks) < 2:
        return None
    headings = [
        row[0]
        for row in rows
        if len(row) == 1 and (when := find_when(row[0].text)) and when.has_day and not when.clock
    ]
    found = []
    for place, row in enumerate(clocks):
        end = clocks[place + 1][0].top if place + 1 < len(clocks) else row[0].bottom + 3 * row[0].height
        rest = [
            one
            for one in below
            if row[0].bottom <= one.middle < end and one not in headings and one not in row
        ]
        above = [one for one in headings if one.middle < row[0].middle]
        heading = find_when(above[-1].text) if above else None
        is_cut = row[0].height < CUT * usual((one[0].height for one in clocks), 0)
        found.append(
            ListRow(number._replace(line=number.line._replace(is_red=False)), [*row, *rest], heading, is_cut)
        )
    return Listed(found, bool(headings), listed.above)
