"""Answers what handlers of the API raise with problem documents."""

from collections.abc import Awaitable, Callable
from typing import Final, cast

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from service.database import DatabaseUnavailableError
from service.edge.envelope import database_unavailable
from service.edge.problems import (
    CONTENT_TYPE,
    INTERNAL_ERROR,
    INVALID_JSON,
    METHOD_NOT_ALLOWED,
    NOT_FOUND,
    UNSUPPORTED_MEDIA_TYPE,
    ProblemError,
    preferred_language,
)
from service.edge.validation import validation_problem
from service.lookup.replica import ReplicaUnavailableError
from service.lookup.route import replica_unavailable

#: The errors of parts that are unavailable, and the problems that requests which need them are answered with.
UNAVAILABLE = {DatabaseUnavailableError: database_unavailable, ReplicaUnavailableError: replica_unavailable}


async def _answer_problem(request: Request, error: Exception) -> Response:
    problem = cast(ProblemError, error)
    request.state.context.metrics.refusals.labels(problem.problem.code).inc()
    language = preferred_language(request.headers.get("accept-language"))
    headers = {**problem.headers, "Content-Language": language}
    return Response(problem.body(language), problem.problem.status, headers, CONTENT_TYPE)


async def _answer_invalid(request: Request, error: Exception) -> Response:
    errors = cast(RequestValidationError, error).errors()
    content_type = request.headers.get("content-type", "application/json")
    if errors[0]["loc"] == ("body",) and not content_type.startswith("application/json"):
        expected = "application/json"
        return await _answer_problem(request, ProblemError(UNSUPPORTED_MEDIA_TYPE, expected=expected))
    return await _answer_problem(request, validation_problem(errors, skip=1))


async def _answer_http(request: Request, error: Exception) -> Response:
    status = cast(HTTPException, error)
    if status.status_code == 400:  # a body that could not even be read: not UTF-8, or nested without end
        return await _answer_problem(
            request, ProblemError(INVALID_JSON, reason_zh="无法读取", reason_en="it cannot be read")
        )
    if status.status_code == 405:
        methods = request.app.state.operations.methods(request.scope["path"])
        return await _answer_problem(
            request, ProblemError(METHOD_NOT_ALLOWED, headers={"Allow": ", ".join(methods)})
        )
    return await _answer_problem(request, ProblemError(NOT_FOUND, headers=status.headers))


async def _answer_without_database(request: Request, _error: Exception) -> Response:
    return await _answer_problem(request, database_unavailable())


async def _answer_without_replica(request: Request, _error: Exception) -> Response:
    return await _answer_problem(request, replica_unavailable())


async def _answer_failure(request: Request, _error: Exception) -> Response:
    """Answer when a handler fails; the envelope, which sees the failure too, logs and counts it."""
    error = ProblemError(INTERNAL_ERROR, request_id=request.scope["request_id"])
    language = preferred_language(request.headers.get("accept-language"))
    return Response(error.body(language), INTERNAL_ERROR.status, {"Content-Language": language}, CONTENT_TYPE)


HANDLERS: Final[dict[int | type[Exception], Callable[[Request, Exception], Awaitable[Response]]]] = {
    ProblemError: _answer_problem,
    RequestValidationError: _answer_invalid,
    HTTPException: _answer_http,
    DatabaseUnavailableError: _answer_without_database,
    ReplicaUnavailableError: _answer_without_replica,
    Exception: _answer_failure,
}
