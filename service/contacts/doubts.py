"""Finds what the rows of a file tell together and none of them alone: copies, days without clocks, several people called."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, time
from typing import Final, NamedTuple

from service.contacts.headings import Header
from service.contacts.told import Told

_MIDNIGHT: Final = time()


class Found(NamedTuple):
    """A call that a row tells, and the telephone of the person who was called, None if the row does not name it."""

    line: int
    call: Told
    own: str | None


def doubt_of(found: Sequence[Found], header: Header) -> str | None:
    """Return why none of the calls of a table can be counted, None if they can.

    Calls that all began at midnight have days without clocks, as a spreadsheet writes them. Calls to several telephones
    came to several people; where a log has a column of one's own number, two may be one person's two SIM cards.
    """
    if not found:
        return None
    if all(one.call.moment.at.timetz().replace(tzinfo=None) == _MIDNIGHT for one in found):
        return "call_log_time"
    telephones = {one.own for one in found if one.own}
    return "call_log_people" if len(telephones) > (2 if "own" in header.places else 1) else None


class Copies:
    """Tells calls of a table from those that an earlier table of the same file has: another sheet, or a second export.

    Within a table every row is a call. A table may know minutes only; calls of one minute are copies if they also agree
    in their kind.
    """

    def __init__(self) -> None:
        self._seconds: Counter[tuple[datetime, bool, bool]] = Counter()
        self._minutes: Counter[tuple[datetime, object]] = Counter()
        self._knows_seconds = True

    def without(self, calls: Sequence[Told]) -> list[Told]:
        """Return the calls that no earlier table tells, and remember them."""
        self._knows_seconds &= any(call.moment.at.second for call in calls) or not calls
        used: Counter[object] = Counter()
        kept: list[Told] = []
        for call in calls:
            key = _second(call) if self._knows_seconds else _minute(call)
            before = self._seconds[_second(call)] if self._knows_seconds else self._minutes[_minute(call)]
            if used[key] < before:
                used[key] += 1
            else:
                kept.append(call)
        self._remember(kept)
        return kept

    def _remember(self, calls: Iterable[Told]) -> None:
        for call in calls:
            self._seconds[_second(call)] += 1
            self._minutes[_minute(call)] += 1


def _second(call: Told) -> tuple[datetime, bool, bool]:
    return call.moment.at, bool(call.kind.is_incoming), call.kind.is_message


def _minute(call: Told) -> tuple[datetime, object]:
    return call.moment.at.replace(second=0), call.kind
