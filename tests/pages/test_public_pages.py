"""Looking up, reporting, coming back: the pages that need nothing but a number."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from service.days import CHINA
from service.edge.context import Context
from service.edge.problems import DATABASE_UNAVAILABLE, ProblemError
from service.pages.signing_up import WAIT
from service.settings import Settings
from tests.clients import Api, report_row
from tests.pages.conftest import Person, once_in

People = Callable[..., Awaitable[Person]]


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[[timedelta], None]:
    """Moves the service's clock."""
    first = Context.now

    def move(by: timedelta) -> None:
        monkeypatch.setattr(Context, "now", lambda self: first(self) + by)

    return move


async def test_a_look_up_is_answered_in_words_and_leaves_no_number_in_the_address(
    api: Api, person: People
) -> None:
    await api.publish()
    somebody = await person()
    answer = await somebody.send("/number", {"number": "197 9000 1234"})
    assert "没有足够的举报可以公布" in answer.text
    assert "这不代表它安全" in answer.text
    assert not re.search(r"1979000|197%20", str(answer.url))
    assert "1234" not in re.search(r"<title>(.*?)</title>", answer.text)[1]  # type: ignore[index]
    english = await somebody.send("/en/number", {"number": "197 9000 1234"})
    assert english.url.path == "/en/number"
    assert "That does not mean it is safe." in english.text


async def test_a_listed_number_says_how_many_and_why(api: Api, person: People) -> None:
    await api.insert([report_row() for _ in range(40)])
    await api.publish()
    somebody = await person()
    page = (await somebody.send("/number", {"number": "197 9000 1234"})).text
    assert re.search(r'class="verdict (suspected|confirmed)"', page)
    assert "恐吓威胁" in page
    q = re.search(r"/number/why\?q=([\w-]+)", page)
    assert q is not None
    assert "满足" in await somebody.get(f"/number/why?q={q[1]}")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "未显示"),
        ("12", "号码太短"),
        ("197****1234", "第 4 个字符处有数字被遮住或缺少"),
        ("<script>", "这不是电话号码"),
    ],
)
async def test_what_is_no_number_is_told_at_the_field_and_kept(
    api: Api, person: People, text: str, said: str
) -> None:
    await api.publish()
    answer = await (await person()).client.post("/number", data={"number": text})
    assert said in answer.text
    if answer.status_code == 422:
        assert 'id="number-error"' in answer.text
        assert "<script>" not in answer.text.partition("<main")[2]


async def test_a_link_to_a_result_is_over_after_an_hour_and_cannot_be_made(
    api: Api, person: People, later: Callable[[timedelta], None]
) -> None:
    await api.publish()
    somebody = await person()
    address = str((await somebody.send("/number", {"number": "197 9000 1234"})).url)
    later(timedelta(minutes=59))
    await somebody.get(address)
    later(timedelta(minutes=61))
    assert "再查一次" in await somebody.get(address, 410)
    for wrong in ("", "?q=", "?q=AAAA", f"?{address.partition('?')[2]}x", "?q=" + "A" * 5000):
        await somebody.get(f"/number{wrong}", 410)


async def test_a_first_report_shows_the_recovery_code_once(api: Api, person: People) -> None:
    await api.publish()
    somebody = await person()
    address = await somebody.report(narrative="对方威胁要上门")
    code = re.search(r'id="code">([0-9A-Z-]+)<', somebody.receipt)
    assert code is not None
    assert len(code[1].replace("-", "")) == 26
    again = await somebody.get(address)
    assert code[1] not in again
    assert "对方威胁要上门" in again
    elsewhere = await person("198.51.100.9")
    await elsewhere.get(address, 401)
    for written in (code[1].lower(), code[1].replace("-", " "), code[1].replace("0", "o").replace("1", "l")):
        answer = await elsewhere.client.post("/enter", data={"code": written}, follow_redirects=False)
        assert answer.status_code == 303
        assert "对方威胁要上门" in await elsewhere.get(address)
    assert "找回码不对" in (await elsewhere.send("/enter", {"code": "9C5J"}, 422)).text


async def test_a_second_tap_reports_once_and_signs_up_once(api: Api, person: People) -> None:
    await api.publish()
    somebody = await person()
    page = await somebody.get("/report")
    filled = {"number": "197 9000 1234", "once": once_in(page), "altcha": await somebody.proof()}
    first = await somebody.client.post("/report", data=filled, follow_redirects=False)
    another = await person()  # the first answer never arrived
    second = await another.client.post("/report", data=filled, follow_redirects=False)
    assert first.status_code == second.status_code == 303
    assert first.headers["location"].partition("?")[0] == second.headers["location"].partition("?")[0]
    assert (await api.count("reports"), await api.count("reporters")) == (1, 1)


async def test_a_second_tap_a_minute_later_is_the_same_report_and_other_words_are_another(
    api: Api, person: People, later: Callable[[timedelta], None]
) -> None:
    await api.publish()
    somebody = await person()
    await somebody.report(number="197 9000 1230")
    filled = {"number": "197 9000 1234", "once": once_in(await somebody.get("/report"))}
    first = await somebody.send("/report", filled)
    later(timedelta(minutes=2))
    second = await somebody.send("/report", filled)
    assert first.url.path == second.url.path
    assert await api.count("reports") == 2
    await somebody.send("/report", filled | {"narrative": "补充了经过"})  # such as after going back
    assert await api.count("reports") == 3


async def test_a_receipt_needs_no_replica(api: Api, person: People) -> None:
    somebody = await person()
    await somebody.report()  # nothing was ever published
    assert "举报已收到" in somebody.receipt


async def test_without_script_one_waits_and_nothing_is_lost(
    api: Api, person: People, later: Callable[[timedelta], None]
) -> None:
    await api.publish()
    somebody = await person()
    filled = {
        "number": "197 9000 1234",
        "narrative": "一“二”<三>",
        "once": once_in(await somebody.get("/report")),
    }
    page = (await somebody.send("/report", filled)).text
    hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page))
    assert hidden["narrative"] == "一“二”&lt;三&gt;"
    again = filled | {"ticket": hidden["ticket"]}
    assert "再等" in (await somebody.send("/report", again, 425)).text
    later(WAIT)
    stranger = await person("198.51.100.9")
    assert "请等 20 秒" in (await stranger.send("/report", again)).text  # it is bound to the network
    assert "一“二”&lt;三&gt;" in (await somebody.send("/report", again)).text
    other = await person()
    used = again | {"once": once_in(await other.get("/report"))}
    assert "请等 20 秒" in (await other.send("/report", used)).text
    assert await api.count("reports") == 1


async def test_what_is_wrong_with_a_report_is_told_at_each_field(api: Api, person: People) -> None:
    somebody = await person()
    page = (
        await somebody.send(
            "/report",
            {"number": "197 9000 12", "when": "earlier", "narrative": "字" * 2001, "once": "x" * 24},
            422,
        )
    ).text
    for name in ("number", "narrative"):
        assert f'id="{name}-error"' in page
        assert f'href="#{name}"' in page
    assert "197 9000 12" in page
    for wrong, name in (
        ({"when": "today"}, "hour"),
        ({"when": "today", "hour": "²"}, "hour"),
        ({"when": "today", "hour": "9" * 5000}, "hour"),
        ({"when": "earlier", "hour": "3"}, "day"),
    ):
        page = (await somebody.send("/report", {"number": "197 9000 1234", **wrong}, 422)).text
        assert f'id="{name}-error"' in page


async def test_who_does_not_know_the_hour_says_so_and_reads_only_the_day(api: Api, person: People) -> None:
    await api.publish()
    somebody = await person()
    await somebody.report(when="yesterday", hour="unknown")
    ((known, occurred_at),) = await api.fetch("SELECT time_known, occurred_at FROM reports")
    assert known is False
    day = occurred_at.astimezone(CHINA)
    assert f"<dd>{day.year}年{day.month}月{day.day}日</dd>" in somebody.receipt


async def test_words_suggest_what_it_was_and_choose_nothing(api: Api, person: People) -> None:
    somebody = await person()
    told = {"number": "197 9000 1234", "narrative": "他说要弄死我全家，还骂我是狗", "help": "1"}
    page = (await somebody.send("/report", told)).text
    suggested = page.partition('id="suggested"')[2].partition("</div>")[0]
    assert "恐吓威胁" in suggested
    assert "弄死" in suggested
    assert "checked" not in page.partition('<fieldset id="violations">')[2].partition("</fieldset>")[0]
    assert "弄死我全家" in page.partition("<textarea")[2]
    assert await api.count("reports") == 0


async def test_what_was_written_stays_in_the_form_while_the_database_is_away(
    api: Api, person: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    await api.publish()
    somebody = await person()
    await somebody.report()

    async def away(*_: object, **__: object) -> None:
        raise ProblemError(DATABASE_UNAVAILABLE)

    monkeypatch.setattr("service.pages.reporting.submit", away)
    page = (
        await somebody.send(
            "/report", {"number": "197 9000 1235", "narrative": "没存上的话", "violations": ["insult"]}, 503
        )
    ).text
    assert "没存上的话" in page
    assert "您的内容还在这一页" in page
    assert re.search(r'value="insult" checked', page)


async def test_a_report_is_taken_back(api: Api, person: People) -> None:
    await api.publish()
    somebody = await person()
    address = await somebody.report()
    page = (await somebody.send(f"{address}/retract", {})).text
    assert "不再计入" in page
    stranger = await person("198.51.100.9")
    await stranger.report()
    await stranger.get(address, 404)
    await stranger.send(f"{address}/retract", {}, 404)


async def test_where_to_turn_answers_everybody_and_asks_what_it_does_not_know(person: People) -> None:
    somebody = await person()
    assert 'id="found"' not in await somebody.get("/where")
    page = await somebody.get("/where?violation=threat&relation=third_party&respondent=bank")
    assert 'href="tel:110"' in page
    assert "按这个顺序试" in page
    assert "待核实" in page
    await somebody.get("/where?violation=nonsense")
    await somebody.get("/where?violation=threat&relation=nonsense", 422)


async def test_the_foot_of_every_page_names_operator_and_filing(
    settings: Settings, api: Api, person: People
) -> None:
    named = settings.model_copy(update={"operator": "某某中心", "site_note": "京ICP备00000000号"})
    api.state["context"] = replace(api.state["context"], settings=named)
    page = await (await person()).get("/")
    assert "某某中心" in page
    assert "京ICP备00000000号" in page
