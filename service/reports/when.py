"""When reports say that something happened: to the moment, or only on which day."""

from datetime import UTC, datetime, time, timedelta
from typing import Final, Protocol

from service.days import CHINA
from service.edge.problems import INVALID_REQUEST, FieldError, ProblemError

#: A telephone's clock may be this far ahead of the service's.
CLOCK_TOLERANCE: Final = timedelta(minutes=5)
EARLIEST: Final = datetime(2000, 1, 1, tzinfo=UTC)


class Timed(Protocol):
    """What says when it happened."""

    @property
    def occurred_at(self) -> datetime:
        """The moment, or any moment of the day."""

    @property
    def time_known(self) -> bool:
        """Whether more than the day is known."""


def noon_of(moment: datetime) -> datetime:
    """Return noon in China of a moment's day there."""
    return datetime.combine(moment.astimezone(CHINA).date(), time(12), CHINA)


def check_time(report: Timed, now: datetime) -> None:
    """Raise a problem for a report of the future, or of before 2000; a day without its hour may be all of today."""
    latest = now + CLOCK_TOLERANCE
    if not report.time_known:
        latest = noon_of(latest) + timedelta(hours=12, microseconds=-1)
    _check_between(report.occurred_at, latest, "occurred_at")


def check_occurred_at(occurred_at: datetime, now: datetime, field: str = "occurred_at") -> None:
    """Raise a problem for a time in the future or before 2000."""
    _check_between(occurred_at, now + CLOCK_TOLERANCE, field)


def _check_between(occurred_at: datetime, latest: datetime, field: str) -> None:
    if occurred_at > latest:
        raise ProblemError(
            INVALID_REQUEST,
            fields=[FieldError(field, "in_the_future", "时间在将来", "This time is in the future")],
        )
    if occurred_at < EARLIEST:
        raise ProblemError(
            INVALID_REQUEST,
            fields=[FieldError(field, "too_long_ago", "时间早于 2000 年", "This time is before 2000")],
        )
