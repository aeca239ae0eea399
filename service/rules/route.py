"""Finds where to turn: which channels fit, in which order, and why."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import IntEnum

from service.rules.bases import bases_for, in_order
from service.rules.catalogue import Catalogue
from service.rules.channels import Channel, ChannelKind
from service.rules.entries import AUTHORITY, Way
from service.rules.facts import Fact, Text
from service.rules.respondents import Respondent

#: A day, and the violations committed on that day.
Conduct = tuple[date, Iterable[str]]


class Stage(IntEnum):
    """When it is a channel's turn."""

    FIRST = 0
    SECOND = 1
    FALLBACK = 2
    LAST_RESORT = 3


_FALLBACK = Text(
    zh="首选渠道不受理或未解决时，可再向此渠道反映",
    en="if the channels that come first do not accept it or do not help",
)


@dataclass(frozen=True, slots=True)
class Why:
    """Why to turn to a channel, the fact that says so, and the condition under which it holds."""

    text: Text
    fact: Fact
    violation: str | None = None
    condition: Text | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """A channel to turn to, with all reasons for it."""

    channel: Channel
    stage: Stage
    reasons: tuple[Why, ...]


def route(
    catalogue: Catalogue,
    violations: Iterable[str],
    *,
    respondent: Respondent,
    on: date,
    conduct: Iterable[Conduct] | None = None,
) -> tuple[Step, ...]:
    """Return the channels that accept such filings on a day, in the order in which to try them.

    `on` is the day of filing. `conduct` tells what was done on which day, and is judged by the rules of that day; without
    it everything was done on the day of filing.

    A channel's stage is the earliest that any reason gives it. Within a stage the police comes first, because its matters
    cannot wait; then come the channels with more reasons.
    """
    ways = _Ways(catalogue, respondent, on)
    named = in_order(catalogue, violations)
    for violation in named:
        ways.add_violation(violation)
    ways.add_respondent()
    ways.add_for_rules([(on, named)] if conduct is None else conduct)
    ways.add_last_resort()
    return ways.in_turn()


class _Ways:
    """Collects the reasons for each channel."""

    def __init__(self, catalogue: Catalogue, respondent: Respondent, on: date) -> None:
        self._catalogue = catalogue
        self._respondent = respondent
        self._on = on
        self._own = catalogue.respondents[respondent]
        self._stages: dict[str, Stage] = {}
        self._reasons: dict[str, list[Why]] = {}

    def add(self, channels: Iterable[str], stage: Stage, why: Why) -> None:
        """Add a reason for channels, except those that do not accept such a party or are not in force on that day."""
        for one in channels:
            channel = self._catalogue.channels[one]
            if channel.takes_on(self._respondent) and channel.is_in_force(self._on):
                self._stages[one] = min(stage, self._stages.get(one, stage))
                reasons = self._reasons.setdefault(one, [])
                if why not in reasons:
                    reasons.append(why)

    def add_violation(self, violation: str) -> None:
        """Add the channels for a violation."""
        entry = self._catalogue.violations[violation]
        first = Text(zh=f"{entry.name.zh}：首选渠道", en=f"{entry.name.en}: go here first")
        next_ = Text(zh=f"{entry.name.zh}：其次", en=f"{entry.name.en}: go here next")
        turns = ((Stage.FIRST, entry.first, first), (Stage.SECOND, entry.second, next_))
        for stage, ways, text in turns:
            for way in ways:
                self.add(self._channels_of(way), stage, Why(text, entry, violation, way.condition))

    def add_respondent(self) -> None:
        """Add the channels for the respondent's kind, whatever was done."""
        if self._own.is_in_force(self._on):
            why = Why(self._own.why, self._own)
            self.add(self._own.first, Stage.SECOND, why)
            self.add(self._own.fallback, Stage.FALLBACK, Why(_FALLBACK, self._own))

    def add_for_rules(self, conduct: Iterable[Conduct]) -> None:
        """Add the channels for the kinds of legal rules that the conduct breaks."""
        kinds = {
            basis.rule.kind
            for day, done in conduct
            for basis in bases_for(self._catalogue, done, respondent=self._respondent, on=day).legal_basis
        }
        for addition in self._catalogue.additions:
            if addition.is_in_force(self._on) and kinds.intersection(addition.rule_kinds):
                self.add(addition.channels, Stage.SECOND, Why(addition.why, addition))

    def add_last_resort(self) -> None:
        """Add the channels for when nothing else has helped."""
        last = self._catalogue.last_resort
        if last.is_in_force(self._on):
            self.add(last.channels, Stage.LAST_RESORT, Why(last.why, last))

    def in_turn(self) -> tuple[Step, ...]:
        """Return the channels in their order; one that must be tried before another comes in front of it."""
        places = {one: place for place, one in enumerate(self._stages)}
        ranked = sorted(
            self._stages,
            key=lambda one: (
                self._stages[one],
                self._catalogue.channels[one].kind is not ChannelKind.POLICE,
                -len(self._reasons[one]),
                places[one],
            ),
        )
        turns: list[str] = []
        for one in ranked:
            self._place(one, turns)
        return tuple(
            Step(self._catalogue.channels[one], self._stages[one], tuple(self._reasons[one])) for one in turns
        )

    def _place(self, one: str, turns: list[str]) -> None:
        if one in turns:
            return
        channel = self._catalogue.channels[one]
        for earlier in channel.after:
            text = Text(
                zh=f"{channel.name.zh}要求先向其反映", en=f"{channel.name.en} requires that it be tried first"
            )
            self.add([earlier], self._stages[one], Why(text, channel))
            if earlier in self._stages:
                self._place(earlier, turns)
        turns.append(one)

    def _channels_of(self, way: Way) -> Iterable[str]:
        return self._own.first if way.channel == AUTHORITY else (way.channel,)
