"""Finds where to turn: which channels fit, in which order, and why."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import date
from enum import IntEnum

from service.rules.bases import bases_for, in_order
from service.rules.catalogue import Catalogue
from service.rules.channels import Channel, ChannelKind
from service.rules.entries import AUTHORITY, AddedChannels, RuleKind, Way
from service.rules.facts import Fact, Text
from service.rules.situation import Circumstance, Relation, Reply, Situation

#: A day, and the violations committed on that day.
Conduct = tuple[date, Iterable[str]]


class Stage(IntEnum):
    """When it is a channel's turn."""

    EMERGENCY = 0
    FIRST = 1
    SECOND = 2
    FALLBACK = 3
    LAST_RESORT = 4


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
    situation: Situation,
    on: date,
    conduct: Iterable[Conduct] | None = None,
) -> tuple[Step, ...]:
    """Return the channels that accept such filings of such a person on a day, in the order in which to try them.

    `on` is the day of filing. `conduct` tells what was done on which day, and is judged by the rules of that day; without
    it everything was done on the day of filing.

    Emergency lines come first, in their own order. A channel's stage is the earliest that any reason gives it. Within a
    stage the police comes first, because its matters cannot wait; then come the channels with more reasons.
    """
    ways = _Ways(catalogue, situation, on)
    named = in_order(catalogue, violations)
    ways.add_emergencies(named)
    if situation.relation is not Relation.OWNER:  # whom nobody called
        for violation in named:
            ways.add_violation(violation)
        ways.add_respondent()
    ways.add_more([(on, named)] if conduct is None else conduct)
    ways.add_last_resort()
    return ways.in_turn()


class _Ways:
    """Collects the reasons for each channel."""

    def __init__(self, catalogue: Catalogue, situation: Situation, on: date) -> None:
        self._catalogue = catalogue
        self._situation = situation
        self._on = on
        self._own = catalogue.respondents[situation.party].of(situation.relation)
        self._stages: dict[str, Stage] = {}
        self._reasons: dict[str, list[Why]] = {}

    def add(self, channels: Iterable[str], stage: Stage, why: Why) -> None:
        """Add a reason for channels, except those that cannot be used: not in force, or not for such a party or person."""
        for one in channels:
            channel = self._catalogue.channels[one]
            if (
                channel.takes_on(self._situation.party)
                and channel.takes_from(self._situation.relation)
                and channel.is_in_force(self._on)
            ):
                self._stages[one] = min(stage, self._stages.get(one, stage))
                reasons = self._reasons.setdefault(one, [])
                conditional = replace(why, condition=self._with_people(channel, why.condition))
                if conditional not in reasons:
                    reasons.append(conditional)

    def add_emergencies(self, violations: Collection[str]) -> None:
        """Add the lines to call first: those that are needed, and those that may be, on their condition."""
        for emergency in self._catalogue.emergencies:
            is_likely = not set(violations).isdisjoint(emergency.likely_with)
            if emergency.is_in_force(self._on) and self._may_be(emergency.circumstance, if_unknown=is_likely):
                condition = self._condition(emergency.circumstance)
                self.add(
                    emergency.channels, Stage.EMERGENCY, Why(emergency.do, emergency, condition=condition)
                )

    def add_violation(self, violation: str) -> None:
        """Add the channels for a violation."""
        entry = self._catalogue.violations[violation]
        first = Text(zh=f"{entry.name.zh}：首选渠道", en=f"{entry.name.en}: go here first")
        next_ = Text(zh=f"{entry.name.zh}：其次", en=f"{entry.name.en}: go here next")
        turns = ((Stage.FIRST, entry.first, first), (Stage.SECOND, entry.second, next_))
        for stage, ways, text in turns:
            for way in ways:
                if way.if_so is None or self._may_be(way.if_so, if_unknown=True):
                    condition = self._condition(way.if_so) if way.if_so else way.condition
                    self.add(self._channels_of(way), stage, Why(text, entry, violation, condition))

    def add_respondent(self) -> None:
        """Add the channels for the respondent's kind, whatever was done."""
        if self._own.is_in_force(self._on):
            why = Why(self._own.why, self._own)
            self.add(self._own.first, Stage.SECOND, why)
            self.add(self._own.fallback, Stage.FALLBACK, Why(_FALLBACK, self._own))

    def add_more(self, conduct: Iterable[Conduct]) -> None:
        """Add the channels that are added on conditions, such as the kinds of rules that the conduct breaks."""
        kinds = {
            basis.rule.kind
            for day, done in conduct
            for basis in bases_for(self._catalogue, done, situation=self._situation, on=day).legal_basis
        }
        for addition in self._catalogue.additions:
            if addition.is_in_force(self._on) and self._is_met(addition, kinds):
                self.add(addition.channels, Stage[addition.stage.upper()], Why(addition.why, addition))

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
                *self._rank(one),
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

    def _rank(self, one: str) -> tuple[bool, int]:
        if self._stages[one] is Stage.EMERGENCY:
            return False, 0
        return self._catalogue.channels[one].kind is not ChannelKind.POLICE, -len(self._reasons[one])

    def _channels_of(self, way: Way) -> Iterable[str]:
        return self._own.first if way.channel == AUTHORITY else (way.channel,)

    def _may_be(self, circumstance: Circumstance, *, if_unknown: bool) -> bool:
        reply = self._situation.reply(circumstance)
        return reply is Reply.YES or (reply is Reply.UNKNOWN and if_unknown)

    def _condition(self, circumstance: Circumstance) -> Text | None:
        """Return the condition in words; None if it is known to hold."""
        known = self._situation.reply(circumstance) is Reply.YES
        return None if known else self._catalogue.condition_of(circumstance)

    def _with_people(self, channel: Channel, condition: Text | None) -> Text | None:
        """Return a condition that also says whose filings the channel accepts, while that is not known of the person."""
        if channel.people is None or self._situation.relation is not Relation.UNKNOWN:
            return condition
        names = [self._catalogue.relations[one].name for one in channel.people]
        zh, en = "、".join(name.zh for name in names), " or ".join(name.en for name in names)
        only = Text(zh=f"提交人须为：{zh}", en=f"only if you are {en}")
        return Text(zh=f"{condition.zh}；{only.zh}", en=f"{condition.en}; {only.en}") if condition else only

    def _is_met(self, addition: AddedChannels, kinds: Collection[RuleKind]) -> bool:
        return (
            (addition.rule_kinds is None or not set(addition.rule_kinds).isdisjoint(kinds))
            and (addition.relations is None or self._situation.relation in addition.relations)
            and (addition.matters is None or self._situation.matter in addition.matters)
        )
