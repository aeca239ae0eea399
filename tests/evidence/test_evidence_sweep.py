"""Objects that belong to nothing are removed, all others stay."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

from service.evidence.sweep import LEFT_ALONE, sweep
from tests.clients import Api, minutes_ago, report_body
from tests.evidence.evidence_files import attach, recording

LATER = timedelta(seconds=1) + LEFT_ALONE


def names(api: Api) -> list[str]:
    """Of everything in the vault."""
    return [path.name for path in api.settings.evidence_dir.iterdir()]


async def test_an_object_without_a_row_is_removed_once_it_is_old_enough(api: Api) -> None:
    reporter = await api.reporter()
    answer = await reporter.post("/v1/reports", json=report_body())
    kept = await attach(reporter, f"/v1/reports/{answer.json()['report_id']}", recording())
    orphan = api.settings.evidence_dir / str(uuid4())
    unfinished = api.settings.evidence_dir / f"{uuid4()}#1"
    other = api.settings.evidence_dir / "notes.txt"
    for path in (orphan, unfinished, other):
        path.write_bytes(b"x")
    now = datetime.now(UTC)
    assert await sweep(api.database, api.state["vault"], now) == 0
    assert await sweep(api.database, api.state["vault"], now + LATER) == 2
    assert sorted(names(api)) == sorted([kept.json()["evidence_id"], other.name])


async def test_evidence_of_a_report_that_was_made_again_goes_with_the_earlier_one(api: Api) -> None:
    reporter = await api.reporter()
    body = report_body(occurred_at=minutes_ago(10).isoformat())
    report_id = (await reporter.post("/v1/reports", json=body)).json()["report_id"]
    await attach(reporter, f"/v1/reports/{report_id}", recording())
    await reporter.delete(f"/v1/reports/{report_id}")
    assert await sweep(api.database, api.state["vault"], datetime.now(UTC)) == 0
    assert (await reporter.post("/v1/reports", json=body)).status_code == 201
    assert await sweep(api.database, api.state["vault"], datetime.now(UTC)) == 1
    assert (names(api), await api.count("evidence")) == ([], 0)
