"""The closed vocabularies stand once, and everything that repeats their words repeats them rightly."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final, get_args

import pytest
from pydantic import BaseModel

from ml.reviews import ReviewReason
from ml.words import (
    DECIDED_BY_PEOPLE,
    KINDS,
    LONG_LIVED_KINDS,
    PROTECTED_KINDS,
    PUBLISHED,
    SEVERE_VIOLATIONS,
    UNLEARNED_KINDS,
    UNSCORED_KINDS,
    VIOLATIONS,
    Kind,
    Verdict,
)
from service.cases.statuses import FilingStatus
from service.contacts.counting import LIMITS, CounterName
from service.database import Database
from service.decisions.decide import DecisionKind
from service.disputes.schemas import Dispute
from service.exports.schemas import ExportRequest, ExportStatus
from service.lookup.answer import VERDICT_NAMES
from service.operations.judge import QUEUES
from service.outcomes.store import OutcomeResult, OutcomeSource
from service.reports.schemas import Report
from service.reports.vetting import Vetting
from service.rules.catalogue import SHIPPED, load_catalogue
from service.rules.situation import Matter
from service.violations import VIOLATION_NAMES
from tests.places import ROOT

#: Stored counts refer to positions, models to the ordinals of kinds: these stay where they are, others are appended.
FIRST_VIOLATIONS: Final = (
    "threat", "insult", "frequency", "third_party", "impersonation", "disclosure", "quiet_hours", "forged_document",
    "fees_rollover", "visit_threat", "image_abuse", "call_bombing", "robocall", "wrong_person", "fraud", "spoofed_caller",
    "after_refusal",
)  # fmt: skip
FIRST_KINDS: Final = (
    "mobile", "fixed", "service_400", "service_95", "service_96", "public_service", "sms_port", "international",
    "withheld", "impossible",
)  # fmt: skip
FIRST_VERDICTS: Final = ("unknown", "suspected", "confirmed", "disputed", "cleared", "protected")


def words_of(model: type[BaseModel], field: str) -> frozenset[str]:
    """Return the words that a field of a schema takes."""
    return frozenset(_words_in(model.model_fields[field].annotation))


def _words_in(annotation: Any) -> Iterator[str]:
    for part in get_args(annotation):
        yield from (part,) if isinstance(part, str) else _words_in(part)


#: By the names of columns, whatever the table; a column of several tables takes the words of all of them.
VOCABULARIES: Final = {
    "kind": frozenset(KINDS),
    "verdict": frozenset(Verdict),
    "medium": words_of(Report, "medium"),
    "caller": words_of(Report, "caller"),
    "relation": words_of(Report, "relation"),
    "opinion": words_of(Report, "opinion"),
    "decision": frozenset(DecisionKind),
    "source": frozenset(OutcomeSource),
    "result": frozenset(OutcomeResult) | {"webhook_disabled"},  # the latter of a message to a webhook
    "event": frozenset(FilingStatus),
    "matter": frozenset(Matter) - {Matter.UNKNOWN},  # which is not stored
    "reason": words_of(Dispute, "reason"),
    "reasons": frozenset(ReviewReason)
    | {"outcome_reported"},  # what a filer tells, which scoring knows nothing of
    "state": words_of(ExportStatus, "state") | words_of(Dispute, "state"),
    "task": frozenset({"score", "settle", "review"}),  # this and what follows is known to SQL alone
    "role": frozenset({"serving", "shadow"}),
    "concerns": frozenset({"collection", "any"}),
    "vetting": frozenset(Vetting),
    "counter": frozenset(get_args(CounterName)),
    "queue": frozenset(QUEUES),
}

#: The columns of the schema that take a few words only, with what they take.
CHECKED: Final = {
    ("reports", "medium"): VOCABULARIES["medium"],
    ("reports", "caller"): VOCABULARIES["caller"],
    ("reports", "relation"): VOCABULARIES["relation"],
    ("reports", "opinion"): VOCABULARIES["opinion"],
    ("verdicts", "verdict"): VOCABULARIES["verdict"],
    ("decisions", "decision"): VOCABULARIES["decision"],
    ("outcomes", "source"): VOCABULARIES["source"],
    ("outcomes", "result"): frozenset(OutcomeResult),
    ("case_events", "event"): VOCABULARIES["event"],
    ("case_events", "matter"): VOCABULARIES["matter"],
    ("disputes", "reason"): VOCABULARIES["reason"],
    ("disputes", "state"): words_of(Dispute, "state"),
    ("exports", "state"): words_of(ExportStatus, "state"),
    ("agenda", "task"): VOCABULARIES["task"],
    ("model_changes", "role"): VOCABULARIES["role"],
    ("sources", "concerns"): VOCABULARIES["concerns"],
    ("sources", "vetting"): VOCABULARIES["vetting"],
}

#: Words of SQL that are of no vocabulary.
OTHER_WORDS: Final = frozenset(
    {
        "changed_numbers",
        "campaigns",  # names of a table and of a lock
        "evidence",
        "exports",
        "ledger",  # names of tables
        "layout",
        "legal_basis",
        "from",
        "to",
        "verdicts",  # members of an export's request
        "numbers",
        "institutions",  # the layouts of these names
        "dispute_rejected",  # in place of a decision: a dispute that was rejected
        "hex",
        "infinity",
        "e",
        "information_schema",
        "minute",  # PostgreSQL's own
        "crowd",
        "ftc",
        "telecom",
        "telecom_complaints",  # a channel, and what it was called before
        "backup",  # in place of a chore: when the last one was made
        "key_without_agency",  # a source, a format and a problem, in migrations
    }
)

QUERIES: Final = sorted((ROOT / "service").rglob("queries.sql"))
MIGRATIONS: Final = sorted((ROOT / "migrations").rglob("*.sql"))
SQL: Final = [pytest.param(path, id=str(path.relative_to(ROOT))) for path in (*QUERIES, *MIGRATIONS)]

_LITERAL = re.compile(r"'((?:[^']|'')*)'")
#: What stands for a column: with a default in its place, or the newest of several.
_STANDS_FOR = re.compile(r"coalesce\((?:\w+\.)?(\w+), ('\w+')\)|\(array_agg\((\w+)[^()]*\)\)\[1\]")
_COMPARED = re.compile(r"\b(\w+)\s*(?:=|<>|(?:NOT\s+)?IN)\s*('[^']*'|\((?:\s*'[^']*',?)+\s*\))")
_CONTAINED = re.compile(r"('\w+') (?:=|<>) (?:ANY|ALL) \((?:\w+\.)?(\w+)\)")
_CHECK = re.compile(r"CHECK \(\((\w+) = ANY \(ARRAY\[(.+)\]\)\)\)")


def code_of(path: Path) -> str:
    """Return a file of SQL without its comments."""
    return re.sub(r"--.*$", "", path.read_text("utf-8"), flags=re.MULTILINE)


def compared_words(sql: str) -> Iterator[tuple[str, str]]:
    """Return each column of a vocabulary that SQL compares with literals, and each of these."""
    for column, default, _ in _STANDS_FOR.findall(sql):
        yield from _pairs(column, default)
    plain = _STANDS_FOR.sub(lambda found: found[1] or found[3], sql)
    for column, words in _COMPARED.findall(plain):
        yield from _pairs(column, words)
    for word, column in _CONTAINED.findall(plain):
        yield from _pairs(column, word)


def _pairs(column: str, words: str) -> Iterator[tuple[str, str]]:
    if column in VOCABULARIES:
        yield from ((column, word.strip("{}")) for word in _LITERAL.findall(words))


def test_words_of_sql_that_are_compared_are_found() -> None:
    sql = """
        WHERE v.verdict IN ('a', 'b') AND kind NOT IN ('c') AND opinion = 'd' AND 'e' = ANY (known.reasons)
        AND coalesce(v.verdict, 'f') IN ('g', 'h') AND (array_agg(verdict ORDER BY revision DESC))[1] = 'i'
        AND task = 'j' AND reasons <> '{k}' AND name = 'l'
    """
    assert sorted(compared_words(sql)) == [
        ("kind", "c"),
        ("opinion", "d"),
        ("reasons", "e"),
        ("reasons", "k"),
        ("task", "j"),
        *[("verdict", word) for word in "abfghi"],
    ]
    assert len({pair for path in QUERIES for pair in compared_words(code_of(path))}) > 30


@pytest.mark.parametrize("path", SQL)
def test_sql_compares_columns_with_words_of_their_vocabularies(path: Path) -> None:
    wrong = [
        (column, word) for column, word in compared_words(code_of(path)) if word not in VOCABULARIES[column]
    ]
    assert wrong == []


@pytest.mark.parametrize("path", SQL)
def test_every_word_of_sql_belongs_to_a_vocabulary(path: Path) -> None:
    """Also those that are stored or answered, and compared with nothing."""
    known = OTHER_WORDS.union(*VOCABULARIES.values())
    words = {literal.strip("{}-") for literal in _LITERAL.findall(code_of(path))}
    assert {word for word in words if re.fullmatch(r"[a-z_0-9]*[a-z]", word)} - known == set()


async def test_the_schema_takes_the_words_of_the_vocabularies(database: Database) -> None:
    async with database.connection() as connection:
        rows = await connection.fetch(
            "SELECT conrelid::regclass::text AS relation, pg_get_constraintdef(oid) AS definition FROM pg_constraint"
            " WHERE contype = 'c' AND connamespace = 'public'::regnamespace"
        )
    taken = {
        (row["relation"], found[1]): frozenset(_LITERAL.findall(found[2]))
        for row in rows
        if (found := _CHECK.fullmatch(row["definition"]))
    }
    assert taken == CHECKED


def test_vocabularies_only_grow_at_their_ends() -> None:
    assert VIOLATIONS[: len(FIRST_VIOLATIONS)] == FIRST_VIOLATIONS
    assert KINDS[: len(FIRST_KINDS)] == FIRST_KINDS == tuple(Kind)[: len(FIRST_KINDS)]
    assert tuple(Verdict)[: len(FIRST_VERDICTS)] == FIRST_VERDICTS
    assert len(set(VIOLATIONS)) == len(VIOLATIONS)


def test_groups_of_words_are_of_their_vocabularies() -> None:
    groups: list[tuple[Iterable[str], Iterable[str]]] = [
        (SEVERE_VIOLATIONS, VIOLATIONS),
        (LONG_LIVED_KINDS, KINDS),
        (PROTECTED_KINDS, KINDS),
        (UNSCORED_KINDS, KINDS),
        (UNLEARNED_KINDS, KINDS),
        (PUBLISHED, Verdict),
        (DECIDED_BY_PEOPLE, Verdict),
        ([limit.violation for limit in LIMITS], VIOLATIONS),
    ]
    for words, vocabulary in groups:
        assert words
        assert set(words) <= set(vocabulary)


def test_people_are_told_of_every_word_by_a_name() -> None:
    assert tuple(VIOLATION_NAMES) == VIOLATIONS
    assert tuple(VERDICT_NAMES) == tuple(Verdict)


def test_exports_take_every_verdict() -> None:
    assert words_of(ExportRequest, "verdicts") == set(Verdict)


def test_the_catalogue_is_of_these_violations_and_sends_severe_ones_to_the_police() -> None:
    violations = load_catalogue(SHIPPED).violations
    assert set(violations) == set(VIOLATIONS)
    always_first = {
        name
        for name, violation in violations.items()
        if any(
            way.channel == "police" and way.condition is None and way.if_so is None for way in violation.first
        )
    }
    assert always_first == SEVERE_VIOLATIONS
