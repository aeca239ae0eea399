"""The material of a package: a case, its reports, the rules they break, and their evidence."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from service.cases.counted import UNKNOWN_NUMBER, Counted, day_in_words, dialled
from service.cases.gathered import CaseReport, GatheredCase
from service.cases.pieces import PackagedEvidence, evidence_for
from service.cases.situation import situation_of
from service.days import CHINA
from service.evidence.labels import Labels
from service.evidence.store import EvidenceRow
from service.masking.mask import masked_once
from service.numbers.parse import NumberError, parse_number
from service.rules.answers import demands_for
from service.rules.asking import Demand
from service.rules.bases import Bases, Basis, bases_for, in_order
from service.rules.catalogue import Catalogue
from service.rules.channels import Channel
from service.rules.entries import Rule
from service.rules.situation import Situation
from service.violations import VIOLATION_NAMES

_CALLERS = {"human": "人工", "automated": "自动语音", "one_ring": "响一声"}
_RELATIONS = {
    "debtor": "本人是债务人",
    "third_party": "本人不是债务人，是被牵连的第三人",
    "wrong_person": "本人与该债务无关",
}


@dataclass(frozen=True, slots=True)
class Material:
    """Everything that a package for one channel is made from."""

    channel: Channel
    case: GatheredCase
    reports: Sequence[CaseReport]
    counted: Sequence[Counted]
    legal: Sequence[Basis]
    norms: Sequence[Basis]
    conditional: Sequence[Basis]
    if_so: Sequence[tuple[Rule, str]]  # each with the condition on which it would be cited
    demands: Sequence[tuple[Demand, Sequence[Rule]]]  # what the law lets one ask for, and by which rules
    evidence: Sequence[PackagedEvidence]
    catalogue_version: str
    evidence_at: datetime | None  # when the newest piece of evidence was stored

    @property
    def as_of(self) -> datetime:
        """When the newest part of it was recorded: it depends on the case alone, so that packages keep their bytes."""
        said = [report.recorded_at for report in self.reports]
        consent = self.case.consent(self.channel.id)
        later = (consent.recorded_at if consent else None, self.evidence_at, self.case.changed_at)
        return max([self.case.created_at, *said, *(moment for moment in later if moment)])


def material_for(
    channel: Channel,
    case: GatheredCase,
    reports: Sequence[CaseReport],
    *,
    counted: Sequence[Counted],
    catalogue: Catalogue,
    evidence: Sequence[tuple[int, EvidenceRow]],
    labels: Mapping[UUID, Labels],
    today: date,
) -> Material:
    """Return the material for a channel, as people wrote it: `masked` is what leaves the service.

    Rules are those in force on the day of each call; counts cite only the rules whose limits they exceed.
    """
    situation = situation_of(case, reports)
    bases = [_bases_of(report, situation, catalogue) for report in reports]
    exceeded = [Basis(one.rule, (one.violation,)) for one in counted if not one.only_if]
    return Material(
        channel=channel,
        case=case,
        reports=reports,
        counted=counted,
        legal=_united(catalogue, [basis for one in bases for basis in one.legal_basis]),
        norms=_united(catalogue, [*(basis for one in bases for basis in one.norm_basis), *exceeded]),
        conditional=_united(catalogue, [basis for one in bases for basis in one.conditional]),
        if_so=_if_so(catalogue, bases),
        demands=_demands(
            catalogue,
            {name for one in reports for name in one.violations} | {one.violation for one in counted},
            situation,
            today,
        ),
        evidence=evidence_for(channel, evidence, labels),
        catalogue_version=catalogue.version,
        evidence_at=max([row.stored_at for _, row in evidence], default=None),
    )


def masked(material: Material) -> Material:
    """Return the material with numbers that identify others masked in free text, except those that its reports are about.

    It takes time that grows with the texts: not to be done on the event loop.
    """
    keep = frozenset(filter(None, (key for report in material.reports for key in _keys_of(report))))
    return replace(
        material,
        case=_masked_case(material.case, keep),
        reports=[_masked_report(report, keep) for report in material.reports],
        evidence=[
            replace(one, caption=_masked(one.caption, keep), file_name=_masked(one.file_name, keep))
            for one in material.evidence
        ],
    )


def _if_so(catalogue: Catalogue, bases: Sequence[Bases]) -> list[tuple[Rule, str]]:
    """Return the rules that would be cited in circumstances that are not known, each once."""
    cited = {basis.rule.id for one in bases for basis in (*one.legal_basis, *one.norm_basis)}
    found = {
        (open_.rule.id, open_.circumstance): (open_.rule, catalogue.condition_of(open_.circumstance).zh)
        for one in bases
        for open_ in one.if_so
        if open_.rule.id not in cited
    }
    return list(found.values())


def _demands(
    catalogue: Catalogue, violations: Collection[str], situation: Situation, today: date
) -> list[tuple[Demand, list[Rule]]]:
    found = demands_for(catalogue, in_order(catalogue, violations), situation=situation, on=today)
    return [(one, [catalogue.rules[rule] for rule in one.rules]) for one in found]


def _bases_of(report: CaseReport, situation: Situation, catalogue: Catalogue) -> Bases:
    return bases_for(catalogue, report.violations, situation=situation, on=report.happened_on)


def _masked_case(case: GatheredCase, keep: frozenset[str]) -> GatheredCase:
    secrets = replace(
        case.secrets,
        statement=_masked(case.secrets.statement, keep),
        respondent_name=_masked(case.secrets.respondent_name, keep),
        demand=_masked(case.secrets.demand, keep),
    )
    return replace(case, secrets=secrets)


def _masked_report(report: CaseReport, keep: frozenset[str]) -> CaseReport:
    return replace(
        report,
        narratives=tuple(masked_once(narrative, keep) for narrative in report.narratives),
        claimed_institution=_masked(report.claimed_institution, keep),
    )


def _masked(text: str | None, keep: frozenset[str]) -> str | None:
    return masked_once(text, keep) if text else None


def _keys_of(report: CaseReport) -> Iterator[str]:
    """Return the numbers that a report is about: the caller's and the called one."""
    yield report.number
    if report.callee:
        with suppress(NumberError):
            yield parse_number(report.callee).key


def violation_names(violations: Sequence[str]) -> str:
    """Return the Chinese names of violation types, joined by semicolons because some names contain commas."""
    return "；".join(VIOLATION_NAMES[violation][0] for violation in violations)


def report_in_words(report: CaseReport) -> str:
    """Return a call or message in one Chinese sentence: when, from which number, how long, by whom, what was done."""
    when = report.occurred_at.astimezone(CHINA)
    what = {"voice": "来电", "sms": "发来短信"}.get(report.medium, "联系本人")
    who = dialled(report.number)
    number = who if who == UNKNOWN_NUMBER else f"号码{who}"
    at = f"{when:%H:%M}（北京时间）" if report.time_known else "（具体时间记不清）"
    parts = [f"{day_in_words(when.date())} {at}，{number}{what}{_duration(report)}"]
    if report.callee:
        parts.append(f"被叫号码{report.callee}")
    if report.caller:
        parts.append(f"对方为{_CALLERS[report.caller]}")
    if report.claimed_institution:
        parts.append(f"自称代表“{report.claimed_institution}”")
    if report.relation:
        parts.append(_RELATIONS[report.relation])
    if report.violations:
        parts.append(f"涉及行为：{violation_names(report.violations)}")
    told = "".join(f"具体经过：{_ended(narrative)}" for narrative in report.narratives)
    return "，".join(parts) + "。" + told


def _ended(text: str) -> str:
    """Return what somebody wrote with a full stop behind it, so that the next sentence begins."""
    return text if text.rstrip().endswith(("。", "！", "？", "…", ".", "!", "?")) else f"{text.rstrip()}。"


def _duration(report: CaseReport) -> str:
    if report.connected is False:
        return "，未接通"
    if report.duration_seconds is None:
        return ""
    minutes, seconds = divmod(report.duration_seconds, 60)
    return f"，通话{minutes}分{seconds:02}秒"


def _united(catalogue: Catalogue, bases: Sequence[Basis]) -> list[Basis]:
    """Return each rule once, in the order of the catalogue, with all violations for which it is cited."""
    violations: dict[str, dict[str, None]] = {}
    for basis in bases:
        violations.setdefault(basis.rule.id, {}).update(dict.fromkeys(basis.violations))
    return [
        Basis(rule, tuple(violations[rule_id]))
        for rule_id, rule in catalogue.rules.items()
        if rule_id in violations
    ]
