"""The events of a filing, and which may follow which."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Final


class FilingStatus(StrEnum):
    """An event of a filing, and the status that it leaves the filing in.

    `recorded_in_error` takes back the newest event that still counts. It is the status only if no event counts any more.
    """

    FILED = "filed"
    ACCEPTED = "accepted"
    SUPPLEMENT_ASKED = "supplement_asked"
    SUPPLEMENTED = "supplemented"
    ANSWERED = "answered"
    UPHELD = "upheld"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    RECORDED_IN_ERROR = "recorded_in_error"


_DECIDED: Final = (FilingStatus.ANSWERED, FilingStatus.UPHELD, FilingStatus.REJECTED, FilingStatus.WITHDRAWN)

#: What can happen after each event; None before the first. Some channels never say that they accepted a filing; a
#: decision can be overturned by a review, and a rejected or withdrawn matter can be filed again.
TRANSITIONS: Final[Mapping[FilingStatus | None, tuple[FilingStatus, ...]]] = {
    None: (FilingStatus.FILED,),
    FilingStatus.FILED: (FilingStatus.ACCEPTED, FilingStatus.SUPPLEMENT_ASKED, *_DECIDED),
    FilingStatus.ACCEPTED: (FilingStatus.SUPPLEMENT_ASKED, *_DECIDED),
    FilingStatus.SUPPLEMENT_ASKED: (FilingStatus.SUPPLEMENTED, FilingStatus.REJECTED, FilingStatus.WITHDRAWN),
    FilingStatus.SUPPLEMENTED: (FilingStatus.ACCEPTED, FilingStatus.SUPPLEMENT_ASKED, *_DECIDED),
    FilingStatus.ANSWERED: (
        FilingStatus.SUPPLEMENT_ASKED,
        FilingStatus.UPHELD,
        FilingStatus.REJECTED,
        FilingStatus.WITHDRAWN,
    ),
    FilingStatus.UPHELD: (FilingStatus.REJECTED,),
    FilingStatus.REJECTED: (FilingStatus.UPHELD, FilingStatus.FILED),
    FilingStatus.WITHDRAWN: (FilingStatus.FILED,),
}

#: status -> (Chinese, English)
STATUS_NAMES: Final[Mapping[FilingStatus, tuple[str, str]]] = {
    FilingStatus.FILED: ("已提交", "filed"),
    FilingStatus.ACCEPTED: ("已受理", "accepted"),
    FilingStatus.SUPPLEMENT_ASKED: ("要求补充材料", "asked for a supplement"),
    FilingStatus.SUPPLEMENTED: ("已补充材料", "supplemented"),
    FilingStatus.ANSWERED: ("已答复", "answered"),
    FilingStatus.UPHELD: ("已支持", "upheld"),
    FilingStatus.REJECTED: ("不予受理或不支持", "rejected"),
    FilingStatus.WITHDRAWN: ("已撤回", "withdrawn"),
    FilingStatus.RECORDED_IN_ERROR: ("记录有误", "recorded in error"),
}


def may_follow(before: FilingStatus | None) -> tuple[FilingStatus, ...]:
    """Return the events that may be recorded next: whatever can happen, or that the newest was a mistake."""
    if before is None:
        return TRANSITIONS[None]
    return (*TRANSITIONS[before], FilingStatus.RECORDED_IN_ERROR)


def standing_places(events: Sequence[FilingStatus]) -> list[int]:
    """Return the places, from 0, of the events that count: neither taken back nor taking another back."""
    stand: list[int] = []
    for place, event in enumerate(events):
        if event is FilingStatus.RECORDED_IN_ERROR:
            stand.pop()
        else:
            stand.append(place)
    return stand
