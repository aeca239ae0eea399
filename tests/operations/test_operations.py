"""What an administrator sees, also while the database is unavailable; nobody is named in it."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from service.agencies.store import insert_agency
from service.backup.store import note_backup
from service.database import open_database
from service.edge.access import Scope
from service.ledger.sign import Notary
from service.ledger.watch import LedgerWatch
from service.metric_values import ValueFile
from service.operations import store
from service.operations.look import KEPT, OperationsWatch, Surroundings
from service.operations.refusals import NOTE, note_day, refused_on
from tests.clients import NUMBER, Api, report_row

NOW = datetime(2026, 11, 30, 4, tzinfo=UTC)
EARLIER = datetime.now(UTC) - timedelta(days=40)


async def seen(api: Api) -> dict[str, Any]:
    administrator = await api.partner(Scope.ADMINISTRATOR, source=None)
    answer = await administrator.get("/v1/operations")
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    told: dict[str, Any] = answer.json()
    return told


async def fill(api: Api) -> None:
    """One in each queue, all of them old, and somebody who signed up today."""
    await api.reporter()
    await api.insert([report_row(narrative="不要出现的话")])
    for statement in (
        "UPDATE changed_numbers SET waits_since = $1",
        "INSERT INTO exports (export_id, key_id, request, state, created_at) "
        "SELECT gen_random_uuid(), 'k', '{}', state, $1 FROM unnest(ARRAY['requested', 'queued']) AS state",
        "INSERT INTO disputes (number, dispute_id, kind, reason, brings_new, opened_at, due_on, state) "
        f"VALUES ('{NUMBER}', gen_random_uuid(), 'mobile', 'other', false, $1, '2026-01-01', 'open')",
        f"INSERT INTO agenda (number, task, due_at) VALUES ('{NUMBER}', 'review', $1), ('{NUMBER}', 'settle', $1)",
        "INSERT INTO webhook_messages (reporter, message_id, webhook_id, body, created_at, next_at) "
        "VALUES ('r', gen_random_uuid(), gen_random_uuid(), '{}', $1, $1)",
        "INSERT INTO case_reminders (reporter, case_id, channel, deadline, remind_at, due_on) "
        "VALUES ('r', gen_random_uuid(), 'police', 'd', $1, '2026-01-01')",
    ):
        await api.fetch(statement, EARLIER)
    async with api.database.connection() as connection:
        agency_id = await insert_agency(connection, "police", "某市公安局", rows_per_30_days=9, now=EARLIER)
        await note_backup(connection, datetime.now(UTC))
        await note_backup(connection, EARLIER)  # an older one that was finished later
    await api.partner(Scope.EXPORTS, source=None, agency_id=agency_id, purpose="testing", expires_at=EARLIER)


async def test_every_queue_tells_the_age_of_its_oldest_and_its_command(api: Api) -> None:
    await fill(api)
    told = await seen(api)
    assert told["unavailable"] == []
    queues = {queue["name"]: queue for queue in told["queues"]}
    assert list(queues) == [
        "scoring", "approvals", "exports", "disputes", "reviews", "settlements", "webhooks", "reminders",
    ]  # fmt: skip
    assert {queue["waiting"] for queue in queues.values()} == {1}
    assert {queue["state"] for queue in queues.values()} == {"attention"}
    assert all(queue["age_seconds"] >= 40 * 86400 for queue in queues.values())
    assert all(queue["command"].startswith("dunwatch ") for queue in queues.values())
    assert queues["disputes"]["overdue"] == 1
    assert (told["today"]["sign_ups"], told["today"]["reports"]) == (1, 1)
    states = {part["name"]: part["state"] for part in told["parts"]}
    assert states == {
        "database": "ok", "replica": "ok", "model": "ok", "ledger": "ok", "upkeep": "attention", "purge": "attention",
        "backup": "ok",
    }  # fmt: skip
    assert told["parts"][0]["state"] == "attention"


async def test_keys_and_agencies_are_shown_and_nothing_about_a_person(api: Api) -> None:
    await fill(api)
    administrator = await api.partner(Scope.ADMINISTRATOR, source=None)
    answer = await administrator.get("/v1/operations")
    told = answer.json()
    assert [(agency["title"], agency["rows_received"]) for agency in told["agencies"]] == [("某市公安局", 0)]
    assert [(key["state"], key["agency"]) for key in told["keys"]] == [
        ("expired", "某市公安局"),
        ("valid", None),
    ]
    for hidden in (NUMBER, NUMBER[3:], "不要出现的话", "key_hash", "dw_key_"):
        assert hidden not in answer.text


async def test_without_the_database_it_tells_what_works_and_what_is_not_known(api: Api) -> None:
    administrator = await api.partner(Scope.ADMINISTRATOR, source=None)
    gone = api.settings.model_copy(update={"database_url": "postgresql://nobody@127.0.0.1:1/nothing"})
    database = open_database(gone)
    around = Surroundings(
        database=database,
        replica=api.state["lookup"]._replica,
        models=api.state["models"],
        ledger=LedgerWatch(),
        notary=Notary(api.keys.signer(), api.settings.ledger_note),
        metrics_dir=api.settings.metrics_dir,
        stale_after_seconds=5.0,
    )
    api.state["operations"] = OperationsWatch(around)
    answer = await administrator.get("/v1/operations")
    await database.close()
    assert answer.status_code == 200
    told = answer.json()
    assert told["unavailable"] == ["queues", "today", "keys", "agencies"]
    assert [told[name] for name in told["unavailable"]] == [None] * 4
    states = {part["name"]: part["state"] for part in told["parts"]}
    assert states == {
        "database": "wrong", "replica": "ok", "model": "ok", "ledger": "unknown", "upkeep": "unknown",
        "purge": "unknown", "backup": "unknown",
    }  # fmt: skip
    assert told["parts"][0]["name"] == "database"
    assert [text["en"] for text in told["works"]] == [
        "Look-ups are answered.", "Rules, channels and where to turn are shown.",
    ]  # fmt: skip


async def test_however_many_ask_it_is_looked_at_once_in_five_seconds(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked = []
    list_queues = store.list_queues

    async def counted(*given: Any) -> Any:
        looked.append(1)
        return await list_queues(*given)

    monkeypatch.setattr(store, "list_queues", counted)
    watch, moment = api.state["operations"], [NOW]
    now: Callable[[], datetime] = lambda: moment[0]  # noqa: E731
    for _ in range(20):
        await watch.get(now)
    assert len(looked) == 1
    moment[0] += KEPT
    await watch.get(now)
    assert len(looked) == 2


def test_refusals_are_those_of_today_whatever_the_metrics_counted_before(tmp_path: Path) -> None:
    counts = ValueFile(tmp_path / "counter_7.db")
    today, tomorrow = NOW.date(), NOW.date() + timedelta(days=1)

    def refuse(code: str, total: int) -> None:
        key = json.dumps(["dunwatch_refusals", "dunwatch_refusals_total", {"code": code}, "Counts."])
        counts.set(key, float(total), 0.0)

    refuse("not_found", 5)
    assert refused_on(tmp_path, today) == (
        [("not_found", 5)],
        None,
    )  # no upkeep here has noted when a day began
    note_day(tmp_path, NOW)
    refuse("not_found", 6)
    refuse("missing_key", 3)
    note_day(tmp_path, NOW + timedelta(hours=1))
    assert refused_on(tmp_path, today) == ([("missing_key", 3), ("not_found", 1)], NOW)
    evening = NOW + timedelta(hours=12)  # tomorrow in China
    note_day(tmp_path, evening)
    assert refused_on(tmp_path, tomorrow) == ([], evening)
    (tmp_path / NOTE).write_text("{")
    assert refused_on(tmp_path, tomorrow).since is None
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []
