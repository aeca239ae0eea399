"""One's own account on pages: the telephone, the calendar, a copy, restriction, deletion, and the database unavailable."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from service.app import load_api
from service.database import Database, DatabaseUnavailableError
from service.edge.declared import Visitor
from service.pages.in_words import PROBLEMS
from tests.cases.case_requests import happen, new_case, report
from tests.clients import Api
from tests.pages.visitors import reader

TOLD = "每天打到我单位，骂人很难听。" * 5


async def test_whose_telephone_it_is_decides_how_long_one_stays_signed_in(api: Api) -> None:
    person = await reader(api)
    assert 'value="shared" checked' in await person.read("/me")
    answer = await person.send("/me/telephone", telephone="own")
    assert "Max-Age=7776000" in answer.headers["Set-Cookie"]
    person.browser.headers["Cookie"] = answer.headers["Set-Cookie"].partition(";")[0]
    assert 'value="own" checked' in await person.read("/me")
    answer = await person.send("/me/telephone")
    assert "Max-Age" not in answer.headers["Set-Cookie"]


async def test_a_calendar_is_shown_once_and_to_its_owner(api: Api) -> None:
    person, stranger = await reader(api), await reader(api)
    case_id = (await new_case(person.client, respondent={"kind": "bank"}))["case_id"]
    await happen(person.client, case_id, "institution", "filed")
    there = (await person.send("/me/calendar")).headers["Location"]
    page = await person.read(there)
    assert "webcal://dunwatch/v1/calendars/dw_cal_" in page
    address = page.partition('href="/v1/calendars/')[2].partition('"')[0]
    assert address not in there
    assert "BEGIN:VEVENT" in (await person.browser.get(f"/v1/calendars/{address}")).text
    assert "dw_cal_" not in await stranger.read(there)
    assert "dw_cal_" not in await person.read("/me?calendar=AAAA")
    await person.send("/me/calendar/close")
    assert (await person.browser.get(f"/v1/calendars/{address}")).status_code == 404


async def test_long_lists_go_on(api: Api) -> None:
    person = await reader(api)
    for _ in range(21):
        await report(person.client)
    page = await person.read("/me")
    before = page.partition("?before=")[2].partition("#")[0]
    older = await person.read(f"/me?before={before}")
    assert page.count('class="number" href="/reports/') == 20
    assert older.count('class="number" href="/reports/') == 1
    await person.read("/me?before=nothing", 404)
    await person.read("/cases?before=nothing", 404)
    assert "还没有案卷" in await person.read("/cases")


async def test_a_copy_a_restriction_and_a_deletion(api: Api) -> None:
    person = await reader(api)
    report_id = await report(person.client, narrative=TOLD)
    await new_case(person.client, report_id, statement="案卷里的话")
    assert TOLD not in await person.read("/me/copy")
    shown = await person.read("/me/copy?shown=1")
    assert TOLD in shown
    assert "案卷里的话" in shown
    file = await person.browser.get("/me/copy.json")
    assert file.json()["subject"] == "reporter"
    assert file.headers["Content-Disposition"].startswith("attachment")

    await person.send("/me/restriction")
    assert "现在：已暂停" in await person.read("/me/restriction")
    refused = await person.send("/cases/new", 409, report_ids=[report_id], statement="不能丢")
    assert "已暂停使用自己的举报" in refused.text
    assert "不能丢" in refused.text
    await person.send("/me/restriction", release="1")
    assert "现在：正常使用" in await person.read("/me/restriction")

    first = await person.read("/me/delete")
    assert "永久删除</button>" not in first
    assert "保留 30 天" in first
    assert "永久删除</button>" in await person.read("/me/delete?sure=1")
    gone = await person.send("/me/delete")
    assert "Max-Age=0" in gone.headers["Set-Cookie"]
    assert "已删除" in await person.read(gone.headers["Location"])
    assert "请输入找回码" in await person.read("/me", 401)  # the session is void, even if a browser kept it
    assert (await person.client.get("/v1/reports")).status_code == 401


async def test_what_was_written_stays_while_the_database_is_unavailable(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = await reader(api)
    report_id = await report(person.client)
    case_id = (await new_case(person.client, report_id))["case_id"]

    @asynccontextmanager
    async def gone(_self: Database) -> AsyncIterator[None]:
        raise DatabaseUnavailableError
        yield

    monkeypatch.setattr(Database, "connection", gone)
    for path, field in (
        ("/cases/new", "statement"),
        (f"/cases/{case_id}/change", "statement"),
        (f"/cases/{case_id}/follow/institution", "note"),
    ):
        page = (await person.send(path, 503, **{field: TOLD + "<b>", "once": "x" * 24})).text
        assert f'name="{field}"' in page
        assert f"{TOLD}&lt;b&gt;</textarea>" in page
        assert f'action="{path}"' in page
        assert 'value="xxxxxxxxxxxxxxxxxxxxxxxx"' in page
    english = (await person.send(f"/en/cases/{case_id}/change", 503, statement=TOLD)).text
    assert f'action="/en/cases/{case_id}/change"' in english
    away = await person.browser.post(f"/reports/{report_id}/evidence", files={"file": b"x"})
    assert away.status_code == 503
    assert away.headers["Retry-After"]
    assert "GET /v1" not in await person.read("/me", 503)


async def test_every_page_of_a_reporter_needs_a_session_that_is_not_over(api: Api) -> None:
    person = await reader(api)
    paths = {
        one.path.replace("{", "").replace("}", "")
        for one in load_api().state.operations
        if one.visitor is Visitor.REPORTER and one.method == "GET" and one.path.startswith("/en")
    }
    person.sign_in(idle=timedelta(minutes=31))
    assert len(paths) > 15
    for path in paths:
        assert "Enter your recovery code" in await person.read(path, 401), path


async def test_what_was_written_is_there_to_be_copied_when_the_session_ended_meanwhile(api: Api) -> None:
    person = await reader(api)
    case_id = (await new_case(person.client))["case_id"]
    person.sign_in(idle=timedelta(minutes=31))
    page = (await person.send(f"/cases/{case_id}/change", 401, statement=TOLD + "<b>", once="x" * 24)).text
    assert f"{TOLD}&lt;b&gt;</textarea>" in page
    assert "xxxx" not in page
    code = "9" * 26
    assert code not in (await person.send("/enter", 422, code=code)).text


@pytest.mark.parametrize("code", sorted(PROBLEMS))
def test_problems_tell_people_what_to_press(code: str) -> None:
    problem = PROBLEMS[code]
    for text in (problem.zh, problem.en, problem.advice_zh, problem.advice_en):
        for word in ("POST", "GET ", "DELETE", "/v1", "Retry-After", "consent_text", "multipart"):
            assert word not in text
    assert problem.zh.format(**problem.example)
    assert problem.en.format(**problem.example)
