"""A channel's own form, filled in. Fields that only the person knows stay blank."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from ml.words import VIOLATIONS
from service.cases.counted import Counted, dialled, in_words
from service.cases.gathered import CaseReport
from service.cases.material import Material, report_in_words, violation_names
from service.days import CHINA
from service.rules.bases import Basis
from service.rules.channels import Channel, FilledFrom, FormChoice, FormField

_OF_A_CALL: Final = {
    FilledFrom.NUMBER,
    FilledFrom.DATE,
    FilledFrom.TIME,
    FilledFrom.DURATION,
    FilledFrom.CALLER,
}
NOT_CONNECTED: Final = "not_connected"
PADDING: Final = "请依法核查处理。"


@dataclass(frozen=True, slots=True)
class FilledField:
    """A field and its value: the code of a choice, a text, or None if the person must fill it in."""

    field: FormField
    value: str | None
    is_cut: bool = False  # the field is too short for the whole text

    @property
    def shown(self) -> str | None:
        """The value as the form shows it: the name of a choice instead of its code."""
        for choice in self.field.choices:
            if choice.code == self.value:
                return choice.name.zh
        return self.value


@dataclass(frozen=True, slots=True)
class FilledForm:
    """One form to submit; `report` is the number of its report in the package if the channel wants a form per call."""

    report: int | None
    fields: tuple[FilledField, ...]


def is_per_call(channel: Channel) -> bool:
    """Return whether the channel wants one form per call."""
    return any(field.filled_from in _OF_A_CALL for field in (channel.form.fields if channel.form else ()))


def fill_forms(material: Material) -> list[FilledForm]:
    """Return the channel's forms, one or one per call; none if its fields are not known."""
    channel = material.channel
    if channel.form is None:
        return []
    fields = channel.form.fields
    if not is_per_call(channel):
        return [FilledForm(None, tuple(_filled(field, material, material.reports) for field in fields))]
    return [
        FilledForm(place, tuple(_filled(field, material, [report]) for field in fields))
        for place, report in enumerate(material.reports, start=1)
    ]


def rules_in_words(legal: Sequence[Basis], norms: Sequence[Basis]) -> str:
    """Return the cited rules in Chinese, laws and norms apart: breaking a norm is not in itself unlawful."""
    parts = []
    if legal:
        parts.append("涉嫌违反：" + "；".join(basis.rule.cited for basis in legal) + "。")
    if norms:
        parts.append("不符合行业规范：" + "；".join(basis.rule.cited for basis in norms) + "。")
    return "".join(parts)


def _filled(field: FormField, material: Material, reports: Sequence[CaseReport]) -> FilledField:
    value = _VALUES[field.filled_from](field, material, reports)
    limited = _limited(value, field)
    return FilledField(field, limited, is_cut=_is_cut(field, value or "", limited or "", material, reports))


def _is_cut(
    field: FormField, value: str, limited: str, material: Material, reports: Sequence[CaseReport]
) -> bool:
    """Return whether a text was cut, or a statement leaves out some counts."""
    if len(limited) < len(value):
        return True
    counts = in_words(_counted(material, reports)) if field.filled_from is FilledFrom.STATEMENT else ()
    return any(line not in value for line in counts)


def _when(report: CaseReport) -> datetime:
    return report.occurred_at.astimezone(CHINA)


def _band(choices: Sequence[FormChoice], report: CaseReport) -> str | None:
    """Return the code of the choice for a call's duration."""
    if report.connected is False:
        return _choice(choices, NOT_CONNECTED)
    seconds = report.duration_seconds
    if seconds is None:
        return None
    for choice in choices:
        is_band = choice.from_seconds is not None or choice.below_seconds is not None
        if is_band and (choice.from_seconds or 0) <= seconds < (choice.below_seconds or seconds + 1):
            return choice.code
    return None


def _choice(choices: Sequence[FormChoice], value: str | None) -> str | None:
    return next((choice.code for choice in choices if value is not None and choice.value == value), None)


def _conduct(material: Material, reports: Sequence[CaseReport]) -> str:
    done = {violation for report in reports for violation in report.violations}
    done |= {one.violation for one in _counted(material, reports)}
    return violation_names([one for one in VIOLATIONS if one in done])


def _statement(field: FormField, material: Material, reports: Sequence[CaseReport]) -> str:
    """Return the calls, the person's own words, then as many counts as whole lines fit; the statement has them all."""
    own = material.case.secrets.statement
    text = "\n".join(filter(None, (*(report_in_words(report) for report in reports), own)))
    counts = in_words(_counted(material, reports))
    for place, line in enumerate(counts):
        left_out = f"\n另有通话记录统计{len(counts) - place}行，见附件材料。"
        ends = "" if place + 1 == len(counts) else left_out
        if field.max_length is not None and len(f"{text}\n{line}{ends}") > field.max_length:
            return text + left_out if len(text + left_out) <= field.max_length else text
        text += f"\n{line}"
    return text


def _counted(material: Material, reports: Sequence[CaseReport]) -> list[Counted]:
    """Return the counts to show in a form: all of them, unless the form is about one call.

    A form about one call shows the counts of that call's day; the first form of a number also shows those of days
    without a form.
    """
    if not is_per_call(material.channel):
        return list(material.counted)
    (report,) = reports
    same = [other for other in material.reports if other.number == report.number]
    others = {other.happened_on for other in same if other is not report}
    return [
        one
        for one in material.counted
        if one.number == report.number
        and (one.day.on == report.happened_on or (report is same[0] and one.day.on not in others))
    ]


def _limited(value: str | None, field: FormField) -> str | None:
    """Return the text within the field's limits: cut and marked as cut, or padded with a plain request."""
    if not value:
        return None
    if field.max_length is not None and len(value) > field.max_length:
        return value[: field.max_length - 1] + "…"
    while field.min_length is not None and len(value) < field.min_length:
        value += PADDING
    return value


#: How each kind of field is filled in. If a form is about one call, that call is the first report.
_VALUES: Final[Mapping[FilledFrom, Callable[[FormField, Material, Sequence[CaseReport]], str | None]]] = {
    FilledFrom.NUMBER: lambda _field, _material, reports: dialled(reports[0].number),
    FilledFrom.NUMBERS: lambda _field, material, _reports: "、".join(
        dict.fromkeys(dialled(report.number) for report in material.reports)
    ),
    FilledFrom.DATE: lambda _field, _material, reports: f"{_when(reports[0]):%Y-%m-%d}",
    FilledFrom.TIME: lambda _field, _material, reports: (
        f"{_when(reports[0]):%H:%M}" if reports[0].time_known else None
    ),
    FilledFrom.DURATION: lambda field, _material, reports: _band(field.choices, reports[0]),
    FilledFrom.CALLER: lambda field, _material, reports: _choice(field.choices, reports[0].caller),
    FilledFrom.STATEMENT: _statement,
    FilledFrom.CONDUCT: lambda _field, material, reports: _conduct(material, reports),
    FilledFrom.RULES: lambda _field, material, _reports: rules_in_words(material.legal, material.norms),
    FilledFrom.INSTITUTION: lambda _field, material, _reports: material.case.secrets.respondent_name,
    FilledFrom.EVIDENCE: lambda _field, material, _reports: "、".join(one.name for one in material.evidence),
    FilledFrom.DEMAND: lambda _field, material, _reports: material.case.secrets.demand,
    FilledFrom.DEFAULT: lambda field, _material, _reports: field.default,
    FilledFrom.PERSON: lambda _field, _material, _reports: None,
}
