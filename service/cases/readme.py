"""What a package says about itself: where its papers go, step by step, in Chinese and English."""

from collections.abc import Iterator, Sequence
from typing import Final

from service.cases.fitting import Lack
from service.cases.form import FilledForm
from service.cases.material import Material
from service.cases.printing import Printing
from service.evidence.handing import HOW, handed_over_apart

_CUT: Final = (
    "有的内容超过表单的字数，已在 fields.txt 中截短；全文见 statement.txt，可作为附件提交。",
    "Some texts are too long for the form and are cut in fields.txt. statement.txt has them in full; you can attach it.",
)
_FILES: Final = (
    "fields.txt      逐项复制到表单 / copy it into the form, field by field",
    "statement.pdf   打印、填写并签名 / print it, fill it in and sign it (statement.html and statement.txt say the same)",
    "evidence.json   证据清单和摘要值 / the list of evidence with its digests",
    "evidence/       证据原件，请勿改动 / the originals of the evidence: change nothing of them",
)
_MASKED: Final = (
    "文中的身份证号、银行卡号和他人电话号码已遮盖。请自行填写姓名、证件号、住址和电话：本服务不收集这些信息。图片未作遮盖，提交前请自行查看。",
    "Identity cards, bank cards and other people's numbers are masked. Write your name, identity number, address and "
    "telephone number by hand: this service does not collect them. Pictures are not masked: look at them first.",
)


def readme(given: Printing, forms: Sequence[FilledForm]) -> str:
    """Return the text of README.txt."""
    channel = given.material.channel
    lines = [
        f"给{channel.name.zh}的材料。由您自行提交，本服务没有、也不会代您提交。",
        f"For {channel.name.en}. You file it yourself: this service has filed nothing and will file nothing for you.",
        "",
        *(f"{place}. {step}" for place, step in enumerate(_steps(given.material, given.operator), 1)),
        "",
        f"渠道信息状态：{channel.status_name.zh} / {channel.status_name.en}",
        *(line for remark in channel.remarks for line in (f"- {remark.text.zh}", f"  {remark.text.en}")),
        "",
        *_FILES,
        *_MASKED,
        "",
        *(_CUT if any(entry.is_cut for form in forms for entry in form.fields) else ()),
        *_left_out(given.material),
        "",
        *_missing(given.missing),
        "",
        *_operator(given.operator),
        "供参考，不是法律意见。Information, not legal advice.",
    ]
    return "\n".join(lines) + "\n"


def _steps(material: Material, operator: str | None) -> Iterator[str]:
    """Return what to do, one after the other."""
    channel = material.channel
    yield (
        "看下面“还缺”的内容，能补的先补齐。\n   Look at what is still missing below, and add what you can."
    )
    yield (
        "打印 statement.pdf，手写姓名、证件号、住址、电话，在需要的请求前打勾，签名并写日期。\n"
        "   Print statement.pdf; write your name, identity number, address and telephone number, tick what you ask for, "
        "sign and date it."
    )
    how = channel.form.submitted_by if channel.form else None
    where = "；".join(filter(None, (channel.web, f"电话 {channel.telephone}" if channel.telephone else None)))
    told = f"提交：{how.zh if how else '请先向该渠道询问提交方式'}" + (f"（{where}）" if where else "")
    yield (
        f"{told}；在网上提交的，从 fields.txt 逐项复制到表单。\n"
        f"   File it: {how.en if how else 'ask the channel first how it takes filings'}; on a site, copy fields.txt field "
        "by field."
    )
    yield (
        "记下提交日期和查询码或受理回执，保留原件。\n"
        "   Note the day and the query code or the receipt, and keep the originals."
    )
    by = f"（{operator}）" if operator else ""
    yield (
        f"回到本服务{by}，打开案卷 {material.case.case_id}，在“{channel.name.zh}”下记录已提交和后来的结果，"
        "以便按期提醒您下一步。\n"
        "   Come back to this service, open the case and record under this channel that you filed it and what became of "
        "it: you are told when the next step is due."
    )


def _left_out(material: Material) -> list[str]:
    """Return what to do with the originals that the package does not hold."""
    absent = [one for one in material.evidence if not one.is_included]
    named = [line for one in absent for line in handed_over_apart(one.name, one.size, one.sha256)]
    return ["", *HOW, *named] if absent else []


def _missing(missing: Sequence[Lack]) -> Iterator[str]:
    yield "还缺 / still missing:"
    for one in missing:
        yield f"- {one.text.zh}"
        yield f"  {one.text.en}"
    if not missing:
        yield "- 无 / nothing"


def _operator(operator: str | None) -> Iterator[str]:
    if operator:
        yield f"本服务的运营者 / operator of this service: {operator}"
