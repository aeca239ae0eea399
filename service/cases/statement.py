"""The statement of a case in Chinese: sections with numbers, times, conduct and rules, shared by text, HTML and PDF."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from service.cases.counted import day_in_words, dialled, in_words
from service.cases.form import FilledForm
from service.cases.material import Material, report_in_words, violation_names
from service.cases.pieces import piece_in_words
from service.contacts.counting import OWN_MEASURE
from service.days import CHINA
from service.rules.bases import Basis
from service.rules.channels import ChannelKind

BLANK: Final = "________________"
LONG_BLANK: Final = BLANK * 2
MOST_ROWS_KEPT: Final = 20  # a table of so many rows is moved to the next page rather than parted
#: Fields of forms that the block for the person, the demand or the signature stand for already.
_HAS_ITS_PLACE: Final = frozenset(
    {"name", "id", "id_number", "address", "contact", "request", "signature", "reporter_mobile"}
)
DECLARATION: Final = (
    "以上内容由本人提供，本人保证所述属实，并知悉捏造事实诬告陷害他人须承担法律责任。",
    "本材料由催收电话号码情报服务根据本人的举报整理，供本人自行提交；所列规定供参考，不是法律意见，标注“待核实”的尚未与官方文本核对。",
    f"签名：{BLANK}",
    f"日期：{BLANK}",
)


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and its paragraphs, or a table of `rows`, whose first names the columns."""

    heading: str
    lines: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...] = ()
    is_whole: bool = False  # whether no page may end within it: what is signed stands above the signature


def title_of(material: Material) -> str:
    """Return the title of the statement."""
    return f"关于催收电话的{material.channel.respondent_word[1:3]}材料"


def sections_of(material: Material, forms: Sequence[FilledForm]) -> list[Section]:
    """Return the sections of the statement; those without content are left out."""
    secrets = material.case.secrets
    written: list[tuple[str, tuple[str, ...]]] = [
        (f"{_filer(material)}（由本人填写；本服务不收集、不保存）", tuple(_person())),
        (f"{_authority_word(material)}和{material.channel.respondent_word}", tuple(_parties(material))),
        ("来电号码", tuple(dict.fromkeys(dialled(report.number) for report in material.reports))),
        (
            "事实经过",
            tuple(
                f"（{place}）{report_in_words(report)}" for place, report in enumerate(material.reports, 1)
            ),
        ),
        ("通话记录统计（按本人的举报和通话记录逐日统计）", tuple(_counts(material))),
        ("本人补充陈述", tuple(filter(None, (secrets.statement,)))),
        ("请求", tuple(_request(material))),
        ("可以依法提出的其他请求（请在需要的项前打勾，并可划去其余各项）", tuple(_demands(material))),
        ("涉嫌违反的法律法规和监管规定", tuple(_cited(material.legal))),
        ("不符合的行业规范（行业规范不是法律，违反行业规范不等于违法）", tuple(_cited(material.norms))),
        ("视对方身份可能适用的规定（对方身份尚不清楚）", tuple(_cited(material.conditional))),
        ("视情形可能适用的规定（情形尚不清楚，本材料未引用）", tuple(_if_so(material))),
        ("证据清单", tuple(_evidence(material))),
        ("须由本人补充", tuple(_blanks(forms))),
        ("声明", DECLARATION),
    ]
    filled = [(heading, lines) for heading, lines in written if lines]
    sections = [
        Section(f"{_numeral(place)}、{heading}", lines, is_whole=lines is DECLARATION)
        for place, (heading, lines) in enumerate(filled, 1)
    ]
    return [*sections, *_digests(material, len(sections) + 1)]


def as_text(title: str, sections: Sequence[Section]) -> str:
    """Return the statement as plain text."""
    parts = [
        title,
        *("\n".join((one.heading, *one.lines, *("  ".join(row) for row in one.rows))) for one in sections),
    ]
    return "\n\n".join(parts) + "\n"


def _filer(material: Material) -> str:
    """Return what the channel calls whoever files."""
    if material.channel.kind is ChannelKind.POLICE:
        return "报案人"
    return material.channel.respondent_word.removeprefix("被")


def _person() -> Iterator[str]:
    yield f"姓名：{BLANK}"
    yield f"证件类型及号码：{LONG_BLANK}"
    yield f"住址：{LONG_BLANK}"
    yield f"联系电话：{BLANK}"


def _authority_word(material: Material) -> str:
    form = material.channel.form
    return form.addressee.zh.partition("：")[0] if form and form.addressee else "受理单位"


def _parties(material: Material) -> Iterator[str]:
    form = material.channel.form
    yield form.addressee.zh if form and form.addressee else f"受理单位：{material.channel.name.zh}"
    yield f"{material.channel.respondent_word}：{material.case.secrets.respondent_name or '（名称不详）'}"
    as_of = material.as_of.astimezone(CHINA)
    yield f"材料截至：{day_in_words(as_of.date())} {as_of:%H:%M}（北京时间）"
    yield f"案卷编号：{material.case.case_id}"


def _counts(material: Material) -> Iterator[str]:
    """Return the counts, and behind them what is the service's own measure: no norm is given words that it lacks."""
    yield from in_words(material.counted)
    if any(one.day.dials for one in material.counted):
        yield OWN_MEASURE[0]


def _cited(bases: Sequence[Basis]) -> Iterator[str]:
    for basis in bases:
        yield f"{basis.rule.cited}：{basis.rule.says.zh}（对应行为：{violation_names(basis.violations)}）"


def _if_so(material: Material) -> Iterator[str]:
    for rule, condition in material.if_so:
        yield f"{rule.cited}：如果{condition.removeprefix('如果').rstrip('。？')}"


def _request(material: Material) -> Iterator[str]:
    """Return the person's own words first, then what is asked of the authority in every case."""
    if material.case.secrets.demand:
        yield material.case.secrets.demand
    if "report" in material.channel.accepts:
        yield "请核查上述号码及其使用者，依照职责制止和处理上述行为，并将受理和处理结果告知本人。"
    else:
        yield "请督促被投诉人停止上述行为、说明情况并答复本人，并将处理结果告知本人。"


def _demands(material: Material) -> Iterator[str]:
    for demand, rules in material.demands:
        basis = f"（依据：{'、'.join(rule.cited for rule in rules)}）" if rules else ""
        yield f"□ {demand.text.zh}{basis}"


def _evidence(material: Material) -> Iterator[str]:
    for place, one in enumerate(material.evidence, 1):
        yield piece_in_words(place, one)
    if not material.evidence:
        yield "（未附证据）"


def _blanks(forms: Sequence[FilledForm]) -> Iterator[str]:
    """Return what else the form requires of the person; what is brought along is said, not written."""
    blanks = {
        entry.field.name.zh: entry.field.how
        for form in forms
        for entry in form.fields
        if entry.value is None
        and entry.field.required
        and entry.field.kind not in ("consent", "captcha")
        and (entry.field.id not in _HAS_ITS_PLACE or entry.field.how)
    }
    for name, how in blanks.items():
        yield f"{name}：{how.zh if how else BLANK}"


def _digests(material: Material, place: int) -> Iterator[Section]:
    """Return the table by which a file, wherever it is, is known to be the one that the paper names."""
    if not material.evidence:
        return
    rows = [
        (f"附件{number}", one.name.removeprefix("evidence/"), str(one.size), one.sha256)
        for number, one in enumerate(material.evidence, 1)
    ]
    said = "文件的SHA-256摘要值与下表一致，即为同一文件，未经改动。"
    yield Section(
        f"{_numeral(place)}、证据文件摘要值",
        (said,),
        (("附件", "文件", "字节", "SHA-256"), *rows),
        is_whole=len(rows) <= MOST_ROWS_KEPT,
    )


def _numeral(place: int) -> str:
    """Return a number from 1 to 19 in Chinese."""
    tens, ones = divmod(place, 10)
    return ("十" if tens else "") + ("一二三四五六七八九"[ones - 1] if ones else "")
