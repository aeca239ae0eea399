"""Finds the rules that conduct breaks: laws and norms apart, and only rules that bind the respondent on that day."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from service.rules.catalogue import Catalogue
from service.rules.entries import Rule
from service.rules.respondents import Respondent


@dataclass(frozen=True, slots=True)
class Basis:
    """A rule, and the violations for which it is cited, in the order of the catalogue."""

    rule: Rule
    violations: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Bases:
    """The rules to cite. `conditional` are rules that bind only some kinds of parties, while the party is unknown."""

    legal_basis: tuple[Basis, ...]
    norm_basis: tuple[Basis, ...]
    conditional: tuple[Basis, ...]


def bases_for(catalogue: Catalogue, violations: Iterable[str], *, respondent: Respondent, on: date) -> Bases:
    """Return the rules in force `on` the day of the conduct that the violations break.

    Raise KeyError for an unknown violation.
    """
    named: dict[str, list[str]] = {}
    for violation in in_order(catalogue, violations):
        entry = catalogue.violations[violation]
        for rule_id in (*entry.legal_basis, *entry.norm_basis):
            named.setdefault(rule_id, []).append(violation)
    bases = [
        Basis(rule, tuple(named[rule_id]))
        for rule_id, rule in catalogue.rules.items()
        if rule_id in named and rule.is_in_force(on)
    ]
    cited = [basis for basis in bases if binds(basis.rule, respondent)]
    return Bases(
        legal_basis=tuple(basis for basis in cited if basis.rule.basis == "legal"),
        norm_basis=tuple(basis for basis in cited if basis.rule.basis == "norm"),
        conditional=tuple(basis for basis in bases if _may_bind(basis.rule, respondent)),
    )


def binds(rule: Rule, respondent: Respondent) -> bool:
    """Return whether a rule is cited against such a party.

    刑法 293之一 is recognised by its name, so that no list in a catalogue can direct it at a licensed lender, or at a
    party that may be one.
    """
    if rule.is_about_illegal_debt and respondent is not Respondent.UNLICENSED_LENDER:
        return False
    return rule.respondents is None or respondent in rule.respondents


def in_order(catalogue: Catalogue, violations: Iterable[str]) -> list[str]:
    """Return the violations in the order of the catalogue, each once; raise KeyError for an unknown one."""
    wanted = set(violations)
    if unknown := wanted - set(catalogue.violations):
        raise KeyError(min(unknown))
    return [violation for violation in catalogue.violations if violation in wanted]


def _may_bind(rule: Rule, respondent: Respondent) -> bool:
    return (
        respondent is Respondent.UNKNOWN
        and not rule.is_about_illegal_debt
        and rule.respondents is not None
        and respondent not in rule.respondents
    )
