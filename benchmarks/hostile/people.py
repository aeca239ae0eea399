"""What people with a token send and ask for: texts that are dear to read, uploads that stop, copies of everything."""

import json
import threading
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from datetime import UTC, datetime, timedelta
from functools import cache

from benchmarks.hostile.attacks import Attack, Target
from benchmarks.hostile.wire import ask, connect, head, send
from service.cases import consent_text

NUMBER = "19790001234"
BOUNDARY = "boundary"
FORM = f"multipart/form-data; boundary={BOUNDARY}"
MEGABYTE = 1024 * 1024
STALLED_EACH = 4
#: Texts in which every place may begin a number.
DEAR = (
    "1 " * 1000,
    "1-" * 1000,
    "(0)" * 666,
    "+86" * 600,
    "1 3 8 " * 300,
    "０１" * 1000,
    "6222 " * 400,
    "a@" * 1000,
)
_PREPARING = threading.Lock()


def packages_of_dear_texts(target: Target) -> None:
    """Ten reports whose narratives are dear to mask, then one package after another of their case."""
    token = target.reporters[0]
    case_id = _case_of(target.port, token)
    target.send(f"/v1/cases/{case_id}/packages/police", token=token, method="GET")


def texts_that_are_dear_to_read(target: Target) -> None:
    """Texts of a megabyte that could be call logs: only separators, one line, columns without end, digits without end."""
    token = target.reporters[1]
    report = _report_of(target.port, token)
    columns = ";" * MEGABYTE
    texts = (
        columns,
        f"号码;时间;通话时长\n{columns}",
        f"号码,时间,类型,通话时长\n{NUMBER},2026-03-01 10:00:00,呼入,{'9' * 5000}\n" * 50,
        "号码,时间\n" + "\n" * MEGABYTE,
        f'号码,时间\n"{NUMBER}' + "," * MEGABYTE,
    )
    for text in texts:
        target.send(f"/v1/reports/{report}/evidence", _form(text.encode()), token=token, media_type=FORM)


def uploads_that_stop(target: Target) -> None:
    """As many uploads as accounts may begin, none of which goes on."""
    with ExitStack() as stack:
        for token in target.reporters[2:]:
            report = _report_of(target.port, token)
            for _ in range(STALLED_EACH):
                connection = stack.enter_context(connect(target.port))
                path = f"/v1/reports/{report}/evidence"
                with suppress(OSError):
                    connection.sendall(head("POST", path, token, MEGABYTE, FORM) + _form(b"x" * 1000)[:-20])
        target.stop.wait(1)
        token = target.reporters[0]  # who is served all the same
        report = _report_of(target.port, token)
        target.send(
            f"/v1/reports/{report}/evidence", _form(_message(), "message.txt"), token=token, media_type=FORM
        )


def packages_that_nobody_reads(target: Target) -> None:
    """Packages whose answers are left in the socket."""
    with ExitStack() as stack:
        for token in target.reporters:
            case_id = _case_of(target.port, token)
            connection = stack.enter_context(connect(target.port))
            connection.sendall(head("GET", f"/v1/cases/{case_id}/packages/police", token, 0, ""))
        target.stop.wait(2)


def copies_of_many_calls(target: Target) -> None:
    """A copy and the findings of the reporter who has logged as many calls as nobody else."""
    token = target.reporters[0]
    target.send("/v1/me", token=token, method="GET")
    target.send(f"/v1/reports/{_report_of(target.port, token)}/findings", token=token, method="GET")


BY_PEOPLE: tuple[Attack, ...] = (
    packages_of_dear_texts,
    texts_that_are_dear_to_read,
    uploads_that_stop,
    packages_that_nobody_reads,
    copies_of_many_calls,
)


def _message() -> bytes:
    return f"{NUMBER} {datetime.now(UTC).isoformat()} 再不还款就上门。".encode()


def _form(content: bytes, name: str = "calls.csv") -> bytes:
    start = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'.encode()
    return start + content + f"\r\n--{BOUNDARY}--\r\n".encode()


def _reported(port: int, token: str, narratives: Sequence[str]) -> list[str]:
    ids = []
    for place, narrative in enumerate(narratives):
        moment = datetime.now(UTC) - timedelta(minutes=10 + place)
        body = {
            "number": NUMBER,
            "occurred_at": moment.isoformat(),
            "narrative": narrative,
            "violations": ["threat"],
        }
        status, document = ask(port, "POST", "/v1/reports", token, json.dumps(body).encode())
        if status not in (200, 201):
            raise RuntimeError(f"a report was answered with {status}")
        ids.append(document["report_id"])
    return ids


@cache
def _report_of_once(port: int, token: str) -> str:
    return _reported(port, token, [DEAR[0]])[0]


def _report_of(port: int, token: str) -> str:
    with _PREPARING:
        return _report_of_once(port, token)


@cache
def _case_of_once(port: int, token: str) -> str:
    reports = _reported(port, token, [DEAR[place % len(DEAR)] for place in range(10)])
    status, case = ask(port, "POST", "/v1/cases", token, json.dumps({"report_ids": reports}).encode())
    if status != 201:
        raise RuntimeError(f"a case was answered with {status}")
    consent = {"channel": "police", "text_version": consent_text.VERSION}
    path = f"/v1/cases/{case['case_id']}/consents"
    status, _ = send(port, "POST", path, token=token, body=json.dumps(consent).encode())
    if status not in (200, 201, 204):
        raise RuntimeError(f"a consent was answered with {status}")
    return str(case["case_id"])


def _case_of(port: int, token: str) -> str:
    with _PREPARING:
        return _case_of_once(port, token)
