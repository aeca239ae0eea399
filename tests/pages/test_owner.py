"""The owner of a number at the pages: code, dispute, proofs, decision, coming back."""

import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from html import unescape
from uuid import UUID

import httpx
import pytest

from service.disputes.dispute import Outcome, settle_dispute
from service.edge.context import Context
from service.edge.declared import Visitor
from service.edge.problems import CODE_NOT_SENT, ProblemError
from service.edge.sessions import COOKIES, IDLE
from service.numbers.parse import Number
from service.pages.signing_up import WAIT
from tests.clients import Api
from tests.pages.conftest import Person
from tests.pages.visitors import hidden

People = Callable[..., Awaitable[Person]]
SAID = "这个号码是我们的送货电话，从不催收"
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00" + b"\0" * 64 + b"\xff\xd9"


class Kept:
    """A sender that keeps the newest code instead of sending it."""

    code = ""
    is_broken = False

    async def send(self, number: Number, code_id: UUID, code: str, *, now: datetime) -> None:
        """Keep a code."""
        assert number.key
        assert code_id
        assert now.tzinfo
        if self.is_broken:
            raise ProblemError(CODE_NOT_SENT, headers={"Retry-After": "60"})
        self.code = code


@pytest.fixture
def sender(api: Api) -> Kept:
    """Codes as they reach the owners."""
    api.state["sender"] = sender = Kept()
    return sender


async def ask(somebody: Person, number: str = "197 9000 1234", status: int = 200) -> httpx.Response:
    """Request a code."""
    return await somebody.send("/dispute", {"number": number, "altcha": await somebody.proof()}, status)


async def verify(somebody: Person, sender: Kept, number: str = "197 9000 1234") -> httpx.Response:
    """Prove control of a number."""
    page = await ask(somebody, number)
    assert page.url.path == "/dispute/code"
    assert not re.search(r"1979000|197%20", str(page.url))
    return await somebody.send(
        "/dispute/code", hidden(page.text) | {"code": f" {sender.code[:3]} {sender.code[3:]}"}
    )


async def dispute(somebody: Person, page: httpx.Response, **fields: str) -> httpx.Response:
    """Open a dispute on the page that asks for it."""
    sent = hidden(page.text) | {"reason": "legitimate_business", "statement": SAID} | fields
    return await somebody.send("/dispute/new", sent)


def upload(content: bytes) -> dict[str, tuple[str, bytes, str]]:
    """A file as a browser's form sends it."""
    return {"file": ("licence.jpg", content, "image/jpeg")}


async def test_an_owner_disputes_adds_proves_and_withdraws(api: Api, person: People, sender: Kept) -> None:
    await api.publish()
    somebody = await person()
    page = await verify(somebody, sender)
    assert page.url.path == "/dispute/new"
    page = await dispute(somebody, page)
    address = page.url.path
    assert SAID in page.text
    assert "最迟处理" in page.text
    code = re.search(r'id="code">([0-9A-Z-]{32})<', page.text)
    assert code is not None
    assert code[1] not in await somebody.get(address)  # shown once
    added = await somebody.send(address, {"statement": "补充：这是去年的送货单据说明"})
    assert "补充：这是去年的送货单据说明" in added.text
    assert 'id="statement-error"' in (await somebody.send(address, {"statement": "短"}, 422)).text
    answer = await somebody.client.post(f"{address}/proofs", files=upload(JPEG))
    proof = re.search(rf"{address}/proofs/([0-9a-f-]+)", answer.text)
    assert proof is not None, answer.text[:2000]
    got = await somebody.client.get(f"{address}/proofs/{proof[1]}")
    assert (got.content, got.headers["content-type"]) == (JPEG, "image/jpeg")
    for content in (b"MZ" + b"\0" * 99, b"<script>", b""):
        wrong = await somebody.client.post(f"{address}/proofs", files=upload(content))
        assert wrong.status_code in (415, 422)
        assert 'id="errors"' in wrong.text
        assert SAID in wrong.text
    large = await somebody.client.post(f"{address}/proofs", files=upload(JPEG + b"\0" * (5 * 1024 * 1024)))
    assert "5 MB" in large.text
    assert (await somebody.client.post(f"{address}/proofs", content=b"x")).status_code == 400
    await somebody.send(f"{address}/proofs/{proof[1]}/delete", {})
    await somebody.get(f"{address}/proofs/{proof[1]}", 404)
    assert "已撤回" in (await somebody.send(f"{address}/withdraw", {})).text
    assert "这件异议已结束" in (await somebody.send(address, {"statement": SAID}, 409)).text


async def test_an_owner_comes_back_by_the_code_and_reads_the_decision(
    api: Api, person: People, sender: Kept
) -> None:
    somebody = await person()
    page = await dispute(somebody, await verify(somebody, sender))
    address, code = page.url.path, re.search(r'id="code">([0-9A-Z-]+)<', page.text)
    assert code is not None
    async with api.database.connection() as connection, connection.transaction():
        outcome = Outcome(None, "送货单据与通话时间不符", "tester", None)
        await settle_dispute(connection, UUID(address[-36:]), outcome, datetime.now(UTC))
    stranger = await person("198.51.100.9")
    await stranger.get(address, 401)
    for wrong in ("", "9C5J", "9C5JGBCRA7G3C96V7WJXAJZ5A3", "dw_own_x", "dw_rep_x"):
        await stranger.send("/dispute/return", {"owner_code": wrong}, 422)
    back = await stranger.send("/dispute/return", {"owner_code": code[1].lower().replace("-", " ")})
    assert back.url.path == address
    assert "送货单据与通话时间不符" in back.text
    for _ in range(4):
        await stranger.send("/dispute/return", {"owner_code": code[1][:-1]}, 422)
    await stranger.send("/dispute/return", {"owner_code": code[1]}, 429)
    again = await stranger.send("/dispute/new", {"reason": "other", "statement": SAID}, 409)
    assert "新的事实" in again.text
    assert "new_facts" not in re.sub(r'"[^"]*new_facts[^"]*"', "", again.text)
    assert SAID in again.text
    await dispute(stranger, again, new_facts="新找到了当天的送货录像和签收单")


async def test_the_session_of_an_owner_lasts_half_an_hour(
    api: Api, person: People, sender: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    somebody = await person()
    page = await dispute(somebody, await verify(somebody, sender))
    name = COOKIES[Visitor.OWNER]
    kept = {"Cookie": f"{name}={somebody.client.cookies[name]}"}
    first = Context.now
    for by, status in ((IDLE - timedelta(minutes=1), 200), (IDLE, 401)):
        monkeypatch.setattr(Context, "now", lambda self, by=by: first(self) + by)
        stranger = await person()
        answer = await stranger.client.get(page.url.path, headers=kept)
        assert answer.status_code == status
    assert "请再验证一次号码" in answer.text
    monkeypatch.setattr(Context, "now", first)
    await somebody.send("/dispute/sign-out", {})
    await somebody.get("/dispute/new", 401)
    await api.fetch("DELETE FROM disputes")
    await api.fetch("DELETE FROM owners")
    await stranger.client.get("/dispute/new", headers=kept)
    assert (await stranger.client.get("/dispute/new", headers=kept)).status_code == 401


async def test_nobody_sees_the_dispute_of_another_owner(api: Api, person: People, sender: Kept) -> None:
    somebody = await person()
    address = (await dispute(somebody, await verify(somebody, sender))).url.path
    other = await person("198.51.100.9")
    await verify(other, sender, "197 9000 1235")
    await other.get(address, 404)
    for path in ("", "/withdraw", "/proofs/00000000-0000-4000-8000-000000000000/delete"):
        await other.send(address + path, {"statement": SAID}, 404)
    assert (await other.client.post(f"{address}/proofs", files=upload(JPEG))).status_code == 404
    await other.get("/dispute/nonsense", 404)


async def test_every_refusal_of_a_code_is_told_in_words(api: Api, person: People, sender: Kept) -> None:
    somebody = await person()
    assert "号码太短" in (await ask(somebody, "12", 422)).text
    assert "没有可以接收验证码的机主" in (await ask(somebody, "110", 422)).text
    page = (await ask(somebody)).text
    for wrong, said in (("", 'id="code-error"'), ("12345x", 'id="code-error"')):
        assert said in (await somebody.send("/dispute/code", hidden(page) | {"code": wrong}, 422)).text
    bad = f"{(int(sender.code) + 1) % 1_000_000:06}"
    for left in ("还可以尝试 4 次", "还可以尝试 3 次", "还可以尝试 2 次", "还可以尝试 1 次", "请重新获取"):
        assert left in (await somebody.send("/dispute/code", hidden(page) | {"code": bad}, 403)).text
    assert (
        "请重新获取" in (await somebody.send("/dispute/code", hidden(page) | {"code": sender.code}, 403)).text
    )
    for c in ("", "AAAA"):
        await somebody.get(f"/dispute/code?c={c}", 410)
        await somebody.send("/dispute/code", {"c": c, "code": "123456"}, 410)
    sender.is_broken = True
    said = (await ask(somebody, status=503)).text
    assert "197 9000 1234" in said
    assert "验证码暂时无法发出" in said
    api.state["sender"] = None
    assert "请直接联系运营者" in await somebody.get("/dispute")
    assert "请直接联系运营者" in (await ask(somebody, status=409)).text


async def test_without_script_one_waits_for_a_code_once(
    api: Api, person: People, sender: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    somebody = await person()
    page = (await somebody.send("/dispute", {"number": "197 9000 1234"})).text
    assert "请等 20 秒" in page
    sent = {name: unescape(value) for name, value in hidden(page).items()}
    await somebody.send("/dispute", sent, 425)
    assert sender.code == ""
    first = Context.now
    monkeypatch.setattr(Context, "now", lambda self: first(self) + WAIT)
    assert (await somebody.send("/dispute", sent)).url.path == "/dispute/code"
    assert "请等 20 秒" in (await somebody.send("/dispute", sent)).text


async def test_what_is_wrong_with_a_dispute_is_told_and_a_second_tap_opens_none(
    api: Api, person: People, sender: Kept
) -> None:
    somebody = await person()
    page = await verify(somebody, sender)
    wrong = (await somebody.send("/dispute/new", hidden(page.text) | {"statement": "短短的"}, 422)).text
    assert 'id="reason-error"' in wrong
    assert 'id="statement-error"' in wrong
    assert "短短的" in wrong
    sent = hidden(page.text) | {"reason": "other", "statement": SAID}
    opened = [(await somebody.send("/dispute/new", sent)).url.path for _ in range(2)]
    assert opened[0] == opened[1]
    other = hidden(await somebody.get("/dispute/new")) | {"reason": "other", "statement": SAID}
    assert "已有一件处理中的异议" in (await somebody.send("/dispute/new", other, 409)).text
    assert await api.count("disputes") == 1
