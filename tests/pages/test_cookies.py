"""What a cookie of pages says to browsers: for this host alone, never to scripts, never across sites."""

from datetime import UTC, datetime

import pytest

from service.edge.declared import Visitor
from service.edge.sessions import COOKIES, Session, forgotten
from service.secrets import KeyRing, passing_keys

NOW = datetime(2026, 3, 10, 4, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def keys_at_hand() -> KeyRing:
    """Keys that are stored nowhere."""
    return passing_keys()


@pytest.mark.parametrize("visitor", COOKIES)
@pytest.mark.parametrize("is_own", [False, True])
def test_a_cookie_is_for_this_host_alone_and_hidden_from_scripts(
    visitor: Visitor, is_own: bool, keys_at_hand: KeyRing
) -> None:
    begun = Session.begin(visitor, b"somebody", now=NOW, is_own=is_own).cookie(keys_at_hand)
    for cookie in (begun, forgotten(visitor)):
        value, *flags = cookie.split("; ")
        assert value.startswith("__Host-")
        assert {"Path=/", "Secure", "HttpOnly"} <= set(flags)
        assert not any(flag.startswith("Domain") for flag in flags)
        strict = "SameSite=Strict" if visitor is Visitor.STAFF else "SameSite=Lax"
        assert strict in flags
    assert ("Max-Age=7776000" in begun) == is_own
    assert "somebody" not in begun
