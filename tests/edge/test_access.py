"""Keys, scopes, tokens and limits, without a database or a network."""

from types import SimpleNamespace
from typing import Any

import pytest
from fastapi import Request

from service.edge.access import (
    ApiKey,
    RateLimit,
    RateLimiter,
    Scope,
    bearer_token,
    check_key,
    network_of,
    new_token,
    other_kind,
    token_hash,
)
from service.edge.context import client_network
from service.edge.problems import ProblemError
from service.settings import Settings

TOKEN = "dw_key_known"
KEY = ApiKey("id", frozenset({Scope.LOOKUP}), 3, 7, 1000.0)


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self, now: float) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


def code_of(error: pytest.ExceptionInfo[ProblemError]) -> str:
    return error.value.problem.code


def test_a_key_survives_the_replica() -> None:
    for key in (KEY, ApiKey("id", frozenset(), None, None, 0.0), ApiKey("id", frozenset(Scope), 0, 1, 0.5)):
        assert ApiKey.decode(key.encode()) == key


def test_a_key_is_good_until_the_second_it_expires() -> None:
    assert check_key(TOKEN, KEY, Scope.LOOKUP, 999.9) is KEY
    for now in (1000.0, 1000.1):
        with pytest.raises(ProblemError) as refused:
            check_key(TOKEN, KEY, Scope.LOOKUP, now)
        assert code_of(refused) == "wrong_key"


def test_a_key_without_expiry_is_good_for_ever() -> None:
    key = ApiKey("id", frozenset({Scope.LOOKUP}), None, None, 0.0)
    assert check_key(TOKEN, key, Scope.LOOKUP, 1e12) is key


def test_another_scope_is_refused_after_the_key_itself() -> None:
    with pytest.raises(ProblemError) as refused:
        check_key(TOKEN, KEY, Scope.EXPORTS, 0.0)
    assert code_of(refused) == "missing_scope"
    with pytest.raises(ProblemError) as refused:
        check_key(TOKEN, None, Scope.EXPORTS, 0.0)
    assert code_of(refused) == "wrong_key"


@pytest.mark.parametrize(
    ("prefixes", "zh", "en"),
    [
        (["dw_key_"], "API 密钥（dw_key_…）", "an API key (dw_key_…)"),
        (["dw_own_"], "机主令牌（dw_own_…）", "an owner's token (dw_own_…)"),
        (
            ["dw_rep_", "dw_own_"],
            "举报人令牌（dw_rep_…）或机主令牌（dw_own_…）",
            "a reporter's token (dw_rep_…) or an owner's token (dw_own_…)",
        ),
    ],
)
def test_which_kind_of_token_is_needed_is_said(prefixes: list[str], zh: str, en: str) -> None:
    refusal = other_kind(*prefixes)
    assert f"需要{zh}，" in str(refusal.document("zh")["detail"])
    assert f"needs {en};" in str(refusal.document("en")["detail"])
    assert "WWW-Authenticate" in refusal.headers


def test_tokens_are_random_and_their_hash_is_not() -> None:
    tokens = {new_token("dw_key_") for _ in range(100)}
    assert len(tokens) == 100
    assert all(len(token) == len("dw_key_") + 43 for token in tokens)
    assert token_hash("a") == token_hash("a") != token_hash("b")
    assert len(token_hash("\udcff")) == 32


@pytest.mark.parametrize("header", ["Bearer abc", "bearer abc", "BEARER   abc  "])
def test_a_bearer_token_is_read_as_rfc_6750_has_it(header: str) -> None:
    assert bearer_token(header) == "abc"


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer ", "Basic abc", "abc", "Bearerabc"])
def test_anything_else_is_no_bearer_token(header: str | None) -> None:
    with pytest.raises(ProblemError) as refused:
        bearer_token(header)
    assert code_of(refused) == "missing_key"


def test_a_limit_counts_each_caller_in_each_window() -> None:
    clock = Clock(100.25)
    limiter, limit = RateLimiter(workers=1, clock=clock), RateLimit("look-ups", 2, 10)
    assert limiter.take(limit, "a") == (1, 10)
    assert limiter.take(limit, "a") == (0, 10)
    assert limiter.take(limit, "b") == (1, 10)
    clock.now = 109.9
    with pytest.raises(ProblemError) as refused:
        limiter.take(limit, "a")
    assert refused.value.headers == {
        "RateLimit-Policy": '"look-ups";q=2;w=10',
        "RateLimit": '"look-ups";r=0;t=1',
        "Retry-After": "1",
    }
    clock.now = 110.0
    assert limiter.take(limit, "a") == (1, 10)


def test_limits_of_different_names_are_counted_apart() -> None:
    limiter = RateLimiter(workers=1, clock=Clock(0.0))
    limiter.take(RateLimit("a", 1, 10), "who")
    limiter.take(RateLimit("b", 1, 10), "who")
    with pytest.raises(ProblemError):
        limiter.take(RateLimit("a", 1, 10), "who")


@pytest.mark.parametrize(("amount", "workers", "share"), [(10, 1, 10), (10, 4, 3), (1, 4, 1), (8, 4, 2)])
def test_each_worker_lets_its_share_pass(amount: int, workers: int, share: int) -> None:
    assert RateLimiter(workers=workers).share(RateLimit("x", amount, 1)) == share


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.7", "203.0.113.0/24"),
        ("::ffff:203.0.113.7", "203.0.113.0/24"),
        ("2001:db8:1:2::3", "2001:db8:1::/48"),
        ("", "unknown"),
        ("unix:", "unknown"),
    ],
)
def test_strangers_are_counted_by_network(address: str, network: str) -> None:
    assert network_of(address) == network


def request(address: str | None, forwarded: str | None, trusted: tuple[str, ...]) -> Request:
    """A request as it arrives over a connection from `address`."""
    lines = [] if forwarded is None else forwarded.split("\n")
    headers = [(b"x-forwarded-for", line.encode()) for line in lines]
    settings = Settings(trusted_proxies=trusted)
    scope: dict[str, Any] = {
        "type": "http",
        "headers": headers,
        "client": (address, 1) if address else None,
        "state": {"context": SimpleNamespace(settings=settings)},
    }
    return Request(scope)


@pytest.mark.parametrize(
    ("address", "forwarded", "trusted", "network"),
    [
        ("198.51.100.1", "203.0.113.7", (), "198.51.100.0/24"),
        ("198.51.100.1", "203.0.113.7", ("198.51.100.0/24",), "203.0.113.0/24"),
        ("198.51.100.1", "192.0.2.9, 203.0.113.7", ("198.51.100.0/24",), "203.0.113.0/24"),
        ("198.51.100.1", "203.0.113.7, 198.51.100.2", ("198.51.100.0/24",), "203.0.113.0/24"),
        ("192.0.2.1", "203.0.113.7", ("198.51.100.0/24",), "192.0.2.0/24"),
        ("198.51.100.1", None, ("198.51.100.0/24",), "198.51.100.0/24"),
        ("198.51.100.1", "nonsense", ("198.51.100.0/24",), "unknown"),
        (None, "203.0.113.7", ("198.51.100.0/24",), "unknown"),
        (
            "198.51.100.1",
            "192.0.2.9\n203.0.113.7",
            ("198.51.100.0/24",),
            "203.0.113.0/24",
        ),  # the proxy's own line
    ],
)
def test_an_address_is_believed_only_from_trusted_proxies(
    address: str | None, forwarded: str | None, trusted: tuple[str, ...], network: str
) -> None:
    assert client_network(request(address, forwarded, trusted)) == network
