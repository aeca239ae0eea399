"""What stands before every handler: who asks is known, counted and let in, or refused, before a byte of the body is read."""

import asyncio
from collections.abc import Iterable, Sequence
from typing import Any, cast

import orjson
import pytest
import structlog
from starlette.types import Message

from ml.classifier import Classifier
from service.app import create_app
from service.edge import access, bodies
from service.edge.admission import Admission
from service.edge.callers import UNKNOWN_TOKENS
from service.edge.operations import Operation
from service.edge.person_tokens import issue_token, pseudonym_of
from service.edge.problems import OVERLOADED, Language, ProblemError
from service.settings import Settings
from tests.clients import Api, lifespan, minutes_ago, report_body
from tests.documented import described

UNREAD = "the body was read"
Lines = Iterable[tuple[bytes, bytes]]


class Wire:
    """One request as a server hands it to the application, and what came back; `pieces` are those of its body.

    `read` counts what was read before the answer.
    """

    def __init__(self, pieces: Sequence[bytes] = (), *, is_unfinished: bool = False) -> None:
        self.pieces = list(pieces)
        self.read = 0
        self.status = 0
        self.headers: dict[bytes, bytes] = {}
        self.body = b""
        self._is_unfinished = is_unfinished

    async def receive(self) -> Message:
        self.read += not self.status
        if not self.pieces and self.status:
            return {"type": "http.disconnect"}
        if not self.pieces:
            await asyncio.Event().wait()
        piece = self.pieces.pop(0)
        return {"type": "http.request", "body": piece, "more_body": bool(self.pieces) or self._is_unfinished}

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status, self.headers = message["status"], dict(message["headers"])
        else:
            self.body += message.get("body", b"")

    async def request(self, app: Any, method: str, path: str, headers: Lines = (), **scope: Any) -> "Wire":
        """Send the request and wait for the answer."""
        full = {
            "type": "http", "method": method, "path": path, "raw_path": path.encode(), "query_string": b"",
            "headers": list(headers), "client": ("203.0.113.7", 1), "server": ("dunwatch", 80), "scheme": "http",
            "http_version": "1.1", "root_path": "", **scope,
        }  # fmt: skip
        await app(full, self.receive, self.send)
        return self

    @property
    def refusal(self) -> tuple[int, str]:
        return self.status, orjson.loads(self.body)["code"]


def bearer(token: str) -> tuple[bytes, bytes]:
    return b"authorization", f"Bearer {token}".encode()


def address_of(operation: Operation) -> str:
    """An address at which an operation stands; whatever it names does not exist."""
    uuid = "00000000-0000-4000-8000-000000000000"
    return "".join(
        uuid if part.endswith("_id}") else "19790001234" if part.startswith("{") else part
        for part in operation.path.replace("{", "\0{").replace("}", "}\0").split("\0")
    )


def with_bodies() -> list[Operation]:
    return [one for one in described()[0] if one.method in ("POST", "PUT", "PATCH", "DELETE")]


async def test_nobody_without_a_right_is_read(api: Api) -> None:
    """Each operation that needs a token, with none, an unknown one, one of another kind, a key without the scope."""
    lookup = (await api.partner(access.Scope.LOOKUP)).headers["authorization"].removeprefix("Bearer ")
    closed = [one for one in with_bodies() if one.tokens]
    assert len(closed) > 20
    for operation in closed:
        is_of_keys = operation.tokens[0].scheme == "apiKey"
        wrong = [(), [bearer("")], [bearer("nonsense")], [(b"authorization", b"Basic eDp5")]]
        wrong += [[bearer(access.new_token(access.KEY_PREFIX))]]
        if is_of_keys and operation.tokens[0].scopes != ("lookup",):
            wrong += [[bearer(lookup)]]
        if is_of_keys:
            wrong += [[bearer(issue_token(api.keys, access.REPORTER_PREFIX))]]
        for headers in wrong:
            wire = Wire([b"x" * 100])
            await wire.request(api.app, operation.method, address_of(operation), headers)
            assert (wire.read, wire.status in (401, 403)) == (0, True), (operation.path, headers, wire.status)


async def test_strangers_send_little(api: Api) -> None:
    """No operation without a key takes more than 64 KB, whether the length is announced or not."""
    limit = api.settings.max_body_bytes
    some = [
        one
        for one in with_bodies()
        if one.visitor is None and all(token.scheme != "apiKey" for token in one.tokens)
    ]
    token = issue_token(api.keys, access.REPORTER_PREFIX)
    for operation in some:
        if operation.body.name == "STREAMED":
            continue
        prefix = (
            access.OWNER_PREFIX if operation.tokens[:1] == (access.token_of(access.OWNER_PREFIX),) else ""
        )
        headers = [bearer(issue_token(api.keys, prefix) if prefix else token)]
        wire = await Wire([b"x"]).request(
            api.app,
            operation.method,
            address_of(operation),
            [*headers, (b"content-length", b"%d" % (limit + 1))],
        )
        assert (wire.refusal, wire.read) == ((413, "body_too_large"), 0), operation.path
        wire = Wire([b"x" * 1024] * 1000)
        await wire.request(api.app, operation.method, address_of(operation), headers)
        assert (wire.refusal, wire.read) == ((413, "body_too_large"), limit // 1024 + 1), operation.path


async def test_forms_are_small_and_their_refusal_is_a_page(api: Api) -> None:
    limit = api.settings.max_body_bytes
    forms = [one for one in with_bodies() if one.visitor is not None and one.body.name != "STREAMED"]
    assert forms
    for operation in forms:
        wire = Wire([b"x" * 1024] * 1000)
        await wire.request(api.app, operation.method, address_of(operation), [])
        assert (wire.status, wire.read) == (413, limit // 1024 + 1), operation.path
        assert wire.body.startswith(b"<!DOCTYPE html>"), operation.path


async def test_of_what_does_not_exist_nothing_is_read(api: Api) -> None:
    for method, path, status in (
        ("POST", "/v1/nothing", 404),
        ("PUT", "/v1/reports", 405),
        ("POST", "/nothing", 404),
        ("POST", "/", 405),
        ("TRACE", "/v1/me", 405),
    ):
        wire = await Wire([b"x" * 1000]).request(api.app, method, path)
        assert (wire.read, wire.status) == (0, status)


@pytest.mark.parametrize("name", [b"authorization", b"content-type", b"content-length", b"idempotency-key"])
@pytest.mark.parametrize("path", ["/v1/numbers/19790001234", "/v1/reports", "/healthz", "/v1/nothing"])
async def test_a_header_that_means_one_thing_stands_once(api: Api, name: bytes, path: str) -> None:
    key = (await api.partner(access.Scope.LOOKUP)).headers["authorization"].encode()
    method = "POST" if path == "/v1/reports" else "GET"
    for values in ((key, b"x"), (b"x", key), (b"x", b"x")):
        wire = await Wire().request(api.app, method, path, [(name, value) for value in values])
        assert (wire.refusal, wire.read) == ((400, "header_repeated"), 0)


async def test_strangers_are_counted_before_they_are_read(settings: Settings, model: Classifier) -> None:
    few = settings.model_copy(update={"request_limit_per_second": 3})
    async with lifespan(create_app(few)) as (app, state):
        clock = 0.0
        state["context"].limiter._clock = lambda: clock
        for _ in range(3):
            wire = await Wire([b"{}"]).request(app, "POST", "/v1/reporters")
            assert wire.status == 422
        refused = await Wire([b"{}"]).request(app, "POST", "/v1/reporters")
        assert (refused.refusal, refused.read) == ((429, "too_many_requests"), 0)
        assert (await Wire().request(app, "GET", "/v1/nothing")).status == 429
        assert (await Wire().request(app, "GET", "/healthz")).status == 200
        elsewhere = await Wire([b"{}"]).request(app, "POST", "/v1/reporters", client=("192.0.2.1", 1))
        assert elsewhere.status == 422
        clock = 1.0
        assert (await Wire([b"{}"]).request(app, "POST", "/v1/reporters")).status == 422


async def test_at_most_twenty_errors_are_told(api: Api) -> None:
    reporter = (await api.reporter()).headers["authorization"].encode()
    many = orjson.dumps({f"unknown_{place}": place for place in range(2000)})
    lines = [(b"authorization", reporter), (b"content-type", b"application/json")]
    for path, headers in (("/v1/reporters", lines[1:]), ("/v1/reports", lines), ("/v1/cases", lines)):
        wire = await Wire([many]).request(api.app, "POST", path, headers)
        document = orjson.loads(wire.body)
        assert (wire.status, len(document["errors"])) == (422, 20)
        assert len(wire.body) < 4000


async def test_more_values_than_a_request_needs_are_not_read(api: Api) -> None:
    reporter = (await api.reporter()).headers["authorization"].encode()
    lines = [(b"authorization", reporter), (b"content-type", b"application/json")]
    for body in (b'{"a":1,' * 9000, b"[" * 60_000, b'{"number":' * 6000):
        for path in ("/v1/reporters", "/v1/reports"):
            wire = await Wire([body[:65_536]]).request(api.app, "POST", path, lines)
            assert wire.refusal == (413, "too_many_values")


async def test_an_unfinished_body_is_given_up(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "SECONDS", 0.01)
    wire = await Wire([b"{"], is_unfinished=True).request(api.app, "POST", "/v1/reporters")
    assert wire.refusal == (408, "request_timeout")


async def test_whoever_leaves_midway_changed_nothing(api: Api) -> None:
    client = await api.reporter()

    async def leave() -> Message:
        return {"type": "http.disconnect"}

    wire = Wire()
    wire.receive = leave  # type: ignore[method-assign]
    await wire.request(
        api.app, "PUT", "/v1/me/restriction", [(b"authorization", client.headers["authorization"].encode())]
    )
    assert wire.refusal == (400, "invalid_json")  # it may be there still, and have sent a chunk that is none
    answer = await client.post("/v1/reports", json=report_body())
    assert answer.status_code == 201


async def test_tokens_that_nobody_holds_are_counted_by_network_and_forgotten(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    limiter, asked = api.state["context"].limiter, 0
    limiter._clock = lambda: 0.0
    connection = api.database.connection

    def counted(*arguments: Any, **options: Any) -> Any:
        nonlocal asked
        asked += 1
        return connection(*arguments, **options)

    monkeypatch.setattr(api.database, "connection", counted)
    for place in range(UNKNOWN_TOKENS.amount + 20):
        wire = await Wire().request(
            api.app, "GET", "/v1/reports", [bearer(access.new_token(access.REPORTER_PREFIX))]
        )
        expected = (401, "wrong_key") if place < UNKNOWN_TOKENS.amount else (429, "too_many_requests")
        assert wire.refusal == expected
    assert asked <= UNKNOWN_TOKENS.amount
    remembered = {who for _, allowances in limiter._windows.values() for who in allowances}
    assert remembered <= {"203.0.113.0/24"}


async def test_who_guesses_tokens_shuts_nobody_out(api: Api) -> None:
    """A neighbour's token bears the mark; one from before the mark counts only if it is wrong."""
    api.state["context"].limiter._clock = lambda: 0.0
    marked = (await api.reporter()).headers["authorization"].removeprefix("Bearer ")
    unmarked = access.new_token(access.REPORTER_PREFIX)
    await rename(api, marked, unmarked)
    for _ in range(3):  # a token that proves good does not count
        assert (await Wire().request(api.app, "GET", "/v1/reports", [bearer(unmarked)])).status == 200
    for _ in range(UNKNOWN_TOKENS.amount):
        guessed = bearer(access.new_token(access.REPORTER_PREFIX))
        assert (await Wire().request(api.app, "GET", "/v1/reports", [guessed])).status == 401
    await rename(api, unmarked, marked)
    assert (await Wire().request(api.app, "GET", "/v1/reports", [bearer(marked)])).status == 200


async def test_limits_hold_for_tokens_from_before_the_mark(api: Api) -> None:
    """A refusal must not make the service forget how many reports were sent."""
    api.state["context"].limiter._clock = lambda: 0.0
    api.settings.__dict__["report_limit_per_hour"] = 3
    marked = (await api.reporter()).headers["authorization"].removeprefix("Bearer ")
    unmarked = access.new_token(access.REPORTER_PREFIX)
    await rename(api, marked, unmarked)
    statuses = []
    for place in range(10):
        body = orjson.dumps(report_body(occurred_at=minutes_ago(10 + place).isoformat()))
        headers = [bearer(unmarked), (b"content-type", b"application/json")]
        statuses.append((await Wire([body]).request(api.app, "POST", "/v1/reports", headers)).status)
    assert statuses == [201] * 3 + [429] * 7


async def test_a_path_means_the_same_to_everybody_who_reads_it(api: Api) -> None:
    """With a line break at its end it matches the pattern of a route, and is no address of ours."""
    await api.follow()
    for operation in described()[0]:
        for more in ("\n", "\r\n", "\0"):
            wire = await Wire([b"{}"]).request(api.app, operation.method, address_of(operation) + more)
            assert (wire.read, wire.status) in ((0, 404), (0, 401), (0, 405)), (operation.path, wire.status)
    assert (await Wire().request(api.app, "GET", "/metrics\n")).status == 404


@pytest.mark.parametrize("invisible", ["\u202a", "\u202c", "\u200b", "\u00ad", "\ufeff", "\u00a0"])
async def test_a_copied_number_may_hold_what_nobody_sees(api: Api, invisible: str) -> None:
    """Telephones put marks of direction around a number that is copied: the path is an address all the same."""
    key = (await api.partner()).headers["authorization"].encode()
    for path in ("/v1/numbers/{}/explanation", "/v1/moderation/numbers/{}/decisions"):
        plain, copied = [
            await Wire().request(api.app, "GET", path.format(number), [(b"authorization", key)])
            for number in ("19790001234", f"{invisible}19790001234{invisible}")
        ]
        assert (copied.status, copied.body) == (plain.status, plain.body)
        assert plain.status == 200


async def test_what_is_refused_unread_writes_no_line_in_the_log(api: Api) -> None:
    with structlog.testing.capture_logs() as said:
        for path in ("/v1/reports", "/v1/exports", "/v1/numbers:lookup"):
            await Wire().request(api.app, "POST", path, [bearer("nonsense")])
        assert [one["event"] for one in said] == []
        await Wire().request(api.app, "GET", "/v1/channels")
    assert [one["event"] for one in said] == ["request"]


async def rename(api: Api, old: str, new: str) -> None:
    """Let a reporter have another token."""
    pseudonyms = [pseudonym_of(api.keys, token) for token in (new, old)]
    async with api.database.connection() as connection:
        await connection.execute("UPDATE reporters SET reporter = $1 WHERE reporter = $2", *pseudonyms)


@pytest.mark.parametrize(("accepts", "language"), [((), "zh"), ([(b"accept-language", b"en")], "en")])
async def test_what_cannot_be_served_in_time_is_refused_before_it_costs_anything(
    api: Api, monkeypatch: pytest.MonkeyPatch, accepts: Lines, language: str
) -> None:
    admission: Admission = api.state["admission"]
    monkeypatch.setattr(admission.limit, "most", 0)
    wire = await Wire([b"{}"]).request(api.app, "POST", "/v1/reports", accepts, state=api.state)
    assert (wire.status, wire.headers[b"retry-after"], wire.read) == (503, b"1", 0)
    assert orjson.loads(wire.body) == ProblemError(OVERLOADED).document(cast(Language, language))
    assert wire.headers[b"content-language"] == language.encode()
    again = await Wire().request(api.app, "GET", "/v1/reports", accepts, state=api.state)
    assert again.headers == wire.headers  # what one answer adds to itself is not in the next
    head = await Wire().request(api.app, "HEAD", "/v1/channels", accepts, state=api.state)
    assert (head.status, head.body) == (503, b"")


async def test_an_overloaded_process_still_says_how_it_is_and_answers_look_ups(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api.state["admission"].limit, "most", 0)
    for path in ("/healthz", "/readyz", "/metrics"):
        wire = await Wire().request(api.app, "GET", path, state=api.state)
        assert OVERLOADED.code.encode() not in wire.body
    looked_up = await Wire().request(api.app, "GET", "/v1/numbers/19790001234", state=api.state)
    assert OVERLOADED.code.encode() not in looked_up.body


async def test_a_request_that_failed_or_was_refused_is_no_longer_under_way(api: Api) -> None:
    admission: Admission = api.state["admission"]
    for method, path in (("POST", "/v1/reports"), ("GET", "/v1/nothing"), ("GET", "/v1/channels")):
        await Wire([b"{"]).request(api.app, method, path, state=api.state)
    assert not sum(interval[0] for interval in admission._intervals)
