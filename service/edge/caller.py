"""Who sends a request, as handlers see them; `service.edge.callers` finds out."""

from dataclasses import dataclass
from enum import Enum
from typing import cast

from starlette.requests import Request

from service.edge.access import ApiKey, Scope, lacking
from service.edge.problems import MISSING_KEY, ProblemError


class Kind(Enum):
    """Among whom a caller shares places and bytes: none of these can take those of another."""

    KEYS = "keys"
    PEOPLE = "people"
    STRANGERS = "strangers"


@dataclass(slots=True)
class Caller:
    """Who sends one request: the holder of an API key, a person under a pseudonym, or a stranger of some network.

    `prefix` is that of the token. `is_doubtful` says that the database has yet to show whether the pseudonym exists.
    """

    network: str
    prefix: str = ""
    key: ApiKey | None = None
    pseudonym: bytes = b""
    is_doubtful: bool = False

    def holds(self, scope: Scope) -> ApiKey:
        """Return the key; raises missing_scope where the envelope did not see that it has `scope`."""
        if self.key is None or scope not in self.key.scopes:
            raise lacking(scope)
        return self.key

    def person(self, prefix: str) -> bytes:
        """Return the pseudonym; raises missing_key where the envelope did not see a token of this kind."""
        if not self.pseudonym or self.prefix != prefix:
            raise ProblemError(MISSING_KEY, headers={"WWW-Authenticate": "Bearer"})
        return self.pseudonym

    @property
    def kind(self) -> Kind:
        """Return among whom they share what a process has: whose token is doubtful is a stranger."""
        if self.key is not None:
            return Kind.KEYS
        return Kind.PEOPLE if self.pseudonym and not self.is_doubtful else Kind.STRANGERS

    @property
    def share(self) -> str:
        """Return the name under which they take their share of it."""
        return self.network if self.kind is Kind.STRANGERS else self.who

    @property
    def who(self) -> str:
        """Return the name under which requests are counted."""
        return self.key.key_id if self.key else self.pseudonym.hex() or self.network


def caller_of(request: Request) -> Caller:
    """Return who sends a request, as the envelope found."""
    return cast(Caller, request.scope["caller"])
