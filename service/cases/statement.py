"""The statement of a case in Chinese: sections with numbers, times, conduct and rules, shared by text, HTML and PDF."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from service.cases.counted import day_in_words, dialled, in_words
from service.cases.form import FilledForm
from service.cases.material import Material, report_in_words, violation_names
from service.days import CHINA
from service.rules.bases import Basis

BLANK: Final = "________________"
DECLARATION: Final = (
    "以上内容由本人提供，本人保证所述属实，并知悉捏造事实诬告陷害他人须承担法律责任。",
    "本材料由催收电话号码情报服务根据本人的举报整理，供本人自行提交；所列规定供参考，不是法律意见，标注“待核实”的尚未与官方文本核对。",
    f"签名：{BLANK}　　日期：{BLANK}",
)


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and its paragraphs."""

    heading: str
    lines: tuple[str, ...]


def title_of(material: Material) -> str:
    """Return the title of the statement."""
    kind = "投诉" if material.channel.accepts == ("complaint",) else "举报"
    return f"关于催收电话的{kind}材料"


def sections_of(material: Material, forms: Sequence[FilledForm]) -> list[Section]:
    """Return the sections of the statement; those without content are left out."""
    written = [
        ("提交对象与被投诉举报方", tuple(_parties(material))),
        ("来电号码", tuple(dict.fromkeys(dialled(report.number) for report in material.reports))),
        (
            "事实经过",
            tuple(
                f"（{place}）{report_in_words(report)}" for place, report in enumerate(material.reports, 1)
            ),
        ),
        ("通话记录统计（按本人的举报和通话记录逐日统计）", in_words(material.counted)),
        ("本人补充陈述", tuple(filter(None, (material.case.secrets.statement,)))),
        ("涉嫌违反的法律法规和监管规定", tuple(_cited(material.legal))),
        ("不符合的行业规范（行业规范不是法律，违反行业规范不等于违法）", tuple(_cited(material.norms))),
        ("视对方身份可能适用的规定（对方身份尚不清楚）", tuple(_cited(material.conditional))),
        ("请求", (_request(material),)),
        ("证据清单", tuple(_evidence(material))),
        ("须由本人在表单上填写", tuple(_blanks(forms))),
        ("声明", DECLARATION),
    ]
    filled = [(heading, lines) for heading, lines in written if lines]
    return [Section(f"{_numeral(place)}、{heading}", lines) for place, (heading, lines) in enumerate(filled)]


def as_text(title: str, sections: Sequence[Section]) -> str:
    """Return the statement as plain text."""
    parts = [title, *("\n".join((section.heading, *section.lines)) for section in sections)]
    return "\n\n".join(parts) + "\n"


def _parties(material: Material) -> Iterator[str]:
    yield f"提交对象：{material.channel.name.zh}"
    yield f"被投诉举报方：{material.case.secrets.respondent_name or '（名称不详）'}"
    as_of = material.as_of.astimezone(CHINA)
    yield f"材料截至：{day_in_words(as_of.date())} {as_of:%H:%M}（北京时间）"
    yield f"案卷编号：{material.case.case_id}"


def _cited(bases: Sequence[Basis]) -> Iterator[str]:
    for basis in bases:
        yield f"{basis.rule.cited}：{basis.rule.says.zh}（对应行为：{violation_names(basis.violations)}）"


def _request(material: Material) -> str:
    if "report" in material.channel.accepts:
        return "请核查上述号码及其使用者，依照职责制止和处理上述行为，并将受理和处理结果告知本人。"
    return "请督促被投诉方停止上述行为、说明情况并答复本人，并将处理结果告知本人。"


def _evidence(material: Material) -> Iterator[str]:
    for one in material.evidence:
        absent = "" if one.is_included else "；原件未附，另行交付，以此摘要值为准"
        yield f"{one.name}（第{one.report}次联系；{one.media_type}，{one.size}字节；SHA-256：{one.sha256}{absent}）"
    if not material.evidence:
        yield "（未附证据）"


def _blanks(forms: Sequence[FilledForm]) -> Iterator[str]:
    blanks = {
        entry.field.name.zh: None
        for form in forms
        for entry in form.fields
        if entry.value is None and entry.field.required and entry.field.kind not in ("consent", "captcha")
    }
    for name in blanks:
        yield f"{name}：{BLANK}"


def _numeral(place: int) -> str:
    return "一二三四五六七八九十"[place] if place < 10 else f"十{'一二三'[place - 10]}"
