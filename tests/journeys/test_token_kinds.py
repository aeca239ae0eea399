"""Whoever gives a good key or token of the wrong kind is told which kind is needed."""

import pytest

from service.edge.access import KEY_PREFIX, OWNER_PREFIX, REPORTER_PREFIX, Scope
from tests.clients import Api

KINDS = {"key": KEY_PREFIX, "reporter": REPORTER_PREFIX, "owner": OWNER_PREFIX}
NEEDED = [
    ("GET", "/v1/reports", {"reporter"}),
    ("POST", "/v1/reports", {"reporter"}),
    ("GET", "/v1/cases", {"reporter"}),
    ("GET", "/v1/disputes", {"owner"}),
    ("GET", "/v1/exports", {"key"}),
    ("GET", "/v1/numbers/19790001234", {"key"}),
    ("POST", "/v1/numbers:lookup", {"key"}),
    ("GET", "/v1/moderation/reviews", {"key"}),
    ("GET", "/v1/me", {"reporter", "owner"}),
]


@pytest.mark.parametrize(("method", "path", "needed"), NEEDED)
async def test_the_kind_that_is_needed_is_named_to_holders_of_others(
    api: Api, method: str, path: str, needed: set[str]
) -> None:
    holders = {
        "key": await api.partner(*Scope),
        "reporter": await api.reporter(),
        "owner": await api.owner(),
    }
    for kind in KINDS.keys() - needed:
        for language in ("zh", "en"):
            answer = await holders[kind].request(method, path, json={}, headers={"Accept-Language": language})
            assert (answer.status_code, answer.json()["code"]) == (401, "other_key_kind")
            assert answer.headers["WWW-Authenticate"].startswith("Bearer")
            named = {one for one, prefix in KINDS.items() if prefix in answer.json()["detail"]}
            assert named == needed
    for kind in needed:
        assert (await holders[kind].request(method, path, json={"numbers": ["1"]})).status_code != 401
