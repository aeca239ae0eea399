"""The package of a case for one channel: a ZIP file to download. The same state of a case makes the same bytes."""

import asyncio
import hashlib
import tempfile
import zipfile
from collections.abc import Sequence
from contextlib import aclosing
from pathlib import Path
from typing import IO, Any, Final, cast

import orjson

from service.cases.fitting import Lack
from service.cases.form import FilledForm, fill_forms
from service.cases.material import Material, masked
from service.cases.print_font import PrintFont, load_font
from service.cases.statement import as_text, sections_of, title_of
from service.edge.in_flight import RETRY_SECONDS
from service.edge.problems import (
    EVIDENCE_DAMAGED,
    PACKAGE_BEYOND_BOUNDS,
    TOO_MANY_AT_ONCE,
    ProblemError,
)
from service.evidence.handing import HOW, handed_over_apart
from service.evidence.sealing import DamagedError
from service.evidence.store import EvidenceRow
from service.evidence.vault import Vault
from service.host.beside import Asker, Beside, BusyError, SpentError

MEDIA_TYPE: Final = "application/zip"
IN_MEMORY: Final = 4 * 1024 * 1024  # bytes; a larger package goes into a file
PRINTING_SECONDS: Final = 60.0  # for the longest case there can be, a few seconds would do
FIXED_DATE: Final = (1980, 1, 1, 0, 0, 0)  # the earliest date that ZIP can hold
_UNIX_FILE: Final = 0o100600 << 16
FORM_UNKNOWN: Final = (
    "该渠道的表单字段尚不清楚，请使用 statement.txt。\n"
    "The form fields of this channel are not known: use statement.txt.\n"
)
_CUT: Final = [
    "有的内容超过表单的字数，已在 fields.txt 中截短；全文见 statement.txt，可作为附件提交。",
    "Some texts are too long for the form and are cut in fields.txt. statement.txt has them in full; you can attach it.",
]
TO_FILL_IN: Final = "（请自行填写）"


class Printer:
    """Makes the documents of packages in a process beside this one, with the font of the settings."""

    def __init__(self, beside: Beside, font: Path | None) -> None:
        self._beside = beside
        self._font = font

    async def documents(self, material: Material, missing: Sequence[Lack], asker: Asker) -> dict[str, bytes]:
        """Return the documents of a package by name; raise a problem if there is no room or no time for them."""
        try:
            return await self._beside.run(
                print_documents, material, missing, self._font, asker=asker, seconds=PRINTING_SECONDS
            )
        except BusyError:
            raise ProblemError(TOO_MANY_AT_ONCE, headers={"Retry-After": RETRY_SECONDS}) from None
        except SpentError:
            raise ProblemError(PACKAGE_BEYOND_BOUNDS) from None


def print_documents(material: Material, missing: Sequence[Lack], font: Path | None) -> dict[str, bytes]:
    """Return the documents of a package by name, masked."""
    return documents_of(masked(material), missing, load_font(font))


async def write_package(
    material: Material,
    missing: Sequence[Lack],
    *,
    rows: Sequence[EvidenceRow],
    vault: Vault,
    printer: Printer,
    asker: Asker,
) -> IO[bytes]:
    """Return a package in a temporary file, ready to be read; `rows` are the pieces of evidence in their order.

    Originals are decrypted chunk by chunk. Raise evidence_damaged if one is not what was uploaded.
    """
    documents = await printer.documents(material, missing, asker)
    package = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115  closed by whoever sends it
    try:
        with zipfile.ZipFile(package, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in documents.items():
                await asyncio.to_thread(archive.writestr, entry_of(name), content)
            for piece, row in zip(material.evidence, rows, strict=True):
                if piece.is_included:
                    await _add_original(archive, piece.name, row=row, vault=vault)
    except BaseException:
        package.close()
        raise
    package.seek(0)
    return cast(IO[bytes], package)


async def _add_original(archive: zipfile.ZipFile, name: str, *, row: EvidenceRow, vault: Vault) -> None:
    entry = entry_of(name)
    entry.compress_type = zipfile.ZIP_STORED  # recordings and pictures are compressed already
    try:
        async with aclosing(await vault.open(row)) as content:
            with archive.open(entry, "w") as member:
                async for chunk in content:
                    await asyncio.to_thread(member.write, chunk)  # the disk may be slow
    except DamagedError:
        raise ProblemError(EVIDENCE_DAMAGED) from None


def documents_of(material: Material, missing: Sequence[Lack], font: PrintFont) -> dict[str, bytes]:
    """Return the documents of a package by name; the last holds the digests of the others and of the originals."""
    from service.cases.document import as_html, as_pdf  # noqa: PLC0415  ReportLab is large: for the first package

    forms = fill_forms(material)
    title = title_of(material)
    sections = sections_of(material, forms)
    documents = {
        "README.txt": _readme(material, forms, missing).encode(),
        "fields.json": orjson.dumps(_fields(material, forms, missing), option=orjson.OPT_INDENT_2),
        "fields.txt": _to_copy(forms).encode(),
        "statement.txt": as_text(title, sections).encode(),
        "statement.html": as_html(title, sections).encode(),
        "statement.pdf": as_pdf(title, sections, font, reference=f"案卷 {material.case.case_id}"),
        "evidence.json": orjson.dumps(list(material.evidence), option=orjson.OPT_INDENT_2),
    }
    digests = {name: hashlib.sha256(content).hexdigest() for name, content in documents.items()}
    digests |= {piece.name: piece.sha256 for piece in material.evidence if piece.is_included}
    sums = "".join(f"{digest}  {name}\n" for name, digest in digests.items())
    return {**documents, "SHA256SUMS": sums.encode()}


def entry_of(name: str) -> zipfile.ZipInfo:
    """Return a ZIP member that does not reveal when and where it was made."""
    entry = zipfile.ZipInfo(name, FIXED_DATE)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = _UNIX_FILE
    entry.create_system = 3
    return entry


def _is_cut(forms: Sequence[FilledForm]) -> bool:
    return any(entry.is_cut for form in forms for entry in form.fields)


def _fields(material: Material, forms: Sequence[FilledForm], missing: Sequence[Lack]) -> dict[str, Any]:
    channel = material.channel
    return {
        "channel": channel.id,
        "channel_name": channel.name.model_dump(),
        "status": channel.status,
        "catalogue": material.catalogue_version,
        "case_id": str(material.case.case_id),
        "as_of": material.as_of,
        "forms": [
            {
                "report": form.report,
                "fields": [
                    {
                        "id": entry.field.id,
                        "name": entry.field.name.model_dump(),
                        "required": entry.field.required,
                        "value": entry.value,
                        "shown": entry.shown,
                    }
                    for entry in form.fields
                ],
            }
            for form in forms
        ],
        "missing": [{"what": one.what, "text": one.text.model_dump(), "must": one.must} for one in missing],
    }


def _to_copy(forms: Sequence[FilledForm]) -> str:
    if not forms:
        return FORM_UNKNOWN
    parts = []
    for form in forms:
        head = [f"===== 第{form.report}次联系 ====="] if form.report else []
        lines = [f"【{entry.field.name.zh}】{entry.shown or TO_FILL_IN}" for entry in form.fields]
        parts.append("\n".join([*head, *lines]))
    return "\n\n".join(parts) + "\n"


def _left_out(material: Material) -> list[str]:
    """Return what to do with the originals that the package does not hold."""
    absent = [one for one in material.evidence if not one.is_included]
    named = [line for one in absent for line in handed_over_apart(one.name, one.size, one.sha256)]
    return ["", *HOW, *named] if absent else []


def _readme(material: Material, forms: Sequence[FilledForm], missing: Sequence[Lack]) -> str:
    channel = material.channel
    how = channel.form.submitted_by if channel.form else None
    lines = [
        f"给{channel.name.zh}的材料。由您自行提交，本服务没有、也不会代您提交。",
        f"For {channel.name.en}. You file it yourself: this service has filed nothing and will file nothing for you.",
        "",
        *([f"提交方式：{how.zh}", f"How: {how.en}"] if how else []),
        *([f"网址 / site: {channel.web}"] if channel.web else []),
        *([f"电话 / telephone: {channel.telephone}"] if channel.telephone else []),
        f"渠道信息状态：{channel.status_name.zh} / {channel.status_name.en}",
        *(line for remark in channel.remarks for line in (f"- {remark.text.zh}", f"  {remark.text.en}")),
        "",
        "fields.txt      逐项复制到表单 / copy it into the form, field by field",
        "statement.pdf   打印并签名 / print and sign it (statement.html and statement.txt say the same)",
        "evidence.json   证据清单和摘要值 / the list of evidence with its digests",
        "文中的身份证号、银行卡号和他人电话号码已遮盖。Identity cards, bank cards and other people's numbers are masked.",
        "",
        *(_CUT if _is_cut(forms) else []),
        *_left_out(material),
        "",
        "还缺 / still missing:",
        *(line for one in missing for line in (f"- {one.text.zh}", f"  {one.text.en}")),
        *(["- 无 / nothing"] if not missing else []),
        "",
        f"提交后请记录查询码和结果：POST /v1/cases/{material.case.case_id}/filings/{channel.id}/events",
        "After filing, record the query code and the result there.",
        "供参考，不是法律意见。Information, not legal advice.",
    ]
    return "\n".join(lines) + "\n"
