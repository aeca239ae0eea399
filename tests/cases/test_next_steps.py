"""After a refusal, half an answer or silence: which review or which channel, until when, and how sure that is."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from service.cases.deadlines import FilingEvent, due_of
from service.cases.fitting import ChannelFit, fitting
from service.cases.next_steps import NextStep, next_steps, reviews_to_ask
from service.cases.statuses import FilingStatus
from service.rules.catalogue import shipped_catalogue
from service.rules.facts import Status
from service.rules.respondents import Respondent
from service.rules.situation import Matter
from tests.cases.case_material import CASE, REPORT

CATALOGUE = shipped_catalogue()
RECORDED = datetime(2026, 3, 1, tzinfo=UTC)
MONDAY = date(2026, 3, 2)
CRIMINAL, PUBLIC_ORDER = Matter.CRIMINAL, Matter.PUBLIC_ORDER


def event(
    name: str, day: date = MONDAY, matter: Matter | None = None, review: str | None = None
) -> FilingEvent:
    return FilingEvent(FilingStatus(name), day, RECORDED, matter=matter, review=review)


def fits_of(relation: str | None, respondent: str) -> list[ChannelFit]:
    """The channels that fit a case about such a party by such a person."""
    report = replace(REPORT, relation=relation, violations=("threat", "frequency", "robocall"))
    case = replace(CASE, respondent=Respondent(respondent))
    return fitting(case, [report], CATALOGUE, counted=(), evidence=1, today=date(2026, 11, 30))


def after(
    channel: str,
    *events: FilingEvent,
    today: date = date(2026, 3, 3),
    relation: str | None = "debtor",
    respondent: str = "bank",
) -> dict[str, NextStep]:
    """What may be done now, by its id."""
    steps = next_steps(
        CATALOGUE.channels[channel],
        events,
        fits=fits_of(relation, respondent),
        filed_with=[channel],
        today=today,
    )
    assert [step.is_review for step in steps] == sorted((step.is_review for step in steps), reverse=True)
    return {step.id: step for step in steps}


def test_a_case_that_is_not_opened_is_reviewed_within_a_week_by_the_police_themselves() -> None:
    found = after("police", event("filed"), event("rejected", matter=CRIMINAL))
    assert set(found) == {"review_request", "supervision"}
    review = found["review_request"]
    assert (review.until, review.is_review, review.is_certain) == (date(2026, 3, 9), True, True)
    assert found["supervision"].channel == "procuratorate"
    assert not found["supervision"].is_certain, "the text was not read"


def test_then_the_body_above_reviews_it_once_more_and_the_procuratorate_remains() -> None:
    asked = [
        event("filed"),
        event("rejected", matter=CRIMINAL),
        event("review_asked", date(2026, 3, 4), review="review_request"),
    ]
    assert after("police", *asked, today=date(2026, 3, 5)) == {}
    second = after("police", *asked, event("rejected", date(2026, 3, 20)), today=date(2026, 3, 21))
    assert set(second) == {"second_review_request", "supervision_after_review"}
    assert second["second_review_request"].until == date(2026, 3, 27)
    again = event("review_asked", date(2026, 3, 23), review="second_review_request")
    last = after(
        "police", *asked, event("rejected", date(2026, 3, 20)), again, event("rejected", date(2026, 4, 20))
    )
    assert set(last) == {"supervision_after_second_review"}


@pytest.mark.parametrize("decision", ["rejected", "answered", "answered_in_part"])
def test_what_is_not_punished_goes_to_reconsideration_within_sixty_days(decision: str) -> None:
    found = after("police", event("filed"), event(decision, matter=PUBLIC_ORDER))
    step = found["reconsideration"]
    assert (step.until, step.is_review, step.matter) == (date(2026, 5, 6), True, PUBLIC_ORDER)
    assert "review_request" not in found
    assert not step.is_certain


def test_a_refusal_of_an_unknown_matter_names_both_and_is_sure_of_neither() -> None:
    found = after("police", event("filed"), event("rejected"))
    assert {"review_request", "reconsideration"} <= set(found)
    assert not any(step.is_certain for step in found.values())
    due = {
        one.deadline.id: one
        for one in due_of([event("filed"), event("rejected")], CATALOGUE.channels["police"])
    }
    assert not any(one.is_certain for one in due.values())


def test_the_matter_may_have_been_said_when_the_case_was_accepted() -> None:
    events = [event("filed"), event("accepted", matter=PUBLIC_ORDER), event("rejected", date(2026, 3, 20))]
    assert "reconsideration" in after("police", *events, today=date(2026, 3, 21))
    assert [one.deadline.id for one in due_of(events[:2], CATALOGUE.channels["police"])] == [
        "public_order_case"
    ]
    criminal = [event("filed"), event("accepted", matter=CRIMINAL)]
    assert due_of(criminal, CATALOGUE.channels["police"]) == []


def test_a_review_whose_days_are_surely_over_is_offered_no_more() -> None:
    refused = [event("filed"), event("rejected", matter=CRIMINAL)]
    assert "review_request" in after("police", *refused, today=date(2026, 3, 9)), "the last day"
    late = after("police", *refused, today=date(2026, 3, 10))
    assert set(late) == {"supervision"}
    petition = after("petition", event("filed"), event("answered"), today=date(2026, 6, 1))
    assert set(petition) == {"next_channel"}
    bank = after("institution", event("filed"), event("answered"), today=date(2026, 6, 1))
    assert not bank["verification"].is_certain, (
        "nobody has read these thirty days: it is not said that they are over"
    )


@pytest.mark.parametrize("decision", ["rejected", "answered", "answered_in_part", None])
def test_after_a_reconsideration_or_its_silence_one_may_sue(decision: str | None) -> None:
    asked = [
        event("filed"),
        event("rejected", matter=PUBLIC_ORDER),
        event("review_asked", date(2026, 3, 4), review="reconsideration"),
    ]
    decided = [event(decision, date(2026, 4, 20))] if decision else []
    found = after("police", *asked, *decided, today=date(2026, 4, 21) if decision else date(2026, 7, 1))
    suit = found["administrative_suit"]
    assert (suit.channel, suit.until) == ("legal_aid", date(2026, 5, 6) if decision else None)


@pytest.mark.parametrize("decision", ["rejected", "answered", "answered_in_part"])
def test_a_petition_is_reviewed_twice_within_thirty_days_each(decision: str) -> None:
    first = after("petition", event("filed"), event(decision))
    assert (first["review_request"].until, first["review_request"].is_certain) == (date(2026, 4, 1), True)
    asked = event("review_asked", date(2026, 3, 10), review="review_request")
    second = after(
        "petition",
        event("filed"),
        event(decision),
        asked,
        event("rejected", date(2026, 4, 9)),
        today=date(2026, 4, 10),
    )
    assert second["second_review_request"].until == date(2026, 5, 9), "a Saturday that is worked"
    (due,) = due_of([event("filed"), event(decision), asked], CATALOGUE.channels["petition"])
    assert (due.deadline.id, due.on, due.is_certain) == ("review_opinion", date(2026, 4, 9), True)


@pytest.mark.parametrize("channel", ["institution", "nfra_complaint"])
@pytest.mark.parametrize("decision", ["rejected", "answered", "answered_in_part"])
def test_how_an_institution_handled_it_is_verified_within_thirty_days(channel: str, decision: str) -> None:
    found = after(channel, event("filed"), event(decision))
    step = found["verification"]
    assert (step.until, step.fact.status, step.is_certain) == (date(2026, 4, 1), Status.TO_BE_VERIFIED, False)


@pytest.mark.parametrize(
    ("respondent", "relation", "channel"),
    [
        ("bank", "debtor", "nfra_complaint"),
        ("bank", "third_party", "nfra_report"),
        ("bank", "wrong_person", "nfra_report"),
        ("consumer_finance", "debtor", "nfra_complaint"),
        ("small_loan", "debtor", "local_finance"),
        ("payment_institution", "debtor", "pboc"),
        ("internet_platform", "third_party", "nifa"),
    ],
)
def test_after_the_institution_comes_the_channel_that_takes_such_a_person(
    respondent: str, relation: str, channel: str
) -> None:
    for events in ([event("filed"), event("rejected")], [event("filed")]):
        found = after(
            "institution", *events, today=date(2026, 6, 1), respondent=respondent, relation=relation
        )
        assert found["regulator_complaint"].channel == channel


@pytest.mark.parametrize(
    ("today", "is_late"), [(date(2026, 3, 17), False), (date(2026, 3, 18), True), (date(2026, 5, 5), True)]
)
def test_silence_counts_from_the_day_after_the_deadline(today: date, is_late: bool) -> None:
    found = after("institution", event("filed"), today=today)
    assert bool(found) is is_late
    assert {step.cause.value for step in found.values()} <= {"overdue"}
    assert not any(step.until or step.is_certain for step in found.values())


def test_an_institution_binds_itself_though_the_complaint_went_to_its_regulator() -> None:
    (due,) = due_of([event("filed"), event("accepted")], CATALOGUE.channels["nfra_complaint"])
    assert (due.deadline.by, due.on, due.is_certain) == ("institution", date(2026, 3, 17), False)
    assert due.extended_to == (date(2026, 4, 1), date(2026, 5, 6))


def test_the_carrier_has_fifteen_days_before_its_regulator() -> None:
    assert after("carrier", event("filed"), today=date(2026, 3, 17)) == {}
    found = after("carrier", event("filed"), today=date(2026, 3, 18))
    assert found["telecom"].channel == "telecom"


def test_where_the_catalogue_names_nothing_the_next_channel_that_fits_follows() -> None:
    found = after("nifa", event("filed"), event("rejected"), respondent="internet_platform")
    assert set(found) == {"next_channel"}
    assert found["next_channel"].channel == "police"


@pytest.mark.parametrize("channel", sorted(one.id for one in CATALOGUE.channels.values() if one.accepts))
@pytest.mark.parametrize("decision", ["rejected", "answered", "answered_in_part"])
def test_after_every_decision_of_every_channel_there_is_something_to_do(channel: str, decision: str) -> None:
    for relation in ("debtor", "third_party", "wrong_person", None):
        for respondent in Respondent:
            fits = fits_of(relation, respondent)
            takers = [fit.step.channel.id for fit in fits]
            found = after(channel, event("filed"), event(decision), relation=relation, respondent=respondent)
            assert found, (channel, relation, respondent)
            assert all(step.channel is None or step.channel in takers for step in found.values())


@pytest.mark.parametrize("name", ["filed", "accepted", "upheld", "withdrawn", "supplement_asked"])
def test_nothing_is_to_be_done_while_an_answer_is_not_due_or_when_it_is_upheld(name: str) -> None:
    assert after("petition", event("filed"), event(name)) == {}
    assert after("petition") == {}


def test_only_reviews_of_the_newest_decision_may_be_asked_for() -> None:
    police = CATALOGUE.channels["police"]
    assert reviews_to_ask(police, [event("filed")]) == []
    named = [one.id for one in reviews_to_ask(police, [event("filed"), event("rejected")])]
    assert named == ["review_request", "reconsideration"]


def test_a_new_filing_begins_a_new_round() -> None:
    events = [
        event("filed"),
        event("rejected", matter=CRIMINAL),
        event("review_asked", review="review_request"),
        event("rejected"),
        event("filed"),
        event("rejected"),
    ]
    assert {"review_request", "reconsideration"} <= set(after("police", *events))


def test_no_day_is_certain_unless_its_rule_was_read() -> None:
    for channel in CATALOGUE.channels.values():
        for name in ("filed", "accepted", "rejected", "answered", "answered_in_part"):
            events = [event("filed"), event(name)] if name != "filed" else [event("filed")]
            for due in due_of(events, channel):
                assert not due.is_certain or due.deadline.status is Status.VERIFIED
            far = [replace(one, happened_on=date(2031, 5, 5)) for one in events]
            assert not any(due.is_certain for due in due_of(far, channel)), (
                "holidays of 2031 are not announced"
            )
