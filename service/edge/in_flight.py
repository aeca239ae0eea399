"""Heavy requests under way in this process: so many in all, and so many of one person."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from service.edge.problems import TOO_MANY_AT_ONCE, ProblemError

RETRY_SECONDS: Final = "5"


class InFlight:
    """Admits a request where there is room for it; the others come again."""

    def __init__(self, *, in_all: int, each: int) -> None:
        self._in_all = in_all
        self._each = each
        self._under_way: Counter[bytes] = Counter()

    @contextmanager
    def admit(self, person: bytes) -> Iterator[None]:
        """Room for a request of a person while it lasts; raises the problem too_many_at_once where there is none."""
        if self._under_way.total() >= self._in_all or self._under_way[person] >= self._each:
            raise ProblemError(TOO_MANY_AT_ONCE, headers={"Retry-After": RETRY_SECONDS})
        self._under_way[person] += 1
        try:
            yield
        finally:
            self._under_way[person] -= 1
            if not self._under_way[person]:
                del self._under_way[person]  # nobody is remembered
