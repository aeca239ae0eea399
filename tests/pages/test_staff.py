"""Staff at the pages: signing in by key, decisions about numbers, disputes and exports."""

import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from html import unescape

import httpx
import pytest

from service.agencies.store import insert_agency
from service.database import Database, DatabaseUnavailableError
from service.edge.access import Scope
from service.edge.api_keys import list_keys, revoke_key
from service.edge.context import Context
from service.edge.declared import Visitor
from service.edge.sessions import COOKIES, IDLE, STAFF
from tests.clients import NUMBER, Api, report_row
from tests.pages.conftest import Person
from tests.pages.visitors import hidden

People = Callable[..., Awaitable[Person]]
BURST = "INSERT INTO agenda (number, task, due_at, reasons) VALUES ($1, 'review', now(), '{burst}')"


async def staff(api: Api, person: People, *scopes: Scope, address: str = "203.0.113.7") -> Person:
    """Somebody who has signed in with a key of these scopes."""
    client = await api.partner(*scopes, source=None)
    somebody = await person(address)
    page = await somebody.send("/staff", {"key": client.headers["authorization"].partition(" ")[2]})
    assert page.url.path == "/staff"
    return somebody


async def waits(api: Api, *numbers: str) -> None:
    """Let numbers wait for a person, in this order."""
    for number in numbers:
        await api.fetch(BURST, number)


def text(answer: httpx.Response) -> str:
    """A page as people read it."""
    return unescape(answer.text)


async def decide(somebody: Person, page: str, status: int = 200, **fields: str) -> httpx.Response:
    """Send the form of a number's page."""
    return await somebody.send("/staff/number/decision", hidden(page) | fields, status)


async def test_a_key_opens_the_parts_of_its_scopes_and_no_other(api: Api, person: People) -> None:
    pages = {
        Scope.MODERATOR: ("/staff/reviews", "/staff/number", "/staff/disputes", "/staff/exports"),
        Scope.EXPORTS: ("/agency", "/agency/ledger", "/agency/outcomes"),
        Scope.ADMINISTRATOR: ("/operator",),
    }
    everywhere = [path for paths in pages.values() for path in paths]
    stranger = await person()
    for path in (*everywhere, "/staff"):
        assert "API 密钥" in await stranger.get(path, 401)
    for scope, own in pages.items():
        somebody = await staff(api, person, scope)
        for path in everywhere:
            page = await somebody.get(path, 200 if path in own else 403)
            if path not in own:
                assert "您的密钥不能打开这一部分" in page


async def test_what_is_no_key_of_staff_is_refused_and_guessing_is_stopped(api: Api, person: People) -> None:
    lookups = (await api.partner(Scope.LOOKUP, source=None)).headers["authorization"].partition(" ")[2]
    expired = await api.partner(Scope.MODERATOR, source=None, expires_at=datetime(2026, 1, 1, tzinfo=UTC))
    somebody = await person()
    for wrong in ("", "dw_key_none", "dw_rep_x", "é" * 300, lookups,
                  expired.headers["authorization"].partition(" ")[2]):  # fmt: skip
        page = (await somebody.send("/staff", {"key": wrong}, 422)).text
        assert "密钥不对" in page
        assert not wrong or wrong not in page
    for _ in range(4):
        await somebody.send("/staff", {"key": "dw_key_none"}, 422)
    await somebody.send("/staff", {"key": "dw_key_none"}, 429)
    for _ in range(12):  # a good key counts against nobody
        await staff(api, person, Scope.MODERATOR, address="198.51.100.9")


async def test_a_revoked_key_ends_its_sessions_at_once(api: Api, person: People) -> None:
    somebody = await staff(api, person, Scope.MODERATOR)
    await somebody.get("/staff/reviews")
    async with api.database.connection() as connection:
        for row in await list_keys(connection):
            await revoke_key(connection, row.key_id, datetime.now(UTC))
    await api.follow()
    await somebody.get("/staff/reviews", 401)


async def test_a_session_of_staff_ends_by_itself_and_by_signing_out(
    api: Api, person: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    somebody = await staff(api, person, Scope.MODERATOR)
    answer = await somebody.client.get("/staff")
    name = COOKIES[Visitor.STAFF]
    kept = somebody.client.cookies[name]
    first = Context.now
    for by, status in ((IDLE * 0.9, 200), (IDLE, 401), (STAFF, 401)):
        monkeypatch.setattr(Context, "now", lambda self, by=by: first(self) + by)
        stranger = await person()
        answer = await stranger.client.get("/staff/reviews", headers={"Cookie": f"{name}={kept}"})
        assert answer.status_code == status
        assert all("SameSite=Strict" in one for one in answer.headers.get_list("set-cookie"))
    monkeypatch.setattr(Context, "now", first)
    await somebody.send("/staff/sign-out", {}, 401)
    assert name not in somebody.client.cookies


async def test_ten_numbers_are_decided_one_after_the_other(api: Api, person: People) -> None:
    numbers = [f"+861979000{place:04}" for place in range(3)]
    await api.insert([report_row(number) for number in numbers for _ in range(2)])
    await api.publish()
    await waits(api, *numbers)
    somebody = await staff(api, person, Scope.MODERATOR)
    page = await somebody.get("/staff/reviews")
    assert page.index(numbers[0]) < page.index(numbers[2])
    assert "许多新账户同时举报" in page
    link = re.search(r'href="(/staff/number\?q=[^"]+)"', page)
    assert link is not None
    page = await somebody.get(unescape(link[1]))
    for place, number in enumerate(numbers):
        assert f'<h1 class="number">{number}</h1>' in page
        assert "<figure>" in page
        answer = await decide(somebody, page, decision="cleared")
        assert number not in str(answer.url)
        page = answer.text
        assert f"{number}</span> 已裁定" in page, place
    assert answer.url.path == "/staff/reviews"
    assert "没有号码等待裁定" in page
    rows = await api.fetch("SELECT decision, reason, decided_by FROM decisions")
    assert {(row["decision"], row["decided_by"][:4]) for row in rows} == {("cleared", "key ")}
    assert all("没有理由公布" in row["reason"] for row in rows)
    again = re.search(r'id="again" href="([^"]+)"', page)
    assert again is not None
    page = await somebody.get(again[1])
    answer = await decide(somebody, page, decision="released", reason="刚才点错了，改回来")
    assert "刚才点错了，改回来" in answer.text
    assert len(await api.fetch("SELECT 1 FROM decisions WHERE number = $1", numbers[-1])) == 2


async def test_who_decides_on_an_old_page_is_told_and_a_second_tap_changes_nothing(
    api: Api, person: People
) -> None:
    await api.insert([report_row()])
    await api.publish()
    somebody = await staff(api, person, Scope.MODERATOR)
    answer = await somebody.send("/staff/number", {"number": "197 9000 1234"})
    assert "1979000" not in str(answer.url)
    sent = hidden(answer.text) | {"decision": "cleared", "reason": "通话单已核对"}
    for _ in range(2):
        await somebody.send("/staff/number/decision", sent)
    assert await api.count("decisions") == 1
    another = await staff(api, person, Scope.MODERATOR)
    for seen in (hidden(answer.text)["seen"], "not a time"):
        late = hidden(answer.text) | {"decision": "abusive", "reason": "两个人都说过", "seen": seen}
        page = text(await another.send("/staff/number/decision", late, 409))
        assert "刚刚已有人裁定" in page
        assert "通话单已核对" in page
        assert "两个人都说过" in page
    assert await api.count("decisions") == 1
    await decide(another, page, decision="abusive", reason="两个人都说过")
    assert await api.count("decisions") == 2


async def test_what_a_moderator_wrote_stays_while_the_database_is_away(
    api: Api, person: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    somebody = await staff(api, person, Scope.MODERATOR)
    page = (await somebody.send("/staff/number", {"number": NUMBER})).text

    def away(*_: object, **__: object) -> None:
        raise DatabaseUnavailableError("away")

    for name in ("connection", "in_transaction"):
        monkeypatch.setattr(Database, name, away)
    answer = await decide(
        somebody, page, 503, decision="cleared", reason="写了很久的理由，不能丢掉，请保存好它"
    )
    assert "写了很久的理由，不能丢掉，请保存好它" in answer.text


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"decision": ""}, 'id="decision-error"'),
        ({"decision": "abusive", "reason": "短"}, 'id="reason-error"'),
        ({"decision": "recycled"}, "新机主的起始日期与"),
        ({"decision": "cleared", "owner_since": "2026-01-01"}, "新机主的起始日期与"),
        ({"decision": "recycled", "owner_since": "2999-01-01"}, "在将来"),
        ({"decision": "recycled", "owner_since": "yesterday"}, 'id="owner_since-error"'),
    ],
)
async def test_what_is_wrong_with_a_decision_is_told(
    api: Api, person: People, fields: dict[str, str], said: str
) -> None:
    somebody = await staff(api, person, Scope.MODERATOR)
    page = (await somebody.send("/staff/number", {"number": NUMBER})).text
    assert said in text(await decide(somebody, page, 422, **fields))
    assert await api.count("decisions") == 0


async def test_what_is_no_number_or_an_altered_link_decides_nothing(api: Api, person: People) -> None:
    somebody = await staff(api, person, Scope.MODERATOR)
    assert "号码太短" in (await somebody.send("/staff/number", {"number": "12"}, 422)).text
    for q in ("", "AAAA"):
        await somebody.get(f"/staff/number?q={q}", 410)
        await somebody.send("/staff/number/decision", {"q": q, "decision": "cleared"}, 410)


async def new_dispute(api: Api, number: str = NUMBER) -> tuple[httpx.AsyncClient, str]:
    """An owner with an open dispute, and its id."""
    owner = await api.owner(number)
    said = {"reason": "never_called", "statement": "我从来没有打过这些电话"}
    answer = await owner.post("/v1/disputes", json=said)
    assert answer.status_code == 201, answer.text
    return owner, answer.json()["dispute_id"]


async def test_disputes_are_decided_those_that_are_due_first(api: Api, person: People) -> None:
    owner, first = await new_dispute(api)
    _, second = await new_dispute(api, "+8619790001235")
    await api.fetch("UPDATE disputes SET due_on = '2026-01-05' WHERE dispute_id = $1", second)
    png = b"\x89PNG\r\n\x1a\n" + b"\0\0\0\rIHDR" + b"\0" * 64
    await owner.post(f"/v1/disputes/{first}/proofs", content=png, headers={"Content-Type": "image/png"})
    somebody = await staff(api, person, Scope.MODERATOR)
    page = await somebody.get("/staff/disputes")
    assert page.index("+8619790001235") < page.index(NUMBER)
    assert "已超期" in page
    page = await somebody.get(f"/staff/disputes/{second}")
    assert "我从来没有打过这些电话" in page
    for fields, said in (
        ({"outcome": ""}, 'id="outcome-error"'),
        ({"outcome": "cleared", "reason": "短"}, 'id="reason-error"'),
        ({"outcome": "recycled"}, "新机主的起始日期"),
        ({"outcome": "rejected", "owner_since": "2026-01-01"}, "驳回异议时不填写"),
    ):
        answer = await somebody.send(f"/staff/disputes/{second}", hidden(page) | fields, 422)
        assert said in text(answer)
    answer = await somebody.send(f"/staff/disputes/{second}", hidden(page) | {"outcome": "cleared"})
    assert answer.url.path == f"/staff/disputes/{first}"  # the next that is due
    assert "上一件已裁定" in answer.text
    closed = await somebody.send(f"/staff/disputes/{second}", {"outcome": "rejected"}, 409)
    assert "已结束" in closed.text
    assert "没有理由公布" in closed.text
    sent = hidden(answer.text) | {"outcome": "rejected", "reason": "录音中有威胁"}
    assert "没有异议等待裁定" in (await somebody.send(f"/staff/disputes/{first}", sent)).text
    told = (await owner.get(f"/v1/disputes/{first}")).json()
    assert (told["state"], told["explanation"]) == ("rejected", "录音中有威胁")
    await somebody.get("/staff/disputes/00000000-0000-4000-8000-000000000000", 404)
    await somebody.get("/staff/disputes/nonsense", 404)


async def agency_client(api: Api) -> httpx.AsyncClient:
    """A client of an agency that may ask for exports."""
    async with api.database.connection() as connection:
        agency_id = await insert_agency(
            connection, "12321", "12321", rows_per_30_days=100_000, now=datetime.now(UTC)
        )
    return await api.partner(
        Scope.EXPORTS, Scope.MODERATOR, source=None, agency_id=agency_id, purpose="处理投诉"
    )


async def test_exports_are_approved_by_somebody_else(api: Api, person: People) -> None:
    agency = await agency_client(api)
    exports = []
    for month in ("01", "02"):
        asked = {"from": f"2026-{month}-01", "to": f"2026-{month}-28"}
        exports.append((await agency.post("/v1/exports", json=asked)).json()["export_id"])
    own = await person()
    await own.send("/staff", {"key": agency.headers["authorization"].partition(" ")[2]})
    listed = await own.get("/staff/exports")
    assert "请由其他审核员处理" in listed
    sent = {"decision": "approved", "reason": "用途与依据相符"}
    assert "请由其他审核员处理" in (await own.send(f"/staff/exports/{exports[0]}", sent, 403)).text
    somebody = await staff(api, person, Scope.MODERATOR)
    assert "处理投诉" in await somebody.get("/staff/exports")
    wrong = await somebody.send(f"/staff/exports/{exports[0]}", {"reason": "留着的话"}, 422)
    assert "留着的话" in wrong.text
    await somebody.send(f"/staff/exports/{exports[0]}", sent)
    refused = {"decision": "refused", "reason": "期间过长"}
    assert "没有申请等待审批" in (await somebody.send(f"/staff/exports/{exports[1]}", refused)).text
    assert "此导出申请已处理" in (await somebody.send(f"/staff/exports/{exports[0]}", refused, 409)).text
    states = [(await agency.get(f"/v1/exports/{one}")).json()["state"] for one in exports]
    assert states == ["queued", "refused"]
