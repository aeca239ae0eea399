"""A reporter's way through the pages, without script: reports, a case, papers, following through, and what is due."""

import io
import zipfile
from datetime import timedelta
from uuid import uuid4

from service.cases import consent_text
from service.cases.follow_up import today_in_china
from tests.cases.case_requests import consent, happen, new_case, report
from tests.clients import Api
from tests.pages.visitors import hidden, reader

WECHAT = "Mozilla/5.0 (Linux; Android 14) MicroMessenger/8.0.50"


async def test_the_way_of_a_case_without_script(api: Api) -> None:
    person = await reader(api)
    mine = await person.read("/me")
    assert "您还没有举报" in mine
    assert "您还没有举报" not in await person.read("/en/me")
    first, second = await report(person.client, relation="debtor"), await report(person.client)
    form = await person.read(f"/cases/new?report={first}")
    assert f'value="{first}" checked' in form
    assert "不清楚" in form
    fields = {
        "report_ids": [first],
        "respondent__kind": "unknown",
        "statement": "他们每天打电话。",
        "once": "a" * 24,
    }
    there = (await person.send("/cases/new", **fields)).headers["Location"]
    assert (await person.send("/cases/new", **fields)).headers["Location"] == there  # a second tap
    again = (await person.send("/cases/new", **{**fields, "statement": "另一件事。"})).headers["Location"]
    assert again != there  # the same form, sent with other words: another case
    case = await person.read(there)
    assert "他们每天打电话。" in case
    assert "这是谁的债务" not in case  # the report said so: nobody is asked twice
    assert f'value="{second}"' in case
    await person.send(f"{there}/reports", report_ids=[second])
    assert f'value="{second}"' not in await person.read(there)
    await person.send(
        f"{there}/change", respondent__kind="unknown", respondent__name="某某银行", demand="停止来电。"
    )
    changed = await person.read(there)
    assert "停止来电。" in changed
    assert "某某银行" in changed
    assert "他们每天打电话。" not in changed


async def test_papers_and_following_through_without_script(api: Api) -> None:
    person = await reader(api)
    there = f"/cases/{(await new_case(person.client, respondent={'kind': 'unknown', 'name': '某某银行'}))['case_id']}"
    papers = await person.read(f"{there}/papers/12321")
    assert consent_text.TEXT.zh in papers
    await person.send(f"{there}/papers/12321", **hidden(papers))
    papers = await person.read(f"{there}/papers/12321")
    assert "照着填" in papers or "次来电的表" in papers
    assert 'data-copy="field-1-' in papers
    assert "在浏览器打开" not in papers
    person.browser.headers["User-Agent"] = WECHAT
    assert "在浏览器打开" in await person.read(f"{there}/papers/12321")
    statement = await person.read(f"{there}/papers/12321/statement")
    assert "________________" in statement  # to be filled in by hand
    assert 'name="own' not in statement  # what a person writes there is no field of a form
    assert "某某银行" in statement
    pdf = await person.browser.get(f"{there}/papers/12321/statement.pdf")
    assert pdf.content.startswith(b"%PDF")
    assert pdf.headers["Cache-Control"] == "no-store"
    packed = await person.browser.get(f"{there}/papers/12321/package.zip")
    assert "statement.pdf" in zipfile.ZipFile(io.BytesIO(packed.content)).namelist()

    follow = await person.read(f"{there}/follow/12321")
    assert 'value="filed" checked' in follow
    assert 'value="accepted"' not in follow  # nothing may follow but what can
    filed = {"event": "filed", "query_code": "Q-77", "note": "窗口交的", "once": hidden(follow)["once"]}
    await person.send(f"{there}/follow/12321", **filed)
    await person.send(f"{there}/follow/12321", **filed)
    follow = await person.read(f"{there}/follow/12321")
    assert follow.count("Q-77") == 1
    assert "窗口交的" in follow
    await person.send(f"{there}/follow/12321", event="recorded_in_error", once="b" * 24)
    assert "记错了，不算" in await person.read(f"{there}/follow/12321")
    await person.send(f"{there}/papers/12321/stop")
    assert (await person.browser.get(f"{there}/papers/12321/statement")).headers[
        "Location"
    ] == f"{there}/papers/12321"
    await person.send(f"{there}/withdraw")
    assert "案卷已撤回" in await person.read(there)
    assert "案卷已撤回" in await person.read(f"{there}/papers/12321")
    english = await person.read(f"/en{there}")
    assert "The case is withdrawn" in english


async def test_what_is_due_comes_first_and_a_refusal_shows_the_way_on(api: Api) -> None:
    person = await reader(api)
    today = today_in_china(api.state["context"].now())
    case_id = (await new_case(person.client, respondent={"kind": "bank"}))["case_id"]
    long_ago = (today - timedelta(days=400)).isoformat()
    assert (
        await happen(person.client, case_id, "institution", "filed", happened_on=long_ago)
    ).status_code == 201
    mine = await person.read("/me")
    assert mine.index("已过") < mine.index("我的案卷")
    follow = await person.read(f"/cases/{case_id}/follow/institution")
    assert "已经过期，现在这样做" in follow
    refused = await person.send(
        f"/cases/{case_id}/follow/institution",
        422,
        event="rejected",
        happened_on=(today + timedelta(days=1)).isoformat(),
        note="写了很久的备注",
        query_code="K-1",
    )
    assert "写了很久的备注" in refused.text
    assert 'value="K-1"' in refused.text
    assert 'id="happened_on-error"' in refused.text
    await person.send(f"/cases/{case_id}/follow/institution", event="rejected")
    follow = await person.read(f"/cases/{case_id}/follow/institution")
    assert "接下来可以走的路" in follow
    assert "不等于您错了" in follow


async def test_wrong_input_stays_in_the_form_of_a_case(api: Api) -> None:
    person = await reader(api)
    chosen = await report(person.client)
    for fields, chosen_ids, wrong in (
        ({"statement": "字" * 2001}, [chosen], "statement-error"),
        ({"demand": "字" * 501}, [chosen], "demand-error"),
        ({"statement": "写好了"}, [], "report_ids-error"),
        ({"statement": "写好了"}, [str(uuid4())], "report_ids-error"),
        ({"statement": "写好了"}, ["x"], "report_ids-error"),
        ({"respondent__name": "长" * 101}, [chosen], "respondent.name-error"),
        ({"respondent__kind": "nobody"}, [chosen], "respondent.kind-error"),
    ):
        page = (await person.send("/cases/new", 422, report_ids=chosen_ids, **fields)).text
        assert f'id="{wrong}"' in page, fields
        assert fields.get("statement", "") in page
        assert (f'value="{chosen}" checked' in page) == (chosen in chosen_ids or not chosen_ids)


async def test_answers_are_asked_once_and_kept(api: Api) -> None:
    person = await reader(api)
    case_id = (await new_case(person.client))["case_id"]
    page = await person.read(f"/cases/{case_id}")
    assert 'name="relation"' in page
    assert 'value="unknown" checked' in page
    await person.send(f"/cases/{case_id}/answers", relation="third_party", danger="unknown")
    await person.send(f"/cases/{case_id}/answers", danger="no")
    page = await person.read(f"/cases/{case_id}")
    assert 'name="relation"' not in page
    assert 'name="danger"' not in page


async def test_other_peoples_cases_are_not_there(api: Api) -> None:
    person, stranger = await reader(api), await reader(api)
    case_id = (await new_case(person.client))["case_id"]
    await consent(person.client, case_id, "12321")
    base = f"/cases/{case_id}"
    for path in ("", "/change", "/papers/12321", "/papers/12321/statement", "/papers/12321/statement.pdf",
                 "/papers/12321/package.zip", "/follow/12321"):  # fmt: skip
        await stranger.read(base + path, 404)
    for path in (
        "/change",
        "/reports",
        "/answers",
        "/withdraw",
        "/papers/12321",
        "/papers/12321/stop",
        "/follow/12321",
    ):
        fields = {"report_ids": [str(uuid4())], "event": "filed", "text_version": consent_text.VERSION}
        await stranger.send(base + path, 404, **fields)
    await stranger.read("/cases/nothing", 404)
    await person.read(f"{base}/follow/no_such_channel", 404)
    assert await api.count("case_events") == 0
