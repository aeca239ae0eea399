"""Keys, scopes, tokens and limits, without a database or a network."""

import pytest

from service.edge.access import (
    ApiKey,
    RateLimit,
    RateLimiter,
    Scope,
    bearer_token,
    check_key,
    new_token,
    other_kind,
    token_hash,
)
from service.edge.problems import ProblemError

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


def test_a_clock_that_is_set_back_refuses_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    limiter, limit = RateLimiter(workers=1), RateLimit("x", 1, 1)
    limiter.take(limit, "a")
    monkeypatch.setattr("time.time", lambda: 0.0)  # the wall clock, which operators and NTP may set
    assert (
        limiter.allowance(limit, "b").ends_at < 10_000_000
    )  # of seconds since the machine started, not since 1970


def test_what_is_given_back_can_be_taken_again() -> None:
    limiter, limit = RateLimiter(workers=1, clock=Clock(0.0)), RateLimit("x", 1, 10)
    for _ in range(3):
        limiter.take(limit, "a")
        limiter.give_back(limit, "a")
    limiter.take(limit, "a")
    with pytest.raises(ProblemError):
        limiter.take(limit, "a")


def test_who_is_forgotten_begins_anew() -> None:
    limiter, limit = RateLimiter(workers=1, clock=Clock(0.0)), RateLimit("x", 1, 10)
    limiter.take(limit, "a")
    limiter.forget("a")
    limiter.take(limit, "a")
