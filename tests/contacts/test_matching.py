"""Calls of several logs are matched as calls: whatever is done to a second log of the same calls, no count changes."""

import random
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.contacts import measure, merged
from service.contacts import pairs
from service.contacts.counting import Contact
from service.contacts.matching import Known, number_calls
from service.contacts.pairs import MOST_APART, row_of, same_calls
from service.days import CHINA

BEGIN = datetime(2026, 10, 20, 9, tzinfo=CHINA)


def call(
    seconds: float, talk: int | None = None, *, answered: bool | None = None, precision: int = 1
) -> Contact:
    is_answered = (talk is not None and talk > 0) if answered is None else answered
    return Contact(
        BEGIN + timedelta(seconds=seconds), is_answered=is_answered, seconds=talk or None, precision=precision
    )


def together(*logs: Sequence[Contact]) -> list[Contact]:
    """The calls that logs are counted as."""
    known: list[Known] = []
    for calls in logs:
        numbered = number_calls(known, calls)
        known = [
            Known(one.calls, [numbered.renamed.get(number, number) for number in one.numbers])
            for one in known
        ]
        known.append(Known(calls, numbered.numbers))
        for one in known:
            assert len(set(one.numbers)) == len(one.numbers), "two rows of one log are two calls"
    return merged(known)


def counts(calls: Sequence[Contact]) -> Counter[str]:
    return Counter(
        name
        for one in calls
        for name, counted in (
            ("dials", one.is_incoming),
            ("out", not one.is_incoming),
            ("connected", bool(one.is_incoming and one.is_answered)),
            ("unanswered", one.is_incoming and one.is_answered is False),
            ("effective", bool(one.is_incoming and one.is_answered and (one.seconds or 0) >= 10)),
        )
        if counted
    )


@st.composite
def calls_of_a_day(draw: st.DrawFn) -> list[Contact]:
    """Calls one after the other, as a person can have them: rings, conversations, pauses of any length."""
    made, at = [], 0
    for _ in range(draw(st.integers(0, 15))):
        at += draw(st.sampled_from([3, 8, 20, 59, 61, 130, 600, 4000]))
        talk = draw(st.sampled_from([0, 0, 4, 9, 10, 65, 300]))
        is_incoming = draw(st.integers(0, 9)) > 0
        made.append(call(at, talk)._replace(is_incoming=is_incoming))
        at += 5 + talk
    return made


@given(
    calls_of_a_day(),
    st.integers(-90, 90),
    st.booleans(),
    st.booleans(),
    st.booleans(),
    st.randoms(use_true_random=False),
)
@settings(max_examples=150, deadline=None)
def test_a_second_log_of_the_same_calls_changes_no_count(
    made: list[Contact], skew: int, is_cut: bool, knows_lengths: bool, comes_first: bool, rng: random.Random
) -> None:
    again = []
    for one in made:
        at = one.at + timedelta(seconds=skew)
        if is_cut:
            at = at.replace(second=0)
        seconds = one.seconds if knows_lengths else None
        again.append(one._replace(at=at, precision=60 if is_cut else 1, seconds=seconds))
    rng.shuffle(again)
    logs = (again, made) if comes_first else (made, again)
    assert counts(together(*logs)) == counts(made)
    assert counts(together(made, again, made)) == counts(made)


@given(calls_of_a_day(), st.sampled_from([-13, -9, -3, 1, 5.5, 8]))
@settings(max_examples=60, deadline=None)
def test_a_log_in_another_zone_that_does_not_say_so_is_known_by_its_pauses(
    made: list[Contact], hours: float
) -> None:
    pauses = {round((two.at - one.at).total_seconds()) // 60 for one, two in pairwise(made)}
    moved = [one._replace(at=one.at + timedelta(hours=hours, seconds=7)) for one in made]
    near = any(abs((one.at - two.at).total_seconds()) < 2 * MOST_APART for one in made for two in moved)
    if len(made) >= 6 and len(pauses) > 3 and not near:
        assert counts(together(made, moved)) == counts(made)


def test_rows_of_one_log_are_calls_also_at_one_time() -> None:
    log = [call(0, precision=60)] * 9
    assert counts(together(log)) == {"dials": 9, "unanswered": 9}
    assert counts(together(log, log, log[:4])) == {"dials": 9, "unanswered": 9}


def test_a_call_that_one_log_lacks_is_counted_with_many_others_that_fix_the_clock() -> None:
    phone = [call(n * 700) for n in range(8)]
    carrier = [call(n * 700 + 40) for n in range(8) if n != 3] + [call(3 * 700 + 110)]
    assert counts(together(phone, carrier)) == {"dials": 9, "unanswered": 9}


def test_one_call_each_within_the_difference_of_clocks_is_taken_for_one() -> None:
    assert len(together([call(0, 65)], [call(MOST_APART, 65)])) == 1
    assert len(together([call(0, 65)], [call(MOST_APART + 200, 65)])) == 2


def test_a_carrier_that_lists_answered_calls_only_is_matched_with_those() -> None:
    phone = [call(0), call(40), call(90, 65), call(300), call(400, 30)]
    carrier = [call(90 + 12, 65), call(400 + 12, 31)]
    found = together(phone, carrier)
    assert counts(found) == {"dials": 5, "unanswered": 3, "connected": 2, "effective": 2}


def test_logs_that_contradict_each_other_make_a_call_of_which_nobody_knows_what_became() -> None:
    (found,) = together([call(0)], [call(3, 65)])
    assert found.is_answered is None


def test_a_third_log_shows_that_two_calls_were_one() -> None:
    early, late = call(-140, 65), call(140, 65)
    assert len(together([early], [late])) == 2
    assert len(together([early], [late], [call(0, 65)])) == 1


def test_a_call_out_is_no_call_in_and_a_message_is_no_call() -> None:
    one = call(0, 65)
    others = [one._replace(is_incoming=False), one._replace(is_call=False)]
    assert len(together([one], others)) == 3


def test_the_work_grows_with_the_rows_and_not_with_their_square(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pairs, "MOST_NEAR", 16)
    rows = [row_of(call(0, precision=60))] * 500
    assert len(same_calls(rows, rows)) == len(rows)
    assert len(list(pairs._near(rows, rows))) == 16 * len(rows)


def test_simulated_pairs_of_logs_lead_to_no_false_finding() -> None:
    outcome = measure(60, seed=7)
    assert outcome.false_findings == 0
    assert outcome.missed_share <= 0.005
