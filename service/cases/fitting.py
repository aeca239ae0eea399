"""Which channels fit a case, in which order and why, and what a filing with each of them still lacks."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from service.cases.counted import Counted
from service.cases.form import is_per_call
from service.cases.gathered import CaseReport, GatheredCase
from service.cases.situation import situation_of
from service.edge.problems import CHANNEL_DOES_NOT_FIT, ProblemError
from service.rules.catalogue import Catalogue
from service.rules.channels import Channel, FilledFrom, FormField
from service.rules.facts import Text
from service.rules.route import Step, route


@dataclass(frozen=True, slots=True)
class Lack:
    """Something that a filing lacks; `must` tells whether the channel requires it."""

    what: str
    text: Text
    must: bool


@dataclass(frozen=True, slots=True)
class ChannelFit:
    """A channel that fits, and what a filing with it lacks."""

    step: Step
    missing: tuple[Lack, ...]


def fitting(
    case: GatheredCase,
    reports: Sequence[CaseReport],
    catalogue: Catalogue,
    *,
    counted: Sequence[Counted],
    evidence: int,
    today: date,
) -> list[ChannelFit]:
    """Return the channels that fit, in the order in which to try them; `evidence` counts the pieces of the reports."""
    violations = {violation for report in reports for violation in report.violations}
    violations |= {one.violation for one in counted}
    steps = route(
        catalogue,
        violations,
        situation=situation_of(case, reports),
        on=today,
        conduct=[(report.happened_on, report.violations) for report in reports],
    )
    lacks_of_all = _lacks_of_all(violations, {one.violation for one in counted}, catalogue, evidence)
    return [
        ChannelFit(step, (*_lacks(step.channel, case, reports, evidence), *lacks_of_all)) for step in steps
    ]


def require_fit(fits: Sequence[ChannelFit], channel: str) -> ChannelFit:
    """Return the fit of a channel; raise channel_does_not_fit, naming those that fit.

    Lines that give advice take no filings.
    """
    takers = [fit for fit in fits if fit.step.channel.accepts]
    for fit in takers:
        if fit.step.channel.id == channel:
            return fit
    names = ", ".join(fit.step.channel.id for fit in takers)
    raise ProblemError(CHANNEL_DOES_NOT_FIT, channel=channel, fitting=names)


def _lacks(
    channel: Channel, case: GatheredCase, reports: Sequence[CaseReport], evidence: int
) -> Iterator[Lack]:
    for field in channel.required_fields:
        if _is_lacking(field, case, reports) or (field.filled_from is FilledFrom.EVIDENCE and not evidence):
            yield _lack_of(field)
    if is_per_call(channel) and len(reports) > 1:
        yield Lack("one_filing_a_call", _one_each(len(reports)), must=False)
    if is_per_call(channel) and any(report.medium != "voice" for report in reports):
        yield Lack("form_of_calls", _FORM_OF_CALLS, must=False)


def _lacks_of_all(
    violations: Collection[str], counted: Collection[str], catalogue: Catalogue, evidence: int
) -> list[Lack]:
    """Return what a filing with any channel lacks. Counted violations need no further evidence."""
    if not violations:
        return [Lack("violations", _NO_VIOLATION, must=True)]
    if evidence:
        return []
    wanted = {
        entry.evidence.zh: entry.evidence
        for name, entry in catalogue.violations.items()
        if name in violations and name not in counted
    }
    return [Lack("evidence", _evidence(text), must=False) for text in wanted.values()]


def _is_lacking(field: FormField, case: GatheredCase, reports: Sequence[CaseReport]) -> bool:
    match field.filled_from:
        case FilledFrom.PERSON:
            return field.kind != "consent"
        case FilledFrom.INSTITUTION:
            return not case.secrets.respondent_name
        case FilledFrom.DEMAND:
            return not case.secrets.demand
        case _:
            return any(_is_untold(field.filled_from, report) for report in reports)


def _is_untold(what: FilledFrom, report: CaseReport) -> bool:
    """Return whether a report does not say what a form about its call asks for."""
    match what:
        case FilledFrom.DURATION:
            return report.duration_seconds is None and report.connected is not False
        case FilledFrom.TIME:
            return not report.time_known
        case FilledFrom.CALLER:
            return report.caller is None
        case _:
            return False


def _lack_of(field: FormField) -> Lack:
    name = field.name
    if field.how is not None:
        text = Text(zh=f"{name.zh}：{field.how.zh}", en=f"{name.en}: {field.how.en}")
    elif field.filled_from is FilledFrom.PERSON:
        text = Text(
            zh=f"{name.zh}：提交时由本人填写或者说明",
            en=f"{name.en}: write or say it yourself when you file",
        )
    elif field.filled_from is FilledFrom.EVIDENCE:
        text = Text(
            zh=f"{name.zh}：请为举报补充证据，或者提交时附上",
            en=f"{name.en}: attach evidence to the reports, or hand it in when you file",
        )
    else:
        text = Text(
            zh=f"{name.zh}：案卷和举报中没有写明，请在提交时填写",
            en=f"{name.en}: neither the case nor its reports say; fill it in when you file",
        )
    return Lack(field.id, text, must=True)


def _evidence(text: Text) -> Text:
    return Text(zh=f"建议补充证据：{text.zh}", en=f"Evidence that would help: {text.en}")


def _one_each(count: int) -> Text:
    return Text(
        zh=f"该渠道一次只受理一次来电：材料中有 {count} 份表单，请逐份提交",
        en=f"This channel accepts one call per filing: the package holds {count} forms, submit each of them",
    )


_FORM_OF_CALLS = Text(
    zh="该表单用于来电：短信等请在渠道页面选择相应类型，再复制内容",
    en="This form is for calls. For messages, choose their type on the channel's site and copy the content",
)
_NO_VIOLATION = Text(
    zh="举报没有写明违规类型：请先补充举报，选择对方的行为",
    en="The reports name no violation: add to a report first, and choose what the caller did",
)
