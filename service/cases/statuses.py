"""What can become of a filing: the events, and which may follow which."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class Status(StrEnum):
    """An event of a filing, and the state that it leaves the filing in."""

    FILED = "filed"
    ACCEPTED = "accepted"
    SUPPLEMENT_ASKED = "supplement_asked"
    SUPPLEMENTED = "supplemented"
    ANSWERED = "answered"
    UPHELD = "upheld"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


_DECIDED: Final = (Status.ANSWERED, Status.UPHELD, Status.REJECTED, Status.WITHDRAWN)

#: What may follow each event; None: nothing was filed yet. Some channels never tell that they accepted a filing, and
#: what was decided can be overturned by a review, or filed anew.
TRANSITIONS: Final[Mapping[Status | None, tuple[Status, ...]]] = {
    None: (Status.FILED,),
    Status.FILED: (Status.ACCEPTED, Status.SUPPLEMENT_ASKED, *_DECIDED),
    Status.ACCEPTED: (Status.SUPPLEMENT_ASKED, *_DECIDED),
    Status.SUPPLEMENT_ASKED: (Status.SUPPLEMENTED, Status.REJECTED, Status.WITHDRAWN),
    Status.SUPPLEMENTED: (Status.ACCEPTED, Status.SUPPLEMENT_ASKED, *_DECIDED),
    Status.ANSWERED: (Status.SUPPLEMENT_ASKED, Status.UPHELD, Status.REJECTED, Status.WITHDRAWN),
    Status.UPHELD: (Status.REJECTED,),
    Status.REJECTED: (Status.UPHELD, Status.FILED),
    Status.WITHDRAWN: (Status.FILED,),
}

#: status -> (Chinese, English)
STATUS_NAMES: Final[Mapping[Status, tuple[str, str]]] = {
    Status.FILED: ("已提交", "filed"),
    Status.ACCEPTED: ("已受理", "accepted"),
    Status.SUPPLEMENT_ASKED: ("要求补充材料", "asked for a supplement"),
    Status.SUPPLEMENTED: ("已补充材料", "supplemented"),
    Status.ANSWERED: ("已答复", "answered"),
    Status.UPHELD: ("已支持", "upheld"),
    Status.REJECTED: ("不予受理或不支持", "rejected"),
    Status.WITHDRAWN: ("已撤回", "withdrawn"),
}


def is_allowed(before: Status | None, event: Status) -> bool:
    """Whether an event may follow the last one of a filing."""
    return event in TRANSITIONS[before]
