"""Whatever a test is answered must be documented for its operation: status, code of the problem, and its headers."""

from functools import cache
from typing import Any

import httpx

from service.app import load_api
from service.edge.operations import Operations
from service.edge.problems import BY_CODE, CONTENT_TYPE


@cache
def described() -> tuple[Operations, dict[str, Any]]:
    """The operations, and the paths of the OpenAPI document."""
    api = load_api()
    return api.state.operations, api.openapi()["paths"]


def documented_codes(response: dict[str, Any]) -> set[str]:
    """The codes of problems that the documentation of a response names."""
    return set(response.get("content", {}).get(CONTENT_TYPE, {}).get("examples", {}))


async def require_documented(answer: httpx.Response) -> None:
    """Fail on an answer that the document does not have; of no operation, nothing is known."""
    operations, paths = described()
    method = answer.request.method.replace("HEAD", "GET")
    operation = operations.find(method, answer.request.url.path)
    if operation is None or not operation.is_documented:
        return
    where = f"{method} {operation.path}"
    responses = paths[operation.path][method.lower()]["responses"]
    assert str(answer.status_code) in responses, f"{where} answers {answer.status_code}"
    if answer.headers.get("content-type") != CONTENT_TYPE or answer.request.method == "HEAD":
        return
    await answer.aread()
    code = answer.json()["code"]
    assert code in documented_codes(responses[str(answer.status_code)]), f"{where} raises {code}"
    for name in ("Content-Language", *BY_CODE[code].headers):
        assert name in answer.headers, f"{where} answers {code} without {name}"
