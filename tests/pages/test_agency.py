"""Agencies at the pages: ask, follow, download, report outcomes, read the ledger."""

import hashlib
import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import httpx
from prometheus_client import CollectorRegistry

from service.agencies.store import insert_agency
from service.edge.access import Scope
from service.metrics import Metrics
from tests.clients import NUMBER, Api, report_row
from tests.exports.exporting import exporting
from tests.exports.under_way import Exports
from tests.pages.conftest import Person
from tests.pages.visitors import hidden

People = Callable[..., Awaitable[Person]]
ROW = "r" + "a" * 32
OTHERS = "r" + "b" * 32


async def sign_in(person: People, client: httpx.AsyncClient) -> Person:
    """Somebody who has signed in with the key of a client."""
    somebody = await person()
    await somebody.send("/staff", {"key": client.headers["authorization"].partition(" ")[2]})
    return somebody


async def agency(api: Api, person: People, name: str = "12321") -> tuple[Person, int]:
    """Somebody of an agency who has signed in, and the agency's id."""
    async with api.database.connection() as connection:
        agency_id = await insert_agency(connection, name, name, rows_per_30_days=100, now=datetime.now(UTC))
    client = await api.partner(Scope.EXPORTS, source=None, agency_id=agency_id, purpose="处理投诉")
    return await sign_in(person, client), agency_id


async def ask(somebody: Person, status: int = 200, **fields: object) -> httpx.Response:
    """Ask for an export of everything until tomorrow."""
    tomorrow = f"{datetime.now(UTC) + timedelta(days=2):%Y-%m-%d}"
    plain = {
        "from": "2026-01-01",
        "to": tomorrow,
        "layout": "12321",
        "verdicts": ["unknown"],
        "formats": ["csv"],
    }
    page = await somebody.get("/agency")
    return await somebody.send("/agency", hidden(page) | plain | fields, status)


async def test_an_export_is_asked_for_written_and_downloaded(api: Api, person: People) -> None:
    await api.insert([report_row()])
    somebody, _ = await agency(api, person)
    asked = await ask(somebody)
    address = asked.url.path
    assert "待审批" in asked.text
    moderator = await api.partner(Scope.MODERATOR, source=None)
    decided = {"decision": "approved", "reason": "依据相符"}
    export_id = UUID(address[-36:])
    assert (await moderator.post(f"/v1/exports/{export_id}/decision", json=decided)).status_code == 200
    assert "依据相符" in await somebody.get(address)
    assert "不能再审批或撤回" in (await somebody.send(f"{address}/withdraw", {}, 409)).text
    metrics = Metrics(CollectorRegistry())
    async with exporting(api.database, api.settings, api.keys, metrics):
        await Exports(api.database, api.settings, api.keys).until(export_id, "done")
    page = (await somebody.client.get(address)).text
    files = re.findall(
        rf'href="({address}/files/[^"]+)" download>.*?<code>([0-9a-f]{{64}})</code>', page, re.DOTALL
    )
    assert len(files) == 1
    got = await somebody.client.get(files[0][0])
    assert hashlib.sha256(got.content).hexdigest() == files[0][1]
    assert "attachment" in got.headers["content-disposition"]
    assert (await somebody.client.get(f"{address}/manifest")).json()["export_id"] == str(export_id)
    assert "dunwatch verify" in page
    await somebody.get(f"{address}/files/other.csv", 404)
    ledger = await somebody.get("/agency/ledger")
    for action in ("申请", "批准", "完成", "下载"):
        assert f"<strong>{action}</strong>" in ledger
    assert ledger.index("下载") < ledger.index("<strong>申请</strong>")
    assert "申请" in await somebody.get("/agency/ledger?start=0")
    await somebody.get("/agency/ledger?start=nonsense")
    stranger, _ = await agency(api, person, "other")
    for path in (address, f"{address}/manifest", files[0][0]):
        await stranger.get(path, 404)


async def test_what_is_wrong_with_a_request_is_told_at_the_field_and_a_second_tap_asks_once(
    api: Api, person: People
) -> None:
    somebody, _ = await agency(api, person)
    for fields, name in (
        ({"from": ""}, "from"),
        ({"to": "2025-01-01"}, "to"),
        ({"verdicts": []}, "verdicts"),
        ({"formats": ["exe"]}, "formats"),
        ({"layout": "nonsense"}, "layout"),
        ({"layout": "institutions", "changes_only": "1"}, "changes_only"),
        ({"legal_basis": "太短"}, "legal_basis"),
    ):
        assert f'id="{name}-error"' in (await ask(somebody, 422, **fields)).text, name
    assert "请把结束日改为今天或更早" in (await ask(somebody, 409, layout="numbers")).text
    page = await somebody.get("/agency")
    sent = hidden(page) | {"from": "2026-01-01", "to": "2026-02-01", "layout": "12321",
                           "verdicts": "confirmed", "formats": "csv"}  # fmt: skip
    paths = [(await somebody.send("/agency", sent)).url.path for _ in range(2)]
    assert paths[0] == paths[1]
    assert "已撤回" in (await somebody.send(f"{paths[0]}/withdraw", {})).text
    unbound = await sign_in(person, await api.partner(Scope.EXPORTS, source=None))
    assert "未绑定机构和用途" in await unbound.get("/agency")
    assert "未绑定机构和用途" in (await unbound.send("/agency", sent, 403)).text


async def test_outcomes_come_back_one_by_one_or_as_a_file(api: Api, person: People) -> None:
    somebody, own = await agency(api, person)
    now = datetime.now(UTC)
    await api.fetch(
        "INSERT INTO hand_overs VALUES ($1, $2, $3, $4, $5, $6, $5, '\\x00')",
        NUMBER, own, ROW, uuid4(), now - timedelta(days=9), uuid4(),
    )  # fmt: skip
    one = {"row_id": ROW, "result": "upheld", "decided_on": f"{now:%Y-%m-%d}", "note": ""}
    for wrong in ({"row_id": "x"}, {"result": ""}, {"decided_on": "2999-01-01"}, {"row_id": OTHERS}):
        page = await somebody.send("/agency/outcomes", one | wrong, 422)
        assert f'id="{next(iter(wrong))}-error"' in page.text, wrong
    for said in ("新记录 1 条", "重复 1 条"):
        page = await somebody.send("/agency/outcomes", one)
        assert said in page.text
    table = f"行编号,处理结果,办结日期\n{ROW},不属实,{now:%Y-%m-%d}\n{OTHERS},属实,{now:%Y-%m-%d}\n"
    files = {"file": ("answers.csv", table.encode(), "text/csv")}
    answer = await somebody.client.post("/agency/outcomes/file", files=files)
    assert answer.status_code == 422
    assert await api.count("outcomes") == 1
    answer = await somebody.client.post("/agency/outcomes/file?accept=partial", files=files)
    assert "新记录 1 条" in answer.text
    assert "没有记录的" in answer.text
    assert await api.count("outcomes") == 2
    large = {"file": ("answers.csv", b"x" * (2 * 1024 * 1024 + 99), "text/csv")}
    assert (await somebody.client.post("/agency/outcomes/file", files=large)).status_code == 413
