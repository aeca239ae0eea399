"""Every query fits the migrated schema, joins numbers only on the number, and finds its rows by an index."""

import asyncio
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ml.day_rows import DayRow, ReportFacts
from ml.learning.own_events import ReportEvent
from service.database import Database, load_queries, migrate
from service.reports.store import NewReport, insert_reports
from tests.clients import minutes_ago, report_row
from tests.places import ROOT

FILES = sorted((ROOT / "service").rglob("queries.sql"))
QUERIES = {
    f"{file.parent.relative_to(ROOT)}/{name}": (file.parent, name, text)
    for file in FILES
    for name, text in load_queries(file.parent).items()
}
#: Tables with a column `number` that may be distributed by it, with their primary keys.
PER_NUMBER = (
    "reports", "report_supplements", "daily_signals", "changed_numbers", "verdicts", "credits", "decisions", "agenda",
    "campaigns", "owner_codes", "owners", "disputes", "dispute_statements", "hand_overs", "outcomes",
    "evidence", "evidence_uploads", "contacts", "logged_calls", "call_logs", "dispute_proofs",
)  # fmt: skip


def test_there_are_queries_to_look_at() -> None:
    assert len(FILES) >= 5
    assert len(QUERIES) >= 40


async def test_every_query_prepares_against_the_schema(database: Database, subtests: pytest.Subtests) -> None:
    async with database.connection() as connection:
        for query, (_, _, text) in QUERIES.items():
            with subtests.test(query):
                await connection.prepare(text)


@pytest.mark.parametrize("query", QUERIES)
def test_every_query_is_described_used_and_named_once(query: str) -> None:
    directory, name, text = QUERIES[query]
    assert text.startswith("-- "), "what it does comes first"
    code = "\n".join(path.read_text() for path in directory.glob("*.py"))
    assert re.search(rf'"{name}"', code), "nobody runs it"
    source = (directory / "queries.sql").read_text()
    assert source.count(f"-- name: {name}\n") == 1


@pytest.mark.parametrize("query", QUERIES)
def test_every_parameter_of_a_query_is_described(query: str) -> None:
    _, _, text = QUERIES[query]
    lines = text.splitlines()
    comment = " ".join(line for line in lines if line.startswith("--"))
    body = "\n".join(line for line in lines if not line.startswith("--"))
    used = {int(number) for number in re.findall(r"\$(\d+)", body)}
    assert used == set(range(1, len(used) + 1)), "a parameter is skipped"
    if "one array a column" not in comment and "same parameters" not in comment:
        described = {int(number) for number in re.findall(r"\$(\d+)", comment)}
        assert described == used


FRAGMENTS = [
    (file, name)
    for file in FILES
    for name in re.findall(r"^-- fragment: (\w+)$", file.read_text("utf-8"), re.MULTILINE)
]


@pytest.mark.parametrize(("file", "name"), FRAGMENTS)
def test_every_fragment_is_described_named_once_and_stands_for_several(file: Path, name: str) -> None:
    source = file.read_text("utf-8")
    assert source.count(f"-- fragment: {name}\n-- ") == 1, "what it does comes first"
    assert f"-- name: {name}\n" not in source
    own = len(re.findall(rf"^ *-- include: {name};?$", source, re.MULTILINE))
    elsewhere = [
        other
        for other in FILES
        if re.search(rf"^ *-- include: {file.parent.name}/{name};?$", other.read_text("utf-8"), re.MULTILINE)
    ]
    assert own + len(elsewhere) >= (1 if name in STAND_TOGETHER else 2)


#: Included once, and a fragment so that what belongs together can be read and changed in one place.
STAND_TOGETHER = {"day_additions"}


def test_fragments_are_spliced_in_place_of_their_includes(tmp_path: Path) -> None:
    (tmp_path / "queries.sql").write_text(
        "-- fragment: inner\n-- What it is.\n-- More of it.\na,\nb\n\n"
        "-- fragment: outer\n-- What it is.\n(\n    -- include: inner\n)\n\n"
        "-- name: one\n-- A query.\nSELECT\n    -- include: outer\nFROM t\n-- include: inner;\n\n"
        "-- name: two\n-- Another.\nWITH waiting AS (SELECT)\n-- include: reports/put_in_line;\n"
    )
    queries = load_queries(tmp_path)
    assert queries["one"] == "-- A query.\nSELECT\n    (\n        a,\n        b\n    )\nFROM t\na,\nb;"
    assert queries["two"].startswith("-- Another.\nWITH waiting AS (SELECT)\nINSERT INTO changed_numbers")
    assert queries["two"].endswith("version = known.version + 1;")


def test_an_include_of_nothing_is_refused(tmp_path: Path) -> None:
    (tmp_path / "queries.sql").write_text("-- name: one\n-- A query.\n-- include: what\n")
    with pytest.raises(KeyError, match="what"):
        load_queries(tmp_path)


async def test_columns_come_in_the_order_of_what_is_made_of_them(database: Database) -> None:
    expected = {
        "service/scoring/list_signals": (
            "number",
            "kind",
            "is_simulated",
            "lost_vetting_at",
            *DayRow._fields,
        ),
        "service/training/stream_events": (*ReportEvent._fields[:-1], *ReportFacts._fields),
    }
    async with database.connection() as connection:
        for query, names in expected.items():
            statement = await connection.prepare(QUERIES[query][2])
            assert tuple(column.name for column in statement.get_attributes()) == names


def test_reports_are_stored_by_the_columns_they_are_made_of() -> None:
    given = re.search(r"AS t \(([^)]*)\)", QUERIES["service/reports/insert_reports"][2])
    assert given
    assert tuple(re.findall(r"\w+", given[1])) == NewReport._fields


def test_no_statement_is_built_from_strings() -> None:
    """SQL stands in queries.sql; the embedded server's own start-up is the one exception."""
    statement = re.compile(r"""["'](SELECT|INSERT|UPDATE|DELETE|WITH)\b""")
    allowed = {"service/embedded_postgres.py", "service/edge/system.py", "service/database.py"}
    offenders = {
        str(path.relative_to(ROOT))
        for path in (ROOT / "service").rglob("*.py")
        if statement.search(path.read_text())
    }
    assert offenders <= allowed


async def columns_of_keys(database: Database) -> dict[str, list[str]]:
    """Columns of the primary key of every table that has a column `number`."""
    async with database.connection() as connection:
        rows = await connection.fetch(
            """
            SELECT c.relname, array_agg(a.attname::text ORDER BY k.place) AS columns
            FROM pg_constraint AS p
            JOIN pg_class AS c ON c.oid = p.conrelid
            CROSS JOIN unnest(p.conkey) WITH ORDINALITY AS k (number, place)
            JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = k.number
            WHERE p.contype = 'p' AND c.relnamespace = 'public'::regnamespace
              AND EXISTS (SELECT FROM pg_attribute WHERE attrelid = c.oid AND attname = 'number')
            GROUP BY c.relname
            """
        )
        tables = await connection.fetch(
            "SELECT DISTINCT table_name FROM information_schema.columns"
            " WHERE table_schema = 'public' AND column_name = 'number'"
        )
    found = {row["relname"]: row["columns"] for row in rows}
    assert set(found) == {row["table_name"] for row in tables}, "a table about numbers has no primary key"
    return found


async def test_every_table_about_numbers_starts_its_key_with_the_number(database: Database) -> None:
    keys = await columns_of_keys(database)
    assert set(keys) == set(PER_NUMBER)
    assert {columns[0] for columns in keys.values()} == {"number"}


async def test_unique_indexes_of_such_tables_hold_the_number_and_no_key_refers_to_them(
    database: Database,
) -> None:
    async with database.connection() as connection:
        indexes = await connection.fetch(
            "SELECT tablename, indexdef FROM pg_indexes"
            " WHERE tablename = ANY ($1::text[]) AND indexdef LIKE 'CREATE UNIQUE%'",
            list(PER_NUMBER),
        )
        foreign = await connection.fetch(
            "SELECT conrelid::regclass::text, confrelid::regclass::text FROM pg_constraint"
            " WHERE contype IN ('f', 'x') AND (conrelid::regclass::text = ANY ($1::text[])"
            " OR confrelid::regclass::text = ANY ($1::text[]))",
            list(PER_NUMBER),
        )
    assert len(indexes) >= len(PER_NUMBER)
    for row in indexes:
        assert re.search(r"\(number\b", row["indexdef"]), row["indexdef"]
    assert foreign == []


def plan_nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A plan's node and all below it."""
    yield plan
    for child in plan.get("Plans", ()):
        yield from plan_nodes(child)


async def explain(connection: Any, query: str, arguments: str = "") -> dict[str, Any]:
    """The plan of a query with these arguments, or, without any, whatever its parameters."""
    text = re.sub(r"^--.*$", "", QUERIES[query][2], flags=re.MULTILINE).strip().rstrip(";")
    count = max({int(number) for number in re.findall(r"\$(\d+)", text)}, default=0)
    mode = "force_custom_plan" if arguments else "force_generic_plan"
    if count:
        arguments = f"({arguments or ', '.join(['NULL'] * count)})"
    await connection.execute(f"SET plan_cache_mode = {mode}")
    await connection.execute(f"PREPARE looked_at AS {text}")
    rows = await connection.fetch(f"EXPLAIN (VERBOSE, FORMAT JSON) EXECUTE looked_at {arguments}")
    await connection.execute("DEALLOCATE looked_at")
    plan: dict[str, Any] = json.loads(rows[0][0])[0]["Plan"]
    return plan


def tables_below(plan: dict[str, Any]) -> set[str]:
    return {node["Relation Name"] for node in plan_nodes(plan) if node.get("Relation Name") in PER_NUMBER}


def joined(plan: dict[str, Any]) -> list[tuple[set[str], str]]:
    """Tables about numbers on both sides of each join of a plan, and the conditions below that join."""
    found = []
    for node in plan_nodes(plan):
        sides = [tables_below(child) for child in node.get("Plans", [])[:2]]
        if "Join Type" in node and len(sides) == 2 and all(sides):
            conditions = " ".join(
                str(value)
                for part in plan_nodes(node)
                for name, value in part.items()
                if name in ("Hash Cond", "Merge Cond", "Join Filter", "Index Cond", "Recheck Cond", "Filter")
            )
            found.append((sides[0] | sides[1], conditions))
    return found


async def test_tables_about_numbers_are_joined_only_on_the_number(database: Database) -> None:
    """Each pair of such tables that a plan joins is held together by an equality of their numbers."""
    joins = {}
    async with database.connection() as connection:
        for query in QUERIES:
            joins[query] = joined(await explain(connection, query))
    assert joins["service/exports/stream_reports"], "this test would not notice a join"
    for query, found in joins.items():
        for tables, conditions in found:
            equality = re.search(r"number\)? = \(?(\w+\.)?number\b", conditions)
            assert equality, f"{query} joins {sorted(tables)} by {conditions}"


HOT = {
    "service/reports/fetch_report_at": ("reports_pkey",),
    "service/reports/list_reports": ("reports_by_reporter",),
    "service/reports/fetch_report": ("reports_by_reporter",),
    "service/reports/list_supplements": ("report_supplements_pkey",),
    "service/reports/retract_report": ("reports_pkey",),
    "service/reports/count_reporter_again": ("reports_pkey",),
    "service/reports/delete_signals": ("daily_signals_pkey",),
    "service/reports/insert_signals": ("reports_pkey",),
    "service/scoring/claim_changed": ("changed_numbers_waiting", "changed_numbers_pkey"),
    "service/scoring/settle_changed": ("changed_numbers_pkey",),
    "service/scoring/list_signals": ("daily_signals_pkey",),
    "service/scoring/list_block_activity": ("daily_signals_pkey",),
    "service/scoring/list_rulings": ("decisions_pkey",),
    "service/scoring/delete_plans": ("agenda_pkey",),
    "service/scoring/list_findings": ("outcomes_pkey",),
    "service/outcomes/list_rows": ("hand_overs_by_row",),
    "service/outcomes/delete_claims": ("outcomes_claimed",),
    "service/scoring/begin_due_scores": ("agenda_due",),
    "service/reports/list_reporters": ("reports_by_reporter",),
    "service/standing/list_claims": ("reports_pkey",),
    "service/decisions/list_opinions": ("reports_by_reporter",),
    "service/standing/fetch_visibility": ("verdicts_pkey",),
    "service/decisions/list_reviews": ("agenda_due", "verdicts_pkey"),
    "service/scoring/list_disputed": ("disputes_open_once",),
    "service/verdicts/list_undisputed": ("verdicts_pkey",),
    "service/disputes/count_codes": ("owner_codes_pkey",),
    "service/disputes/try_code": ("owner_codes_pkey",),
    "service/disputes/fetch_owner": ("owners_by_owner",),
    "service/disputes/list_own_disputes": ("disputes_by_owner",),
    "service/disputes/fetch_dispute": ("disputes_by_id",),
    "service/disputes/list_open_disputes": ("disputes_due", "verdicts_pkey"),
    "service/contacts/delete_calls": ("logged_calls_pkey",),
    "service/contacts/list_calls": ("logged_calls_pkey",),
    "service/contacts/list_read_logs": ("call_logs_pkey",),
    "service/contacts/count_days": ("logged_calls_pkey", "reports_pkey"),
    "service/contacts/count_people": ("logged_calls_pkey", "reports_pkey"),
    "service/evidence/list_evidence": ("evidence_pkey",),
    "service/evidence/fetch_evidence": ("evidence_by_id",),
    "service/evidence/count_evidence": ("evidence_pkey", "evidence_by_reporter"),
    "service/evidence/fetch_best_weight": ("evidence_pkey",),
    "service/evidence/weigh_report": ("reports_pkey",),
    "service/evidence/list_unknown": ("evidence_by_id",),
    "service/rights/copy_reports": ("reports_by_reporter",),
    "service/rights/strip_reports": ("reports_by_reporter",),
    "service/rights/copy_supplements": ("report_supplements_pkey",),
    "service/rights/delete_reports": ("reports_pkey",),
    "service/campaigns/list_campaigns": ("campaigns_pkey",),
    "service/verdicts/list_current": ("verdicts_pkey",),
    "service/verdicts/list_feed": ("verdicts_feed",),
    "service/cases/list_cases": ("cases_pkey",),
    "service/cases/list_events": ("case_events_pkey",),
    "service/cases/take_reminders": ("case_reminders_due",),
    "service/webhooks/claim_messages": ("webhook_messages_waiting", "webhooks_pkey"),
}


#: What a plan depends on: a scorer takes a small part of what waits.
ARGUMENTS = {"service/scoring/claim_changed": "gen_random_uuid(), now(), now(), 20"}


@pytest.fixture
async def full(database: Database) -> Database:
    """A database with rows enough that reading a whole table would be a visible mistake."""
    async with database.connection() as connection:
        rows = [report_row(f"+86197900{n:05}", occurred_at=minutes_ago(n % 97)) for n in range(200)]
        await insert_reports(connection, rows, is_bulk=False)
        for statement in (
            "INSERT INTO reports SELECT (jsonb_populate_record(r, jsonb_build_object('number', number || n,"
            " 'report_id', gen_random_uuid()))).* FROM reports AS r, generate_series(1, 40) AS n",
            "INSERT INTO daily_signals SELECT (jsonb_populate_record(d, jsonb_build_object('number', number || n)"
            ")).* FROM daily_signals AS d, generate_series(1, 40) AS n",
            "INSERT INTO changed_numbers SELECT number || n, false FROM changed_numbers, generate_series(1, 40) n",
            "INSERT INTO report_supplements SELECT number, report_id, 1, now() FROM reports",
            "INSERT INTO verdicts SELECT number, row_number() OVER (), 'unknown', 'mobile', NULL, NULL, '{}', 0, 0,"
            " NULL, NULL, false, false, NULL, NULL, NULL, NULL, now() FROM reports",
            "INSERT INTO agenda SELECT number, 'score', now() FROM reports",
            "INSERT INTO decisions SELECT number, now(), kind, 'cleared', 'benign', 'test' FROM reports",
            "INSERT INTO evidence SELECT number, report_id, gen_random_uuid(), reporter, 'audio/amr', 1,"
            " sha256(reporter), '', NULL, now() FROM reports",
            "INSERT INTO logged_calls SELECT number, reporter, evidence_id, 0, 1, stored_at, occurred_at, 1, true, true,"
            " true, 65, false FROM reports JOIN evidence USING (number, report_id, reporter)",
            "INSERT INTO call_logs SELECT number, report_id, evidence_id, 1, 0, '[]' FROM evidence",
            "ANALYZE",
        ):
            await connection.execute(statement)
    return database


async def test_hot_queries_find_their_rows_by_an_index(full: Database) -> None:
    async with full.connection() as connection:
        for query, expected in HOT.items():
            nodes = list(plan_nodes(await explain(connection, query, ARGUMENTS.get(query, ""))))
            used = {node["Index Name"] for node in nodes if "Index Name" in node}
            read_whole = {node["Relation Name"] for node in nodes if node["Node Type"] == "Seq Scan"}
            assert not read_whole & set(PER_NUMBER), f"{query} reads {read_whole} whole"
            assert set(expected) <= used, f"{query} uses {used}"


async def test_claims_read_only_what_they_take(full: Database) -> None:
    """Ordered by its index, a claim stops after its batch instead of sorting everything that waits."""
    async with full.connection() as connection:
        nodes = list(plan_nodes(await explain(connection, "service/scoring/claim_changed")))
    waiting = next(node for node in nodes if node.get("Index Name") == "changed_numbers_waiting")
    assert waiting["Node Type"] == "Index Scan"


async def test_migrating_twice_is_harmless(database: Database, database_url: str) -> None:
    async with database.connection() as connection:
        before = await connection.fetch("SELECT * FROM alembic_version")
    await asyncio.to_thread(migrate, database_url)
    async with database.connection() as connection:
        assert await connection.fetch("SELECT * FROM alembic_version") == before
