"""Headers that a request must not repeat; the process that only answers look-ups has no use for more of the edge."""

from typing import TYPE_CHECKING, Final

from service.edge.problems import HEADER_REPEATED, ProblemError

if TYPE_CHECKING:
    from starlette.types import Scope

#: Headers that a request has once: of two, each reader could believe another one.
ONCE: Final = frozenset({b"authorization", b"content-type", b"content-length", b"idempotency-key"})


def require_single_headers(scope: "Scope") -> None:
    """Raise header_repeated for a request that says twice what it can mean only once."""
    names = [name for name, _ in scope["headers"] if name in ONCE]
    for name in names:
        if names.count(name) > 1:
            raise ProblemError(HEADER_REPEATED, name=name.decode().title())
