"""Nothing is let through: other sites' forms, altered and ended sessions, other people's pages."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from service.edge.context import Context
from service.edge.declared import Visitor
from service.edge.sessions import COOKIES, IDLE, OWN, Session
from service.pages.render import HEADERS
from service.settings import Settings
from tests.clients import Api
from tests.pages.conftest import Person, once_in

People = Callable[..., Awaitable[Person]]


@pytest.mark.parametrize(
    ("headers", "is_own"),
    [
        ({"sec-fetch-site": "same-origin"}, True),
        ({"sec-fetch-site": "none"}, True),
        ({"sec-fetch-site": "cross-site"}, False),
        ({"sec-fetch-site": "same-site"}, False),
        ({"sec-fetch-site": "cross-site", "origin": "https://dunwatch"}, False),
        ({"sec-fetch-site": "", "origin": "https://dunwatch"}, False),
        ({"origin": "https://dunwatch"}, True),
        ({"origin": "https://dunwatch:8443"}, False),
        ({"origin": "https://dunwatch.example"}, False),
        ({"origin": "null"}, False),
        ({"origin": ""}, False),
        ({}, False),
    ],
)
async def test_only_own_forms_are_taken(
    api: Api, person: People, headers: dict[str, str], is_own: bool
) -> None:
    await api.publish()
    somebody = await person()
    for name in ("sec-fetch-site", "origin"):
        del somebody.client.headers[name]
    answer = await somebody.client.post(
        "/number", data={"number": "197 9000 1234"}, headers=headers, follow_redirects=False
    )
    assert answer.status_code == (303 if is_own else 403)
    if not is_own:
        assert "这个表单不是从本站提交的" in answer.text


async def test_every_page_carries_the_headers_that_keep_it_safe(api: Api, person: People) -> None:
    await api.publish()
    somebody = await person()
    address = await somebody.report()
    for path, status in (
        ("/", 200), ("/en", 200), ("/report", 200), ("/enter", 200), ("/nothing", 404), (address, 200), ("/number", 410),
    ):  # fmt: skip
        answer = await somebody.client.get(path)
        assert answer.status_code == status, path
        for name, value in HEADERS.items():
            assert answer.headers[name] == value, (path, name)
        assert answer.headers["content-type"] == "text/html; charset=utf-8"


async def test_an_altered_or_foreign_cookie_opens_nothing(api: Api, person: People) -> None:
    await api.publish()
    somebody = await person()
    address = await somebody.report()
    name = COOKIES[Visitor.REPORTER]
    good = somebody.client.cookies[name]
    now = api.state["context"].now()
    who = (await api.fetch("SELECT reporter FROM reporters"))[0]["reporter"]
    of_owner = Session.begin(Visitor.OWNER, who, now=now).cookie(api.keys).partition("=")[2].partition(";")[0]
    last = "A" if good.rstrip("=")[-3] != "A" else "B"
    altered = good[:-4] + last + good[-3:]
    for cookie in ("", "x", good[:-8], altered, good + "AAAA", of_owner, "A" * 600, "é"):
        stranger = await person("198.51.100.9")
        answer = await stranger.client.get(address, headers={b"Cookie": f"{name}={cookie}".encode()})
        assert answer.status_code == 401, cookie
    stranger = await person("198.51.100.9")
    assert (await stranger.client.get(address, headers={"Cookie": f"{name}={good}"})).status_code == 200


@pytest.mark.parametrize(("telephone", "lasts"), [("shared", IDLE), ("own", OWN)])
async def test_a_session_ends_by_itself(
    api: Api, person: People, monkeypatch: pytest.MonkeyPatch, telephone: str, lasts: timedelta
) -> None:
    await api.publish()
    somebody = await person()
    address = await somebody.report(telephone=telephone)
    cookie = {"Cookie": f"{COOKIES[Visitor.REPORTER]}={somebody.client.cookies[COOKIES[Visitor.REPORTER]]}"}
    stranger = await person("198.51.100.9")
    first = Context.now
    for by, status in ((lasts - timedelta(minutes=1), 200), (lasts + timedelta(minutes=1), 401)):
        monkeypatch.setattr(Context, "now", lambda self, by=by: first(self) + by)
        stranger.client.cookies.clear()
        assert (await stranger.client.get(address, headers=cookie)).status_code == status


async def test_signing_out_everywhere_ends_stolen_sessions_at_once(api: Api, person: People) -> None:
    await api.publish()
    somebody = await person()
    address = await somebody.report()
    name = COOKIES[Visitor.REPORTER]
    stolen = {"Cookie": f"{name}={somebody.client.cookies[name]}"}
    stranger = await person("198.51.100.9")
    assert (await stranger.client.get(address, headers=stolen)).status_code == 200
    stranger.client.cookies.clear()
    await somebody.send("/sign-out", {"everywhere": "1"})
    assert name not in somebody.client.cookies
    assert (await stranger.client.get(address, headers=stolen)).status_code == 401


async def test_leaving_ends_the_session_of_a_shared_telephone_alone(api: Api, person: People) -> None:
    await api.publish()
    for telephone, remains in (("shared", False), ("own", True)):
        somebody = await person()
        await somebody.report(telephone=telephone, number=f"197 9000 12{len(telephone):02}")
        answer = await somebody.client.post("/leave", follow_redirects=False)
        assert answer.headers["location"] == api.settings.exit_url
        assert (COOKIES[Visitor.REPORTER] in somebody.client.cookies) == remains


async def test_cookies_mean_nothing_to_the_api_and_tokens_nothing_to_pages(api: Api, person: People) -> None:
    await api.publish()
    somebody = await person()
    address = await somebody.report()
    assert (await somebody.client.get("/v1/reports")).status_code == 401
    reporter = await api.reporter()
    stranger = await person("198.51.100.9", Authorization=reporter.headers["authorization"])
    await stranger.get(address, 401)


async def test_guessing_recovery_codes_is_stopped(api: Api, person: People) -> None:
    somebody = await person()
    code = "9C5JGBCRA7G3C96V7WJXAJZ5A3"
    for _ in range(10):
        await somebody.send("/enter", {"code": code}, 422)
    answer = await somebody.send("/enter", {"code": code}, 429)
    assert int(answer.headers["retry-after"]) <= 3600


async def test_a_network_may_sign_up_more_by_pages_and_store_no_more(
    api: Api, person: People, settings: Settings
) -> None:
    few = settings.model_copy(
        update={"signup_limit_per_hour": 1, "report_limit_per_hour": 2, "page_signups_per_hour": 3}
    )
    api.state["context"] = replace(api.state["context"], settings=few)
    await api.publish()
    for place in range(2):
        await (await person(f"203.0.113.{place}")).report()
    somebody = await person()
    page = await somebody.get("/report")
    filled = {"number": "197 9000 1234", "once": once_in(page), "altcha": await somebody.proof()}
    await somebody.send("/report", filled, 429)
    assert (await api.count("reports"), await api.count("reporters")) == (2, 3)
    another = await person()
    filled |= {"once": once_in(await another.get("/report")), "altcha": await another.proof()}
    await another.send("/report", filled, 429)
    assert await api.count("reporters") == 3
    elsewhere = await person("198.51.100.9")
    await elsewhere.report()
