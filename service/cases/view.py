"""Shows a case to its reporter."""

from collections.abc import Sequence
from datetime import date

from service.cases import consent_text
from service.cases.access import OpenedCase
from service.cases.counted import Counted
from service.cases.deadlines import Due, FilingEvent, due_of, standing
from service.cases.filing_schemas import DueShown, EventShown, Filing, NextShown
from service.cases.fitting import ChannelFit
from service.cases.gathered import GatheredCase
from service.cases.next_steps import next_steps
from service.cases.schemas import (
    Case,
    CaseFinding,
    CaseSummary,
    Consent,
    ConsentText,
    CountedShown,
    FittingChannel,
    FittingReason,
    Missing,
    Party,
)
from service.cases.statuses import STATUS_NAMES, FilingStatus, may_follow, standing_places
from service.contacts.counting import OWN_MEASURE
from service.reports.findings import finding_shown
from service.rules.answers import demands_for, questions_for
from service.rules.catalogue import Catalogue
from service.rules.facts import Text
from service.rules.situation import Matter


def summary(case: GatheredCase, *, catalogue: Catalogue, today: date) -> CaseSummary:
    """Return a case as lists show it."""
    filings = [
        filing(channel, events, catalogue=catalogue, today=today) for channel, events in case.filings.items()
    ]
    due = [one.due_on for shown in filings for one in shown.due]
    return CaseSummary(
        case_id=case.case_id,
        created_at=case.created_at,
        changed_at=case.changed_at,
        withdrawn_at=case.withdrawn_at,
        respondent=Party(kind=case.respondent, name=case.secrets.respondent_name),
        report_ids=list(case.report_ids),
        filings=filings,
        next_due_on=None if case.withdrawn_at else min(due, default=None),
    )


def whole(opened: OpenedCase, *, catalogue: Catalogue) -> Case:
    """Return a case with everything that belongs to it."""
    case = opened.case
    shown = summary(case, catalogue=catalogue, today=opened.today)
    for one in shown.filings:
        one.next = _next(one.channel, opened, catalogue)
    return Case(
        **dict(shown),
        findings=[
            CaseFinding(**dict(finding_shown(one)), report_id=one.report_id) for one in opened.findings
        ],
        statement=case.secrets.statement,
        demand=case.secrets.demand,
        demands=demands_for(catalogue, opened.violations, situation=opened.situation, on=opened.today),
        situation=opened.situation,
        questions=questions_for(catalogue, opened.violations, situation=opened.situation, on=opened.today),
        counted=[_counted(one) for one in opened.counted],
        channels=[_fitting(case, fit, opened.situation.area_code) for fit in opened.fits],
        consent_text=ConsentText(version=consent_text.VERSION, text=consent_text.TEXT),
        consents=[
            Consent(
                channel=consent.channel,
                is_given=consent.is_given,
                text_version=consent.text_version,
                recorded_at=consent.recorded_at,
            )
            for consent in case.consents
        ],
    )


def filing(channel: str, events: Sequence[FilingEvent], *, catalogue: Catalogue, today: date) -> Filing:
    """Return what has become of a case at a channel, and the deadlines that run."""
    stand = standing_places([event.event for event in events])
    last = events[stand[-1]].event if stand else None
    return Filing(
        channel=channel,
        status=last or FilingStatus.RECORDED_IN_ERROR,
        events=[
            EventShown(
                event=event.event,
                name=_text(STATUS_NAMES[event.event]),
                happened_on=event.happened_on,
                recorded_at=event.recorded_at,
                query_code=event.query_code,
                note=event.note,
                matter=event.matter or Matter.UNKNOWN,
                review=event.review,
                is_void=place not in stand and event.event is not FilingStatus.RECORDED_IN_ERROR,
            )
            for place, event in enumerate(events)
        ],
        may_follow=list(may_follow(last)),
        due=[_due(one, today) for one in due_at(channel, events, catalogue)],
        next=None,
    )


def _next(channel: str, opened: OpenedCase, catalogue: Catalogue) -> list[NextShown]:
    """Return what may be done now about a filing; nothing if the catalogue no longer lists the channel."""
    known = catalogue.channels.get(channel)
    if known is None:
        return []
    steps = next_steps(
        known,
        opened.case.filings[channel],
        fits=opened.fits,
        filed_with=[one for one, events in opened.case.filings.items() if standing(events)],
        today=opened.today,
    )
    return [
        NextShown(
            id=step.id,
            cause=step.cause,
            what=step.name,
            where=step.where,
            is_review=step.is_review,
            channel=step.channel,
            matter=step.matter,
            until=step.until,
            is_certain=step.is_certain,
            status=step.fact.status,
            status_name=step.fact.status_name,
            source=step.fact.source,
        )
        for step in steps
    ]


def due_at(channel: str, events: Sequence[FilingEvent], catalogue: Catalogue) -> list[Due]:
    """Return the deadlines of a filing; none if the catalogue no longer lists the channel."""
    known = catalogue.channels.get(channel)
    return due_of(events, known) if known else []


def _counted(counted: Counted) -> CountedShown:
    return CountedShown(
        number=counted.number,
        on=counted.day.on,
        violation=counted.violation,
        rule=counted.rule.id,
        status=counted.rule.status,
        counter=counted.limit.counter,
        allowed=counted.limit.allowed,
        count=counted.count,
        measure=_text(OWN_MEASURE) if counted.limit.counter == "effective" else None,
        only_if=list(counted.only_if),
    )


def _due(due: Due, today: date) -> DueShown:
    return DueShown(
        deadline=due.deadline.id,
        due=due.deadline.due,
        by=due.deadline.by,
        since=due.since,
        due_on=due.on,
        may_be_extended_to=list(due.extended_to),
        is_certain=due.is_certain,
        status=due.deadline.status,
        is_overdue=due.on < today,
    )


def _fitting(case: GatheredCase, fit: ChannelFit, area_code: str) -> FittingChannel:
    channel = fit.step.channel
    consent = case.consent(channel.id)
    return FittingChannel(
        channel=channel.id,
        name=channel.name,
        accepts=list(channel.accepts),
        telephone=channel.number_to_dial(area_code),
        stage=fit.step.stage.name.lower(),
        status=channel.status,
        why=[
            FittingReason(
                text=why.text, violation=why.violation, condition=why.condition, status=why.fact.status
            )
            for why in fit.step.reasons
        ],
        missing=[Missing(what=one.what, text=one.text, must=one.must) for one in fit.missing],
        has_consent=consent is not None and consent.is_given,
    )


def _text(texts: tuple[str, str]) -> Text:
    return Text(zh=texts[0], en=texts[1])
