"""A code shows control of a number: to whoever asked for it, five times at most, for ten minutes."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
import structlog
from pydantic import ValidationError
from standardwebhooks.webhooks import Webhook

from service.disputes.codes import MOST_A_DAY, MOST_AN_HOUR, MOST_TRIES
from service.disputes.senders import GatewaySender, LogSender, open_sender
from service.numbers.parse import Number, parse_number
from service.reports.reporters import solve_challenge
from service.settings import Settings
from tests.clients import NUMBER, Api, refusal, text_of_everything
from tests.receiver import Receiver, receiving

Ask = Callable[..., Awaitable[httpx.Response]]


class Kept:
    """A sender that keeps the codes instead of sending them."""

    def __init__(self) -> None:
        self.codes: dict[str, str] = {}

    async def send(self, number: Number, code_id: UUID, code: str, *, now: datetime) -> None:
        """Keep a code."""
        assert number.key
        assert now.tzinfo
        self.codes[str(code_id)] = code


@pytest.fixture
def sent(api: Api) -> dict[str, str]:
    """Codes by their ids, as they reach the owners."""
    sender = Kept()
    api.state["sender"] = sender
    return sender.codes


@pytest.fixture
def ask(api: Api, sent: dict[str, str]) -> Ask:
    """Asks for a code from a network of its own, with the proof of work."""

    async def asked(number: str = NUMBER, *, network: int = 7) -> httpx.Response:
        stranger = await api.client(address=f"203.0.{network}.1")
        challenge = (await stranger.get("/v1/reporters/challenge")).json()
        return await stranger.post(
            f"/v1/numbers/{number}/owner-codes", json={"altcha": solve_challenge(challenge)}
        )

    return asked


async def shown(api: Api, code_id: str, code: str, *, number: str = NUMBER) -> httpx.Response:
    stranger = await api.client()
    body = {"number": number, "code_id": code_id, "code": code}
    return await stranger.post("/v1/owners", json=body)


def other_than(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06}"


async def test_the_code_that_was_sent_gives_a_token_of_the_numbers_owner(
    api: Api, ask: Ask, sent: dict[str, str]
) -> None:
    answer = await ask()
    assert answer.status_code == 202
    code_id = answer.json()["code_id"]
    registered = await shown(api, code_id, sent[code_id])
    assert registered.status_code == 201
    token = registered.json()["token"]
    assert token.startswith("dw_own_")
    owner = await api.client(token)
    assert (await owner.get("/v1/disputes")).json() == {"disputes": []}
    assert [row["number"] for row in await api.fetch("SELECT number FROM owners")] == [NUMBER]


async def test_neither_code_nor_token_is_stored(api: Api, ask: Ask, sent: dict[str, str]) -> None:
    code_id = (await ask()).json()["code_id"]
    token = (await shown(api, code_id, sent[code_id])).json()["token"]
    kept = await text_of_everything(api.database)
    assert token not in kept
    assert f'"{sent[code_id]}"' not in kept


async def test_a_code_is_used_once(api: Api, ask: Ask, sent: dict[str, str]) -> None:
    code_id = (await ask()).json()["code_id"]
    assert (await shown(api, code_id, sent[code_id])).status_code == 201
    assert refusal(await shown(api, code_id, sent[code_id])) == (403, "code_gone")
    assert await api.count("owners") == 1


async def test_a_wrong_code_says_how_many_tries_are_left_and_the_sixth_is_refused_though_right(
    api: Api, ask: Ask, sent: dict[str, str]
) -> None:
    code_id = (await ask()).json()["code_id"]
    for left in reversed(range(MOST_TRIES)):
        answer = await shown(api, code_id, other_than(sent[code_id]))
        assert refusal(answer) == (403, "code_wrong")
        assert (f" {left} " if left else "请重新获取") in answer.json()["detail"]
    assert refusal(await shown(api, code_id, sent[code_id])) == (403, "code_gone")
    assert await api.count("owners") == 0


async def test_tries_made_at_once_are_all_counted(api: Api, ask: Ask, sent: dict[str, str]) -> None:
    code_id = (await ask()).json()["code_id"]
    answers = await asyncio.gather(
        *(shown(api, code_id, other_than(sent[code_id])) for _ in range(2 * MOST_TRIES))
    )
    assert sorted(answer.json()["code"] for answer in answers) == [
        *["code_gone"] * MOST_TRIES,
        *["code_wrong"] * MOST_TRIES,
    ]


async def test_others_can_neither_use_up_an_owners_code_nor_end_it_by_asking_for_another(
    api: Api, ask: Ask, sent: dict[str, str]
) -> None:
    mine = (await ask(network=1)).json()["code_id"]
    theirs = (await ask(network=2)).json()["code_id"]
    for _ in range(MOST_TRIES + 1):
        await shown(api, theirs, other_than(sent[theirs]))
        await shown(api, str(uuid4()), sent[mine])
    assert (await shown(api, mine, sent[mine])).status_code == 201


async def test_a_code_of_another_number_shows_nothing(api: Api, ask: Ask, sent: dict[str, str]) -> None:
    code_id = (await ask("19790005678")).json()["code_id"]
    assert refusal(await shown(api, code_id, sent[code_id])) == (403, "code_gone")


async def test_a_code_expires(api: Api, ask: Ask, sent: dict[str, str]) -> None:
    code_id = (await ask()).json()["code_id"]
    await api.fetch("UPDATE owner_codes SET expires_at = now()")
    assert refusal(await shown(api, code_id, sent[code_id])) == (403, "code_gone")


async def test_one_network_is_limited_before_it_uses_up_what_a_number_is_sent(api: Api, ask: Ask) -> None:
    of_one_network = api.settings.code_limit_per_hour
    assert of_one_network < MOST_AN_HOUR
    for _ in range(of_one_network):
        assert (await ask()).status_code == 202
    assert refusal(await ask()) == (429, "too_many_requests")
    assert (await ask(network=8)).status_code == 202


@pytest.mark.parametrize(("ago", "limit"), [(timedelta(), MOST_AN_HOUR), (timedelta(hours=2), MOST_A_DAY)])
async def test_a_number_is_not_flooded_with_codes(api: Api, ask: Ask, ago: timedelta, limit: int) -> None:
    await api.fetch(
        "INSERT INTO owner_codes SELECT $1, gen_random_uuid(), '', 0, $2, $2 FROM generate_series(1, $3)",
        NUMBER,
        datetime.now(UTC) - ago,
        limit - 1,
    )
    assert (await ask(network=1)).status_code == 202
    refused = await ask(network=2)
    assert refusal(refused) == (429, "too_many_codes")
    assert int(refused.headers["Retry-After"]) in (3600, 86400)
    assert (await ask("19790005678", network=3)).status_code == 202


async def test_a_code_costs_a_proof_of_work_once(api: Api, sent: dict[str, str]) -> None:
    stranger = await api.client()
    challenge = (await stranger.get("/v1/reporters/challenge")).json()
    body = {"altcha": solve_challenge(challenge)}
    path = f"/v1/numbers/{NUMBER}/owner-codes"
    assert (await stranger.post(path, json=body)).status_code == 202
    assert refusal(await stranger.post(path, json=body)) == (403, "proof_of_work_wrong")
    assert refusal(await stranger.post(path, json={"altcha": "x"})) == (403, "proof_of_work_wrong")
    assert len(sent) == 1


@pytest.mark.parametrize(
    ("number", "status", "code"),
    [
        ("110", 422, "number_without_owner"),
        ("12345678901234567890", 422, "number_without_owner"),
        ("82345678", 422, "invalid_number"),
    ],
)
async def test_only_numbers_with_an_owner_are_sent_codes(
    api: Api, ask: Ask, sent: dict[str, str], number: str, status: int, code: str
) -> None:
    assert refusal(await ask(number)) == (status, code)
    assert not sent


async def test_without_a_sender_an_owner_is_told_what_to_do(api: Api) -> None:
    stranger = await api.client()
    answer = await stranger.post(
        f"/v1/numbers/{NUMBER}/owner-codes", json={"altcha": "x"}, headers={"Accept-Language": "en"}
    )
    assert refusal(answer) == (409, "codes_off")
    assert "operator" in answer.json()["detail"]


@pytest.mark.parametrize("body", [{}, {"number": NUMBER, "code_id": str(uuid4()), "code": "12345"}])
async def test_what_is_no_code_names_its_field(api: Api, body: dict[str, Any]) -> None:
    answer = await (await api.client()).post("/v1/owners", json=body)
    assert refusal(answer) == (422, "invalid_request")
    assert answer.json()["errors"][-1]["field"] == "code"


async def test_the_senders_log_holds_the_code_and_not_the_number(capfd: pytest.CaptureFixture[str]) -> None:
    with structlog.testing.capture_logs() as logged:
        await LogSender().send(parse_number(NUMBER), UUID(int=1), "012345", now=datetime.now(UTC))
    (event,) = logged
    assert event["code"] == "012345"
    assert NUMBER[3:] not in repr(event)


def test_codes_are_written_to_the_log_only_where_that_is_set_and_nobody_else_can_reach_the_service(
    tmp_path: Path,
) -> None:
    assert open_sender(Settings(data_dir=tmp_path)) is None
    assert isinstance(open_sender(Settings(data_dir=tmp_path, code_sender="log")), LogSender)
    with pytest.raises(ValidationError, match="loopback"):
        Settings(data_dir=tmp_path, code_sender="log", host="0.0.0.0")


SECRET = "whsec_" + "A" * 32


@pytest.fixture
async def gateway() -> AsyncIterator[Receiver]:
    """The operator's endpoint."""
    async with receiving() as opened:
        yield opened


async def test_a_gateway_is_handed_number_and_code_signed_and_the_log_tells_neither(
    api: Api, ask: Ask, gateway: Receiver
) -> None:
    api.state["sender"] = GatewaySender(gateway.url, SECRET)
    with structlog.testing.capture_logs() as logged:
        answer = await ask()
    assert answer.status_code == 202
    ((headers, body),) = gateway.received
    told = Webhook(SECRET).verify(body, headers)
    assert (told["number"], told["kind"], told["valid_minutes"]) == (NUMBER, "mobile", 10)
    assert told["code"] in told["text"]["zh"]
    assert told["code"] in told["text"]["en"]
    assert headers["webhook-id"] == "msg_" + UUID(answer.json()["code_id"]).hex
    assert told["code"] not in repr(logged)
    assert NUMBER[3:] not in repr(logged)
    assert (await shown(api, answer.json()["code_id"], told["code"])).status_code == 201


@pytest.mark.parametrize("status", [302, 400, 500])
async def test_a_code_that_a_gateway_does_not_take_is_told_as_not_sent(
    api: Api, ask: Ask, gateway: Receiver, status: int
) -> None:
    api.state["sender"] = GatewaySender(gateway.url, SECRET)
    gateway.answer = status
    answer = await ask()
    assert refusal(answer) == (503, "code_not_sent")
    assert answer.headers["Retry-After"]


async def test_a_gateway_that_is_away_is_told_as_well(api: Api, ask: Ask) -> None:
    async with receiving() as gone:
        url = gone.url
    api.state["sender"] = GatewaySender(url, SECRET)
    assert refusal(await ask()) == (503, "code_not_sent")


def test_a_gateway_needs_its_address_and_its_secret(tmp_path: Path) -> None:
    whole: dict[str, Any] = {
        "code_sender": "gateway",
        "code_gateway_url": "https://sms.example",
        "code_gateway_secret": SECRET,
    }
    settings = Settings(data_dir=tmp_path, **whole)
    assert isinstance(open_sender(settings), GatewaySender)
    assert SECRET not in repr(settings)
    for name, value in (
        ("code_gateway_url", None),
        ("code_gateway_secret", None),
        ("code_gateway_url", "sms.example"),
        ("code_gateway_secret", "whsec_short"),
        ("code_gateway_secret", "A" * 40),
    ):
        with pytest.raises(ValidationError, match="gateway"):
            Settings(data_dir=tmp_path, **(whole | {name: value}))
