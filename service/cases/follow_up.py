"""Takes what happened to a filing: checked against what may follow, appended, and what is due next planned anew."""

from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Final

from service.cases.deadlines import Due, FilingEvent, standing
from service.cases.schemas import NewEvent
from service.cases.statuses import STATUS_NAMES, FilingStatus, may_follow
from service.days import CHINA
from service.edge.problems import INVALID_REQUEST, STATUS_NOT_ALLOWED, FieldError, ProblemError
from service.edge.validation import message
from service.working_days import ONE_DAY, before, on_or_after

REMINDED_AT: Final = time(9)
#: So long after what somebody says happened may it still be recorded.
EARLIEST: Final = date(2000, 1, 1)


def check_event(new: NewEvent, events: Sequence[FilingEvent], today: date) -> date:
    """The day of an event that may follow what stands; raises a problem naming what may, or what is wrong with the day."""
    stand = standing(events)
    last = stand[-1] if stand else None
    before_it = last.event if last else None
    if new.event not in may_follow(before_it):
        raise _not_allowed(before_it)
    happened_on = new.happened_on or today
    if happened_on > today:
        raise _wrong_day("day_in_the_future")
    if happened_on < (last.happened_on if last else EARLIEST):
        raise _wrong_day("day_before_last_event")
    return happened_on


def reminder_times(due: Sequence[Due], now: datetime) -> list[tuple[str, datetime, date]]:
    """When to remind of what: of one's own duty a working day before, of the authority's on the working day after.

    Nine in the morning in China; what would lie in the past is left out.
    """
    planned = []
    for one in due:
        by_channel = one.deadline.by == "channel"
        day = on_or_after(one.on + ONE_DAY) if by_channel else before(one.on)
        moment = datetime.combine(day, REMINDED_AT, CHINA)
        if moment > now:
            planned.append((one.deadline.id, moment, one.on))
    return planned


def today_in_china(now: datetime) -> date:
    """The date in China."""
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


def _wrong_day(code: str) -> ProblemError:
    return ProblemError(INVALID_REQUEST, fields=[FieldError("happened_on", code, *message(code))])
