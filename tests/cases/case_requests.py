"""How tests ask for cases: a reporter with reports of invented numbers, and what they send."""

import io
import zipfile
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import httpx

from service.cases import consent_text
from service.days import CHINA
from tests.clients import new_report

#: Noon of yesterday in China: by day, whatever the time of the test, so that nothing counts as in quiet hours.
_STARTED = datetime.now(UTC).astimezone(CHINA).replace(
    hour=12, minute=0, second=0, microsecond=0
) - timedelta(days=1)
_minutes = count()  # each report tells of another minute, however long the tests take


async def report(reporter: httpx.AsyncClient, **fields: object) -> str:
    """Id of a new report of a threat."""
    plain: dict[str, Any] = {
        "violations": ["threat"],
        "occurred_at": (_STARTED + timedelta(minutes=next(_minutes) % 720)).isoformat(),
    }
    return (await new_report(reporter, **(plain | fields))).rsplit("/", 1)[1]


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


async def packed(reporter: httpx.AsyncClient, case_id: str, channel: str) -> dict[str, bytes]:
    """What is in the package for a channel, consented to first."""
    assert (await consent(reporter, case_id, channel)).status_code == 201
    answer = await reporter.get(f"/v1/cases/{case_id}/packages/{channel}")
    assert answer.status_code == 200, answer.text
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


async def happen(
    reporter: httpx.AsyncClient, case_id: str, channel: str, event: str, **fields: object
) -> httpx.Response:
    """Record what happened to a filing."""
    body = {"event": event, **fields}
    return await reporter.post(f"/v1/cases/{case_id}/filings/{channel}/events", json=body)
