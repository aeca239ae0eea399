"""Databases of every revision, with data, come to the newest schema as they are, without a dump."""

import asyncio
import itertools
import re
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from migrations.revisions import list_revisions, read_statements, revision_before
from migrations.upgrade import upgrade
from ml.classifier import Classifier
from service.app import create_app
from service.database import SchemaError, migrate
from service.embedded_postgres import EmbeddedPostgres
from service.settings import Settings
from tests.clients import Api, lifespan, report_body

RELEASE = Path(__file__).parent / "release_0.1.sql"
#: As Alembic makes it; databases of all releases have it.
VERSIONS = "CREATE TABLE alembic_version (version_num varchar(32) CONSTRAINT alembic_version_pkc PRIMARY KEY)"
#: Tables that every revision has, with rows in the release's database.
ALWAYS_FILLED = {"sources", "api_keys", "reporters", "reports", "daily_signals", "verdicts", "feed_head"}
SCHEMA = """
    SELECT format('%s.%s %s %s %s', attrelid::regclass, attname, format_type(atttypid, atttypmod), attnotnull,
                  pg_get_expr(adbin, adrelid)) FROM pg_attribute
    JOIN pg_class ON pg_class.oid = attrelid LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
    WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND attnum > 0 AND NOT attisdropped
    UNION ALL SELECT format('%s %s', conrelid::regclass, pg_get_constraintdef(oid)) FROM pg_constraint
    WHERE connamespace = 'public'::regnamespace
    UNION ALL SELECT pg_get_indexdef(indexrelid) FROM pg_index
    JOIN pg_class ON pg_class.oid = indexrelid WHERE relnamespace = 'public'::regnamespace
    UNION ALL SELECT format('%s %s', oid::regclass, reloptions) FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
    UNION ALL SELECT format('%s %s', oid::regprocedure, prosrc) FROM pg_proc WHERE pronamespace = 'public'::regnamespace
    ORDER BY 1
"""
TABLES = """
    SELECT relname, array_agg(attname::text ORDER BY attnum) FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid
    WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND attnum > 0 AND NOT attisdropped
      AND relname <> 'alembic_version' GROUP BY relname
"""
Make = Callable[..., Awaitable[str]]
_numbering = itertools.count(1)


@pytest.fixture
async def make(postgres: EmbeddedPostgres) -> AsyncIterator[Make]:
    """Make a database out of SQL texts and return its URL."""
    names = []
    server = await asyncpg.connect(postgres.url("postgres"))

    async def make(*statements: str) -> str:
        names.append(f"migration_{next(_numbering)}")
        await server.execute(f"CREATE DATABASE {names[-1]} TEMPLATE template0")
        for text in statements:
            await run(postgres.url(names[-1]), text)
        return postgres.url(names[-1])

    yield make
    for name in names:
        await server.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await server.close()


async def run(url: str, statements: str) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute(statements)
    await connection.close()


async def fetch(url: str, query: str) -> list[Any]:
    connection = await asyncpg.connect(url)
    rows: list[Any] = [tuple(row) for row in await connection.fetch(query)]
    await connection.close()
    return rows


def up_to(revision: str) -> list[str]:
    """SQL that makes the schema of a revision as a release of its time left it."""
    revisions = list_revisions()
    earlier = revisions[: revisions.index(revision) + 1]
    return [*map(read_statements, earlier), f"{VERSIONS}; INSERT INTO alembic_version VALUES ('{revision}')"]


async def fill(url: str, source: str) -> dict[str, Sequence[str]]:
    """Copy from another database what this schema has room for; return the tables with rows and their columns."""
    target, release = await asyncpg.connect(url), await asyncpg.connect(source)
    await target.execute("SET session_replication_role = replica")  # tables in any order
    filled: dict[str, Sequence[str]] = {}
    known = dict(await release.fetch(TABLES))
    for table, all_columns in await target.fetch(TABLES):
        if table not in known:  # it came after the release, and so did some columns
            continue
        columns = [column for column in all_columns if column in known[table]]
        names = ", ".join(columns)
        places = ", ".join(f"${place}" for place in range(1, len(columns) + 1))
        insert = (
            f"INSERT INTO {table} ({names}) OVERRIDING SYSTEM VALUE VALUES ({places}) ON CONFLICT DO NOTHING"
        )
        for row in await release.fetch(f"SELECT {names} FROM {table}"):
            try:
                await target.execute(insert, *row)
            except asyncpg.CheckViolationError:  # a state or a reason that came with a later revision
                continue
            filled[table] = columns
    await target.close()
    await release.close()
    return filled


async def content(url: str, tables: dict[str, Sequence[str]]) -> dict[str, list[Any]]:
    """The rows of these columns of these tables."""
    return {
        table: await fetch(url, f'SELECT {", ".join(columns)} FROM {table} AS t ORDER BY t::text COLLATE "C"')
        for table, columns in tables.items()
    }


@pytest.mark.parametrize("revision", list_revisions())
async def test_every_revision_with_data_comes_to_the_newest_schema(
    make: Make, database_url: str, revision: str
) -> None:
    url = await make(*up_to(revision))
    tables = await fill(url, await make(RELEASE.read_text("utf-8")))
    assert set(tables) >= ALWAYS_FILLED
    before = await content(url, tables)
    await asyncio.to_thread(upgrade, url)
    assert await fetch(url, SCHEMA) == await fetch(database_url, SCHEMA)
    after = await content(url, tables)
    for table in tables:
        assert sorted(map(repr, after[table])) == sorted(map(repr, before[table])), table
    assert await fetch(url, "SELECT * FROM alembic_version") == [(list_revisions()[-1],)]


async def test_a_database_of_the_last_release_is_served_with_its_data(
    make: Make, database_url: str, settings: Settings, model: Classifier
) -> None:
    url = await make(RELEASE.read_text("utf-8"))
    await asyncio.to_thread(migrate, url)
    assert await fetch(url, SCHEMA) == await fetch(database_url, SCHEMA)
    served = settings.model_copy(update={"database_url": url})
    async with lifespan(create_app(served)) as (app, state):
        api = Api(app, state, served, model)
        await api.follow()
        client = await api.partner()
        known = await client.get("/v1/numbers/+8619790001001")
        assert (known.status_code, known.json()["verdict"]) == (200, "confirmed")
        assert (await client.get("/v1/numbers/+8619790001004")).json()["verdict"] == "disputed"
        assert (await api.count("reports"), await api.count("verdicts")) == (51, 11)
        reporter = await api.reporter()
        told = report_body(number="197 9000 1003", violations=["threat"])
        assert (await reporter.post("/v1/reports", json=told)).status_code == 201
        await api.publish()
        assert (await api.count("reports"), await api.count("changed_numbers")) == (52, 0)
        await api.close()


async def test_rows_of_partners_know_their_source_and_nobody_has_decided_about_it(make: Make) -> None:
    url = await make(RELEASE.read_text("utf-8"))
    await asyncio.to_thread(upgrade, url)
    sources = "SELECT DISTINCT number, cluster, source_id FROM {} ORDER BY 1, 2, 3"
    known = await fetch(url, sources.format("daily_signals"))
    assert known == await fetch(url, sources.format("reports WHERE retracted_at IS NULL"))
    assert {source for _, _, source in known} == {0, 1}
    assert await fetch(url, "SELECT name, vetting, is_rescored FROM sources ORDER BY source_id") == [
        ("crowd", "undecided", False),  # whose numbers are all numbers
        ("hotline", "undecided", True),
    ]


async def test_hosts_that_migrate_an_empty_database_at_the_same_moment_do_not_meet(
    make: Make, database_url: str
) -> None:
    url = await make()
    await asyncio.gather(*(asyncio.to_thread(migrate, url) for _ in range(3)))
    assert await fetch(url, SCHEMA) == await fetch(database_url, SCHEMA)


async def test_a_migration_gives_up_when_a_table_stays_locked_and_leaves_its_revision_undone(
    make: Make,
) -> None:
    altering = [
        one for one in list_revisions() if re.search(r"^ALTER TABLE \w+", read_statements(one), re.MULTILINE)
    ]
    newest = altering[-1]
    before = revision_before(newest)
    assert before is not None
    url = await make(*up_to(before))
    table = re.search(r"^ALTER TABLE (\w+)", read_statements(newest), re.MULTILINE)
    assert table is not None
    holder = await asyncpg.connect(url)
    async with holder.transaction():
        await holder.execute(f"LOCK TABLE {table[1]}")
        with pytest.raises(SchemaError, match=f"{altering}: canceling statement due to lock timeout"):
            await asyncio.to_thread(migrate, url)
    await holder.close()
    assert await fetch(url, "SELECT * FROM alembic_version") == [(before,)]
    await asyncio.to_thread(migrate, url)
    assert await fetch(url, "SELECT * FROM alembic_version") == [(list_revisions()[-1],)]


async def test_a_schema_of_a_later_release_is_left_alone(make: Make) -> None:
    url = await make(*up_to(list_revisions()[-1]), "UPDATE alembic_version SET version_num = '9999_later'")
    with pytest.raises(SchemaError, match="9999_later"):
        await asyncio.to_thread(migrate, url)


def test_revisions_are_numbered_and_fit_the_table_that_remembers_them() -> None:
    revisions = list_revisions()
    numbers = [revision[:4] for revision in revisions]
    assert len(set(numbers)) == len(numbers)
    assert (revisions[0], revision_before(revisions[0])) == ("0001_pipeline", None)
    assert revision_before("0005_campaigns") == "0003_standing"  # 0004 never was
    for revision in revisions:
        assert re.fullmatch(r"\d{4}(_[a-z]+)+", revision), revision
        assert len(revision) <= 32
        assert read_statements(revision).startswith("-- "), f"{revision} does not say what it is about"


def test_the_service_looks_at_the_schema_without_alembic() -> None:
    code = "import sys, service.database; sys.exit(bool({'alembic', 'sqlalchemy'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


async def test_filings_with_the_telecom_regulator_go_on_under_its_new_id(make: Make) -> None:
    url = await make(*up_to(revision_before("0021_after_a_decision") or ""))
    await run(
        url,
        """
        INSERT INTO case_consents (reporter, case_id, channel, position, is_given, text_version, recorded_at)
        SELECT '\\x01', gen_random_uuid(), channel, 1, true, '1', now()
        FROM (VALUES ('telecom_complaints'), ('12321')) AS t (channel);
        INSERT INTO case_events (reporter, case_id, channel, position, event, happened_on, recorded_at)
        SELECT reporter, case_id, channel, 1, 'filed', '2026-11-02', now() FROM case_consents;
        INSERT INTO case_reminders (reporter, case_id, channel, deadline, remind_at, due_on)
        SELECT reporter, case_id, channel, 'answer', now(), '2026-11-20' FROM case_consents;
        INSERT INTO outcomes (number, source, source_id, result, decided_on, recorded_at, reported_on)
        SELECT '+8619790001001', 'case', case_id || '/' || channel, 'upheld', '2026-11-20', now(), '2026-11-01'
        FROM case_consents;
        """,
    )
    await asyncio.to_thread(upgrade, url)
    for table in ("case_consents", "case_events", "case_reminders"):
        assert await fetch(url, f"SELECT channel FROM {table} ORDER BY channel") == [("12321",), ("telecom",)]
    filings = "SELECT split_part(source_id, '/', 2) FROM outcomes ORDER BY 1"
    assert await fetch(url, filings) == [("12321",), ("telecom",)]
    assert await fetch(url, "SELECT count(*) FROM case_events WHERE matter IS NULL AND review IS NULL") == [
        (2,)
    ]
