"""People at a desk enter, gather and print for somebody over the service's own API, with that person's token."""

import asyncio
import io
import json
import zipfile
from collections.abc import Awaitable, Callable
from email.message import Message
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import Request

import httpx
import pytest
from typer.testing import CliRunner, Result

from service.cli import app
from service.numbers.parse import Number
from tests.clients import NUMBER, Api
from tests.evidence.evidence_files import recording

Desk = Callable[..., Awaitable[Result]]


class Received(io.BytesIO):
    """An answer as `urlopen` gives it."""

    status = 200


@pytest.fixture
async def desk(api: Api, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """The command line in a directory of its own; what it sends reaches the service of the test, as if by a network."""
    loop = asyncio.get_running_loop()
    client = await api.client()

    def urlopen(request: Request, timeout: float) -> Received:
        assert timeout
        address = request.full_url.partition("8000")[2]
        sent = client.request(
            request.get_method(), address, content=sent_by(request), headers=dict(request.header_items())
        )
        answer: httpx.Response = asyncio.run_coroutine_threadsafe(sent, loop).result(60)
        if answer.is_error:
            raise HTTPError(request.full_url, answer.status_code, "", Message(), Received(answer.content))
        return Received(answer.content)

    monkeypatch.setattr("urllib.request.urlopen", urlopen)
    monkeypatch.setattr("service.commands.desk.start", lambda: api.settings)
    monkeypatch.chdir(tmp_path)

    async def run(*arguments: object, given: str | None = None) -> Result:
        words = [str(one) for one in arguments]
        return await asyncio.to_thread(lambda: CliRunner().invoke(app, words, given))

    return run


@pytest.fixture
async def token(api: Api, tmp_path: Path) -> str:
    """A person's token, in the file that commands look for."""
    written = (await api.reporter()).headers["Authorization"].removeprefix("Bearer ")
    (tmp_path / "reporter.token").write_text(f"{written}\n")
    return written


def sent_by(request: Request) -> bytes | None:
    """The body of a request, which is sent whole."""
    assert request.data is None or isinstance(request.data, bytes)
    return request.data


async def done(desk: Desk, *arguments: object) -> list[str]:
    """The lines that a command prints, which must end well."""
    ended = await desk(*arguments)
    assert ended.exit_code == 0, ended.output
    return ended.stdout.splitlines()


@pytest.mark.usefixtures("token")
async def test_from_a_call_to_papers_and_what_became_of_them(desk: Desk, tmp_path: Path) -> None:
    at = (
        "--at",
        "2026-11-20 23:05",
        "--violation",
        "threat",
        "--said",
        "他说今晚就上门",
        "--relation",
        "debtor",
    )
    (report,) = await done(desk, "report", "add", "197 9000 1234", *at)
    (line,) = await done(desk, "report", "list")
    assert line == f"{report}  2026-11-20T15:05:00Z  {NUMBER}  threat", "times are China's"
    assert await done(desk, "report", "show", report) == [line]

    (tmp_path / "录音.wav").write_bytes(recording(20))
    (piece,) = await done(
        desk, "evidence", "add", report, "录音.wav", "--caption", "威胁录音", "--made-at", "2026-11-20 23:05"
    )
    listed = await done(desk, "evidence", "list", report)
    assert listed[0] == f"{piece}  audio/wav  {len(recording(20))}  2026-11-20T15:05:00Z  威胁录音"

    log = "号码,时间,类型,时长\n19790001234,2026-11-20 23:05,来电,30\n19790001234,某日,来电,30\n"
    (tmp_path / "log.csv").write_text(log)
    kept = await desk("evidence", "add", report, "log.csv")
    assert "计入 / counted: 1. 读不出的行 / rows not read: 1." in kept.output, kept.output
    assert "  3: " in kept.output, "what could not be read is named by its line"

    case, *told = await done(
        desk, "case", "open", report, "--party", "bank", "--name", "某银行", "--demand", "请停止来电",
        "--answer", "product=credit_card",
    )  # fmt: skip
    assert any("police" in line for line in told)
    assert any(line.startswith("? ") for line in told), "what is not known is asked"
    refused = await desk("case", "package", case, "police", "papers.zip", given="n\n")
    assert refused.exit_code == 1
    assert "我同意本服务" in refused.output
    await done(desk, "case", "package", case, "police", "papers.zip", "--agreed")
    await done(desk, "case", "package", case, "police", "again.zip")  # what was agreed to is not asked again
    with zipfile.ZipFile(tmp_path / "papers.zip") as papers:
        text = papers.read("statement.txt").decode()
        assert papers.read("evidence/01.wav") == recording(20)
    assert "请停止来电" in text
    assert "附件1：威胁录音" in text
    again = await desk("case", "package", case, "police", "papers.zip")
    assert isinstance(again.exception, FileExistsError), "nothing is written over"

    filed = await done(
        desk, "case", "record", case, "police", "filed", "--on", "2026-11-23", "--code", "QC-1"
    )
    assert filed[0] == "police: filed"
    (second,) = await done(
        desk, "report", "add", "19790001234", "--at", "2026-11-21 09:00", "--violation", "insult"
    )
    await done(desk, "case", "add", case, second)
    await done(desk, "case", "change", case, "--answer", "relation=debtor", "--statement", "述")
    whole = json.loads("\n".join(await done(desk, "case", "show", case, "--json")))
    assert (whole["report_ids"], whole["statement"]) == ([report, second], "述")
    assert whole["situation"]["product"] == "unknown", "answers replace the earlier ones as a whole"
    assert (await done(desk, "case", "list"))[0].startswith(case)
    assert "police: filed" in await done(desk, "case", "show", case)


async def test_what_the_service_refuses_is_told_in_its_words(
    desk: Desk, token: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = await desk("report", "add", "1979000123", "--at", "2026-11-20 23:05")
    assert refused.exit_code == 1
    assert "未完成 / It was not done" in refused.output
    assert "number" in refused.output
    assert token not in refused.output
    assert (
        await desk("case", "change", "01a20bb9-96ba-714c-a689-27eda94db7a5", "--answer", "debtor")
    ).exit_code == 2
    gone = await desk("case", "show", "01a20bb9-96ba-714c-a689-27eda94db7a5")
    assert gone.exit_code == 1
    missing = await desk("report", "list", "--token", "nobody.token")
    assert missing.exit_code == 2
    assert "dunwatch register > nobody.token" in missing.output
    (tmp_path / "bad.token").write_bytes(b"\xff\xfe")
    assert (await desk("report", "list", "--token", "bad.token")).exit_code == 2

    def away(*_given: object, **_named: object) -> None:
        raise URLError("refused")

    monkeypatch.setattr("urllib.request.urlopen", away)
    unreachable = await desk("report", "list", "--url", "http://127.0.0.1:1")
    assert (unreachable.exit_code, "连接不到服务" in unreachable.output) == (1, True)


class Kept:
    """Keeps the codes instead of sending them."""

    def __init__(self) -> None:
        self.codes: dict[str, str] = {}

    async def send(self, number: Number, code_id: object, code: str, **_named: Any) -> None:
        """Keep a code."""
        self.codes[str(code_id)] = code


async def test_an_owner_proves_control_and_disputes(api: Api, desk: Desk, tmp_path: Path) -> None:
    api.state["sender"] = kept = Kept()
    (code_id,) = await done(desk, "dispute", "code", "19790001234")
    (token,) = await done(desk, "dispute", "prove", "19790001234", code_id, kept.codes[code_id])
    (tmp_path / "owner.token").write_text(token)
    (line,) = await done(
        desk, "dispute", "open", "recycled", "--statement", "该号码自2026年11月起由本人使用。"
    )
    dispute = line.split()[0]
    await done(desk, "dispute", "add", dispute, "--statement", "附上入网日期：2026年11月1日。")
    (listed,) = await done(desk, "dispute", "list")
    assert listed.split()[:2] == [dispute, "open"]
