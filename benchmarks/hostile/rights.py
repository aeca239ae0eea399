"""Every operation of the OpenAPI document with every kind of credential, and generated requests to all of them."""

import http.client
import json
import re
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any, Final

from prometheus_client import CollectorRegistry

from benchmarks import fuzz
from benchmarks.hostile.credentials import EXPIRES_AFTER, MESSAGE, NUMBER, Credential, belongings, everybody
from benchmarks.ports import free_port
from benchmarks.rig import Measurement, dunwatch, rig, run, running
from service.app import create_api
from service.cases import consent_text
from service.metrics import Metrics

UNLIMITED: Final = 10**9
MOST_TOLD: Final = 5
#: So that what is deleted is asked for before, and what is within before what is around it.
METHODS: Final = ("GET", "HEAD", "PATCH", "POST", "PUT", "DELETE")
BOUNDARY: Final = "dunwatch-benchmark"
REPORT: Final = {"number": NUMBER, "occurred_at": "2026-03-02T12:00:00+08:00"}
STATEMENT: Final = {"statement": "补充一段说明文字，供裁定"}
#: Bodies with which somebody who may comes to the end, with ids as in paths; every other operation gets an empty object.
BODIES: Final[dict[tuple[str, str], object]] = {
    ("POST", "/v1/reports"): REPORT,
    ("PATCH", "/v1/reports/{report_id}"): {"narrative": "more"},
    ("POST", "/v1/cases"): {"report_ids": ["{report_id}"]},
    ("PATCH", "/v1/cases/{case_id}"): STATEMENT,
    ("POST", "/v1/cases/{case_id}/consents"): {"channel": "police", "text_version": consent_text.VERSION},
    ("POST", "/v1/cases/{case_id}/filings/{channel}/events"): {"event": "filed"},
    ("POST", "/v1/webhooks"): {"url": "https://1.1.1.1/hook"},
    ("POST", "/v1/violations:suggest"): {"narrative": "威胁"},
    ("POST", "/v1/numbers:lookup"): {"numbers": [NUMBER]},
    ("POST", "/v1/disputes"): {"reason": "other", "statement": "一段足够长的说明文字"},
    ("PATCH", "/v1/disputes/{dispute_id}"): STATEMENT,
    ("POST", "/v1/exports"): {"from": "2026-03-01", "to": "2026-03-02"},
    ("POST", "/v1/exports/{export_id}/decision"): {"decision": "approved", "reason": "the letter was read"},
    ("POST", "/v1/moderation/numbers/{number}/decisions"): {"decision": "released", "reason": "heard both"},
    ("POST", "/v1/moderation/disputes/{dispute_id}/decision"): {"outcome": "rejected", "reason": "heard both"},
    ("POST", "/v1/reports:batch"): REPORT | {"reporter": "somebody"},
}  # fmt: skip
#: What a body names belongs to somebody as well.
NAMED_IN_BODIES: Final = {("POST", "/v1/cases"): frozenset({"report_id"})}


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of the document: who may call it, as pairs of a scheme and scopes, and whose things it names."""

    method: str
    path: str
    opens: tuple[tuple[str, frozenset[str]], ...]
    names: frozenset[str]

    def may(self, one: Credential) -> bool:
        """Whether the document lets somebody call it, and what it names is theirs or is worked on for everybody."""
        if not self.opens:
            return True
        scopes = [scopes for scheme, scopes in self.opens if scheme == one.scheme and scopes <= one.scopes]
        return any("moderator" in wanted or not (self.names & _OWNED) - one.owns for wanted in scopes)


_OWNED: Final = frozenset({"report_id", "evidence_id", "case_id", "webhook_id", "dispute_id", "export_id"})


@dataclass(slots=True)
class Answers:
    """What was answered: to how many, which failures, and what somebody got without a right."""

    statuses: Counter[int] = field(default_factory=Counter)
    failed: list[str] = field(default_factory=list)
    open: list[str] = field(default_factory=list)
    reached: set[tuple[str, str]] = field(default_factory=set)


def measure(examples: int) -> list[Measurement]:
    """Try every operation with everybody, then send so many generated requests."""
    return [_everybody(), _generated(examples)]


def _everybody() -> Measurement:
    with (
        rig(
            log_format="json", proof_of_work_cost=1, code_sender="log", report_limit_per_hour=UNLIMITED,
            signup_limit_per_hour=UNLIMITED, code_limit_per_hour=UNLIMITED, request_limit_per_second=UNLIMITED,
        ) as rigged,
        ExitStack() as stack,
    ):  # fmt: skip
        people, port = run(lambda: everybody(rigged)), free_port()
        environment = rigged.environment | {"DUNWATCH_PORT": str(port)}
        stack.enter_context(running(dunwatch("follow"), environment))
        stack.enter_context(running(dunwatch("api"), environment, port=port))
        things = belongings(f"http://127.0.0.1:{port}", {one.name: one for one in people})
        document = create_api(rigged.settings, Metrics(CollectorRegistry())).openapi()
        operations = sorted(operations_of(document), key=_order)
        time.sleep(EXPIRES_AFTER.total_seconds())  # by then the key that expires has expired
        answers = _try_all(port, operations, people, things)
    return _row(answers, operations, people)


def operations_of(document: Mapping[str, Any]) -> Iterator[Operation]:
    """Yield every operation of a document, and HEAD beside each GET."""
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            opens = tuple(
                (scheme, frozenset(scopes))
                for one in operation.get("security", [])
                for scheme, scopes in one.items()
            )
            names = frozenset(re.findall(r"\{(\w+)\}", path)) | NAMED_IN_BODIES.get(
                (method.upper(), path), frozenset()
            )
            yield Operation(method.upper(), path, opens, names)
            if method == "get":
                yield Operation("HEAD", path, opens, names)


def _order(one: Operation) -> tuple[int, int, str]:
    return METHODS.index(one.method), -len(one.path) if one.method == "DELETE" else 0, one.path


def _try_all(
    port: int, operations: Sequence[Operation], people: Sequence[Credential], things: Mapping[str, str]
) -> Answers:
    """Let those try first who may not, while everything is there."""
    answers = Answers()
    for is_right in (False, True):
        for place, operation in enumerate(operations):
            address = f"127.{1 + place}.0.1"  # unknown tokens are counted for each network
            for one in people:
                if operation.may(one) == is_right:
                    _note(answers, operation, one, _send((address, port), operation, one, things))
    return answers


def _note(answers: Answers, operation: Operation, one: Credential, status: int) -> None:
    answers.statuses[status] += 1
    told = f"{operation.method} {operation.path} with {one.name}: {status}"
    if status == 0 or status >= 500:
        answers.failed.append(told)
    if status < 400 and status and not operation.may(one):
        answers.open.append(told)
    if status < 300 and operation.may(one):
        answers.reached.add((operation.method, operation.path))


def _send(between: tuple[str, int], operation: Operation, one: Credential, things: Mapping[str, str]) -> int:
    """Send one request from an address of this machine to a port; return the status, 0 if there was no answer."""
    body, media_type = _body(operation, things)
    address, port = between
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60, source_address=(address, 0))
    try:
        connection.putrequest(operation.method, operation.path.format(**things))
        for value in one.headers:
            connection.putheader("Authorization", value)
        if operation.method not in ("GET", "HEAD"):
            connection.putheader("Content-Type", media_type)
            connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body if operation.method not in ("GET", "HEAD") else None)
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return 0
    finally:
        connection.close()


def _body(operation: Operation, things: Mapping[str, str]) -> tuple[bytes, str]:
    if operation.path.endswith("/evidence"):
        lines = [f"--{BOUNDARY}", 'Content-Disposition: form-data; name="file"; filename="a.txt"', "", ""]
        content = "\r\n".join(lines).encode() + MESSAGE + f"\r\n--{BOUNDARY}--\r\n".encode()
        return content, f"multipart/form-data; boundary={BOUNDARY}"
    text = json.dumps(BODIES.get((operation.method, operation.path), {}))
    body = re.sub(r'"\{(\w+)\}"', lambda name: json.dumps(things[name[1]]), text).encode()
    return body, "application/x-ndjson" if operation.path.endswith(":batch") else "application/json"


def _row(answers: Answers, operations: Sequence[Operation], people: Sequence[Credential]) -> Measurement:
    told = "; ".join([*answers.failed, *answers.open][:MOST_TOLD])
    return Measurement(
        what=f"{len(operations)} operations with {len(people)} kinds of credentials",
        floor="no 5xx, nothing answered without its right",
        measured=f"{len(answers.failed)} failed, {len(answers.open)} answered without a right",
        is_met=not answers.failed and not answers.open,
        detail=f"{len(answers.reached)} operations come to a success for those who may; {_counted(answers.statuses)}"
        + (f"; {told}" if told else ""),
    )


def _generated(examples: int) -> Measurement:
    sent = fuzz.send(examples)
    failures = sum(count for status, count in sent.statuses.items() if status >= 500)
    told = "; ".join(f"{operation}: {title}" for operation, title in sorted(sent.findings)[:MOST_TOLD])
    return Measurement(
        what=f"{sent.cases:,} generated requests to {len(sent.operations)} operations",
        floor="no 5xx, no finding of schemathesis",
        measured=f"{failures} × 5xx, {len(sent.findings)} findings",
        is_met=not failures and not sent.findings,
        detail=_counted(sent.statuses) + (f"; {told}" if told else ""),
    )


def _counted(statuses: Counter[int]) -> str:
    return ", ".join(f"{count:,} × {status or 'none'}" for status, count in sorted(statuses.items()))
