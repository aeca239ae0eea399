"""A screenshot is answered with a draft, to the reporter who sent it, and nothing of it stays."""

import asyncio
import io
from datetime import UTC, datetime, timedelta

import httpx
import orjson
import pytest
from PIL import Image

from service.edge.access import RateLimit
from service.edge.problems import ProblemError
from service.host.beside import Asker
from service.screens import reader, router
from service.screens.reader import ScreenReader
from service.screens.reading import read, request_of
from tests.clients import Api, text_of_everything

PATH = "/v1/screens"
NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)


def picture(size: tuple[int, int] = (400, 800), kind: str = "PNG", **options: object) -> bytes:
    written = io.BytesIO()
    Image.new("RGB", size, "white").save(written, kind, **options)
    return written.getvalue()


class Draws:
    """Stands for the process that reads: it takes note of what it is sent, and answers with a draft of nothing."""

    def __init__(self) -> None:
        self.asked: list[bytes] = []

    async def do(self, asked: bytes) -> bytes:
        self.asked.append(asked)
        return orjson.dumps(
            {
                "kind": "unknown", "taken": None, "taken_from": None, "asks": [], "width": 1, "height": 1, "calls": [],
                "messages": [], "lines": ["x"],
            }
        )  # fmt: skip

    async def close(self) -> None:
        """There is nothing to end."""


@pytest.fixture
def process(api: Api, monkeypatch: pytest.MonkeyPatch) -> Draws:
    made = Draws()
    monkeypatch.setattr(api.state["screens"], "_alone", made)
    monkeypatch.setattr(reader, "is_available", lambda: True)
    return made


async def test_a_picture_is_read_for_its_reporter_and_not_stored(api: Api, process: Draws) -> None:
    reporter = await api.reporter()
    answer = await reporter.post(f"{PATH}?taken=2026-11-20", content=picture())
    assert answer.status_code == 200, answer.text
    assert answer.json()["lines"] == ["x"]
    assert process.asked[0].startswith(b'{"taken":"2026-11-20"')
    assert picture()[:40].hex() not in await text_of_everything(api.database)
    assert (await (await api.client()).post(PATH, content=picture())).status_code == 401
    assert (await (await api.client("dw_rep_nobody")).post(PATH, content=picture())).status_code == 401


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "screen_refused"),
        (b"no picture", "screen_refused"),
        (b"%PDF-1.4", "screen_refused"),
        (b"GIF89a" + bytes(40), "screen_refused"),
    ],
)
async def test_what_is_no_picture_never_reaches_the_process(
    api: Api, process: Draws, content: bytes, code: str
) -> None:
    answer = await (await api.reporter()).post(PATH, content=content)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert process.asked == []


async def test_a_picture_beyond_ten_megabytes_is_refused_as_it_comes(
    api: Api, process: Draws, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(router, "MOST_BYTES", 100)
    answer = await (await api.reporter()).post(PATH, content=picture())
    assert (answer.status_code, process.asked) == (422, [])


@pytest.mark.parametrize("taken", ["yesterday", "1700000000", "2026-11-20T10:00:00", "2026-13-01", ""])
async def test_a_day_that_is_none_is_refused(api: Api, process: Draws, taken: str) -> None:
    answer = await (await api.reporter()).post(PATH, params={"taken": taken}, content=picture())
    assert answer.status_code == 422


async def test_a_screenshot_of_tomorrow_is_refused(api: Api, process: Draws) -> None:
    taken = (datetime.now(UTC) + timedelta(days=2)).isoformat()
    answer = await (await api.reporter()).post(PATH, params={"taken": taken}, content=picture())
    assert answer.json()["errors"][0]["code"] == "in_the_future"


async def test_sixty_an_hour_are_read_for_a_reporter(
    api: Api, process: Draws, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(router, "SCREENS", RateLimit("screens", 2, 3600))
    reporter = await api.reporter()
    codes = [(await reporter.post(PATH, content=picture())).status_code for _ in range(3)]
    assert codes == [200, 200, 429]
    assert (await (await api.reporter(cluster=2)).post(PATH, content=picture())).status_code == 200


async def test_without_the_reader_it_says_so_and_everything_else_works(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader, "is_available", lambda: False)
    reporter = await api.reporter()
    answer = await reporter.post(PATH, content=picture())
    assert (answer.status_code, answer.json()["code"]) == (501, "screens_unavailable")
    assert (await reporter.get("/v1/reports")).status_code == 200


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"\x89PNG\r\n\x1a\n" + bytes(40), "damaged"),
        (picture()[:60], "damaged"),
        (picture((5000, 5000), optimize=True), "size"),  # its head says so, before anything is unpacked
        (picture((300, 6000)), "size"),
        (picture((100, 800)), "small"),
        (picture(kind="GIF"), "type"),
    ],
)
def test_a_picture_that_cannot_be_read_is_refused_before_it_is_unpacked(content: bytes, code: str) -> None:
    answer = read(request_of(content, None, NOW)).decode()
    assert answer in (f'{{"refused":"{code}"}}', '{"refused":"type"}' if code == "damaged" else "")


@pytest.mark.parametrize(("most_memory", "seconds"), [(64 * 1024**2, 60.0), (reader.MOST_MEMORY, 0.01)])
async def test_what_takes_too_much_ends_with_a_told_reason(most_memory: int, seconds: float) -> None:
    screens = ScreenReader(most_memory=most_memory, seconds=seconds)
    with pytest.raises(ProblemError) as refused:
        await screens.read(picture(), None, now=NOW, asker=Asker(b"me", "here"))
    assert refused.value.values["reason_en"] == "reading it takes too much time or memory"
    assert screens._alone.pid is None


async def test_one_person_has_one_picture_read_at_a_time(api: Api, process: Draws) -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()
    plain = process.do

    async def slow(asked: bytes) -> bytes:
        begun.set()
        await go_on.wait()
        return await plain(asked)

    process.do = slow  # type: ignore[method-assign]
    reporter = await api.reporter()
    first = asyncio.create_task(reporter.post(PATH, content=picture()))
    await begun.wait()
    second: httpx.Response = await reporter.post(PATH, content=picture())
    go_on.set()
    assert (second.status_code, second.json()["code"]) == (429, "too_many_at_once")
    assert (await first).status_code == 200
