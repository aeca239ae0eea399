"""The OpenAPI document: FastAPI's, completed with the single look-up, the problems and the bearer schemes."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from service.edge.problems import CATALOGUE, CONTENT_TYPE
from service.lookup.router import OPENAPI_PATH
from service.lookup.schemas import SingleAnswer
from service.reports.route import OPENAPI_OPERATION
from service.reports.schemas import Receipt, Report

VERSION = "1.0"
OPEN_PATHS = frozenset({"/healthz", "/readyz", "/metrics", "/v1/reporters", "/v1/reporters/challenge",
                        "/v1/exports/signing-key", "/v1/numbers/{number}/owner-codes", "/v1/owners",
                        "/v1/channels", "/v1/rules", "/v1/violations", "/v1/routing",
                        "/v1/log/checkpoint", "/v1/log/checkpoints", "/v1/calendars/{token}.ics",
                        "/v1/privacy"})  # fmt: skip
PROBLEM_SCHEMA: dict[str, Any] = {
    "type": "object",
    "description": "RFC 9457 problem document.",
    "required": ["type", "title", "status", "detail", "code"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "In the language asked for (Accept-Language: zh, en)."},
        "code": {"type": "string", "enum": sorted(problem.code for problem in CATALOGUE)},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "code", "message"],
                "properties": {name: {"type": "string"} for name in ("field", "code", "message")},
            },
        },
    },
}


def openapi_document(app: FastAPI) -> dict[str, Any]:
    """The whole document, made once and kept on the app."""
    if app.openapi_schema is None:
        document = get_openapi(
            title=app.title, version=VERSION, description=app.description, routes=app.routes
        )
        schemas = document["components"]["schemas"]
        schemas["Problem"] = PROBLEM_SCHEMA
        schemas["SingleAnswer"] = SingleAnswer.model_json_schema(ref_template="#/components/schemas/{model}")
        schemas["SingleAnswer"].pop("$defs", None)
        for unused in ("HTTPValidationError", "ValidationError"):
            schemas.pop(unused, None)
        document["components"]["securitySchemes"] = {"bearer": {"type": "http", "scheme": "bearer"}}
        for model in (Report, Receipt):
            schemas[model.__name__] = model.model_json_schema(ref_template="#/components/schemas/{model}")
            schemas.update(schemas[model.__name__].pop("$defs", {}))
        document["paths"]["/v1/numbers/{number}"] = OPENAPI_PATH
        document["paths"]["/v1/reports"]["post"] = OPENAPI_OPERATION
        for path, operations in document["paths"].items():
            for operation in operations.values():
                _complete(path, operation)
        app.openapi_schema = document
    return app.openapi_schema


def _complete(path: str, operation: dict[str, Any]) -> None:
    problem = {"content": {CONTENT_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}}
    operation["responses"].pop("422", None)
    operation["responses"]["default"] = {"description": "A problem.", **problem}
    if path not in OPEN_PATHS:
        operation["security"] = [{"bearer": []}]
