"""The one sum of reports: who counts, for what, and up to which limits."""

from typing import Any

import pytest

from ml.day_rows import LEAST_EVIDENCE, SHARES, DayRow, ReportFacts, fold
from ml.days import hour_at, is_quiet
from ml.profiles import KEPT_SCRIPTS, PART_HOURS
from ml.signals import FEATURES
from ml.trust import BARE_LOG, MESSAGE_OR_RECORDING, PAYMENT_OR_CALL_BACK


def facts(**changed: Any) -> ReportFacts:
    plain = ReportFacts(
        violations=[0, 4],
        is_seasoned=True,
        weight=2.0,
        evidence_weight=1.5,
        medium="sms",
        caller="automated",
        connected=True,
        hour=23,
        relation="third_party",
        opinion="abusive",
        script=7,
    )
    return plain._replace(**changed)


def test_a_report_counts_for_all_that_it_says() -> None:
    assert fold(20_000, 5, counted=[facts()], further=[]) == DayRow(
        day=20_000,
        cluster=5,
        reports=1,
        reporters=1,
        messages=1,
        automated=1,
        connected=1,
        quiet_hours=1,
        third_party=1,
        evidence=1,
        seasoned_for=3.0,
        violations=[1, 0, 0, 0, 1],
        hours=[0] * 11 + [1],
        scripts=[7],
    )


def test_who_calls_a_number_legitimate_counts_and_weighs_for_nothing_else() -> None:
    row = fold(20_000, 5, counted=[facts(opinion="legitimate", is_seasoned=False)], further=[])
    assert row == DayRow(day=20_000, cluster=5, reports=1, reporters=1, legitimate=1, fresh_against=3.0)


def test_further_reports_add_to_the_accusing_ones_alone() -> None:
    row = fold(20_000, 5, counted=[], further=[facts(), facts(opinion="legitimate")])
    assert row == DayRow(day=20_000, cluster=5, reports=1, reporters=0)


def test_what_is_not_known_counts_in_nothing() -> None:
    unknown = facts(
        violations=None, hour=None, script=None, caller=None, connected=None, relation=None, medium="other"
    )
    row = fold(20_000, 5, counted=[unknown], further=[])
    assert row == DayRow(day=20_000, cluster=5, reports=1, reporters=1, evidence=1, seasoned_for=3.0)


def test_a_report_names_a_violation_once() -> None:
    row = fold(20_000, 5, counted=[facts(violations=[1, 1]), facts(violations=(1,))], further=[])
    assert row.violations == [0, 2]


def test_the_lowest_scripts_are_kept() -> None:
    row = fold(20_000, 5, counted=[facts(script=n) for n in range(100, 0, -1)], further=[])
    assert row.scripts == list(range(1, KEPT_SCRIPTS + 1))


@pytest.mark.parametrize(
    ("weight", "has_evidence"),
    [(BARE_LOG, 0), (LEAST_EVIDENCE, 1), (MESSAGE_OR_RECORDING, 1), (PAYMENT_OR_CALL_BACK, 1)],
)
def test_whatever_weighs_more_than_a_bare_log_is_evidence(weight: float, has_evidence: int) -> None:
    assert fold(20_000, 5, counted=[facts(evidence_weight=weight)], further=[]).evidence == has_evidence


def test_quiet_hours_are_whole_parts_of_the_day() -> None:
    quiet = [hour for hour in range(24) if is_quiet(hour)]
    assert quiet == [0, 1, 2, 3, 4, 5, 6, 7, 22, 23]
    parts = {hour // PART_HOURS for hour in quiet}
    assert (
        sorted(hour for part in parts for hour in range(part * PART_HOURS, (part + 1) * PART_HOURS)) == quiet
    )


def test_hours_are_those_of_china() -> None:
    assert [hour_at(1_767_196_800 + seconds) for seconds in (-1, 0, 3_599, 3_600)] == [23, 0, 0, 1]


def test_shares_are_of_counts_and_stand_among_the_signals() -> None:
    counts = DayRow._fields[DayRow._fields.index("messages") : DayRow._fields.index("legitimate")]
    assert tuple(SHARES) == counts
    first = FEATURES.index("message_share")
    assert FEATURES[first : first + len(SHARES)] == tuple(SHARES.values())
