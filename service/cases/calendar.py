"""Deadlines as an iCalendar feed (RFC 5545). Whoever knows its address can read it, so it names no number."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final
from uuid import UUID

from service.cases.deadlines import Due, FilingEvent
from service.rules.channels import Channel
from service.working_days import ONE_DAY

if TYPE_CHECKING:
    from icalendar import Event

PRODUCT: Final = "-//dunwatch//cases//ZH"
MEDIA_TYPE: Final = "text/calendar; charset=utf-8"
#: Counted from the midnight at which the due day begins: 9:00 on the day before, for what the person must do.
OWN_ALARM: Final = timedelta(hours=-15)
#: 9:00 on the day after, for what the authority should have done.
THEIR_ALARM: Final = timedelta(hours=33)


def calendar_of(entries: Iterable[tuple[UUID, Channel, FilingEvent, Due]], *, now: datetime) -> bytes:
    """Return the feed of these deadlines, each with its case, its channel and the event recorded last."""
    from icalendar import Calendar  # noqa: PLC0415  large: for the first calendar

    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("name", "dunwatch 投诉期限")
    calendar.add("x-wr-calname", "dunwatch 投诉期限")
    calendar.add("refresh-interval", timedelta(hours=6), parameters={"VALUE": "DURATION"})
    for case_id, channel, event, due in entries:
        calendar.add_component(_entry(case_id, channel, event, due=due, now=now))
    return bytes(calendar.to_ical())


def _entry(case_id: UUID, channel: Channel, event: FilingEvent, *, due: Due, now: datetime) -> "Event":
    from icalendar import Alarm, Event  # noqa: PLC0415  as above

    entry = Event()
    entry.add("uid", f"{case_id}-{channel.id}-{due.deadline.id}@dunwatch")
    entry.add("dtstamp", now)
    entry.add("last-modified", event.recorded_at)
    entry.add("dtstart", due.on)
    entry.add("dtend", due.on + ONE_DAY)
    entry.add("summary", f"{channel.name.zh}：{due.deadline.due.zh}")
    entry.add("description", "\n".join(_lines(case_id, channel, due)))
    entry.add("transp", "TRANSPARENT")
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", f"{channel.name.zh}：{due.deadline.due.zh}")
    alarm.add("trigger", OWN_ALARM if due.deadline.by == "person" else THEIR_ALARM)
    entry.add_component(alarm)
    return entry


def _lines(case_id: UUID, channel: Channel, due: Due) -> Iterable[str]:
    yield f"{channel.name.en}: {due.deadline.due.en}"
    yield f"案卷 / case {case_id}"
    yield f"期限依据 / rule: {due.deadline.status_name.zh} / {due.deadline.status_name.en}"
    if due.extended_to:
        days = ", ".join(day.isoformat() for day in due.extended_to)
        yield f"可能延长至 / may be extended to {days}"
    if not due.is_certain:
        yield "此期限待核实：规定、事项性质或节假日安排未确定"
        yield "to be verified: the rule, the kind of matter or the holidays are not certain"
