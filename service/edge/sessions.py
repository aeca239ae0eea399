"""Sessions of pages: a sealed cookie says who somebody is and until when; nothing is stored of telephones.

Neither the reporter's token nor a key is in it: a stolen cookie ends by itself.
"""

import struct
from base64 import b64decode, urlsafe_b64encode
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from http.cookies import CookieError, SimpleCookie
from typing import Final, Self

from cryptography.exceptions import InvalidTag
from starlette.types import Scope

from service.edge.declared import Visitor
from service.secrets import KeyRing

#: Names that begin so are taken by browsers only with Secure, for one host, for all its paths.
COOKIES: Final = {Visitor.REPORTER: "__Host-dw", Visitor.OWNER: "__Host-o", Visitor.STAFF: "__Host-s"}
IDLE: Final = timedelta(minutes=30)  # where others use the telephone; browsers restore session cookies
OWN: Final = timedelta(days=90)
STAFF: Final = timedelta(hours=8)
SOON: Final = timedelta(minutes=1)  # a session that was renewed within it is not renewed again
LONGEST: Final = 512  # characters of a sealed session
_TIMES: Final = struct.Struct(">?QQ")


@dataclass(frozen=True, slots=True)
class Session:
    """Whose session it is: `who` is a pseudonym, or the hash of a key. `is_own`: nobody else uses the telephone."""

    visitor: Visitor
    who: bytes
    is_own: bool
    begun_at: datetime
    seen_at: datetime

    @classmethod
    def begin(cls, visitor: Visitor, who: bytes, *, now: datetime, is_own: bool = False) -> Self:
        """Return a new session."""
        return cls(visitor, who, is_own, now, now)

    def is_over(self, now: datetime) -> bool:
        """Return whether it has ended: 30 minutes after the last page, on one's own telephone 90 days after it."""
        if self.visitor is Visitor.OWNER:
            return now >= self.begun_at + IDLE
        if self.visitor is Visitor.STAFF and now >= self.begun_at + STAFF:
            return True
        return now >= self.seen_at + (OWN if self.is_own else IDLE)

    def renewed(self, now: datetime) -> Self | None:
        """Return the session as it goes on after a page; None while that makes no difference."""
        every = timedelta(days=1) if self.is_own else SOON
        return replace(self, seen_at=now) if now >= self.seen_at + every else None

    def cookie(self, keys: KeyRing) -> str:
        """Return the value of a header Set-Cookie that begins or renews it."""
        times = _TIMES.pack(self.is_own, _milliseconds(self.begun_at), _milliseconds(self.seen_at))
        sealed = keys.seal(times + self.who, _bound_to(self.visitor))
        lasting = f"; Max-Age={int(OWN.total_seconds())}" if self.is_own else ""
        return f"{COOKIES[self.visitor]}={urlsafe_b64encode(sealed).decode()}{lasting}{_flags(self.visitor)}"


def forgotten(visitor: Visitor) -> str:
    """Return the value of a header Set-Cookie that ends a session on this telephone."""
    return f"{COOKIES[visitor]}=; Max-Age=0{_flags(visitor)}"


def read_session(keys: KeyRing, scope: Scope, visitor: Visitor, now: datetime) -> Session | None:
    """Return the session in the cookies of a request; None where there is none, or it was altered, or is over."""
    kind = Visitor.REPORTER if visitor is Visitor.ANYBODY else visitor
    sealed = read_cookie(scope, COOKIES[kind])
    if not sealed or len(sealed) > LONGEST:
        return None
    try:
        content = keys.unseal(b64decode(sealed, b"-_", validate=True), _bound_to(kind))
    except (InvalidTag, ValueError):
        return None
    is_own, begun_at, seen_at = _TIMES.unpack_from(content)
    zone = now.tzinfo
    session = Session(
        kind,
        content[_TIMES.size :],
        is_own,
        datetime.fromtimestamp(begun_at / 1000, zone),
        datetime.fromtimestamp(seen_at / 1000, zone),
    )
    return None if session.is_over(now) else session


def read_cookie(scope: Scope, name: str) -> str:
    """Return the value of a cookie; empty where there is none or the header cannot be read."""
    lines = [value.decode("latin-1") for key, value in scope["headers"] if key == b"cookie"]
    cookies: SimpleCookie = SimpleCookie()
    try:
        cookies.load("; ".join(lines)[:8192])
    except CookieError:
        return ""
    return cookies[name].value if name in cookies else ""


def _milliseconds(at: datetime) -> int:
    return int(at.timestamp() * 1000)


def _bound_to(visitor: Visitor) -> bytes:
    return b"session:" + visitor.value.encode()


def _flags(visitor: Visitor) -> str:
    site = "Strict" if visitor is Visitor.STAFF else "Lax"
    return f"; Path=/; Secure; HttpOnly; SameSite={site}"
