"""Evidence goes along as it was uploaded where the channel takes it, and is listed with its digest everywhere."""

import hashlib
import io
import json
import struct
import wave
from typing import Any

import httpx
import pytest
from PIL import Image

from tests.cases.case_requests import consent, new_case, packed, report
from tests.cases.test_pictures import bomb
from tests.clients import Api


def recording(seconds: float) -> bytes:
    """A recording as WAV, 16,000 bytes a second."""
    content = io.BytesIO()
    with wave.open(content, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(struct.pack("<h", 7) * int(8000 * seconds))
    return content.getvalue()


def picture() -> bytes:
    content = io.BytesIO()
    Image.new("RGB", (60, 40), "red").save(content, "PNG")
    return content.getvalue()


async def attach(reporter: httpx.AsyncClient, report_id: str, content: bytes) -> None:
    answer = await reporter.post(
        f"/v1/reports/{report_id}/evidence", files={"file": ("a.wav", content, "audio/wav")}
    )
    assert answer.status_code == 201, answer.text


def listed(documents: dict[str, bytes]) -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = json.loads(documents["evidence.json"])
    return told


async def test_originals_go_along_byte_for_byte_with_their_digests(api: Api) -> None:
    reporter = await api.reporter()
    ids = [await report(reporter), await report(reporter)]
    contents = [recording(1), recording(20)]  # the second of several encrypted chunks
    for report_id, content in zip(ids, contents, strict=True):
        await attach(reporter, report_id, content)
    case_id = (await new_case(reporter, *ids))["case_id"]
    documents = await packed(reporter, case_id, "police")
    sums = dict(line.split("  ")[::-1] for line in documents["SHA256SUMS"].decode().splitlines())
    told = {piece["name"]: piece for piece in listed(documents)}
    assert list(told) == ["evidence/01.wav", "evidence/02.wav"]
    assert {documents[name] for name in told} == set(contents)
    for name, piece in told.items():
        assert piece["is_included"]
        assert piece["sha256"] == sums[name] == hashlib.sha256(documents[name]).hexdigest()
        assert piece["sha256"] in documents["statement.txt"].decode()


async def test_a_channel_that_takes_no_files_gets_the_list_alone(api: Api) -> None:
    reporter = await api.reporter()
    report_id = await report(reporter)
    await attach(reporter, report_id, recording(1))
    documents = await packed(reporter, (await new_case(reporter, report_id))["case_id"], "12321")
    assert [piece["is_included"] for piece in listed(documents)] == [False]
    assert not any(name.startswith("evidence/") for name in documents)
    assert "原件另行交付，以文末摘要值为准" in documents["statement.txt"].decode()
    digest = hashlib.sha256(recording(1)).hexdigest()
    readme = documents["README.txt"].decode()
    assert f"SHA-256：{digest}" in readme, "what is handed over apart is known by its digest"
    assert "evidence/01.wav" in readme
    assert "U 盘或光盘" in readme
    assert "compute" in readme
    assert digest in documents["statement.txt"].decode()


async def test_pictures_are_printed_and_one_of_hostile_making_keeps_nobody_from_a_package(api: Api) -> None:
    reporter = await api.reporter()
    report_id = await report(reporter)
    for content, caption in ((picture(), "威胁短信的截图"), (bomb(60_000, 60_000), "第二张")):
        files = {"file": ("a.png", content, "image/png")}
        answer = await reporter.post(
            f"/v1/reports/{report_id}/evidence", data={"caption": caption}, files=files
        )
        assert answer.status_code == 201, answer.text
    documents = await packed(reporter, (await new_case(reporter, report_id))["case_id"], "police")
    assert documents["evidence/01.png"] == picture(), "the original is as it was"
    assert documents["statement.pdf"].count(b"/Subtype /Image") == 1
    page = documents["statement.html"].decode()
    assert page.count('<img src="data:image/jpeg;base64,') == 1
    assert "附件1：威胁短信的截图；第1次联系；形成时间不详。" in page
    assert "附件2：第二张；第1次联系；形成时间不详；无法打印，请看原件。" in page


async def test_a_file_larger_than_the_channel_takes_is_listed_and_left_out(api: Api) -> None:
    reporter = await api.reporter()
    report_id = await report(reporter)
    for seconds in (1, 126):  # nifa takes files of two megabytes
        await attach(reporter, report_id, recording(seconds))
    case = await new_case(reporter, report_id, respondent={"kind": "internet_platform", "name": "某平台"})
    documents = await packed(reporter, case["case_id"], "nifa")
    assert sorted(piece["is_included"] for piece in listed(documents)) == [False, True]
    apart = [piece["sha256"] for piece in listed(documents) if not piece["is_included"]]
    readme = documents["README.txt"].decode()
    assert [line.removeprefix("  SHA-256：") for line in readme.splitlines() if "SHA-256：" in line] == apart


async def test_with_evidence_nothing_is_said_to_lack_any(api: Api) -> None:
    reporter = await api.reporter()
    report_id = await report(reporter)
    respondent = {"kind": "bank", "name": "某银行"}

    def lacking(case: dict[str, Any]) -> dict[str, bool]:
        (channel,) = [one for one in case["channels"] if one["channel"] == "nfra_report"]
        return {lack["what"]: lack["must"] for lack in channel["missing"]}

    before = lacking(await new_case(reporter, report_id, respondent=respondent))
    assert before["proof"]
    assert before["evidence"] is False
    await attach(reporter, report_id, recording(1))
    after = lacking(await new_case(reporter, report_id, respondent=respondent))
    assert {"proof", "evidence"}.isdisjoint(after)


async def test_evidence_that_was_altered_where_it_is_kept_gives_a_problem_and_no_package(api: Api) -> None:
    reporter = await api.reporter()
    report_id = await report(reporter)
    await attach(reporter, report_id, recording(10))
    (path,) = api.settings.evidence_dir.iterdir()
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    case_id = (await new_case(reporter, report_id))["case_id"]
    await consent(reporter, case_id, "police")
    answer = await reporter.get(f"/v1/cases/{case_id}/packages/police")
    assert answer.json()["code"] == "evidence_damaged"


async def test_deleted_evidence_is_no_part_of_a_package(api: Api) -> None:
    reporter = await api.reporter()
    report_id = await report(reporter)
    await attach(reporter, report_id, recording(1))
    path = f"/v1/reports/{report_id}/evidence"
    (piece,) = (await reporter.get(path)).json()["evidence"]
    case_id = (await new_case(reporter, report_id))["case_id"]
    await reporter.delete(f"{path}/{piece['evidence_id']}")
    assert listed(await packed(reporter, case_id, "police")) == []


@pytest.mark.parametrize(
    ("text", "is_kept"),
    [
        ("我的身份证号是11010519491231002X", False),
        ("他还打给19790009999", False),
        ("19790001234又打来", True),
    ],
)
async def test_what_identifies_others_is_masked_and_the_number_itself_stays(
    api: Api, text: str, is_kept: bool
) -> None:
    reporter = await api.reporter()
    reported = await report(reporter, narrative=text)
    case = await new_case(reporter, reported, statement=text)
    documents = await packed(reporter, case["case_id"], "police")
    for name in ("statement.txt", "fields.txt", "fields.json", "statement.html"):
        assert (text in documents[name].decode()) is is_kept
    shown = (await reporter.get(f"/v1/cases/{case['case_id']}")).json()
    assert shown["statement"] == text, "one's own words are shown to oneself as they are"
