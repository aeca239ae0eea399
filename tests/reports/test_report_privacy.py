"""Numbers of people and what they wrote stay where they belong: sealed, hashed, out of logs and metrics."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from cryptography.exceptions import InvalidTag

from service.edge.problems import INVALID_REQUEST, ProblemError
from service.host.logs import configure_logs
from tests.clients import Api, report_body, text_of_everything

CALLEE, CONTACT = "19790009876", "wx-secret-contact"
NARRATIVE = "他们说要来我家"


async def test_callee_and_contact_are_nowhere_in_clear(api: Api) -> None:
    reporter = await api.reporter()
    answer = await reporter.post(
        "/v1/reports",
        json=report_body(callee=CALLEE, contact=CONTACT),
        headers={"Idempotency-Key": "key"},
    )
    address = f"/v1/reports/{answer.json()['report_id']}"
    await reporter.patch(address, json={"callee": CALLEE + "0", "contact": CONTACT + "2"})
    text = await text_of_everything(api.database)
    for secret in (CALLEE, CONTACT):
        assert secret not in text
        assert secret.encode().hex() not in text
    own = (await reporter.get(address)).json()
    assert (own["callee"], own["contact"]) == (CALLEE, CONTACT)
    assert (own["supplements"][0]["callee"], own["supplements"][0]["contact"]) == (
        CALLEE + "0",
        CONTACT + "2",
    )


async def test_what_is_sealed_opens_only_in_its_own_report(api: Api) -> None:
    reporter = await api.reporter()
    for number in ("19790001234", "19790005678"):
        await reporter.post("/v1/reports", json=report_body(number=number, callee=CALLEE))
    first, second = await api.fetch("SELECT report_id, sealed FROM reports ORDER BY number")
    assert first["sealed"] != second["sealed"]
    assert CALLEE.encode() in api.keys.unseal(first["sealed"], first["report_id"].bytes)
    with pytest.raises(InvalidTag):
        api.keys.unseal(first["sealed"], second["report_id"].bytes)


async def test_without_secrets_nothing_is_sealed(api: Api) -> None:
    reporter = await api.reporter()
    await reporter.post("/v1/reports", json=report_body(callee="  ", contact=""))
    assert (await api.fetch("SELECT sealed FROM reports"))[0]["sealed"] is None


@pytest.fixture(params=["json", "console"])
def logged(request: pytest.FixtureRequest) -> Iterator[list[str]]:
    """Log lines as the service would write them in one of its formats; loggers already in use write them too."""
    in_use = structlog.get_config()
    before = list(in_use["processors"])
    configure_logs(request.param)
    wanted = structlog.get_config()["processors"]
    structlog.configure(**in_use)
    lines: list[str] = []

    def keep(_logger: object, _method: str, line: str) -> str:
        lines.append(line)
        return line

    in_use["processors"][:] = [*wanted, keep]
    yield lines
    in_use["processors"][:] = before


def measurements() -> str:
    """Names, labels and values of every metric of this process, as they lie on disk."""
    files = Path(os.environ["PROMETHEUS_MULTIPROC_DIR"]).glob("*.db")
    return b"".join(path.read_bytes() for path in files).decode("utf-8", "replace")


async def test_logs_and_metrics_name_nobody_even_when_things_fail(api: Api, logged: list[str]) -> None:
    secrets = await _meet_every_kind_of_failure(api)
    text = "\n".join(logged)
    assert "/v1/reports" in text
    assert "request failed" in text
    measured = measurements()
    assert "dunwatch_request_seconds" in measured
    told = [secret for secret in secrets if secret in text or secret in measured]
    assert not told, f"{len(told)} of {len(secrets)} secrets were logged or measured"


async def _meet_every_kind_of_failure(api: Api) -> list[str]:
    reporter = await api.reporter()
    partner = await api.partner()
    body = report_body(
        number="197 9000 4321",
        callee=CALLEE,
        contact=CONTACT,
        narrative=NARRATIVE,
        claimed_institution="某公司",
    )
    stored = await reporter.post("/v1/reports", json=body)
    address = f"/v1/reports/{stored.json()['report_id']}"
    await reporter.patch(address, json={"contact": CONTACT})
    await reporter.post("/v1/reports", json=body | {"number": "19790004321 19790004322"})
    await partner.get("/v1/numbers/19790004321")
    await partner.post("/v1/numbers:lookup", json={"numbers": ["19790004321", "19790004321x1"]})
    await api.fetch("ALTER TABLE daily_signals RENAME TO away")
    for path in ("/v1/reports", "/v1/reports"):
        await reporter.post(path, json=body | {"number": "19790004322"})
    await reporter.delete(address)
    await partner.post("/v1/reports:batch", json=body | {"reporter": "known-user"})
    await api.fetch("ALTER TABLE away RENAME TO daily_signals")
    tokens = [client.headers["Authorization"].removeprefix("Bearer ") for client in (reporter, partner)]
    return [
        "19790004321", "19790004322", "197 9000 4321", CALLEE, CONTACT, NARRATIVE, "某公司", "known-user", *tokens,
        stored.json()["report_id"],
    ]  # fmt: skip


async def test_a_problem_never_repeats_the_number(api: Api) -> None:
    reporter = await api.reporter()
    for number in ("19790004321 / 19790004322", "1979000abc4321", "82345678"):
        answer = await reporter.post("/v1/reports", json=report_body(number=number))
        assert answer.status_code == 422
        for digits in ("1979000", "4321", "82345678"):
            assert digits not in answer.text


def test_a_problems_own_text_carries_no_values_but_its_own() -> None:
    assert str(ProblemError(INVALID_REQUEST, number="19790004321")) == "invalid_request"
