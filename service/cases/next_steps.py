"""What a person may do after a refusal, half an answer, or silence past a deadline: from the catalogue, as data."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from service.cases.deadlines import (
    DECISIONS,
    FilingEvent,
    Phase,
    due_of,
    follow_ups_after,
    last_day,
    phase_of,
)
from service.cases.fitting import ChannelFit
from service.rules.channels import Channel
from service.rules.facts import Fact, Status, Text
from service.rules.follow_ups import FollowUp, FollowUpCause
from service.rules.situation import Matter

NEXT_CHANNEL: Final = "next_channel"
_TRY_NEXT: Final = Text(zh="转向下一个渠道", en="turn to the next channel")


@dataclass(frozen=True, slots=True)
class NextStep:
    """Something that a person may do now: until when if that is limited, and whether all of it is certain."""

    id: str
    cause: FollowUpCause
    name: Text
    where: Text
    fact: Fact
    is_review: bool = False
    channel: str | None = None
    matter: Matter | None = None
    until: date | None = None
    is_certain: bool = False


def next_steps(
    channel: Channel,
    events: Sequence[FilingEvent],
    *,
    fits: Sequence[ChannelFit],
    filed_with: Collection[str],
    today: date,
) -> list[NextStep]:
    """Return what may be done now about a filing: reviews first, then the channels that the catalogue names.

    Only channels among `fits` are named, so that nobody is sent to one that does not take them. If the catalogue names none,
    the next channel that fits and was not filed with (`filed_with`) is.
    """
    phase = phase_of(events)
    caused = _cause(channel, events, phase, today)
    if phase is None or caused is None:
        return []
    cause, is_sure = caused
    takers = [fit.step.channel.id for fit in fits]
    found = [
        step
        for follow_up in follow_ups_after(channel, phase, cause)
        if (step := _step(follow_up, phase, cause, takers=takers, is_sure=is_sure, today=today)) is not None
    ]
    if not any(step.channel for step in found):
        found += _next_channel(channel, cause, fits, filed_with)
    return sorted(found, key=lambda step: not step.is_review)


def reviews_to_ask(channel: Channel, events: Sequence[FilingEvent]) -> list[FollowUp]:
    """Return the reviews of a filing that may be asked for after its newest decision."""
    phase = phase_of(events)
    if phase is None or phase.event not in DECISIONS:
        return []
    return [one for one in follow_ups_after(channel, phase, phase.event.value) if one.is_review]


def _cause(
    channel: Channel, events: Sequence[FilingEvent], phase: Phase | None, today: date
) -> tuple[FollowUpCause, bool] | None:
    """Return what a person can do something about, and whether it is certain: an extension may not be known of."""
    if phase is None:
        return None
    if phase.event in DECISIONS:
        return FollowUpCause(phase.event.value), True
    late = [due for due in due_of(events, channel) if due.deadline.by != "person" and due.on < today]
    if not late:
        return None
    return FollowUpCause.OVERDUE, any(due.is_certain and due.last < today for due in late)


def _step(
    follow_up: FollowUp,
    phase: Phase,
    cause: FollowUpCause,
    *,
    takers: Sequence[str],
    is_sure: bool,
    today: date,
) -> NextStep | None:
    """Return a follow-up as a step; None if no channel that takes it fits, or if its days are surely over."""
    channel = next((one for one in follow_up.channels if one in takers), None)
    if follow_up.channels and channel is None:
        return None
    runs = cause is not FollowUpCause.OVERDUE and follow_up.days is not None
    limit = last_day(phase.since, follow_up.days, follow_up.unit) if runs and follow_up.days else None
    if limit and limit.is_certain and follow_up.status is Status.VERIFIED and limit.on < today:
        return None
    return NextStep(
        id=follow_up.id,
        cause=cause,
        name=follow_up.name,
        where=follow_up.where,
        fact=follow_up,
        is_review=follow_up.is_review,
        channel=channel,
        matter=follow_up.matter,
        until=limit.on if limit else None,
        is_certain=is_sure
        and follow_up.status is Status.VERIFIED
        and phase.is_sure_of(follow_up.matter)
        and (limit is None or limit.is_certain),
    )


def _next_channel(
    channel: Channel, cause: FollowUpCause, fits: Sequence[ChannelFit], filed_with: Collection[str]
) -> list[NextStep]:
    for fit in fits:
        step = fit.step
        if step.channel.accepts and step.channel.id not in {channel.id, *filed_with}:
            return [
                NextStep(
                    id=NEXT_CHANNEL,
                    cause=cause,
                    name=_TRY_NEXT,
                    where=step.channel.name,
                    fact=step.reasons[0].fact,
                    channel=step.channel.id,
                )
            ]
    return []
