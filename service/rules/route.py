"""Where to turn: which channels fit, in which order, and why."""

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

#: A day, and the violations of that day.
Conduct = tuple[date, Iterable[str]]


class Stage(IntEnum):
    """When a channel's turn is."""

    FIRST = 0
    SECOND = 1
    FALLBACK = 2
    LAST_RESORT = 3


_FALLBACK = Text(
    zh="首选渠道不受理或未解决时，可再向此渠道反映",
    en="where the channels that come first do not take it or do not help",
)


@dataclass(frozen=True, slots=True)
class Why:
    """Why a channel is among them, the fact that says so, and the condition under which it holds."""

    text: Text
    fact: Fact
    violation: str | None = None
    condition: Text | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """A channel in its turn, with everything that speaks for it."""

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
    """Channels that take such matters on a day, in the order in which to try them.

    `on` is the day of filing; `conduct` what was done on which day, by whose rules each is judged: by default all that day.

    The earliest stage that anything gives a channel is its own. Within a stage the police leads, because what it is for
    does not wait; then come those for which more speaks.
    """
    ways = _Ways(catalogue, respondent, on)
    named = in_order(catalogue, violations)
    for violation in named:
        ways.add_violation(violation)
    ways.add_respondent()
    kinds = {
        basis.rule.kind
        for day, done in ([(on, named)] if conduct is None else conduct)
        for basis in bases_for(catalogue, done, respondent=respondent, on=day).legal_basis
    }
    for addition in catalogue.additions:
        if addition.is_in_force(on) and kinds.intersection(addition.rule_kinds):
            ways.add(addition.channels, Stage.SECOND, Why(addition.why, addition))
    if catalogue.last_resort.is_in_force(on):
        last = catalogue.last_resort
        ways.add(last.channels, Stage.LAST_RESORT, Why(last.why, last))
    return ways.in_turn()


class _Ways:
    """Collects what speaks for each channel."""

    def __init__(self, catalogue: Catalogue, respondent: Respondent, on: date) -> None:
        self._catalogue = catalogue
        self._respondent = respondent
        self._on = on
        self._own = catalogue.respondents[respondent]
        self._stages: dict[str, Stage] = {}
        self._reasons: dict[str, list[Why]] = {}

    def add(self, channels: Iterable[str], stage: Stage, why: Why) -> None:
        """Something speaks for channels; those that do not take such a party, or not on that day, stay out."""
        for one in channels:
            channel = self._catalogue.channels[one]
            if channel.takes_on(self._respondent) and channel.is_in_force(self._on):
                self._stages[one] = min(stage, self._stages.get(one, stage))
                reasons = self._reasons.setdefault(one, [])
                if why not in reasons:
                    reasons.append(why)

    def add_violation(self, violation: str) -> None:
        """The channels that a violation goes to."""
        entry = self._catalogue.violations[violation]
        turns = (
            (Stage.FIRST, entry.first, Text(zh=f"{entry.name.zh}：首选渠道", en=f"{entry.name.en}: go here first")),
            (Stage.SECOND, entry.second, Text(zh=f"{entry.name.zh}：其次", en=f"{entry.name.en}: go here next")),
        )  # fmt: skip
        for stage, ways, text in turns:
            for way in ways:
                self.add(self._channels_of(way), stage, Why(text, entry, violation, way.condition))

    def add_respondent(self) -> None:
        """The channels that the respondent's kind goes to, whatever was done."""
        if self._own.is_in_force(self._on):
            why = Why(self._own.why, self._own)
            self.add(self._own.first, Stage.SECOND, why)
            self.add(self._own.fallback, Stage.FALLBACK, Why(_FALLBACK, self._own))

    def in_turn(self) -> tuple[Step, ...]:
        """The channels in their order, those that must be tried before another in front of it."""
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
                zh=f"{channel.name.zh}要求先向其反映", en=f"{channel.name.en} asks for it to be tried first"
            )
            self.add([earlier], self._stages[one], Why(text, channel))
            if earlier in self._stages:
                self._place(earlier, turns)
        turns.append(one)

    def _channels_of(self, way: Way) -> Iterable[str]:
        return self._own.first if way.channel == AUTHORITY else (way.channel,)
