"""A model serves only when it was better than the one that serves now, and the one before comes back."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ml.classifier import DEFAULT_MODEL
from service.database import Connection, Database
from service.models.change import ModelChangeError, line_of, promote, roll_back, set_shadow
from service.models.shelf import ModelShelf
from service.models.store import ModelRow, insert_model, list_roles
from service.scoring.scorer import Scorer
from service.scoring.store import mark_all_changed
from service.settings import Settings
from tests.clients import Api, report_row

NOW = datetime(2026, 11, 20, tzinfo=UTC)
SHIPPED: dict[str, Any] = json.loads(DEFAULT_MODEL.read_text())


async def kept(
    connection: Connection, version: str, *, against: str | None = None, is_better: bool = True, **fields: Any
) -> None:
    document = SHIPPED | {"version": version} | fields
    await insert_model(
        connection,
        document,
        ModelRow(
            version=version,
            card="card",
            held_out={},
            judged_against=against,
            is_better=is_better,
            trained_at=NOW,
        ),
    )


async def shelf(settings: Settings, connection: Connection) -> ModelShelf:
    found = ModelShelf(settings)
    await found.look(connection)
    return found


async def test_a_better_model_serves_at_once_and_the_shipped_one_comes_back(
    database: Database, settings: Settings
) -> None:
    async with database.connection() as connection:
        assert (await shelf(settings, connection)).version == SHIPPED["version"]
        await kept(connection, "own-1")
        await promote(connection, "own-1", NOW)
        assert (await shelf(settings, connection)).version == "own-1"
        assert await roll_back(connection, NOW) == "shipped"
        assert (await shelf(settings, connection)).version == SHIPPED["version"]
        with pytest.raises(ModelChangeError, match="none before"):
            await roll_back(connection, NOW)


async def test_a_roll_back_of_the_second_model_leads_to_the_first(
    database: Database, settings: Settings
) -> None:
    async with database.connection() as connection:
        await kept(connection, "own-1")
        await kept(connection, "own-2", against="own-1")
        await promote(connection, "own-1", NOW)
        await promote(connection, "own-2", NOW)
        assert await roll_back(connection, NOW) == "own-1"
        assert (await shelf(settings, connection)).version == "own-1"
        assert await roll_back(connection, NOW) == "shipped"
        with pytest.raises(ModelChangeError, match="none before"):
            await roll_back(connection, NOW)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"is_better": False}, "was not better"),
        ({"against": "own-0"}, "was compared with own-0, but shipped is serving"),
    ],
)
async def test_what_was_not_better_than_what_serves_is_not_promoted(
    database: Database, fields: dict[str, Any], words: str
) -> None:
    async with database.connection() as connection:
        await kept(connection, "own-1", **fields)
        with pytest.raises(ModelChangeError, match=words):
            await promote(connection, "own-1", NOW)
        assert await list_roles(connection) == {}


async def test_unknown_models_get_no_role(database: Database) -> None:
    async with database.connection() as connection:
        for change in (promote, set_shadow):
            with pytest.raises(ModelChangeError, match="there is no model"):
                await change(connection, "nobody", NOW)


async def test_a_shadow_comes_and_goes(database: Database, settings: Settings) -> None:
    async with database.connection() as connection:
        await kept(connection, "own-1")
        await set_shadow(connection, "own-1", NOW)
        found = await shelf(settings, connection)
        assert found.shadow is not None
        assert (found.version, found.shadow.version) == (SHIPPED["version"], "own-1")
        await set_shadow(connection, None, NOW)
        assert (await shelf(settings, connection)).shadow is None


@pytest.mark.parametrize("wrong", [{"signals_version": 1}, {"features": SHIPPED["features"][1:]}])
async def test_a_model_that_does_not_fit_the_code_is_not_used(
    database: Database, settings: Settings, wrong: dict[str, Any]
) -> None:
    async with database.connection() as connection:
        await kept(connection, "own-1", **wrong)
        await promote(connection, "own-1", NOW)
        assert (await shelf(settings, connection)).serving is None


async def test_a_file_named_by_the_setting_stands_above_what_was_promoted(
    database: Database, settings: Settings, tmp_path: Path
) -> None:
    path = tmp_path / "model.json"
    path.write_text(json.dumps(SHIPPED | {"version": "by hand"}))
    async with database.connection() as connection:
        await kept(connection, "own-1")
        await promote(connection, "own-1", NOW)
        assert (
            await shelf(settings.model_copy(update={"model_path": path}), connection)
        ).version == "by hand"


async def test_a_running_process_sees_a_change_at_its_next_look(
    database: Database, settings: Settings
) -> None:
    async with database.connection() as connection:
        found = await shelf(settings, connection)
        await kept(connection, "own-1")
        await promote(connection, "own-1", NOW)
        assert found.version == SHIPPED["version"]
        await found.look(connection)
        assert found.version == "own-1"


async def test_what_a_promotion_put_in_line_is_scored_by_the_promoted_model(
    api: Api, settings: Settings
) -> None:
    scorer = Scorer(api.database, settings, api.metrics, ModelShelf(settings))
    await api.insert([report_row() for _ in range(4)])
    await scorer.score_all(datetime.now(UTC))
    async with api.database.connection() as connection:
        await kept(connection, "own-1")
        await promote(connection, "own-1", NOW)
        await mark_all_changed(connection)
    await scorer.score_all(datetime.now(UTC))
    rows = await api.fetch("SELECT model_version FROM verdicts ORDER BY revision")
    assert [row["model_version"] for row in rows] == [SHIPPED["version"], "own-1"]


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ([], [None]),
        (["a"], [None, "a"]),
        (["a", "b"], [None, "a", "b"]),
        (["a", "b", "a"], [None, "a"]),
        (["a", "b", "a", None], [None]),
        (["a", None, "b"], [None, "b"]),
        (["a", "b", "c", "b", "d"], [None, "a", "b", "d"]),
    ],
)
def test_the_line_of_models_that_come_back(changes: list[str | None], line: list[str | None]) -> None:
    assert line_of(changes) == line


async def test_a_model_learned_from_decisions_gives_way_only_to_another(database: Database) -> None:
    async with database.connection() as connection:
        await kept(connection, "again-1", question="reported-again")
        await promote(connection, "again-1", NOW)
        await kept(connection, "abusive-1", against="again-1")
        await promote(connection, "abusive-1", NOW)
        await kept(connection, "again-2", against="abusive-1", question="reported-again")
        with pytest.raises(ModelChangeError, match="learned from people's decisions"):
            await promote(connection, "again-2", NOW)
