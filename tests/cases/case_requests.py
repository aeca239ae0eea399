"""How tests ask for cases: a reporter with reports of invented numbers, and what they send."""

from datetime import timedelta
from itertools import count
from typing import Any

import httpx
from clients import minutes_ago, report_body

from service.cases import consent_text

_STARTED = minutes_ago(30)
_minutes = count()  # each report tells of another minute, however long the tests take


async def report(reporter: httpx.AsyncClient, **fields: object) -> str:
    """Id of a new report of a threat."""
    plain: dict[str, Any] = {
        "violations": ["threat"],
        "occurred_at": (_STARTED - timedelta(minutes=next(_minutes))).isoformat(),
    }
    answer = await reporter.post("/v1/reports", json=report_body(**(plain | fields)))
    assert answer.status_code == 201, answer.text
    return str(answer.json()["report_id"])


async def new_case(reporter: httpx.AsyncClient, *report_ids: str, **fields: object) -> dict[str, Any]:
    """A new case of these reports, of one new report without any."""
    ids = list(report_ids) or [await report(reporter)]
    answer = await reporter.post("/v1/cases", json={"report_ids": ids, **fields})
    assert answer.status_code == 201, answer.text
    case: dict[str, Any] = answer.json()
    return case


async def consent(reporter: httpx.AsyncClient, case_id: str, channel: str) -> httpx.Response:
    """Consent to a package for a channel."""
    body = {"channel": channel, "text_version": consent_text.VERSION}
    return await reporter.post(f"/v1/cases/{case_id}/consents", json=body)


async def happen(
    reporter: httpx.AsyncClient, case_id: str, channel: str, event: str, **fields: object
) -> httpx.Response:
    """Record what happened to a filing."""
    body = {"event": event, **fields}
    return await reporter.post(f"/v1/cases/{case_id}/filings/{channel}/events", json=body)
