"""Limits how many heavy requests this process works on at once, in all and for each person."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from service.edge.problems import TOO_MANY_AT_ONCE, ProblemError

RETRY_SECONDS: Final = "5"


class InFlight:
    """Admits a request while there is room for it."""

    def __init__(self, *, in_all: int, each: int) -> None:
        self._in_all = in_all
        self._each = each
        self._under_way: Counter[bytes] = Counter()

    @contextmanager
    def admit(self, person: bytes) -> Iterator[None]:
        """Keep room for a person's request while it lasts; raises too_many_at_once where there is none."""
        if self._under_way.total() >= self._in_all or self._under_way[person] >= self._each:
            raise ProblemError(TOO_MANY_AT_ONCE, headers={"Retry-After": RETRY_SECONDS})
        self._under_way[person] += 1
        try:
            yield
        finally:
            self._under_way[person] -= 1
            if not self._under_way[person]:
                del self._under_way[person]  # nobody is remembered
