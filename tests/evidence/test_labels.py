"""A piece of evidence has its name, a caption, the time it was made and a place; the words are stored encrypted."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.evidence.labels import MOST_CAPTION, MOST_NAME, clean_caption, clean_name
from tests.clients import Api, new_report, refusal
from tests.evidence.evidence_files import MAIL, attach, recording
from tests.evidence.test_made import AT, film, mp4

FORM = {"caption": "  催收人上门\r\n录像 ", "made_at": "2026-03-01T21:30:00+08:00"}


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("通话录音_20260301.amr", "通话录音_20260301.amr"),
        ("C:\\Users\\王某\\录音.mp3", "录音.mp3"),
        ("/storage/emulated/0/DCIM/VID.mp4", "VID.mp4"),
        ("../../etc/passwd", "passwd"),
        ("a\u202egpj.exe", "agpj.exe"),
        ("a\r\nSet-Cookie: x.txt", "aSet-Cookie: x.txt"),
        ("e\u0301.png", "\u00e9.png"),
        ("", None),
        (" . ", None),
        ("..", None),
        ("/", None),
        ("\0\x07", None),
    ],
)
def test_a_name_is_kept_without_its_folders_and_without_what_deceives(sent: str, kept: str | None) -> None:
    assert clean_name(sent) == kept


@given(st.text(max_size=600))
def test_any_name_and_caption_stay_within_bounds(text: str) -> None:
    name, caption = clean_name(text), clean_caption(text)
    assert name is None or (0 < len(name) <= MOST_NAME and not set(name) & set("/\\\n\0\u202e"))
    assert caption is None or 0 < len(caption) <= MOST_CAPTION


async def test_what_is_told_with_a_file_is_kept_with_it_and_encrypted(api: Api) -> None:
    reporter = await api.reporter()
    address = await new_report(reporter)
    files = {"file": ("相册/上门.wav", recording(), "audio/wav")}
    piece = (await reporter.post(f"{address}/evidence", data=FORM, files=files)).json()
    assert (piece["file_name"], piece["caption"], piece["place"]) == ("上门.wav", "催收人上门 录像", 1)
    assert (piece["made_at"], piece["made_at_from"]) == ("2026-03-01T13:30:00Z", "reporter")
    ((row,),) = await api.fetch("SELECT evidence::text FROM evidence")
    assert "上门" not in row
    assert "上门".encode().hex() not in row
    (copied,) = (await reporter.get("/v1/me")).json()["tables"]["evidence"]
    assert copied["sealed"] == {"file_name": "上门.wav", "caption": "催收人上门 录像"}


async def test_a_name_is_read_however_programs_send_it(api: Api) -> None:
    reporter = await api.reporter()
    address = f"{await new_report(reporter)}/evidence"
    names = ("录音.wav".encode(), "录音.wav".encode("gb18030"), b"C:\\\\calls\\\\" + "录音.wav".encode())
    for sound, name in enumerate(names):
        head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="' + name + b'"\r\n\r\n'
        body = head + recording(sound=sound) + b"\r\n--x--\r\n"
        headers = {"Content-Type": "multipart/form-data; boundary=x"}
        answer = await reporter.post(address, content=body, headers=headers)
        assert answer.json()["file_name"] == "录音.wav", answer.text


async def test_the_time_is_the_file_s_own_until_its_reporter_says_another(api: Api) -> None:
    reporter = await api.reporter()
    address = await new_report(reporter)
    video = (await attach(reporter, address, mp4(film(AT)), name="VID.mp4")).json()
    mail = (await attach(reporter, address, MAIL, name="x.eml")).json()
    silent = (await attach(reporter, address, recording())).json()
    assert (video["made_at"], video["made_at_from"]) == ("2026-03-01T13:30:05Z", "film_header")
    assert (mail["made_at"], mail["made_at_from"]) == ("2026-03-01T13:30:00Z", "mail_date")
    assert (silent["made_at"], silent["made_at_from"]) == (None, None), "it is asked for"
    one = f"{address}/evidence/{video['evidence_id']}"
    said = (await reporter.patch(one, json={"made_at": "2026-03-02T00:00:00+08:00"})).json()
    assert (said["made_at"], said["made_at_from"], said["file_name"]) == (
        "2026-03-01T16:00:00Z",
        "reporter",
        "VID.mp4",
    )
    back = (await reporter.patch(one, json={"made_at": None, "caption": "x"})).json()
    assert (back["made_at_from"], back["caption"]) == ("film_header", "x")
    assert (await reporter.patch(one, json={"caption": None})).json()["caption"] is None
    later = (datetime.now(UTC) + timedelta(days=2)).isoformat()
    for wrong in (
        {"made_at": later},
        {"made_at": "2026-03-02"},
        {"caption": "x" * 501},
        {"place": 0},
        {"size": 1},
    ):
        assert refusal(await reporter.patch(one, json=wrong)) == (422, "invalid_request"), wrong


async def test_the_order_is_the_reporter_s(api: Api) -> None:
    reporter, other = await api.reporter(), await api.reporter(cluster=2)
    address = await new_report(reporter)
    ids = [
        (await attach(reporter, address, recording(sound=sound))).json()["evidence_id"]
        for sound in range(1, 4)
    ]

    async def order() -> list[str]:
        listed = (await reporter.get(f"{address}/evidence")).json()["evidence"]
        assert [piece["place"] for piece in listed] == list(range(1, len(listed) + 1))
        return [piece["evidence_id"] for piece in listed]

    assert await order() == ids
    moved = (await reporter.patch(f"{address}/evidence/{ids[2]}", json={"place": 1})).json()
    assert (moved["place"], await order()) == (1, [ids[2], ids[0], ids[1]])
    newest = (await attach(reporter, address, recording(sound=9))).json()
    assert (newest["place"], (await order())[3]) == (4, newest["evidence_id"])
    await reporter.patch(f"{address}/evidence/{ids[2]}", json={"place": 900})
    assert await order() == [ids[0], ids[1], newest["evidence_id"], ids[2]]
    await reporter.delete(f"{address}/evidence/{ids[1]}")
    assert await order() == [ids[0], newest["evidence_id"], ids[2]]
    assert (await other.patch(f"{address}/evidence/{ids[0]}", json={"place": 1})).status_code == 404
    await reporter.delete(address)
    assert refusal(await reporter.patch(f"{address}/evidence/{ids[0]}", json={"place": 1})) == (
        409,
        "report_retracted",
    )


async def test_words_that_cannot_be_leave_nothing_of_their_file(api: Api) -> None:
    reporter = await api.reporter()
    address = f"{await new_report(reporter)}/evidence"
    for told, problem in (
        ({"caption": "x" * 501}, (422, "invalid_request")),
        ({"made_at": "yesterday"}, (422, "invalid_request")),
        ({"made_at": "2199-01-01T00:00:00Z"}, (422, "invalid_request")),
        ({"caption": "x" * 5000}, (400, "evidence_form_invalid")),
        ({"made_at": "x" * 65}, (400, "evidence_form_invalid")),
        ({"weight": "9"}, (400, "evidence_form_invalid")),
    ):
        answer = await reporter.post(address, data=told, files={"file": ("a.wav", recording())})
        assert refusal(answer) == problem, told
        assert (list(api.settings.evidence_dir.iterdir()), await api.count("evidence")) == ([], 0)
