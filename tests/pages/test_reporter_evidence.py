"""Evidence on pages: taken by the same code as in the API, refused in words, and gone when destroyed."""

import re
from base64 import b64decode
from datetime import timedelta

import httpx

from service.reports.route import JSON
from tests.cases.case_requests import report
from tests.clients import Api, minutes_ago
from tests.pages.visitors import Reader, reader

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c63f8cfc0000003010100c9fe92ef"
    "0000000049454e44ae426082"
)
LOG = "对方号码,呼叫类型,通话时间,通话时长\n" + "".join(
    f"19790001234,被叫,2026-11-20 {hour:02}:05:00,00:01:{hour:02}\n" for hour in (7, 9, 10, 11, 12, 23)
)


async def upload(
    person: Reader, report_id: str, content: bytes, name: str = "a.png", *, query: str = "", **headers: str
) -> httpx.Response:
    """Send a file as a browser does."""
    return await person.browser.post(
        f"/reports/{report_id}/evidence{query}", files={"file": (name, content)}, headers=headers
    )


async def test_a_file_is_kept_shown_and_destroyed(api: Api) -> None:
    person, stranger = await reader(api), await reader(api)
    report_id = await report(person.client)
    base = f"/reports/{report_id}/evidence"
    page = await person.read(base)
    assert "还没有证据" in page
    assert page.count('type="file"') == 3
    sent = await upload(person, report_id, PNG, "截图<1>.png")
    assert sent.status_code == 303
    evidence_id = sent.headers["Location"].rpartition("new=")[2]
    assert "known=" in (await upload(person, report_id, PNG)).headers["Location"]
    page = (await person.browser.get(base)).text
    assert "截图&lt;1&gt;.png" in page
    assert "不知道是什么时候形成的" in page
    day = (minutes_ago() - timedelta(days=1)).date().isoformat()
    await person.send(f"{base}/{evidence_id}", caption="威胁短信", day=day, time="20:15")
    page = await person.read(base)
    assert "威胁短信" in page
    assert "20:15（您说的）" in page
    wrong_words = (
        {"day": "x"},
        {"time": "20:15"},
        {"day": "2999-01-01"},
        {"day": "0001-01-01"},
        {"day": "2026-11-01", "time": "25:00"},
        {"caption": "长" * 501},
    )
    for wrong in wrong_words:
        assert "请更正" in (await person.send(f"{base}/{evidence_id}", 422, **wrong)).text
    kept = await person.browser.get(f"{base}/{evidence_id}")
    assert kept.content == PNG
    assert kept.headers["Content-Disposition"].startswith("attachment")
    for path in ("", f"/{evidence_id}"):
        await stranger.read(base + path, 404)
    assert (await upload(stranger, report_id, PNG)).status_code == 404
    await stranger.send(f"{base}/{evidence_id}/delete", 404)
    await person.send(f"{base}/{evidence_id}/delete")
    await person.read(f"{base}/{evidence_id}", 404)
    assert "还没有证据" in await person.read(base)


async def test_what_is_no_evidence_is_refused_in_words_on_the_same_page(api: Api) -> None:
    person = await reader(api)
    report_id = await report(person.client)
    for content, status, words in (
        (b"", 422, "文件是空的"),
        (b"PK\x03\x04" + b"\0" * 200, 415, "不接受的文件类型"),
        (b"MZ" + b"\0" * 200, 415, "不接受的文件类型"),
    ):
        answer = await upload(person, report_id, content)
        assert answer.status_code == status
        assert words in answer.text
        assert 'id="errors"' in answer.text
    for kind, body in (
        (JSON, b"{}"),
        ("application/x-www-form-urlencoded", b"file=x"),
        ("application/x-www-form-urlencoded", b"a=1&" * 300),  # nothing but a file is read here, of any size
        ("multipart/form-data", b"x"),
        ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data; name=\"other\"\r\n\r\n1\r\n--x--"),
    ):  # fmt: skip
        answer = await person.browser.post(
            f"/reports/{report_id}/evidence", content=body, headers={"Content-Type": kind}
        )
        assert answer.status_code == 400, kind
        assert "没有收到完整的文件" in answer.text
        assert "multipart" not in answer.text.replace('enctype="multipart/form-data"', "")
    foreign = await upload(person, report_id, PNG, **{"Sec-Fetch-Site": "cross-site"})
    assert foreign.status_code == 403
    person.sign_in(idle=timedelta(hours=1))
    assert (await upload(person, report_id, PNG)).status_code == 401
    assert await api.count("evidence") == 0


async def test_a_call_log_is_counted_and_drawn(api: Api) -> None:
    person = await reader(api)
    report_id = await report(person.client)
    assert (await upload(person, report_id, LOG.encode(), "话单.csv")).status_code == 303
    page = await person.read(f"/reports/{report_id}/evidence")
    assert "读到这个号码的 6 次通话或短信" in page
    assert "每天最多 3 次，有 1 天超过，最多一天 6 次" in page
    drawn = await person.read(f"/reports/{report_id}/calls")
    by_hour, by_day = (b64decode(one).decode() for one in re.findall(r"svg\+xml;base64,([^\"]+)", drawn))
    assert by_hour.count('class="dot over"') == 2  # at 7 and at 23 o'clock
    assert 'class="bar over"' in by_day
    assert "6，超" in by_day
    assert "<td>7:00–7:59</td>" in drawn
    assert "只约束：银行" in drawn  # a limit is no limit for everybody
    stranger = await reader(api)
    await stranger.read(f"/reports/{report_id}/calls", 404)


async def test_a_log_without_a_year_asks_for_it(api: Api) -> None:
    person = await reader(api)
    report_id = await report(person.client)
    # the nearest such day is still to come: nothing tells the year but the person
    day = minutes_ago() + timedelta(days=60)
    year = day.year - 1
    log = LOG.replace("2026-11-20", f"{day:%m-%d}").encode()
    assert (await upload(person, report_id, log, "话单.csv")).status_code == 303
    page = await person.read(f"/reports/{report_id}/evidence")
    assert "日期里没有年份" in page
    assert f'href="/reports/{report_id}/evidence?year={year}#add"' in page
    asked = await person.read(f"/reports/{report_id}/evidence?year={year}")
    assert f'action="/reports/{report_id}/evidence?year={year}"' in asked
    assert (await upload(person, report_id, log, "话单.csv", query=f"?year={year}")).status_code == 303
    page = await person.read(f"/reports/{report_id}/evidence")
    assert "日期里没有年份" not in page
    assert "读到这个号码的 6 次通话或短信" in page
    for wrong in ("x", "1999", "9" * 5000, "02026" + "9" * 5000, "-2026", "２０２６", "2026.0"):
        assert "evidence?year=" not in await person.read(f"/reports/{report_id}/evidence?year={wrong}")
