"""What is due, as an iCalendar feed (RFC 5545): whoever knows its address reads it, so that it names no number."""

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
#: From the midnight at which the day begins: nine in the morning, on the day before one's own duty ends.
OWN_ALARM: Final = timedelta(hours=-15)
#: Nine in the morning after the authority should have acted.
THEIR_ALARM: Final = timedelta(hours=33)


def calendar_of(entries: Iterable[tuple[UUID, Channel, FilingEvent, Due]], *, now: datetime) -> bytes:
    """The feed of what is due of filings: case, channel, the event that was recorded last, and what is due."""
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
    alarm.add("trigger", THEIR_ALARM if due.deadline.by == "channel" else OWN_ALARM)
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
        yield "节假日安排尚未公布，按周末推算 / holidays are not announced yet, weekends were counted"
