"""How tests visit pages: a reporter with a session, in a browser without script."""

import re
from datetime import UTC, datetime, timedelta
from html import unescape

import httpx

from service.edge import access
from service.edge.declared import Visitor
from service.edge.person_tokens import issue_token, pseudonym_of
from service.edge.sessions import Session
from service.reports import reporters_store
from service.reports.reporters_store import Links
from tests.clients import Api

HREF = re.compile(r'href="([^"]+)"')
HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')


class Reader:
    """A reporter: a client of the API for what comes first, and a browser with a session for the pages."""

    def __init__(self, api: Api, client: httpx.AsyncClient, browser: httpx.AsyncClient, who: bytes) -> None:
        self.api = api
        self.client = client
        self.browser = browser
        self.who = who

    def sign_in(self, *, idle: timedelta = timedelta(), is_own: bool = False) -> None:
        """Put a session into the browser that was seen last some time ago."""
        session = Session.begin(Visitor.REPORTER, self.who, now=datetime.now(UTC) - idle, is_own=is_own)
        self.browser.headers["Cookie"] = session.cookie(self.api.keys).partition(";")[0]

    async def read(self, path: str, status: int = 200) -> str:
        """A page as text."""
        answer = await self.browser.get(path)
        assert answer.status_code == status, f"{path}: {answer.status_code} {answer.text[:2000]}"
        return unescape(answer.text)

    async def send(self, path: str, status: int = 303, /, **fields: object) -> httpx.Response:
        """Send a form; a list is sent field by field."""
        answer = await self.browser.post(
            path, data={name.replace("__", "."): value for name, value in fields.items()}
        )
        assert answer.status_code == status, f"{path}: {answer.status_code} {unescape(answer.text)[:2000]}"
        return answer


async def reader(api: Api) -> Reader:
    """A new reporter with a session."""
    token = issue_token(api.keys, access.REPORTER_PREFIX)
    who = pseudonym_of(api.keys, token)
    async with api.database.connection() as connection:
        await reporters_store.insert_reporter(connection, who, Links(1, None), datetime.now(UTC), cluster=1)
    browser = await api.client()
    browser.headers["Sec-Fetch-Site"] = "same-origin"
    made = Reader(api, await api.client(token), browser, who)
    made.sign_in()
    return made


def hidden(page: str) -> dict[str, str]:
    """The hidden fields of a page, the first of each name."""
    found: dict[str, str] = {}
    for name, value in HIDDEN.findall(page):
        found.setdefault(name, value)
    return found
