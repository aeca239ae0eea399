"""How tests sign up without asking for a challenge first."""

from datetime import UTC, datetime

from service.reports.reporters import new_challenge, solve_challenge
from tests.clients import Api


def payload_of(api: Api, *, now: datetime | None = None, cost: int = 10) -> str:
    """A solved challenge of this service."""
    return solve_challenge(new_challenge(api.keys, cost=cost, now=now or datetime.now(UTC)))
