"""The OpenAPI document: FastAPI's, completed with what operations declare: problems, tokens, headers."""

import warnings
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from service.edge.access import TOKEN_KINDS, Scope, lacking, other_kind
from service.edge.declared import Body
from service.edge.examples import example_of
from service.edge.operations import Operation, Operations
from service.edge.problems import (
    BODY_TOO_LARGE,
    CATALOGUE,
    CONTENT_TYPE,
    HEADER_REPEATED,
    IDEMPOTENCY_KEY_REUSED,
    INTERNAL_ERROR,
    INVALID_JSON,
    INVALID_REQUEST,
    MISSING_SCOPE,
    NOT_FOUND,
    OTHER_KEY_KIND,
    OVERLOADED,
    REQUEST_TIMEOUT,
    TOO_MANY_AT_ONCE,
    TOO_MANY_REQUESTS,
    TOO_MANY_VALUES,
    UNSUPPORTED_CONTENT_ENCODING,
    UNSUPPORTED_MEDIA_TYPE,
    Problem,
    ProblemError,
)
from service.introduction import TAGS

VERSION: Final = "1.0"
LICENCE: Final[dict[str, str | Any]] = {"name": "Apache-2.0", "identifier": "Apache-2.0"}
SERVERS: Final[list[dict[str, str | Any]]] = [
    {"url": "/", "description": "The service that serves this document."}
]
#: Header of an answer -> what it says, and its schema.
HEADERS: Final[dict[str, tuple[str, dict[str, Any]]]] = {
    "Accept-Encoding": ("The content codings that are read.", {"type": "string", "const": "identity"}),
    "Allow": ("The methods that this address takes.", {"type": "string"}),
    "Cache-Control": ("How long the answer may be kept.", {"type": "string"}),
    "Content-Disposition": ("The answer is an attachment with this file name.", {"type": "string"}),
    "Content-Language": ("The language of the problem.", {"type": "string", "enum": ["zh", "en"]}),
    "Content-Range": ("The size of the file, as `bytes */SIZE`.", {"type": "string"}),
    "ETag": ("The version of the content, for If-None-Match or If-Range.", {"type": "string"}),
    "Idempotency-Replayed": (
        "The reply was given before, to the same request under the same Idempotency-Key.",
        {"type": "string", "const": "true"},
    ),
    "Location": ("The address of what was created.", {"type": "string", "format": "uri-reference"}),
    "RateLimit": ("What is left of each limit: `r` requests, for `t` seconds.", {"type": "string"}),
    "RateLimit-Policy": ("The limits: `q` requests in `w` seconds.", {"type": "string"}),
    "Repr-Digest": ("The SHA-256 digest of the content (RFC 9530).", {"type": "string"}),
    "Retry-After": ("After so many seconds it is worth trying again.", {"type": "integer", "minimum": 0}),
    "Upload-Complete": ("Whether all of the file has arrived (`?1`) or not yet (`?0`).", {"type": "string"}),
    "Upload-Offset": ("How many bytes of the file have arrived.", {"type": "integer", "minimum": 0}),
    "WWW-Authenticate": ("Which token is needed, or what is wrong with it (RFC 6750).", {"type": "string"}),
}
PROBLEM_SCHEMA: Final[dict[str, Any]] = {
    "type": "object",
    "description": "A problem document (RFC 9457).",
    "required": ["type", "title", "status", "detail", "code"],
    "properties": {
        "type": {
            "type": "string",
            "format": "uri-reference",
            "description": "The address of a page about the problem.",
        },
        "title": {"type": "string", "description": "A short name of the problem."},
        "status": {"type": "integer", "description": "The HTTP status.", "minimum": 400, "maximum": 599},
        "detail": {
            "type": "string",
            "description": "What is wrong, for people, in the language asked for (Accept-Language: zh, en).",
        },
        "code": {
            "type": "string",
            "description": "What is wrong, for programs; codes are stable.",
            "enum": sorted(problem.code for problem in CATALOGUE),
        },
        "errors": {
            "type": "array",
            "description": "The fields at fault, where fields are.",
            "items": {"$ref": "#/components/schemas/FieldProblem"},
        },
    },
}
FIELD_SCHEMA: Final[dict[str, Any]] = {
    "type": "object",
    "description": "What is wrong with one field.",
    "required": ["field", "code", "message"],
    "properties": {
        "field": {"type": "string", "description": "The path of the field, such as `number` or `lines[3]`."},
        "code": {"type": "string", "description": "What is wrong, for programs."},
        "message": {"type": "string", "description": "What is wrong, for people."},
    },
}


def openapi_document(api: FastAPI) -> dict[str, Any]:
    """Return the whole document, made once and kept on the app."""
    if api.openapi_schema is None:
        api.openapi_schema = _document(api)
    return api.openapi_schema


def problems_of(operation: Operation, described: dict[str, Any]) -> list[Problem]:
    """Return every problem that an operation may answer with: its own, those of its dependencies, of bodies, of all."""
    problems = [*operation.problems, INTERNAL_ERROR, HEADER_REPEATED]
    if operation.is_counted:
        problems += [TOO_MANY_REQUESTS, TOO_MANY_AT_ONCE, OVERLOADED]
    if "{" in operation.path:
        problems.append(NOT_FOUND)
    content = described.get("requestBody", {}).get("content", {})
    if content or "parameters" in described:
        problems.append(INVALID_REQUEST)
    if "application/json" in content:
        problems += [INVALID_JSON, UNSUPPORTED_MEDIA_TYPE]
    if operation.method != "GET":
        problems.append(UNSUPPORTED_CONTENT_ENCODING)
        if operation.body is not Body.STREAMED:
            problems += [BODY_TOO_LARGE, REQUEST_TIMEOUT]
        if operation.body in (Body.SMALL, Body.LARGE):
            problems.append(TOO_MANY_VALUES)
    return [problem for problem in CATALOGUE if problem in problems]


def _document(api: FastAPI) -> dict[str, Any]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # HEAD has the operationId of GET, and is left out
        document = get_openapi(
            title=api.title,
            version=VERSION,
            description=api.description,
            routes=api.routes,
            tags=[{"name": name, "description": text} for name, text in TAGS.items()],
            servers=SERVERS,
            license_info=LICENCE,
        )
    _complete_components(document)
    operations: Operations = api.state.operations
    for operation in operations:
        if operation.is_documented:
            _complete(document["paths"][operation.path][operation.method.lower()], operation)
    for described in document["paths"].values():
        described.pop("head", None)
    return document


def _complete_components(document: dict[str, Any]) -> None:
    components = document["components"]
    schemas: dict[str, Any] = components["schemas"]
    for inner in list(_definitions(document["paths"])):
        schemas.update(inner)
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    schemas |= {"Problem": PROBLEM_SCHEMA, "FieldProblem": FIELD_SCHEMA}
    components["schemas"] = dict(sorted(schemas.items()))
    components["headers"] = {
        name: {"description": text, "schema": schema} for name, (text, schema) in HEADERS.items()
    }
    components["securitySchemes"] = {
        kind.scheme: {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": f"{kind.prefix}…",
            "description": kind.description,
        }
        for kind in TOKEN_KINDS.values()
    }


def _definitions(part: Any) -> Iterator[dict[str, Any]]:
    """Take the definitions out of schemas that stand within operations, where no reference finds them."""
    if isinstance(part, dict):
        if "$defs" in part:
            yield part.pop("$defs")
        for inner in part.values():
            yield from _definitions(inner)
    elif isinstance(part, list):
        for inner in part:
            yield from _definitions(inner)


def _complete(described: dict[str, Any], operation: Operation) -> None:
    problems = problems_of(operation, described)
    for parameter in described.get("parameters", ()):
        parameter["schema"] = _without_null(parameter["schema"])
    described["security"] = [{token.scheme: list(token.scopes)} for token in operation.tokens]
    responses: dict[str, Any] = described["responses"]
    responses.pop("422", None)  # FastAPI's own
    told = []
    if TOO_MANY_REQUESTS in problems:
        told += ["RateLimit", "RateLimit-Policy"]
    if IDEMPOTENCY_KEY_REUSED in problems:
        told.append("Idempotency-Replayed")
    for response in responses.values():
        if told:
            response["headers"] = response.get("headers", {}) | _header_references(told)
    for status, some in groupby(sorted(problems, key=_status), key=_status):
        _merge(responses, str(status), _problem_response(list(some), operation))
    responses["default"] = {
        "description": "The request failed in another way.",
        "content": {CONTENT_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }


def _merge(responses: dict[str, Any], status: str, response: dict[str, Any]) -> None:
    """Add a problem's response to one that an operation has of the same status."""
    there = responses.setdefault(status, response)
    if there is not response:
        there["content"] = there.get("content", {}) | response["content"]
        there["headers"] = there.get("headers", {}) | response["headers"]


def _status(problem: Problem) -> int:
    return problem.status


def _problem_response(problems: list[Problem], operation: Operation) -> dict[str, Any]:
    names = dict.fromkeys(["Content-Language", *(name for one in problems for name in one.headers)])
    documents = {one.code: _example(one, operation).document("en") for one in problems}
    return {
        "description": "\n".join(f"- `{code}`: {document['detail']}" for code, document in documents.items()),
        "headers": _header_references(names),
        "content": {
            CONTENT_TYPE: {
                "schema": {"$ref": "#/components/schemas/Problem"},
                "examples": {
                    one.code: {"summary": one.title_en.capitalize(), "value": documents[one.code]}
                    for one in problems
                },
            }
        },
    }


def _example(problem: Problem, operation: Operation) -> ProblemError:
    """Return a problem as a request to this operation might get it."""
    if problem is OTHER_KEY_KIND:
        schemes = [token.scheme for token in operation.tokens]
        return other_kind(*(kind.prefix for kind in TOKEN_KINDS.values() if kind.scheme in schemes))
    if problem is MISSING_SCOPE:
        return lacking(*(Scope(scope) for token in operation.tokens for scope in token.scopes))
    return example_of(problem)


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a parameter without null, which a parameter that is left out is not."""
    choices: list[dict[str, Any]] = [
        choice for choice in schema.get("anyOf", ()) if choice != {"type": "null"}
    ]
    if len(choices) != 1:
        return schema
    return choices[0] | {name: value for name, value in schema.items() if name != "anyOf"}


def _header_references(names: Iterable[str]) -> dict[str, Any]:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}
