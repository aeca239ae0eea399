"""From a screenshot to reports: what is doubtful is never chosen beforehand, and nothing is reported unconfirmed."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import replace as dataclass_replace
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest

from service.days import CHINA
from service.screens.schemas import DraftCall, DraftTime, Place, ScreenDraft
from tests.clients import Api
from tests.pages.conftest import Person, once_in

People = Callable[..., Awaitable[Person]]
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 100
YESTERDAY = datetime.now(CHINA).date() - timedelta(days=1)


def call(
    number: str | None, day: date | None = YESTERDAY, doubts: list[Any] | None = None, **more: Any
) -> DraftCall:
    """A row of a call list that came in at 21:30."""
    clock = time(21, 30)
    at = datetime.combine(day, clock, CHINA) if day else None
    plain: dict[str, Any] = {
        "shown": number or "张三", "number": number, "number_kind": None, "count": 1,
        "time": DraftTime(shown=None, day=day, clock=clock, at=at, precision_seconds=60), "direction": "incoming",
        "connected": None, "duration_seconds": None, "ring_seconds": None, "label": None, "doubts": doubts or [],
        "place": Place(top=0, bottom=1),
    }  # fmt: skip
    return DraftCall(**(plain | more))


class Reader:
    """Reads the same draft from every picture."""

    def __init__(self, *calls: DraftCall) -> None:
        self.calls = list(calls)
        self.asked: list[date | datetime | None] = []

    async def read(self, _content: bytes, taken: date | datetime | None, **_: object) -> ScreenDraft:
        self.asked.append(taken)
        return ScreenDraft(
            kind="calls",
            taken=taken,
            taken_from=None,
            asks=[],
            width=1,
            height=1,
            calls=self.calls,
            messages=[],
            lines=[],
        )

    async def close(self) -> None:
        """There is nothing to close."""


@pytest.fixture
async def somebody(api: Api, person: People, monkeypatch: pytest.MonkeyPatch) -> Person:
    """Somebody who has begun a session at the page of screenshots."""
    monkeypatch.setattr("service.pages.screens.is_available", lambda: True)
    monkeypatch.setattr("service.screens.router.require_available", lambda: None)
    await api.publish()
    made = await person()
    page = await made.get("/screens")
    begun = await made.send("/screens/start", {"once": once_in(page), "altcha": await made.proof()})
    assert begun.url.path == "/screens"
    return made


async def read(somebody: Person, content: bytes = PNG, status: int = 200, **fields: str) -> str:
    """Send a picture; gives the page that follows."""
    files = {"file": ("屏幕.png", content, "image/png")}
    answer = await somebody.client.post("/screens", files=files, data=fields)
    assert answer.status_code == status, answer.text[:2000]
    return answer.text


def fields_of(page: str) -> dict[str, str]:
    """What a browser would send of the rows as they stand."""
    found = {}
    for tag in re.findall(r"<input [^>]*>", page):
        name, value = re.search(r'name="([^"]+)"', tag), re.search(r'value="([^"]*)"', tag)
        if name and ('type="checkbox"' not in tag or " checked" in tag) and 'type="radio"' not in tag:
            found[name[1]] = value[1] if value else ""
    return found


async def test_rows_without_doubt_are_confirmed_by_one_tap(api: Api, somebody: Person) -> None:
    api.state["screens"] = reader = Reader(
        call("+8619790001234"), call("+8619790001235"), call("+8619790001236", direction="outgoing")
    )
    page = await read(somebody, made_at=YESTERDAY.isoformat())
    assert reader.asked == [YESTERDAY]
    assert await api.count("reports") == 0
    fields = fields_of(page)
    answer = await somebody.send("/screens/reports", fields)
    assert answer.url.path == "/me"
    rows = await api.fetch("SELECT number, occurred_at FROM reports ORDER BY number")
    assert [row["number"] for row in rows] == ["+8619790001234", "+8619790001235"]
    assert {row["occurred_at"].astimezone(CHINA).time() for row in rows} == {time(21, 30)}
    await somebody.send("/screens/reports", fields)  # a second tap
    assert await api.count("reports") == 2


async def test_what_is_doubtful_is_marked_and_not_chosen(api: Api, somebody: Person) -> None:
    api.state["screens"] = Reader(
        call("+8619790001234", doubts=["number_unsure"]),
        call(None, doubts=["number_missing"]),
        call("+8619790001235", None),
    )
    page = await read(somebody)
    assert "号码可能没有读对" in page
    fields = fields_of(page)
    assert not [name for name in fields if name.startswith("chosen-")]
    await somebody.send("/screens/reports", fields, 422)
    page = (await somebody.send("/screens/reports", fields | {"chosen-2": "1"}, 422)).text
    assert 'id="day-2-error"' in page
    assert "号码可能没有读对" in page  # the mark stays
    page = (await somebody.send("/screens/reports", fields | {"chosen-1": "1", "number-1": "12"}, 422)).text
    assert 'id="number-1-error"' in page
    assert await api.count("reports") == 0
    await somebody.send("/screens/reports", fields | {"chosen-2": "1", "day-2": YESTERDAY.isoformat()})
    assert await api.count("reports") == 1


async def test_after_a_refusal_corrected_rows_are_reported_and_the_others_not_twice(
    api: Api, somebody: Person
) -> None:
    api.state["screens"] = Reader(call("+8619790001234"), call("+8619790001235"))
    few = api.settings.model_copy(update={"report_limit_per_hour": 1})
    whole = api.state["context"]
    fields = fields_of(await read(somebody))
    for wrong in ("²", "9" * 5000, "-1"):
        await somebody.send("/screens/reports", fields | {"duration-0": wrong}, 422)
    api.state["context"] = dataclass_replace(whole, settings=few)
    await somebody.send("/screens/reports", fields, 429)
    assert await api.count("reports") == 1
    api.state["context"] = whole
    del fields["chosen-0"]  # the second row has another place now
    await somebody.send("/screens/reports", fields | {"number-1": "197 9000 1236"})
    await somebody.send("/screens/reports", fields | {"number-1": "197 9000 1237"})
    assert await api.count("reports") == 3


@pytest.mark.parametrize(
    ("content", "fields", "said"),
    [
        (b"no picture", {}, "不是 PNG、JPEG 或 WebP"),
        (PNG + b"\0" * 11_000_000, {}, "超过 10 MB"),
        (PNG, {"made_at": "yesterday"}, "应为日期"),
        (PNG, {"made_at": "2999-01-01"}, "时间在将来"),
    ],
)
async def test_a_picture_that_is_none_is_refused_in_words(
    api: Api, somebody: Person, content: bytes, fields: dict[str, str], said: str
) -> None:
    api.state["screens"] = Reader()
    answer = await somebody.client.post(
        "/screens", files={"file": ("a.png", content, "image/png")}, data=fields
    )
    assert answer.status_code in (413, 422)
    assert said in answer.text


async def test_a_screen_without_rows_says_so_and_what_to_do(api: Api, somebody: Person) -> None:
    api.state["screens"] = Reader()
    assert "没有读出来电或短信" in await read(somebody)


async def test_without_the_reader_the_page_says_so(
    api: Api, person: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.pages.screens.is_available", lambda: False)
    assert "没有安装读图的程序" in await (await person()).get("/screens")
