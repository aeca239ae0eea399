"""People at the pages: a browser without script, as far as cookies, forms and redirects go."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack

import html5lib
import httpx
import pytest

from service.reports.reporters import solve_challenge
from tests.clients import Api

SAME_ORIGIN = {"Sec-Fetch-Site": "same-origin", "Accept": "text/html", "Origin": "https://dunwatch"}


class Person:
    """Somebody with a browser: keeps cookies, follows redirects, sends forms as browsers do."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client

    async def get(self, path: str, status: int = 200) -> str:
        """Open a page; gives its HTML."""
        answer = await self.client.get(path)
        assert answer.status_code == status, (answer.status_code, answer.text[:2000])
        require_well_formed(answer)
        return answer.text

    async def send(self, path: str, fields: Mapping[str, object], status: int = 200) -> httpx.Response:
        """Send a form; gives the page that the browser ends at."""
        answer = await self.client.post(path, data=fields)
        assert answer.status_code == status, (answer.status_code, answer.text[:2000])
        require_well_formed(answer)
        return answer

    async def proof(self) -> str:
        """What a browser's script finds while a form is filled in."""
        challenge = (await self.client.get("/v1/reporters/challenge")).json()
        return solve_challenge(challenge)

    async def report(self, **fields: object) -> str:
        """Report a call; gives the address of the receipt."""
        page = await self.get("/report")
        filled = {"number": "197 9000 1234", "violations": ["threat"], "once": once_in(page), **fields}
        if 'name="telephone"' in page:
            filled["altcha"] = await self.proof()
        answer = await self.send("/report", filled)
        assert answer.url.path.startswith("/reports/"), answer.text[:2000]
        self.receipt = answer.text
        return answer.url.path


def require_well_formed(answer: httpx.Response) -> None:
    """Fail on a page that browsers would have to guess at."""
    if answer.headers.get("content-type", "").startswith("text/html"):
        html5lib.HTMLParser(strict=True).parse(answer.text)


def once_in(page: str) -> str:
    """The secret of a form."""
    found = re.search(r'name="once" value="([^"]+)"', page)
    assert found is not None
    return found[1]


@pytest.fixture
async def person(api: Api) -> AsyncIterator[Callable[..., Awaitable[Person]]]:
    """Makes people, each with a browser of their own."""
    async with AsyncExitStack() as stack:

        async def make(address: str = "203.0.113.7", **headers: str) -> Person:
            transport = httpx.ASGITransport(api.app, raise_app_exceptions=False, client=(address, 40000))
            client = httpx.AsyncClient(
                transport=transport,
                base_url="https://dunwatch",
                headers=SAME_ORIGIN | headers,
                follow_redirects=True,
            )
            return Person(await stack.enter_async_context(client))

        yield make
