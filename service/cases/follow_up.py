"""Follow-up of a filing: checks a new event and plans the reminders that follow from it."""

from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Final

from service.cases.deadlines import Due, FilingEvent, standing
from service.cases.filing_schemas import NewEvent
from service.cases.next_steps import reviews_to_ask
from service.cases.statuses import STATUS_NAMES, FilingStatus, may_follow
from service.days import CHINA
from service.edge.problems import INVALID_REQUEST, STATUS_NOT_ALLOWED, FieldError, ProblemError
from service.edge.validation import message
from service.rules.channels import Channel
from service.working_days import ONE_DAY, working_day_before, working_day_from

REMINDED_AT: Final = time(9)
#: The first day on which an event can have happened.
EARLIEST: Final = date(2000, 1, 1)


def check_event(new: NewEvent, events: Sequence[FilingEvent], today: date) -> date:
    """Return the day of a new event.

    Raise status_not_allowed, naming the events that may follow, or invalid_request if the day is impossible.
    """
    stand = standing(events)
    last = stand[-1] if stand else None
    before_it = last.event if last else None
    if new.event not in may_follow(before_it):
        raise _not_allowed(before_it)
    happened_on = new.happened_on or today
    if happened_on > today:
        raise _wrong("happened_on", "day_in_the_future")
    if happened_on < (last.happened_on if last else EARLIEST):
        raise _wrong("happened_on", "day_before_last_event")
    return happened_on


def check_review(new: NewEvent, events: Sequence[FilingEvent], channel: Channel | None) -> str | None:
    """Return which review of its channel an event asks for: the one that was named, or the only one there is.

    Raise invalid_request, naming those there are, if another is named, or none where there are several.
    """
    if new.event is not FilingStatus.REVIEW_ASKED:
        if new.review is not None:
            raise _wrong("review", "extra_forbidden")
        return None
    known = [one.id for one in reviews_to_ask(channel, events)] if channel else []
    if new.review in known or (new.review is None and not known):
        return new.review
    if new.review is None and len(known) == 1:
        return known[0]
    raise _wrong("review", "literal_error", expected=", ".join(known) or "null")


def reminder_times(due: Sequence[Due], now: datetime) -> list[tuple[str, datetime, date]]:
    """Return the reminders of deadlines: id of the deadline, when to remind, and the day it is due.

    What the person must do is reminded of one working day before, what the authority must do on the working day after,
    both at 9:00 in China. Reminders in the past are left out.
    """
    planned = []
    for one in due:
        by_channel = one.deadline.by != "person"
        day = working_day_from(one.on + ONE_DAY) if by_channel else working_day_before(one.on)
        moment = datetime.combine(day, REMINDED_AT, CHINA)
        if moment > now:
            planned.append((one.deadline.id, moment, one.on))
    return planned


def today_in_china(now: datetime) -> date:
    """Return the date in China."""
    return now.astimezone(CHINA).date()


def _not_allowed(status: FilingStatus | None) -> ProblemError:
    zh, en = STATUS_NAMES[status] if status else ("尚未提交", "not filed yet")
    allowed = may_follow(status)
    return ProblemError(
        STATUS_NOT_ALLOWED,
        status_zh=zh,
        status_en=en,
        allowed_zh="、".join(f"{one}（{STATUS_NAMES[one][0]}）" for one in allowed),
        allowed_en=", ".join(allowed),
    )


def _wrong(field: str, code: str, **values: object) -> ProblemError:
    return ProblemError(INVALID_REQUEST, fields=[FieldError(field, code, *message(code, **values))])
