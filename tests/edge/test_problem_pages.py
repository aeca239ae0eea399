"""The `type` of every problem is the address of a page that explains it, in both languages, and loads nothing."""

import base64
import hashlib
import re

import pytest

from service.edge.problems import CATALOGUE
from tests.clients import Api

BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


async def test_the_type_of_a_problem_is_the_address_of_its_page(api: Api) -> None:
    client = await api.client()
    problem = (await client.get("/v1/reports")).json()
    page = await client.get(problem["type"], headers=BROWSER)
    assert page.status_code == 200
    assert page.headers["Content-Type"].startswith("text/html")
    assert "缺少密钥或令牌" in page.text
    assert "HTTP 401" in page.text


async def test_every_problem_is_explained_in_both_languages(api: Api) -> None:
    client = await api.client()
    everything = (await client.get("/problems")).text
    for problem in CATALOGUE:
        assert f'href="{problem.type}"' in everything
        page = (await client.get(problem.type)).text
        for text in (problem.title_zh, problem.title_en):
            assert text in page
        assert page.index('lang="zh-CN"><h1>') < page.index('lang="en"><h1>')
        assert not re.search(r"\{[a-z_]*(_zh|_en|limit|size|scope|since|hours)\}", page), problem.code


async def test_a_page_is_small_and_loads_nothing(api: Api) -> None:
    client = await api.client()
    for path in ("/problems", "/problems/too_many_requests"):
        page = await client.get(path)
        (style,) = re.findall("<style>(.*?)</style>", page.text, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
        policy = page.headers["Content-Security-Policy"]
        assert policy.startswith(f"default-src 'none'; style-src 'sha256-{digest}';")
        assert "unsafe" not in policy
        assert page.headers["X-Content-Type-Options"] == "nosniff"
        assert '<meta name="viewport" content="width=device-width' in page.text
        assert not re.search(r"<(script|img|link|iframe|form)|\bon\w+=|//|style=", page.text)
        assert len(page.content) < 20_000


async def test_programs_get_the_same_as_json(api: Api) -> None:
    client = await api.client()
    for accept in (
        "application/json",
        "application/problem+json",
        "text/html;q=0.1, application/json",
        "application/*",
    ):
        answer = await client.get("/problems/invalid_request", headers={"Accept": accept})
        assert answer.headers["Content-Type"] == "application/json", accept
        assert answer.headers["Vary"] == "Accept"
        assert answer.json()["status"] == 422
    listed = (await client.get("/problems", headers={"Accept": "application/json"})).json()["problems"]
    assert [one["code"] for one in listed] == [problem.code for problem in CATALOGUE]
    assert all(one["advice_zh"] and one["advice_en"].isascii() for one in listed)


@pytest.mark.parametrize(
    "accept", ["", "*/*", "text/html", "text/*", "application/json;q=0.2, text/html", "x", ";q=,"]
)
async def test_everybody_else_gets_the_page(api: Api, accept: str) -> None:
    client = await api.client()
    answer = await client.get("/problems/invalid_request", headers={"Accept": accept})
    assert answer.headers["Content-Type"].startswith("text/html")


async def test_what_is_no_problem_is_not_found(api: Api) -> None:
    client = await api.client()
    assert (await client.get("/problems/nothing")).status_code == 404
    assert (await client.get("/problems/NOTHING")).status_code == 422
