"""The OpenAPI document is whole, and describes every operation in sentences, with its problems and its tokens."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from service.app import load_api
from service.edge.access import TOKEN_KINDS, Scope
from service.edge.problems import CATALOGUE, CONTENT_TYPE
from service.introduction import TAGS
from service.openapi import HEADERS
from tests.documented import documented_codes
from tests.english import flaws_of_description, flaws_of_summary

API = load_api()
DOCUMENT = API.openapi()
#: Answered where no operation is: for an address or a method that there is none of.
OF_NO_OPERATION = {"method_not_allowed", "line_too_long"}  # the second is told of a line of a batch


def operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, described in DOCUMENT["paths"].items():
        for method, operation in described.items():
            yield method, path, operation


def test_the_document_is_valid() -> None:
    assert [error.message for error in OpenAPIV31SpecValidator(DOCUMENT).iter_errors()] == []


def test_every_reference_leads_somewhere() -> None:
    references = re.findall(r'"\$ref": "#/components/(\w+)/([^"]+)"', json.dumps(DOCUMENT))
    assert len(references) > 100
    assert [one for one in references if one[1] not in DOCUMENT["components"][one[0]]] == []
    assert json.dumps(DOCUMENT).count('"$ref"') == len(references)


def test_every_operation_has_a_name_of_its_own() -> None:
    names = [operation["operationId"] for _, _, operation in operations()]
    assert len(names) == len(set(names))
    assert [name for name in names if not re.fullmatch("[a-z]+([A-Z][a-z]+)*", name)] == []
    assert {"createReport", "listReports", "lookUpNumber"} <= set(names)


def test_every_tag_is_described_and_used() -> None:
    used = {tag for _, _, operation in operations() for tag in operation["tags"]}
    assert used == set(TAGS) == {tag["name"] for tag in DOCUMENT["tags"]}
    assert all(not tag["description"].isascii() for tag in DOCUMENT["tags"])


def test_every_summary_and_description_is_a_sentence() -> None:
    for _, _, operation in operations():
        assert flaws_of_summary(operation["summary"]) == [], operation["summary"]
        assert flaws_of_description(operation["description"]) == [], operation["description"]


def test_every_parameter_is_described_and_bounded() -> None:
    bounds = {
        "string": ("maxLength", "pattern", "enum", "format"),
        "integer": ("minimum",),
        "array": ("maxItems",),
    }
    for _, _, operation in operations():
        for parameter in operation.get("parameters", ()):
            name = f"{operation['operationId']} {parameter['name']}"
            assert re.fullmatch(r"(?s)[A-Z`].*\.", parameter["description"]), name
            schema = parameter["schema"]
            while "$ref" in schema:
                schema = DOCUMENT["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
            assert any(bound in schema for bound in bounds[schema["type"]]), name


def test_every_problem_of_an_operation_has_an_example() -> None:
    for _, _, operation in operations():
        for status, response in operation["responses"].items():
            examples = response.get("content", {}).get(CONTENT_TYPE, {}).get("examples", {})
            for code, example in examples.items():
                value = example["value"]
                assert (value["code"], str(value["status"])) == (code, status)
                assert "{" not in value["detail"].replace("{number}", "").replace("{report_id}", "")
                assert f"`{code}`: {value['detail']}" in response["description"]


def test_every_problem_is_documented_by_an_operation() -> None:
    documented = {
        code
        for _, _, operation in operations()
        for response in operation["responses"].values()
        for code in documented_codes(response)
    }
    assert {problem.code for problem in CATALOGUE} - documented == OF_NO_OPERATION


def test_every_operation_says_which_tokens_open_it() -> None:
    schemes = DOCUMENT["components"]["securitySchemes"]
    assert set(schemes) == {"apiKey", "reporterToken", "ownerToken"}
    for method, path, operation in operations():
        for wanted in operation["security"]:
            for scheme, scopes in wanted.items():
                assert scheme in schemes, (method, path)
                assert {*scopes} <= {*Scope}, (method, path)
                assert bool(scopes) == (scheme == "apiKey"), (method, path)


def test_whoever_needs_a_token_is_told_what_is_wrong_with_it() -> None:
    for method, path, operation in operations():
        told = documented_codes(operation["responses"].get("401", {}))
        expected = {"missing_key", "wrong_key", "other_key_kind"} if operation["security"] else set()
        assert told == expected, (method, path)


def test_every_header_that_is_documented_is_described() -> None:
    named = {
        name
        for _, _, operation in operations()
        for response in operation["responses"].values()
        for name in response.get("headers", {})
    }
    assert named <= set(HEADERS) == set(DOCUMENT["components"]["headers"])
    assert {
        "Location",
        "ETag",
        "RateLimit",
        "RateLimit-Policy",
        "Retry-After",
        "Idempotency-Replayed",
    } <= named


@pytest.mark.parametrize(
    "text",
    [
        "Whether an export is let.",
        "Channels in force on a day, with what of their forms and deadlines is.",
        "Of numbers that are likely of one hand; a likeness, not a proof.",
        "By somebody else than who asks: neither by the same key nor by another one of the same agency.",
        "How far a signal is spread otherwise than in training",
        "What belongs into a form: all; into one about one call its day.",
        "Whose a key is, None for one of no agency.",
        "The first time, a key.",
        "The days on which to look whether a number that only opposition keeps from being listed would be.",
        "What of the catalogue is told for a day: entries in force, each with those of its parts that are.",
        "Newest first.",
        "Appended: what was said before is never overwritten.",
        "Needs no key but its address.",
        "The report is durable",
    ],
)
def test_what_is_no_sentence_is_found(text: str) -> None:
    assert flaws_of_description(text)


@pytest.mark.parametrize(
    "text",
    [
        "One's own reports · 自己的举报",
        "Why a number is answered as it is · 结论的由来",
        "Report a call. · 举报一通电话",
        "Report a call · 举报一通电话。",
        "A file · 文件",
        "Report a call",
        "举报一通电话",
        "举报一通电话 · Report a call",
    ],
)
def test_what_is_no_summary_is_found(text: str) -> None:
    assert flaws_of_summary(text)
    assert flaws_of_summary("Report a call · 举报一通电话") == []


def test_the_document_begins_in_chinese() -> None:
    introduction = DOCUMENT["info"]["description"]
    assert introduction.startswith("**催收电话号码情报服务。**\n\n")
    assert all(f"{kind.prefix}…" in introduction for kind in TOKEN_KINDS.values())
    assert all(re.match(r"[一-鿿]+：[^A-Z]+。[A-Z]", text) for text in TAGS.values() if "Webhook" not in text)
