"""The catalogue on a given day: entries in force, each with only its parts in force."""

from collections.abc import Sequence
from datetime import date

from service.rules.bases import Basis, bases_for, in_order
from service.rules.catalogue import Catalogue
from service.rules.channels import Channel
from service.rules.entries import Rule, Violation
from service.rules.respondents import Respondent
from service.rules.route import Step, route
from service.rules.schemas import (
    ChannelList,
    ChannelStep,
    CitedRule,
    ConditionalRule,
    HelpfulEvidence,
    PartyKind,
    Routing,
    RuleList,
    ViolationList,
    need_of,
    reason_of,
)


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
    respondent: Respondent,
    on: date,
    occurred_on: date | None = None,
) -> Routing:
    """Return where to turn on a day, and what to cite for conduct of the same or another day."""
    named = in_order(catalogue, violations)
    judged_on = occurred_on or on
    bases = bases_for(catalogue, named, respondent=respondent, on=judged_on)
    steps = route(catalogue, named, respondent=respondent, on=on, conduct=[(judged_on, named)])
    return Routing(
        on=on,
        catalogue=catalogue.version,
        occurred_on=judged_on,
        respondent=respondent,
        respondent_name=catalogue.respondents[respondent].name,
        violations=named,
        steps=[_step(step, on) for step in steps],
        evidence=[_helpful_evidence(catalogue.violations[one]) for one in named],
        legal_basis=[_cited(basis, judged_on) for basis in bases.legal_basis],
        norm_basis=[_cited(basis, judged_on) for basis in bases.norm_basis],
        conditional=[_conditional(basis, judged_on) for basis in bases.conditional],
    )


def channel_on(channel: Channel, on: date) -> Channel:
    """Return a channel with those of its form, deadlines and remarks that are in force on a day."""
    return channel.model_copy(
        update={
            "form": channel.form if channel.form and channel.form.is_in_force(on) else None,
            "deadlines": tuple(one for one in channel.deadlines if one.is_in_force(on)),
            "remarks": tuple(one for one in channel.remarks if one.is_in_force(on)),
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
    )


def _helpful_evidence(violation: Violation) -> HelpfulEvidence:
    evidence = violation.evidence
    return HelpfulEvidence(violation=violation.id, zh=evidence.zh, en=evidence.en)


def _step(step: Step, on: date) -> ChannelStep:
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
        telephone=channel.telephone,
        web=channel.web,
        status=channel.status,
        status_name=channel.status_name,
    )
