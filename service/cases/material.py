"""The material of a package: a case, its reports, the rules they break, and their evidence."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from service.cases.counted import UNKNOWN_NUMBER, Counted, day_in_words, dialled
from service.cases.gathered import CaseReport, GatheredCase
from service.cases.situation import situation_of
from service.days import CHINA
from service.evidence.media import EXTENSIONS
from service.evidence.store import EvidenceRow
from service.masking.mask import masked_once
from service.numbers.parse import NumberError, parse_number
from service.rules.bases import Bases, Basis, bases_for
from service.rules.catalogue import Catalogue
from service.rules.channels import Channel
from service.rules.situation import Situation
from service.violations import VIOLATION_NAMES

MOST_ORIGINALS: Final = 200 * 1024 * 1024  # bytes of original files in one package
_CALLERS = {"human": "人工", "automated": "自动语音", "one_ring": "响一声"}
_RELATIONS = {
    "debtor": "本人是债务人",
    "third_party": "本人不是债务人，是被牵连的第三人",
    "wrong_person": "本人与该债务无关",
}


@dataclass(frozen=True, slots=True)
class PackagedEvidence:
    """A piece of evidence as the package lists it."""

    report: int  # number of the report in the package, from 1
    name: str
    media_type: str
    size: int
    sha256: str
    is_included: bool  # whether the package holds the original


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
) -> Material:
    """Return the material for a channel, as people wrote it: `masked` is what leaves the service.

    Rules are those in force on the day of each call; counts cite only the rules whose limits they exceed.
    """
    situation = situation_of(case, reports)
    bases = [_bases_of(report, situation, catalogue) for report in reports]
    exceeded = [Basis(one.rule, (one.violation,)) for one in counted]
    return Material(
        channel=channel,
        case=case,
        reports=reports,
        counted=counted,
        legal=_united(catalogue, [basis for one in bases for basis in one.legal_basis]),
        norms=_united(catalogue, [*(basis for one in bases for basis in one.norm_basis), *exceeded]),
        conditional=_united(catalogue, [basis for one in bases for basis in one.conditional]),
        evidence=evidence_for(channel, evidence),
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
    )


def evidence_for(channel: Channel, pieces: Sequence[tuple[int, EvidenceRow]]) -> list[PackagedEvidence]:
    """Return the evidence list.

    Originals are included if the channel accepts files, each within the channel's limit and all within MOST_ORIGINALS.
    """
    attachments = channel.form.attachments if channel.form else None
    listed, total = [], 0
    for place, (report, row) in enumerate(pieces, start=1):
        is_taken = (
            attachments is not None
            and attachments.accepted
            and row.size <= (attachments.max_bytes or row.size)
            and total + row.size <= MOST_ORIGINALS
        )
        total += row.size if is_taken else 0
        name = f"evidence/{place:02}{EXTENSIONS[row.media_type]}"
        listed.append(
            PackagedEvidence(
                report=report,
                name=name,
                media_type=row.media_type,
                size=row.size,
                sha256=row.sha256.hex(),
                is_included=is_taken,
            )
        )
    return listed


def _bases_of(report: CaseReport, situation: Situation, catalogue: Catalogue) -> Bases:
    return bases_for(catalogue, report.violations, situation=situation, on=report.happened_on)


def _masked_case(case: GatheredCase, keep: frozenset[str]) -> GatheredCase:
    secrets = replace(
        case.secrets,
        statement=_masked(case.secrets.statement, keep),
        respondent_name=_masked(case.secrets.respondent_name, keep),
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
    parts = [f"{day_in_words(when.date())} {when:%H:%M}（北京时间），{number}{what}{_duration(report)}"]
    if report.callee:
        parts.append(f"被叫号码{report.callee}")
    if report.caller:
        parts.append(f"对方为{_CALLERS[report.caller]}")
    if report.claimed_institution:
        parts.append(f"自称代表“{report.claimed_institution}”")
    if report.relation:
        parts.append(_RELATIONS[report.relation])
    if report.violations:
        parts.append(f"行为：{violation_names(report.violations)}")
    return "，".join(parts) + "。" + "".join(f"经过：{narrative}" for narrative in report.narratives)


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
