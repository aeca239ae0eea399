"""Bad input gets a problem document that names the field, in the language asked for; nothing is stored."""

import codecs
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.clients import Api, new_idempotency_key, report_body, text_of_everything

CASES: list[tuple[str, dict[str, Any], str, str | None]] = [
    ("a number that is none", {"number": "hello"}, "number", "number_not_a_number"),
    ("a landline without its area code", {"number": "82345678"}, "number", "number_area_code_needed"),
    ("two numbers", {"number": "19790001234 / 19790001235"}, "number", "number_several_numbers"),
    ("a number of one digit", {"number": "1"}, "number", "number_too_short"),
    ("a masked number", {"number": "138****1234"}, "number", "number_masked"),
    ("a letter for a digit", {"number": "l9790001234"}, "number", "number_letter_for_digit"),
    ("two country codes", {"number": "+86+19790001234"}, "number", "number_two_country_codes"),
    ("an amount", {"number": "本金10000"}, "number", "number_not_a_number"),
    ("a mobile number without its 1", {"number": "3912345678"}, "number", "number_two_readings"),
    ("only a tail", {"number": "尾号1234"}, "number", "number_only_a_tail"),
    ("a digit too few", {"number": "1979000123"}, "number", "number_wrong_length"),
    ("a digit too many behind an area code", {"number": "010-823456789"}, "number", "number_wrong_length_local"),
    ("a number of two readings", {"number": "95588 2"}, "number", "number_two_readings"),
    ("an unknown way to learn a number", {"number_from": "dream"}, "number_from", "literal_error"),
    ("an endless number", {"number": "1" * 60}, "number", "number_too_long"),
    ("a number field as long as a letter", {"number": "1" * 65}, "number", "string_too_long"),
    ("a number that is no text", {"number": 19790001234}, "number", "string_type"),
    ("no number", {"number": None}, "number", "missing"),
    ("an unknown violation", {"violations": ["rude"]}, "violations[0]", "literal_error"),
    ("violations that are no list", {"violations": "threat"}, "violations", "list_type"),
    ("far too many violations", {"violations": ["threat"] * 18}, "violations", "too_long"),
    ("a time without its zone", {"occurred_at": "2026-03-01T12:00:00"}, "occurred_at", "timezone_aware"),
    ("a time that is none", {"occurred_at": "yesterday"}, "occurred_at", "datetime_from_date_parsing"),
    ("a thirtieth of February", {"occurred_at": "2026-02-30T12:00:00Z"}, "occurred_at", "datetime_from_date_parsing"),
    ("no time", {"occurred_at": None}, "occurred_at", "missing"),
    ("a time before 2000", {"occurred_at": "1999-12-31T23:59:59Z"}, "occurred_at", "too_long_ago"),
    ("the first second of all", {"occurred_at": "0001-01-01T00:00:00+14:00"}, "occurred_at", "too_long_ago"),
    ("the last second of all", {"occurred_at": "9999-12-31T23:59:59-14:00"}, "occurred_at", "in_the_future"),
    ("too long a narrative", {"narrative": "字" * 2001}, "narrative", "string_too_long"),
    ("a narrative with NUL", {"narrative": "a\0b"}, "narrative", "not_storable"),
    ("a number with NUL", {"number": "19790001234\0"}, "number", None),
    ("too long an institution", {"claimed_institution": "a" * 101}, "claimed_institution", "string_too_long"),
    ("a duration below nothing", {"duration_seconds": -1}, "duration_seconds", "greater_than_equal"),
    ("a duration of more than a day", {"duration_seconds": 86_401}, "duration_seconds", "less_than_equal"),
    ("a duration that is no number", {"duration_seconds": "x"}, "duration_seconds", "int_parsing"),
    ("an enormous duration", {"duration_seconds": "9" * 5000}, "duration_seconds", "int_parsing_size"),
    ("connected as a word", {"connected": "perhaps"}, "connected", "bool_parsing"),
    ("an unknown medium", {"medium": "fax"}, "medium", "literal_error"),
    ("an unknown caller", {"caller": "parrot"}, "caller", "literal_error"),
    ("an unknown relation", {"relation": "cousin"}, "relation", "literal_error"),
    ("an unknown opinion", {"opinion": "sad"}, "opinion", "literal_error"),
    ("an unknown field", {"nmber": "1"}, "nmber", "extra_forbidden"),
    ("too long a callee", {"callee": "1" * 101}, "callee", "string_too_long"),
    ("too long a contact", {"contact": "1" * 201}, "contact", "string_too_long"),
    ("a contradiction", {"opinion": "legitimate", "violations": ["threat"]}, "", "contradiction"),
]  # fmt: skip


async def test_a_bad_field_is_named_in_both_languages(api: Api, subtests: pytest.Subtests) -> None:
    reporter = await api.reporter()
    before = await text_of_everything(api.database)
    for what, fields, field, code in CASES:
        with subtests.test(what):
            content = json.dumps(report_body(**fields))
            told = {lang: await _told(reporter, content, lang) for lang in ("zh", "en")}
            assert {error["field"] for error in told.values()} == {field}
            assert code is None or {error["code"] for error in told.values()} == {code}
            assert not told["zh"]["message"].isascii()
            assert told["en"]["message"] != told["zh"]["message"]
    assert await text_of_everything(api.database) == before


async def _told(reporter: httpx.AsyncClient, content: str, language: str) -> dict[str, str]:
    """The one field error that a report gets."""
    headers = {"Content-Type": "application/json", "Accept-Language": language, **new_idempotency_key()}
    answer = await reporter.post("/v1/reports", content=content, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["content-language"] == language
    (error,) = answer.json()["errors"]
    return dict(error)


async def test_a_number_that_a_telephone_showed_is_kept_as_it_was_shown(api: Api) -> None:
    reporter = await api.reporter()
    body = report_body(number="1979000123", number_from="telephone")
    receipt = (await reporter.post("/v1/reports", json=body)).json()
    assert (receipt["number"], receipt["suspected_spoofing"]) == ("!1979000123", True)
    told = await _told(reporter, json.dumps(report_body(number="1979000123")), "zh")
    assert told["message"].startswith("手机号码应为 11 位，您写了 10 位")


async def test_a_byte_order_mark_before_a_report_is_no_matter(api: Api) -> None:
    reporter = await api.reporter()
    content = codecs.BOM_UTF8 + json.dumps(report_body()).encode()
    answer = await reporter.post("/v1/reports", content=content, headers={"Content-Type": "application/json"})
    assert answer.status_code == 201


async def test_a_telephones_clock_may_be_a_little_ahead(api: Api) -> None:
    reporter = await api.reporter()
    for ahead, status in ((timedelta(minutes=4), 201), (timedelta(minutes=6), 422)):
        occurred_at = (datetime.now(UTC) + ahead).isoformat()
        answer = await reporter.post("/v1/reports", json=report_body(occurred_at=occurred_at))
        assert answer.status_code == status


async def test_every_bad_field_of_one_report_is_named(api: Api) -> None:
    reporter = await api.reporter()
    answer = await reporter.post(
        "/v1/reports", json={"number": "x", "occurred_at": "y", "medium": "z", "violations": ["threat", "?"]}
    )
    fields = [error["field"] for error in answer.json()["errors"]]
    assert fields == ["number", "medium", "occurred_at", "violations[1]"]


@pytest.mark.parametrize(
    "body",
    [b"\xff", b'{"number": "\xff"}', b'{"number":', b"", b"{" * 2000, b"[" * 2000, b"\0", b"NaN,"],
    ids=["no utf-8", "no utf-8 inside", "cut off", "nothing", "braces", "brackets", "nul", "nan"],
)
async def test_a_body_that_is_no_json_says_so(api: Api, body: bytes) -> None:
    reporter = await api.reporter()
    answer = await reporter.post("/v1/reports", content=body, headers={"Content-Type": "application/json"})
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.status_code, answer.json()["code"]) in (
        (400, "invalid_json"),
        (422, "invalid_request"),
    )
    assert await api.count("reports") == 0


@pytest.mark.parametrize("body", [b"null", b"[]", b"1", b'"text"', b"true"])
async def test_json_that_is_no_object_says_so(api: Api, body: bytes) -> None:
    reporter = await api.reporter()
    answer = await reporter.post("/v1/reports", content=body, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")


async def test_another_media_type_is_refused_by_name(api: Api) -> None:
    reporter = await api.reporter()
    answer = await reporter.post(
        "/v1/reports", content=json.dumps(report_body()), headers={"Content-Type": "text/plain"}
    )
    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")
    assert "application/json" in answer.json()["detail"]


async def test_too_large_a_body_is_refused(api: Api) -> None:
    reporter = await api.reporter()
    body = report_body(narrative="a" * api.settings.max_body_bytes)
    answer = await reporter.post("/v1/reports", json=body, headers={"Accept-Language": "en"})
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")
    assert str(api.settings.max_body_bytes) in answer.json()["detail"]
    assert answer.headers["content-language"] == "en"


async def test_a_time_is_written_as_rfc_3339_has_it(api: Api) -> None:
    reporter = await api.reporter()
    for number in (1_700_000_000, 1_700_000_000.5, "1700000000"):
        answer = await reporter.post("/v1/reports", json=report_body(occurred_at=number))
        assert answer.status_code == 422, "a bare count of seconds has no zone"
    assert await api.count("reports") == 0


@pytest.mark.parametrize(
    ("authorization", "code"),
    [
        (None, "missing_key"),
        ("Basic YTpi", "missing_key"),
        ("Bearer", "missing_key"),
        ("Bearer   ", "missing_key"),
        ("Bearer dw_rep_unknown", "wrong_key"),
    ],
)
async def test_a_report_needs_a_known_reporter(api: Api, authorization: str | None, code: str) -> None:
    stranger = await api.client()
    headers = {"Authorization": authorization} if authorization else {}
    answer = await stranger.post("/v1/reports", json=report_body(), headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (401, code)
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert await api.count("reports") == 0


async def test_a_revoked_reporter_is_a_stranger(api: Api) -> None:
    reporter = await api.reporter()
    await api.fetch("UPDATE reporters SET revoked_at = now()")
    assert (await reporter.post("/v1/reports", json=report_body())).status_code == 401
    assert (await reporter.get("/v1/reports")).status_code == 401
