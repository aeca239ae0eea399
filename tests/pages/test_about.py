"""Pages about the service: what it is, what it stores, the rules it cites, and its ledger."""

import re
from collections.abc import Awaitable, Callable

import pytest

from service.days import CHINA
from service.pages.visit import PUBLIC
from service.rights.notice import privacy_notice
from service.rules.catalogue import shipped_catalogue
from tests.clients import Api
from tests.pages.conftest import Person

People = Callable[..., Awaitable[Person]]
PAGES = (
    "/about",
    "/about/privacy",
    "/about/rules",
    "/about/rules/psapl.50.1",
    "/about/channels",
    "/about/ledger",
)


async def test_everybody_may_keep_them_and_nobody_with_a_session(api: Api, person: People) -> None:
    await api.publish()
    somebody, reporter = await person(), await person()
    await reporter.report()
    for path in PAGES:
        for prefix in ("", "/en"):
            answer = await somebody.client.get(prefix + path)
            assert answer.status_code == 200, path
            assert answer.headers["cache-control"] == PUBLIC, path
            assert "set-cookie" not in answer.headers
            assert not re.search(r"\{\{|\}\}|\{%|\bNone\b", answer.text.partition("<main")[2]), path
        assert (await reporter.client.get(path)).headers["cache-control"] == "no-store, no-transform", path


async def test_the_page_about_the_service_says_what_it_cannot_do_and_who_runs_it(
    api: Api, person: People
) -> None:
    somebody = await person()
    page = await somebody.get("/about")
    for said in (
        "不承诺准确率",
        "来电显示可以伪造",
        "相似，不是证据",
        "运营者没有写明自己是谁",
        "至少要有 3 个人指认",
    ):
        assert said in page
    context = api.state["context"]
    settings = api.settings.model_copy(
        update={"operator": "某某中心 <010-12345678>", "publish_min_reporters": 7}
    )
    api.state["context"] = context.__class__(
        settings=settings,
        **{name: getattr(context, name) for name in ("database", "keys", "limiter", "metrics", "find_key")},
    )
    page = await somebody.get("/en/about")
    assert "某某中心 &lt;010-12345678&gt;" in page
    assert "At least 7 people" in page
    assert "It promises no accuracy" in page


async def test_the_notice_is_whole_in_the_language_of_the_page(api: Api, person: People) -> None:
    somebody = await person()
    zh, en = await somebody.get("/about/privacy"), await somebody.get("/en/about/privacy")
    notice = privacy_notice(api.settings)
    for table in notice.tables:
        assert table.holds.zh in zh
        assert table.fields[0].retention.zh in zh
        for field in table.fields:
            assert f"<code>{field.name}</code>" in zh
            assert field.meaning.zh in zh
    for one in notice.browser:
        assert f"<code>{one.name}</code>" in en
    for right in notice.rights:
        assert right.what.zh in zh
        assert right.what.en in en
    assert not re.search("[\u4e00-\u9fff]", en.partition("<main")[2].partition("</main>")[0])


async def test_rules_stand_apart_from_norms_with_status_source_and_dates(person: People) -> None:
    somebody = await person()
    page = await somebody.get("/about/rules")
    law, _, norms = page.partition("行业规范（不是法律）</h2>")
    for rule in shipped_catalogue().rules.values():
        link = f'href="/about/rules/{rule.id}"'
        assert link in page
        if rule.basis == "norm":
            assert link in norms
    assert 'href="/about/rules/psapl.50.1"' in law
    one = await somebody.get("/about/rules/psapl.50.1")
    for said in ("官方文本副本", "已核实", "原文核实于 2026年11月25日", "施行日期：2026年1月1日", "恐吓威胁"):
        assert said in one
    norm = await somebody.get("/en/about/rules/nifa2018")
    assert "A norm of the trade (not law)" in norm
    assert "to be verified" in norm
    assert "不再适用" in await somebody.get("/about/rules/psapl2012.42.1")
    assert "约束谁" in await somebody.get("/about/rules/cl.293-1")


async def test_every_rule_has_a_page_in_both_languages(person: People) -> None:
    somebody = await person()
    for rule in shipped_catalogue().rules.values():
        assert rule.says.zh in await somebody.get(f"/about/rules/{rule.id}")
    for wrong in ("nonsense", "%3Cscript%3E", "psapl.50.1%00", "a" * 300):
        await somebody.get(f"/about/rules/{wrong}", 404)


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("威胁", "psapl.50.1"),
        ("威胁 人身", "psapl.50.1"),
        ("THREATS", "psapl.50.1"),
        ("ｔｈｒｅａｔｓ", "psapl.50.1"),
        ("psapl.50.1", "psapl.50.1"),
        ("", "nifa2018"),
        ("威胁 没有这个词", None),
        ("<script>alert(1)</script>", None),
        ("%", None),
        ("字" * 5000, None),
    ],
)
async def test_a_search_leaves_what_has_all_of_its_words(
    person: People, words: str, found: str | None
) -> None:
    somebody = await person()
    answer = await somebody.client.get("/about/rules", params={"words": words})
    assert answer.status_code == 200
    main = answer.text.partition("<main")[2]
    assert (f'href="/about/rules/{found}"' in main) if found else "没有找到" in main
    assert "<script" not in main
    assert len(answer.text) < 200_000


async def test_channels_are_listed_with_telephone_deadlines_and_source(api: Api, person: People) -> None:
    somebody = await person()
    page = await somebody.get("/about/channels")
    today = api.state["context"].now().astimezone(CHINA).date()
    for channel in shipped_catalogue().channels.values():
        assert (channel.name.zh in page) == channel.is_in_force(today)
        if channel.telephone:
            assert f'href="tel:{channel.telephone}"' in page
    assert "个工作日" in page
    only = await somebody.get("/about/channels?words=12321")
    assert 'id="12321"' in only
    assert 'id="petition"' not in only
