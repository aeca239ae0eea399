"""A source confirms numbers by itself only if the operator vetted it by name; nothing else about it matters."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from service.commands.sources import name_undecided
from service.database import Connection
from service.metrics import Metrics
from service.models.shelf import ModelShelf
from service.reports.importing import ImportFile, import_file
from service.reports.sources_store import SourceNameError, ensure_source, fetch_source
from service.reports.store import QUERIES
from service.reports.vetting import Vetting, VettingDecision, decide_vetting, queue_numbers
from service.upkeep import Upkeep
from tests.clients import NUMBER, Api, minutes_ago, report_row

GROUPS = 6


def lines(*, number: str = NUMBER, opinion: str = "abusive", groups: int = GROUPS, name: str = "u") -> str:
    """What a partner says of a number, as if by people who have nothing to do with each other."""
    body: dict[str, object] = {
        "number": number,
        "occurred_at": minutes_ago(600).isoformat(),
        "medium": "sms",
        "opinion": opinion,
    }
    if opinion == "abusive":
        body |= {"violations": ["threat", "third_party"], "relation": "third_party", "narrative": "还钱"}
    return "\n".join(
        json.dumps(body | {"reporter": f"{name}-{n}", "group": f"city-{n}"}) for n in range(groups)
    )


async def decide(api: Api, name: str, vetting: Vetting) -> None:
    """Decide about a source as the command does, and score what follows from it as upkeep and scorer do."""

    async def work(connection: Connection) -> None:
        source = await fetch_source(connection, name)
        assert source is not None
        decision = VettingDecision(vetting, "because", "operator:test", datetime.now(UTC))
        await decide_vetting(connection, source, decision)

    await api.database.in_transaction(work)
    async with api.database.connection() as connection:
        await queue_numbers(connection)
    await api.publish()


async def told(api: Api, number: str = NUMBER) -> dict[str, Any]:
    client = await api.partner(source=None)
    answer: dict[str, Any] = (await client.get(f"/v1/numbers/{number}")).json()
    return answer


async def send(api: Api, source: str, body: str) -> None:
    client = await api.partner(source=source)
    answer = await client.post("/v1/reports:batch", content=body)
    assert {json.loads(line)["status"] for line in answer.text.splitlines()} == {"stored"}


async def test_a_partner_confirms_a_number_only_while_it_is_vetted(api: Api) -> None:
    await send(api, "partner", lines())
    await api.publish()
    assert (await told(api))["verdict"] == "suspected"
    await decide(api, "partner", Vetting.VETTED)
    assert (await told(api))["verdict"] == "confirmed"
    await decide(api, "partner", Vetting.UNVETTED)
    assert (await told(api))["verdict"] == "suspected"


async def test_two_sources_two_keys_and_a_hundred_groups_do_no_more_than_one(api: Api) -> None:
    for source in ("partner-a", "partner-b", "partner-c"):
        for key in range(2):
            await send(api, source, lines(groups=30, name=f"{source}-{key}"))
    await api.publish()
    assert (await told(api))["verdict"] == "suspected"
    await decide(api, "partner-a", Vetting.VETTED)  # by name: the others remain what they are
    assert (await told(api))["verdict"] == "confirmed"


async def test_a_key_made_before_its_source_was_vetted_is_vetted_with_it(api: Api) -> None:
    client = await api.partner(source="partner")
    await decide(api, "partner", Vetting.VETTED)
    await client.post("/v1/reports:batch", content=lines())
    await api.publish()
    assert (await told(api))["verdict"] == "confirmed"


async def test_a_file_is_no_more_than_a_key(api: Api, tmp_path: Path) -> None:
    path = tmp_path / "hotline.ndjson"
    path.write_text(lines(), encoding="utf-8")
    async with api.database.connection() as connection:
        source = await ensure_source(connection, "hotline", weight=3.0)
    file = ImportFile(path, "ndjson", tmp_path / "rejected.ndjson")
    await import_file(api.database, file, source, keys=api.keys, progress=lambda _: None)
    await api.publish()
    assert (await told(api))["verdict"] == "suspected"


async def test_an_unvetted_partner_ends_no_suspicion(api: Api) -> None:
    await api.insert([report_row(cluster=n % 2, weight=3.0) for n in range(6)])
    await api.publish()
    assert (await told(api))["verdict"] == "suspected"
    await send(api, "partner", lines(opinion="legitimate", groups=30))
    await api.publish()
    assert (await told(api))["verdict"] == "suspected"
    await decide(api, "partner", Vetting.VETTED)
    assert (await told(api))["verdict"] == "unknown"


async def test_what_three_strangers_confirm_is_confirmed_beside_a_partner(api: Api) -> None:
    await send(api, "partner", lines())
    await api.insert([report_row(weight=3.0) for _ in range(4)])
    await api.publish()
    assert (await told(api))["verdict"] == "confirmed"
    await decide(api, "partner", Vetting.UNVETTED)
    assert (await told(api))["verdict"] == "confirmed"


@pytest.mark.parametrize("people", [0, 1, 2])
async def test_people_beside_a_source_do_not_keep_what_it_confirmed_when_it_is_no_longer_vetted(
    api: Api, people: int
) -> None:
    await send(api, "partner", lines())
    if people:
        await api.insert([report_row(weight=1.0) for _ in range(people)])
    await decide(api, "partner", Vetting.VETTED)
    assert (await told(api))["verdict"] == "confirmed"
    await decide(api, "partner", Vetting.UNVETTED)
    assert (await told(api))["verdict"] == "suspected"


async def test_a_source_that_accuses_a_number_does_not_end_what_the_crowd_confirmed(api: Api) -> None:
    """Neither an undecided source, nor one against which the operator decided long ago."""
    people = [report_row(weight=3.0) for _ in range(6)]
    await api.insert(people)
    await api.partner(source="decided")
    await decide(api, "decided", Vetting.UNVETTED)
    await api.publish()
    assert (await told(api))["verdict"] == "confirmed"
    await api.fetch("DELETE FROM daily_signals WHERE cluster <> (SELECT min(cluster) FROM daily_signals)")
    for source in ("partner", "decided"):
        await send(api, source, lines(name=source))
        await api.publish()
        assert (await told(api))["verdict"] == "confirmed"


async def test_rows_that_do_not_say_their_source_are_those_of_the_reports(api: Api) -> None:
    """An earlier release, which runs beside this one for a while, writes such rows."""
    await send(api, "partner", lines())
    await api.fetch("UPDATE daily_signals SET source_id = NULL")
    await api.publish()
    assert (await told(api))["verdict"] == "suspected"
    await decide(api, "partner", Vetting.VETTED)
    assert (await told(api))["verdict"] == "confirmed"
    await api.insert([report_row(weight=3.0) for _ in range(4)])
    await api.fetch("UPDATE daily_signals SET source_id = NULL")
    await decide(api, "partner", Vetting.UNVETTED)
    assert (await told(api))["verdict"] == "confirmed"


async def test_an_explanation_names_the_condition_in_both_languages(api: Api) -> None:
    await send(api, "partner", lines())
    await api.publish()
    client = await api.partner(source=None)
    found = (await client.get(f"/v1/numbers/{NUMBER}/explanation")).json()
    conditions = {(one["verdict"], one["code"]): one for one in found["conditions"]}
    assert (found["verdict"], conditions["confirmed", "trust"]["is_met"]) == ("suspected", True)
    vetted = conditions["confirmed", "vetted"]
    assert (vetted["is_met"], vetted["value"], vetted["needed"]) == (
        False,
        None,
        0.9,
    )  # of fewer than three people
    assert "核验" in vetted["zh"]
    assert "vetted" in vetted["en"]
    assert "unvetted" in {one["code"] for one in found["remarks"]}


async def test_each_decision_is_an_entry_of_the_ledger_with_its_day_and_reason(api: Api) -> None:
    await api.partner(source="partner")
    await decide(api, "partner", Vetting.VETTED)
    await decide(api, "partner", Vetting.UNVETTED)
    entries = [json.loads(row["entry"]) for row in await api.fetch("SELECT entry FROM ledger ORDER BY place")]
    assert [entry["action"] for entry in entries] == ["vetted", "unvetted"]
    for entry in entries:
        assert (entry["source"], entry["reason"], entry["by"]) == ("partner", "because", "operator:test")
        assert datetime.fromisoformat(entry["at"]) > datetime.now(UTC) - timedelta(minutes=5)
        assert "export_id" not in entry


async def test_the_crowd_is_nobodys_source(api: Api) -> None:
    async with api.database.connection() as connection:
        with pytest.raises(SourceNameError):
            await ensure_source(connection, "crowd", weight=3.0)
        crowd = await fetch_source(connection, "crowd")
        assert crowd is not None
        with pytest.raises(ValueError, match="crowd"):
            await decide_vetting(
                connection, crowd, VettingDecision(Vetting.UNVETTED, "x", "x", datetime.now(UTC))
            )


async def test_after_a_migration_upkeep_queues_every_number_once(api: Api) -> None:
    await send(api, "partner", lines())
    await api.insert([report_row("+8619790007777")])
    await api.publish()
    await api.fetch("UPDATE sources SET is_rescored = false WHERE source_id = 0")
    upkeep = Upkeep(
        api.database,
        Metrics(CollectorRegistry()),
        settings=api.settings,
        models=ModelShelf(api.settings),
        vault=api.state["vault"],
    )
    chore = next(chore for chore in upkeep.chores if chore.name == "score")
    await chore.do(datetime.now(UTC))
    assert await api.count("changed_numbers") == 2
    await api.publish()
    await chore.do(datetime.now(UTC))
    assert await api.count("changed_numbers") == 0


async def test_only_numbers_of_the_source_are_queued(api: Api) -> None:
    await send(api, "partner", lines())
    await send(api, "other", lines(number="+8619790007777"))
    await api.publish()
    await api.fetch("UPDATE sources SET is_rescored = false WHERE name = 'partner'")
    async with api.database.connection() as connection:
        await queue_numbers(connection)
    assert [row["number"] for row in await api.fetch("SELECT number FROM changed_numbers")] == [NUMBER]


async def test_a_decision_made_while_numbers_are_queued_is_not_forgotten(api: Api) -> None:
    await send(api, "partner", lines())
    await api.fetch("UPDATE sources SET is_rescored = false, vetting_at = now() WHERE name = 'partner'")
    async with api.database.connection() as connection:
        source = await fetch_source(connection, "partner")
        assert source is not None
        await connection.execute(QUERIES["finish_rescoring"], source.source_id, None)
    assert [
        row["is_rescored"]
        for row in await api.fetch("SELECT is_rescored FROM sources WHERE name = 'partner'")
    ] == [False]


async def test_sources_are_named_until_the_operator_decides(
    api: Api, capsys: pytest.CaptureFixture[str]
) -> None:
    async def said() -> str:
        async with api.database.connection() as connection:
            await name_undecided(connection)
        return capsys.readouterr().err

    assert await said() == ""
    await api.partner(source="partner-a")
    await api.partner(source="partner-b")
    assert "partner-a, partner-b" in await said()
    await decide(api, "partner-a", Vetting.UNVETTED)
    await decide(api, "partner-b", Vetting.VETTED)
    assert await said() == ""
