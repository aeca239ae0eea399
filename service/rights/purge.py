"""Forgets by age: each rule says from which table what goes when, and every removal is noted in the same transaction."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from service.database import Connection, Database
from service.reports.store import ClusterPart, count_reporter_again, lock_reporters, recount
from service.rights import store
from service.rights.store import OldReport, Purged
from service.settings import Settings

AT_ONCE: Final = 1000


@dataclass(frozen=True, slots=True)
class RetentionRule:
    """What goes from a table once it is so many days old; `remove` is the query that does it, or that lists reports."""

    name: str
    relation: str
    days: Callable[[Settings], int]
    count: str
    remove: str
    is_about_reports: bool = False


RULES: Final = (
    RetentionRule(
        "old_reports",
        "reports",
        lambda s: s.retain_reports_days,
        "count_old_reports",
        "list_old_reports",
        True,
    ),
    RetentionRule(
        "retracted_reports",
        "reports",
        lambda s: s.retain_retracted_days,
        "count_retracted_reports",
        "list_retracted_reports",
        True,
    ),
    RetentionRule(
        "idle_reporters",
        "reporters",
        lambda s: s.retain_idle_days,
        "count_idle_reporters",
        "delete_idle_reporters",
    ),
    RetentionRule(
        "idle_owners", "owners", lambda s: s.retain_idle_days, "count_idle_owners", "delete_idle_owners"
    ),
    RetentionRule(
        "statements",
        "dispute_statements",
        lambda s: s.retain_statements_days,
        "count_old_statements",
        "destroy_old_statements",
    ),
    RetentionRule(
        "old_cases", "cases", lambda s: s.retain_reports_days, "count_old_cases", "delete_old_cases"
    ),
    RetentionRule(
        "old_contacts",
        "contacts",
        lambda s: s.retain_reports_days,
        "count_old_contacts",
        "delete_old_contacts",
    ),
    RetentionRule("owner_codes", "owner_codes", lambda _: 1, "count_old_codes", "delete_old_codes"),
)


async def purge(database: Database, settings: Settings, now: datetime) -> list[Purged]:
    """Apply every rule, in transactions of `AT_ONCE` rows; gives what was removed.

    Killed, it has removed and noted what it had committed; the next one goes on.
    """
    purged = []
    for rule, before in _due(settings, now):
        rows = 0
        while removed := await _remove_some(database, rule, before, now):
            rows += removed
        purged.append(Purged(now, rule.name, rule.relation, rows))
    return purged


async def count(database: Database, settings: Settings, now: datetime) -> list[Purged]:
    """What `purge` would remove, without removing it."""
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
    """Delete reports, and leave every sum what the reports that stay amount to."""
    await lock_reporters(connection, list({one.reporter for one in reports}), now)
    await store.delete_reports(connection, reports)
    for number, reporter in sorted({(one.number, one.reporter) for one in reports if one.is_counted}):
        await count_reporter_again(connection, number, reporter)
    summed = [ClusterPart(one.number, one.kind, one.cluster) for one in reports if one.is_summed]
    await recount(connection, summed)
