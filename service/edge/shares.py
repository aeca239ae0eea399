"""Shares of what a process has: nobody, and no network, can take the whole, and no kind of callers that of another."""

from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple

from service.edge.caller import Caller, Kind
from service.edge.problems import OVERLOADED, TOO_MANY_AT_ONCE, Problem, ProblemError


class Share(NamedTuple):
    """How much callers of one kind may hold: in all, from each network, and each."""

    in_all: int
    network: int
    each: int


class Shares:
    """Counts what is held, and refuses more than there is. Nobody is remembered who holds nothing."""

    def __init__(self, limits: Mapping[Kind, Share], *, retry_seconds: int) -> None:
        self._limits = limits
        self._headers = {"Retry-After": str(retry_seconds)}
        self._held: Counter[tuple[Kind, str, str]] = Counter()

    def take(self, caller: Caller, amount: int = 1) -> None:
        """Add to what is held.

        Raises too_many_at_once past the share of the caller or of the network, and overloaded past that of all.
        """
        limits, (each, network, in_all) = self._limits[caller.kind], _names(caller)
        levels: tuple[tuple[tuple[Kind, str, str], int, Problem], ...] = (
            (each, limits.each, TOO_MANY_AT_ONCE),
            (network, limits.network, TOO_MANY_AT_ONCE),
            (in_all, limits.in_all, OVERLOADED),
        )
        for name, most, problem in levels:
            if self._held[name] + amount > most:
                raise ProblemError(problem, headers=self._headers)
        for name in (each, network, in_all):
            self._held[name] += amount

    def give_back(self, caller: Caller, amount: int = 1) -> None:
        """Undo a `take`."""
        for name in _names(caller):
            self._held[name] -= amount
            if not self._held[name]:
                del self._held[name]

    @property
    def is_empty(self) -> bool:
        """Whether nobody holds anything, nor is remembered."""
        return not self._held


def _names(caller: Caller) -> tuple[tuple[Kind, str, str], ...]:
    kind = caller.kind
    return (kind, "each", caller.share), (kind, "network", caller.network), (kind, "all", "")
