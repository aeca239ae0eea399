"""Deletes by age: each rule names a table, an age and a query; every removal is recorded in its own transaction."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from service.database import Connection, Database
from service.reports.reporters_store import lock_reporters
from service.reports.store import ClusterPart, count_reporter_again, recount
from service.rights import store
from service.rights.store import OldReport, Purged
from service.settings import Settings

AT_ONCE: Final = 1000


@dataclass(frozen=True, slots=True)
class RetentionRule:
    """Rows of a table that are deleted at a certain age; `remove` is the query that deletes them, or lists the reports."""

    name: str
    relation: str
    days: Callable[[Settings], int]
    count: str
    remove: str
    is_about_reports: bool = False


RULES: Final = (
    RetentionRule(
        name="old_reports",
        relation="reports",
        days=lambda settings: settings.retain_reports_days,
        count="count_old_reports",
        remove="list_old_reports",
        is_about_reports=True,
    ),
    RetentionRule(
        name="retracted_reports",
        relation="reports",
        days=lambda settings: settings.retain_retracted_days,
        count="count_retracted_reports",
        remove="list_retracted_reports",
        is_about_reports=True,
    ),
    RetentionRule(
        name="idle_reporters",
        relation="reporters",
        days=lambda settings: settings.retain_idle_days,
        count="count_idle_reporters",
        remove="delete_idle_reporters",
    ),
    RetentionRule(
        name="idle_owners",
        relation="owners",
        days=lambda settings: settings.retain_idle_days,
        count="count_idle_owners",
        remove="delete_idle_owners",
    ),
    RetentionRule(
        name="statements",
        relation="dispute_statements",
        days=lambda settings: settings.retain_statements_days,
        count="count_old_statements",
        remove="destroy_old_statements",
    ),
    RetentionRule(
        name="proofs",
        relation="dispute_proofs",
        days=lambda settings: settings.retain_statements_days,
        count="count_old_proofs",
        remove="delete_old_proofs",
    ),
    RetentionRule(
        name="old_cases",
        relation="cases",
        days=lambda settings: settings.retain_reports_days,
        count="count_old_cases",
        remove="delete_old_cases",
    ),
    RetentionRule(
        name="old_contacts",
        relation="contacts",
        days=lambda settings: settings.retain_reports_days,
        count="count_old_contacts",
        remove="delete_old_contacts",
    ),
    RetentionRule(
        name="old_logged_calls",
        relation="logged_calls",
        days=lambda settings: settings.retain_reports_days,
        count="count_old_logged_calls",
        remove="delete_old_logged_calls",
    ),
    RetentionRule(
        name="owner_codes",
        relation="owner_codes",
        days=lambda _: 1,
        count="count_old_codes",
        remove="delete_old_codes",
    ),
)


async def purge(database: Database, settings: Settings, now: datetime) -> list[Purged]:
    """Apply every rule, in transactions of `AT_ONCE` rows; return what was removed.

    If it is killed, everything committed is removed and recorded, and the next purge continues.
    """
    purged = []
    for rule, before in _due(settings, now):
        rows = 0
        while removed := await _remove_some(database, rule, before, now):
            rows += removed
        purged.append(Purged(now, rule.name, rule.relation, rows))
    return purged


async def count(database: Database, settings: Settings, now: datetime) -> list[Purged]:
    """Return what `purge` would remove, without removing it."""
    async with database.connection() as connection:
        return [
            Purged(now, rule.name, rule.relation, await store.count_old(connection, rule.count, before))
            for rule, before in _due(settings, now)
        ]


def _due(settings: Settings, now: datetime) -> Iterator[tuple[RetentionRule, datetime]]:
    for rule in RULES:
        yield rule, now - timedelta(days=rule.days(settings))


async def _remove_some(database: Database, rule: RetentionRule, before: datetime, now: datetime) -> int:
    async def work(connection: Connection) -> int:
        if rule.is_about_reports:
            reports = await store.list_old_reports(connection, rule.remove, before, at_most=AT_ONCE)
            await _delete_reports(connection, reports, now)
            rows = len(reports)
        else:
            rows = await store.remove_old(connection, rule.remove, before, at_most=AT_ONCE)
        if rows:
            await store.note_purge(connection, Purged(now, rule.name, rule.relation, rows))
        return rows

    return await database.in_transaction(work)


async def _delete_reports(connection: Connection, reports: list[OldReport], now: datetime) -> None:
    """Delete reports and recompute every sum from the remaining ones."""
    await lock_reporters(connection, list({one.reporter for one in reports}), now)
    await store.delete_reports(connection, reports)
    for number, reporter in sorted({(one.number, one.reporter) for one in reports if one.is_counted}):
        await count_reporter_again(connection, number, reporter)
    summed = [ClusterPart(one.number, one.kind, one.cluster) for one in reports if one.is_summed]
    await recount(connection, summed)
