"""Every error is a problem document in the language asked for, also those that no route raises itself."""

import orjson
import pytest

from service.edge.messages import MESSAGES
from service.edge.problems import (
    BODY_TOO_LARGE,
    CATALOGUE,
    INVALID_REQUEST,
    FieldError,
    ProblemError,
    preferred_language,
)
from service.edge.validation import field_errors, message
from tests.clients import Api, report_body


@pytest.mark.parametrize(
    ("header", "language"),
    [
        (None, "zh"), ("", "zh"), ("en", "en"), ("EN-gb", "en"), ("zh-Hans-CN", "zh"), ("fr", "zh"),
        ("fr, en;q=0.5", "en"), ("en;q=0.5, zh;q=0.8", "zh"), ("zh;q=0.5, en;q=0.8", "en"),
        ("en, zh", "en"), ("zh, en", "zh"), ("en;q=0", "zh"), ("en;q=x", "zh"), ("en;q=nan", "zh"),
        ("*", "zh"), (";;,,;q=", "zh"), ("en" * 5000, "zh"),
    ],
)  # fmt: skip
def test_the_preferred_language_is_the_one_asked_for_most(header: str | None, language: str) -> None:
    assert preferred_language(header) == language


def test_a_document_has_the_members_of_rfc_9457() -> None:
    error = ProblemError(BODY_TOO_LARGE, limit=7)
    assert orjson.loads(error.body("en")) == {
        "type": "/problems/body_too_large",
        "title": "body too large",
        "status": 413,
        "detail": "The body is larger than 7 bytes.",
        "code": "body_too_large",
    }


def test_a_document_names_its_fields() -> None:
    error = ProblemError(INVALID_REQUEST, fields=[FieldError("lines[3]", "missing", "缺少", "missing")])
    assert error.document("zh")["errors"] == [{"field": "lines[3]", "code": "missing", "message": "缺少"}]


@pytest.mark.parametrize(
    ("steps", "path"),
    [(("a",), "a"), (("a", 0), "a[0]"), (("a", 0, "b"), "a[0].b"), ((), ""), ((0, "b"), "[0].b")],
)
def test_a_field_is_named_by_its_path(steps: tuple[str | int, ...], path: str) -> None:
    (error,) = field_errors([{"type": "missing", "loc": steps, "msg": "x"}])
    assert error.field == path


def test_an_error_of_an_unlisted_kind_is_told_in_its_own_words() -> None:
    (error,) = field_errors([{"type": "odd", "loc": ("a",), "msg": "Odd indeed"}])
    assert (error.zh, error.en) == ("Odd indeed", "Odd indeed")


def test_every_message_has_both_languages_and_the_same_braces() -> None:
    for code, (zh, en) in MESSAGES.items():
        assert not zh.isascii(), code
        assert {part.split("}")[0] for part in zh.split("{")[1:]} == {
            part.split("}")[0] for part in en.split("{")[1:]
        }
    assert message("too_long", max_length=3) == ("最多 3 项", "At most 3 items")


def test_codes_stand_once_in_the_catalogue() -> None:
    codes = [problem.code for problem in CATALOGUE]
    assert len(set(codes)) == len(codes)


async def test_an_address_that_is_none_is_not_found(api: Api) -> None:
    client = await api.client()
    for path in ("/nothing", "/v1", "/v1/nothing", "/v1/reports/", "/v2/numbers/1", "/v1/numbers"):
        answer = await client.get(path, headers={"Accept-Language": "en"})
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["content-language"] == "en"


async def test_a_method_that_an_address_does_not_take_is_named(api: Api) -> None:
    client = await api.client()
    for method, path, allowed in (
        ("DELETE", "/v1/reporters", "POST"),
        ("PUT", "/healthz", "GET, HEAD"),
        ("GET", "/v1/reports:batch", "POST"),
        ("PUT", "/v1/reports", "GET, HEAD, POST"),
        ("PUT", "/v1/reports/01a20bae-3d26-705a-ac4c-d7d2abb499de", "DELETE, GET, HEAD, PATCH"),
    ):
        answer = await client.request(method, path)
        assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["Allow"] == allowed


async def test_what_fails_inside_is_a_problem_with_the_id_it_is_logged_under(api: Api) -> None:
    reporter = await api.reporter()
    await api.fetch("ALTER TABLE reports RENAME TO away")
    for language in ("zh", "en"):
        answer = await reporter.post("/v1/reports", json=report_body(), headers={"Accept-Language": language})
        assert answer.status_code == 500
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["content-language"] == language
        assert answer.json()["code"] == "internal_error"
        assert answer.headers["X-Request-Id"] in answer.json()["detail"]


async def test_every_answer_carries_its_request_id(api: Api) -> None:
    client = await api.client()
    ids = {(await client.get(path)).headers["X-Request-Id"] for path in ("/healthz", "/readyz", "/nothing")}
    assert len(ids) == 3
