"""The catalogue on a given day: entries in force, each with only its parts in force."""

from collections.abc import Sequence
from datetime import date
from typing import Final, TypeVar

from service.rules.asking import Demand
from service.rules.bases import Basis, IfSo, applies, bases_for, in_order
from service.rules.catalogue import Catalogue
from service.rules.channels import Channel
from service.rules.entries import Rule, Violation
from service.rules.facts import Fact
from service.rules.route import Step, route
from service.rules.schemas import (
    Asked,
    ChannelList,
    ChannelStep,
    CitedRule,
    ConditionalRule,
    HelpfulEvidence,
    PartyKind,
    Routing,
    RuleIfSo,
    RuleList,
    ViolationList,
    need_of,
    reason_of,
)
from service.rules.situation import Circumstance, Relation, Reply, Situation

AnyFact = TypeVar("AnyFact", bound=Fact)
#: What matters to somebody who was not called.
_ASKED_OF_OWNERS: Final = frozenset({Circumstance.DANGER.value, Circumstance.PAID.value})


def channels_on(catalogue: Catalogue, on: date) -> ChannelList:
    """Return the channels of a day."""
    channels = [channel_on(one, on) for one in catalogue.channels.values() if one.is_in_force(on)]
    parties = [
        PartyKind(respondent=one.respondent, name=one.name, is_licensed=one.is_licensed)
        for one in catalogue.respondents.values()
    ]
    return ChannelList(on=on, catalogue=catalogue.version, channels=channels, respondents=parties)


def rules_on(catalogue: Catalogue, on: date) -> RuleList:
    """Return the rules of a day."""
    rules = [rule_on(rule, on) for rule in catalogue.rules.values() if rule.is_in_force(on)]
    return RuleList(on=on, catalogue=catalogue.version, rules=rules)


def violations_on(catalogue: Catalogue, on: date) -> ViolationList:
    """Return the violation types of a day, naming only rules of that day."""
    violations = [
        violation_on(catalogue, one, on) for one in catalogue.violations.values() if one.is_in_force(on)
    ]
    return ViolationList(on=on, catalogue=catalogue.version, violations=violations)


def routing_on(
    catalogue: Catalogue,
    violations: Sequence[str],
    *,
    situation: Situation,
    on: date,
    occurred_on: date | None = None,
) -> Routing:
    """Return where to turn on a day, what to cite for conduct of the same or another day, and what to ask."""
    named = in_order(catalogue, violations)
    judged_on = occurred_on or on
    bases = bases_for(catalogue, named, situation=situation, on=judged_on)
    steps = route(catalogue, named, situation=situation, on=on, conduct=[(judged_on, named)])
    own = catalogue.respondents[situation.party]
    return Routing(
        on=on,
        catalogue=catalogue.version,
        occurred_on=judged_on,
        situation=situation,
        respondent=situation.party,
        respondent_name=own.name,
        person=catalogue.relations[situation.relation],
        questions=questions_for(catalogue, named, situation=situation, on=on),
        before_filing=_in_force(catalogue.before_filing, on),
        emergencies=[
            one
            for one in _in_force(catalogue.emergencies, on)
            if situation.reply(one.circumstance) is not Reply.NO
        ],
        demands=demands_for(catalogue, named, situation=situation, on=on),
        violations=named,
        steps=[_step(step, catalogue, situation, on) for step in steps],
        evidence=[_helpful_evidence(catalogue.violations[one]) for one in named],
        legal_basis=[_cited(basis, judged_on) for basis in bases.legal_basis],
        norm_basis=[_cited(basis, judged_on) for basis in bases.norm_basis],
        conditional=[_conditional(basis, judged_on) for basis in bases.conditional],
        if_so=[_if_so(one, catalogue, judged_on) for one in bases.if_so],
        governed_by=[
            rule_on(rule, judged_on)
            for rule in _rules_in_force(catalogue, own.governed_by, judged_on)
            if applies(rule, situation)
        ],
    )


def questions_for(
    catalogue: Catalogue, violations: Sequence[str], *, situation: Situation, on: date
) -> list[Asked]:
    """Return what is not known and decides something, the most important first."""
    return [
        Asked(id=one.id, asks=one.asks, find_out=one.find_out, answers=list(one.answers))
        for one in _in_force(catalogue.questions, on)
        if getattr(situation, one.id) == "unknown"
        and (one.violations is None or not set(one.violations).isdisjoint(violations))
        and (one.respondents is None or situation.respondent in one.respondents)
        and not (situation.relation is Relation.OWNER and one.id not in _ASKED_OF_OWNERS)
    ]


def demands_for(
    catalogue: Catalogue, violations: Sequence[str], *, situation: Situation, on: date
) -> list[Demand]:
    """Return what a person may demand for violations, each once, in the order of the catalogue.

    A demand names only rules that apply: a consumer's right is nobody else's.
    """
    wanted = {demand for one in violations for demand in catalogue.violations[one].demands}
    return [
        demand.model_copy(update={"rules": _applying(catalogue, demand.rules, situation, on)})
        for demand in _in_force(tuple(catalogue.demands.values()), on)
        if demand.id in wanted
        and situation.relation is not Relation.OWNER
        and (demand.relations is None or situation.relation in demand.relations)
    ]


def _applying(catalogue: Catalogue, ids: Sequence[str], situation: Situation, on: date) -> tuple[str, ...]:
    return tuple(rule.id for rule in _rules_in_force(catalogue, ids, on) if applies(rule, situation))


def channel_on(channel: Channel, on: date) -> Channel:
    """Return a channel with those of its form, deadlines and remarks that are in force on a day."""
    return channel.model_copy(
        update={
            "form": channel.form if channel.form and channel.form.is_in_force(on) else None,
            "deadlines": tuple(_in_force(channel.deadlines, on)),
            "follow_ups": tuple(_in_force(channel.follow_ups, on)),
            "remarks": tuple(_in_force(channel.remarks, on)),
        }
    )


def rule_on(rule: Rule, on: date) -> Rule:
    """Return a rule with those of its remarks that are in force on a day."""
    return rule.model_copy(update={"remarks": tuple(one for one in rule.remarks if one.is_in_force(on))})


def violation_on(catalogue: Catalogue, violation: Violation, on: date) -> Violation:
    """Return a violation type with those of its rules and remarks that are in force on a day."""

    def in_force(ids: Sequence[str]) -> tuple[str, ...]:
        return tuple(one for one in ids if catalogue.rules[one].is_in_force(on))

    return violation.model_copy(
        update={
            "legal_basis": in_force(violation.legal_basis),
            "norm_basis": in_force(violation.norm_basis),
            "if_so": tuple(one for one in violation.if_so if catalogue.rules[one.rule].is_in_force(on)),
            "remarks": tuple(one for one in violation.remarks if one.is_in_force(on)),
        }
    )


def _cited(basis: Basis, on: date) -> CitedRule:
    return CitedRule(rule=rule_on(basis.rule, on), violations=list(basis.violations))


def _conditional(basis: Basis, on: date) -> ConditionalRule:
    return ConditionalRule(
        rule=rule_on(basis.rule, on),
        violations=list(basis.violations),
        only_if=list(basis.rule.respondents or ()),
        only_for=list(basis.rule.products or ()),
        only_to=list(basis.rule.relations or ()),
    )


def _if_so(one: IfSo, catalogue: Catalogue, on: date) -> RuleIfSo:
    return RuleIfSo(
        rule=rule_on(one.rule, on),
        violation=one.violation,
        question=one.circumstance.value,
        condition=catalogue.condition_of(one.circumstance),
    )


def _helpful_evidence(violation: Violation) -> HelpfulEvidence:
    evidence = violation.evidence
    return HelpfulEvidence(violation=violation.id, zh=evidence.zh, en=evidence.en)


def _in_force(facts: Sequence[AnyFact], on: date) -> list[AnyFact]:
    return [fact for fact in facts if fact.is_in_force(on)]


def _rules_in_force(catalogue: Catalogue, ids: Sequence[str], on: date) -> list[Rule]:
    return _in_force([catalogue.rules[one] for one in ids], on)


def _step(step: Step, catalogue: Catalogue, situation: Situation, on: date) -> ChannelStep:
    channel = channel_on(step.channel, on)
    return ChannelStep(
        channel=channel.id,
        name=channel.name,
        kind=channel.kind,
        stage=step.stage.name.lower(),
        accepts=list(channel.accepts),
        reasons=[
            reason_of(why.text, why.fact, violation=why.violation, condition=why.condition)
            for why in step.reasons
        ],
        needs=[need_of(field) for field in channel.required_fields],
        telephone=channel.number_to_dial(situation.area_code),
        points_to=[rule_on(rule, on) for rule in _rules_in_force(catalogue, channel.points_to, on)],
        web=channel.web,
        status=channel.status,
        status_name=channel.status_name,
    )
