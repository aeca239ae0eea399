"""Finds the rules that conduct breaks: laws and norms apart, and only rules that bind the respondent on that day."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from service.rules.catalogue import Catalogue
from service.rules.entries import Rule
from service.rules.respondents import Respondent
from service.rules.situation import Circumstance, Product, Relation, Reply, Situation


@dataclass(frozen=True, slots=True)
class Basis:
    """A rule, and the violations for which it is cited, in the order of the catalogue."""

    rule: Rule
    violations: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class IfSo:
    """A rule that would be cited in a circumstance that is not known."""

    rule: Rule
    violation: str
    circumstance: Circumstance


@dataclass(frozen=True, slots=True)
class Bases:
    """The rules to cite.

    `conditional` are rules for only some parties, debts or people, while that is unknown; `if_so` those for a circumstance
    that is not known. Neither is cited.
    """

    legal_basis: tuple[Basis, ...]
    norm_basis: tuple[Basis, ...]
    conditional: tuple[Basis, ...]
    if_so: tuple[IfSo, ...]


def bases_for(catalogue: Catalogue, violations: Iterable[str], *, situation: Situation, on: date) -> Bases:
    """Return the rules in force `on` the day of the conduct that the violations break.

    Raise KeyError for an unknown violation. Against the owner of a number nobody acted: nothing is cited.
    """
    wanted = [] if situation.relation is Relation.OWNER else in_order(catalogue, violations)
    named: dict[str, list[str]] = {}
    for violation in wanted:
        for rule_id in _broken(catalogue, violation, situation):
            named.setdefault(rule_id, []).append(violation)
    bases = [
        Basis(rule, tuple(named[rule_id]))
        for rule_id, rule in catalogue.rules.items()
        if rule_id in named and rule.is_in_force(on)
    ]
    cited = [basis for basis in bases if applies(basis.rule, situation)]
    return Bases(
        legal_basis=tuple(basis for basis in cited if basis.rule.basis == "legal"),
        norm_basis=tuple(basis for basis in cited if basis.rule.basis == "norm"),
        conditional=tuple(basis for basis in bases if _may_apply(basis.rule, situation)),
        if_so=tuple(
            one
            for violation in wanted
            for one in _open(catalogue, violation, situation)
            if one.rule.id not in named and one.rule.is_in_force(on) and applies(one.rule, situation)
        ),
    )


def binds(rule: Rule, respondent: Respondent) -> bool:
    """Return whether a rule is cited against such a party.

    刑法 293之一 is recognised by its name, so that no list in a catalogue can direct it at a licensed lender, or at a
    party that may be one.
    """
    if rule.is_about_illegal_debt and respondent is not Respondent.UNLICENSED_LENDER:
        return False
    return rule.respondents is None or respondent in rule.respondents


def applies(rule: Rule, situation: Situation) -> bool:
    """Return whether a rule is cited in a situation: it binds the party, and is about such a debt and such a person."""
    return (
        binds(rule, situation.party)
        and (rule.products is None or situation.product in rule.products)
        and (rule.relations is None or situation.relation in rule.relations)
    )


def in_order(catalogue: Catalogue, violations: Iterable[str]) -> list[str]:
    """Return the violations in the order of the catalogue, each once; raise KeyError for an unknown one."""
    wanted = set(violations)
    if unknown := wanted - set(catalogue.violations):
        raise KeyError(min(unknown))
    return [violation for violation in catalogue.violations if violation in wanted]


def _broken(catalogue: Catalogue, violation: str, situation: Situation) -> Iterator[str]:
    entry = catalogue.violations[violation]
    yield from dict.fromkeys(
        (
            *entry.legal_basis,
            *entry.norm_basis,
            *(one.rule for one in entry.if_so if situation.reply(one.circumstance) is Reply.YES),
        )
    )


def _open(catalogue: Catalogue, violation: str, situation: Situation) -> Iterator[IfSo]:
    for one in catalogue.violations[violation].if_so:
        if situation.reply(one.circumstance) is Reply.UNKNOWN:
            yield IfSo(catalogue.rules[one.rule], violation, one.circumstance)


def _may_apply(rule: Rule, situation: Situation) -> bool:
    """Return whether a rule does not apply only because party, debt or person are unknown."""
    if rule.is_about_illegal_debt or applies(rule, situation):
        return False
    return (
        (binds(rule, situation.party) or situation.party is Respondent.UNKNOWN)
        and (rule.products is None or situation.product in {*rule.products, Product.UNKNOWN})
        and (rule.relations is None or situation.relation in {*rule.relations, Relation.UNKNOWN})
    )
