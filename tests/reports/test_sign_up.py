"""A proof of work buys one reporter token, whose keyed hash is all that is kept."""

import asyncio
import base64
import json
from datetime import UTC, datetime, timedelta

import altcha
import pytest

from service.reports.reporters import CHALLENGE_VALID_FOR, solve_challenge
from tests.clients import Api, report_body, text_of_everything
from tests.reports.challenges import payload_of


async def test_a_solved_challenge_gives_a_token_that_can_report(api: Api) -> None:
    stranger = await api.client()
    challenge = (await stranger.get("/v1/reporters/challenge")).json()
    answer = await stranger.post("/v1/reporters", json={"altcha": solve_challenge(challenge)})
    assert answer.status_code == 201
    reporter = await api.client(answer.json()["token"])
    assert (await reporter.post("/v1/reports", json=report_body())).status_code == 201


async def test_only_a_keyed_hash_of_the_token_is_stored(api: Api) -> None:
    stranger = await api.client()
    token = (await stranger.post("/v1/reporters", json={"altcha": payload_of(api)})).json()["token"]
    assert len(base64.urlsafe_b64decode(token.removeprefix("dw_rep_") + "=")) == 32
    text = await text_of_everything(api.database)
    assert token not in text
    assert token.removeprefix("dw_rep_") not in text
    assert token.encode().hex() not in text


async def test_each_token_is_another_one_without_a_past(api: Api) -> None:
    stranger = await api.client()
    tokens = {
        (await stranger.post("/v1/reporters", json={"altcha": payload_of(api)})).json()["token"]
        for _ in range(2)
    }
    assert len(tokens) == 2
    rows = await api.fetch("SELECT confirmed, overturned FROM reporters")
    assert [tuple(row) for row in rows] == [(0, 0)] * 2


async def test_reporters_of_one_network_share_a_cluster(api: Api) -> None:
    for address in ("203.0.113.7", "203.0.113.250", "198.51.100.1", "2001:db8:1:2::3", "2001:db8:1:ffff::9"):
        client = await api.client(address=address)
        assert (await client.post("/v1/reporters", json={"altcha": payload_of(api)})).status_code == 201
    rows = await api.fetch("SELECT count(*) FROM reporters GROUP BY cluster ORDER BY 1")
    assert [row[0] for row in rows] == [1, 2, 2]
    assert "203.0.113" not in await text_of_everything(api.database)


async def refused(api: Api, payload: str) -> None:
    stranger = await api.client()
    before = await api.count("reporters")
    answer = await stranger.post("/v1/reporters", json={"altcha": payload})
    assert (answer.status_code, answer.json()["code"]) == (403, "proof_of_work_wrong")
    assert await api.count("reporters") == before


async def test_a_solution_is_good_once(api: Api) -> None:
    payload = payload_of(api)
    stranger = await api.client()
    assert (await stranger.post("/v1/reporters", json={"altcha": payload})).status_code == 201
    await refused(api, payload)
    document = json.loads(base64.b64decode(payload))
    respelled = base64.b64encode(json.dumps(document | {"extra": 1}).encode()).decode()
    await refused(api, respelled)
    shouted = document | {
        "challenge": document["challenge"] | {"signature": document["challenge"]["signature"].upper()}
    }
    await refused(api, base64.b64encode(json.dumps(shouted).encode()).decode())


async def test_a_solution_sent_twice_at_once_is_good_once(api: Api) -> None:
    stranger = await api.client()
    payload = payload_of(api)
    answers = await asyncio.gather(
        *(stranger.post("/v1/reporters", json={"altcha": payload}) for _ in range(5))
    )
    assert sorted(answer.status_code for answer in answers) == [201, 403, 403, 403, 403]
    assert await api.count("reporters") == 1


async def test_an_expired_challenge_is_refused(api: Api) -> None:
    await refused(api, payload_of(api, now=datetime.now(UTC) - CHALLENGE_VALID_FOR - timedelta(seconds=1)))
    stranger = await api.client()
    almost = payload_of(api, now=datetime.now(UTC) - CHALLENGE_VALID_FOR + timedelta(seconds=30))
    assert (await stranger.post("/v1/reporters", json={"altcha": almost})).status_code == 201


@pytest.mark.parametrize("part", ["salt", "nonce", "expiresAt", "cost", "keyPrefix"])
async def test_an_altered_challenge_is_refused(api: Api, part: str) -> None:
    document = json.loads(base64.b64decode(payload_of(api)))
    parameters = document["challenge"]["parameters"]
    assert part in parameters
    old = parameters[part]
    parameters[part] = old + 1 if isinstance(old, int) else old[:-1] + ("0" if old[-1] != "0" else "1")
    await refused(api, base64.b64encode(json.dumps(document).encode()).decode())


async def test_a_wrong_solution_is_refused(api: Api) -> None:
    document = json.loads(base64.b64decode(payload_of(api)))
    document["solution"]["counter"] += 1
    await refused(api, base64.b64encode(json.dumps(document).encode()).decode())


async def test_a_challenge_of_our_own_making_is_refused(api: Api) -> None:
    challenge = altcha.create_challenge(
        "PBKDF2/SHA-256", 1, expires_at=datetime.now(UTC) + timedelta(minutes=5), hmac_secret=b"guessed"
    )
    await refused(api, solve_challenge(challenge.to_dict()))


@pytest.mark.parametrize(
    "payload", ["", "x", "e30=", base64.b64encode(b'{"challenge":{},"solution":{}}').decode(), "字" * 100]
)
async def test_what_is_no_solution_is_refused(api: Api, payload: str) -> None:
    await refused(api, payload)


async def test_too_long_a_solution_names_its_field(api: Api) -> None:
    stranger = await api.client()
    answer = await stranger.post("/v1/reporters", json={"altcha": "x" * 8193})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "altcha")


async def test_strangers_with_wrong_tokens_do_not_shut_out_their_neighbour(api: Api) -> None:
    honest = await api.reporter()
    for n in range(70):
        guesser = await api.client(f"dw_rep_wrong{n}")
        refused = await guesser.post("/v1/reports", json=report_body())
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_requests")
    assert (await honest.post("/v1/reports", json=report_body())).status_code == 201


async def test_challenges_of_one_network_are_limited(api: Api) -> None:
    limit = 2 * api.settings.page_signups_per_hour
    neighbours = [await api.client(address=f"203.0.113.{n}") for n in (1, 2)]
    for n in range(limit):
        assert (await neighbours[n % 2].get("/v1/reporters/challenge")).status_code == 200
    refusal = await neighbours[0].get("/v1/reporters/challenge")
    assert (refusal.status_code, refusal.json()["code"]) == (429, "too_many_requests")
    assert int(refusal.headers["Retry-After"]) > 0
    elsewhere = await api.client(address="198.51.100.1")
    assert (await elsewhere.get("/v1/reporters/challenge")).status_code == 200


async def test_sign_ups_of_one_network_are_limited(api: Api) -> None:
    limit = api.settings.signup_limit_per_hour
    neighbours = [await api.client(address=f"203.0.113.{n}") for n in (1, 2)]
    for n in range(limit):
        assert (await neighbours[n % 2].post("/v1/reporters", json={"altcha": "x"})).status_code == 403
    refusal = await neighbours[0].post("/v1/reporters", json={"altcha": "x"})
    assert (refusal.status_code, refusal.json()["code"]) == (429, "too_many_requests")
    elsewhere = await api.client(address="198.51.100.1")
    assert (await elsewhere.post("/v1/reporters", json={"altcha": "x"})).status_code == 403
