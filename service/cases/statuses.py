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
    ANSWERED_IN_PART = "answered_in_part"
    REVIEW_ASKED = "review_asked"
    UPHELD = "upheld"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    RECORDED_IN_ERROR = "recorded_in_error"


_DECIDED: Final = (
    FilingStatus.ANSWERED,
    FilingStatus.ANSWERED_IN_PART,
    FilingStatus.UPHELD,
    FilingStatus.REJECTED,
    FilingStatus.WITHDRAWN,
)
#: What can happen after an answer, whether or not it is a whole one.
_AFTER_AN_ANSWER: Final = (
    FilingStatus.SUPPLEMENT_ASKED,
    FilingStatus.REVIEW_ASKED,
    FilingStatus.UPHELD,
    FilingStatus.REJECTED,
    FilingStatus.WITHDRAWN,
)

#: What can happen after each event; None before the first. Some channels never say that they accepted a filing; a
#: decision can be overturned by a review, and a rejected or withdrawn matter can be filed again.
TRANSITIONS: Final[Mapping[FilingStatus | None, tuple[FilingStatus, ...]]] = {
    None: (FilingStatus.FILED,),
    FilingStatus.FILED: (FilingStatus.ACCEPTED, FilingStatus.SUPPLEMENT_ASKED, *_DECIDED),
    FilingStatus.ACCEPTED: (FilingStatus.SUPPLEMENT_ASKED, *_DECIDED),
    FilingStatus.SUPPLEMENT_ASKED: (FilingStatus.SUPPLEMENTED, FilingStatus.REJECTED, FilingStatus.WITHDRAWN),
    FilingStatus.SUPPLEMENTED: (FilingStatus.ACCEPTED, FilingStatus.SUPPLEMENT_ASKED, *_DECIDED),
    FilingStatus.ANSWERED: _AFTER_AN_ANSWER,
    FilingStatus.ANSWERED_IN_PART: (FilingStatus.ANSWERED, *_AFTER_AN_ANSWER),
    FilingStatus.REVIEW_ASKED: (FilingStatus.SUPPLEMENT_ASKED, *_DECIDED),
    FilingStatus.UPHELD: (FilingStatus.REJECTED,),
    FilingStatus.REJECTED: (FilingStatus.REVIEW_ASKED, FilingStatus.UPHELD, FilingStatus.FILED),
    FilingStatus.WITHDRAWN: (FilingStatus.FILED,),
}

#: status -> (Chinese, English)
STATUS_NAMES: Final[Mapping[FilingStatus, tuple[str, str]]] = {
    FilingStatus.FILED: ("已提交", "filed"),
    FilingStatus.ACCEPTED: ("已受理", "accepted"),
    FilingStatus.SUPPLEMENT_ASKED: ("要求补充材料", "asked for a supplement"),
    FilingStatus.SUPPLEMENTED: ("已补充材料", "supplemented"),
    FilingStatus.ANSWERED: ("已答复", "answered"),
    FilingStatus.ANSWERED_IN_PART: ("答复不完整，部分请求未回应", "answered in part"),
    FilingStatus.REVIEW_ASKED: ("已申请复查、复核、核查或复议", "asked for a review"),
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
