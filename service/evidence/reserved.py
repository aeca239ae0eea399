"""Keeps room for uploads under way, so that several at once do not pass the limits that each of them is within.

It knows the uploads of this process; the transaction that attaches a file counts those of all.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from service.edge.problems import TOO_MUCH_EVIDENCE, ProblemError, megabytes


class Held:
    """What one upload and the person's earlier ones, still under way, may need together."""

    def __init__(self, report_id: UUID, size: int, limit: int, earlier: "list[Held]") -> None:
        self._report_id = report_id
        self._size = size
        self._limit = limit
        self._others = earlier  # the list of all under way, in which this one stands too
        self.room = limit

    @property
    def bytes(self) -> int:
        """The bytes of this upload and the earlier ones."""
        return sum(one._size for one in self._until_own())

    @property
    def files(self) -> int:
        """The files that this upload and the earlier ones add to its report."""
        return sum(one._report_id == self._report_id for one in self._until_own())

    def grow(self, size: int) -> None:
        """Note how much has arrived; raise too_much_evidence when that is more than there is room for."""
        if size > self._size:
            self._size = size
            if self.bytes > self.room:
                raise without_room(self._limit)

    def _until_own(self) -> "list[Held]":
        return self._others[: self._others.index(self) + 1]


class Reserved:
    """The uploads under way, by person, in the order in which they began; `limit` is how many bytes a person may keep."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._under_way: dict[bytes, list[Held]] = {}

    @contextmanager
    def hold(self, person: bytes, report_id: UUID, size: int) -> Iterator[Held]:
        """Keep room for an upload of at least `size` bytes while it lasts."""
        all_own = self._under_way.setdefault(person, [])
        held = Held(report_id, size, self._limit, all_own)
        all_own.append(held)
        try:
            yield held
        finally:
            all_own.remove(held)
            if not all_own:
                del self._under_way[person]  # nobody is remembered


def without_room(limit: int) -> ProblemError:
    """Return the problem of a person whose evidence would exceed `limit` bytes."""
    total = megabytes(limit)
    return ProblemError(
        TOO_MUCH_EVIDENCE,
        reason_zh=f"您的证据总量将超过 {total} MB",
        reason_en=f"Your evidence would exceed {total} MB in total",
    )
