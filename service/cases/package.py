"""The package of a case for one channel: a ZIP file to download. The same state of a case makes the same bytes."""

import asyncio
import hashlib
import tempfile
import zipfile
from collections.abc import AsyncIterator, Awaitable, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final, TypeVar, cast

import orjson

from service.cases.fitting import Lack
from service.cases.form import FilledForm, fill_forms
from service.cases.material import Material, masked
from service.cases.papers import CaseForChannel, Papers, papers_of
from service.cases.pictures import printable
from service.cases.pieces import made_in_words
from service.cases.print_font import PrintFont, load_font
from service.cases.printing import Printing
from service.cases.readme import readme
from service.cases.statement import as_text, sections_of, title_of
from service.edge.in_flight import RETRY_SECONDS
from service.edge.problems import (
    EVIDENCE_DAMAGED,
    PACKAGE_BEYOND_BOUNDS,
    TOO_MANY_AT_ONCE,
    ProblemError,
)
from service.evidence.sealing import DamagedError
from service.evidence.store import EvidenceRow
from service.evidence.vault import Vault
from service.host.beside import Asker, Beside, BusyError, SpentError

if TYPE_CHECKING:
    from service.cases.document import Picture

Made = TypeVar("Made")

MEDIA_TYPE: Final = "application/zip"
PDF: Final = "application/pdf"
WITH_PICTURES: Final = frozenset({"statement.html", "statement.pdf"})
IN_MEMORY: Final = 4 * 1024 * 1024  # bytes; a larger package goes into a file
PRINTING_SECONDS: Final = 60.0  # for the longest case there can be, a few seconds would do
FIXED_DATE: Final = (1980, 1, 1, 0, 0, 0)  # the earliest date that ZIP can hold
_UNIX_FILE: Final = 0o100600 << 16
FORM_UNKNOWN: Final = (
    "该渠道的表单字段尚不清楚，请使用 statement.txt。\n"
    "The form fields of this channel are not known: use statement.txt.\n"
)
TO_FILL_IN: Final = "（请自行填写）"
PICTURE_SECONDS: Final = 10.0  # for one of them; a photograph takes a fraction of a second


class Printer:
    """Makes the documents of packages in a process beside this one, with the font of the settings."""

    def __init__(self, beside: Beside, font: Path | None, operator: str | None = None) -> None:
        self._beside = beside
        self._font = font
        self._operator = operator

    async def documents(
        self,
        material: Material,
        missing: Sequence[Lack],
        asker: Asker,
        pictures: Mapping[str, bytes],
    ) -> dict[str, bytes]:
        """Return the documents of a package by name; raise a problem if there is no room or no time for them."""
        given = Printing(material, missing, pictures, self._operator)
        return await self._problems(
            self._beside.run(print_documents, given, self._font, asker=asker, seconds=PRINTING_SECONDS)
        )

    async def papers(self, material: Material, asker: Asker) -> Papers:
        """Return what is read and copied; raise a problem if there is no room or no time for it."""
        return await self._problems(
            self._beside.run(papers_of, material, asker=asker, seconds=PRINTING_SECONDS)
        )

    async def picture(self, content: bytes, asker: Asker) -> bytes | None:
        """Return a picture as it is printed; None if it cannot be drawn in the time and memory that there is for one."""
        try:
            return await self._beside.run(printable, content, asker=asker, seconds=PICTURE_SECONDS)
        except BusyError:
            raise ProblemError(TOO_MANY_AT_ONCE, headers={"Retry-After": RETRY_SECONDS}) from None
        except SpentError:
            return None

    async def _problems(self, work: Awaitable[Made]) -> Made:
        """Return what is made; raise the problem that stands for a lack of room or time."""
        try:
            return await work
        except BusyError:
            raise ProblemError(TOO_MANY_AT_ONCE, headers={"Retry-After": RETRY_SECONDS}) from None
        except SpentError:
            raise ProblemError(PACKAGE_BEYOND_BOUNDS) from None


def print_documents(given: Printing, font: Path | None) -> dict[str, bytes]:
    """Return the documents of a package by name, masked."""
    return documents_of(replace(given, material=masked(given.material)), load_font(font))


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
    pictures = await _pictures(material, rows, vault=vault, printer=printer, asker=asker)
    documents = await printer.documents(material, missing, asker, pictures)
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


async def write_document(
    name: str,
    opened: CaseForChannel,
    *,
    vault: Vault,
    printer: Printer,
    asker: Asker,
) -> bytes:
    """Return one document of a package, with its pictures if it shows them: the same bytes as in the package."""
    material, shows_pictures = opened.material, name in WITH_PICTURES
    pictures = (
        await _pictures(material, opened.rows, vault=vault, printer=printer, asker=asker)
        if shows_pictures
        else {}
    )
    return (await printer.documents(material, opened.fit.missing, asker, pictures))[name]


async def _pictures(
    material: Material, rows: Sequence[EvidenceRow], *, vault: Vault, printer: Printer, asker: Asker
) -> dict[str, bytes]:
    """Return the pictures of the annex by the names of their files: one at a time, so that few bytes are held at once."""
    drawn = {}
    for piece, row in zip(material.evidence, rows, strict=True):
        if not piece.is_printed:
            continue
        async with _opened(vault, row) as content:
            original = b"".join([chunk async for chunk in content])
        if (picture := await printer.picture(original, asker)) is not None:
            drawn[piece.name] = picture
    return drawn


async def _add_original(archive: zipfile.ZipFile, name: str, *, row: EvidenceRow, vault: Vault) -> None:
    entry = entry_of(name)
    entry.compress_type = zipfile.ZIP_STORED  # recordings and pictures are compressed already
    async with _opened(vault, row) as content:
        with archive.open(entry, "w") as member:
            async for chunk in content:
                await asyncio.to_thread(member.write, chunk)  # the disk may be slow


@asynccontextmanager
async def _opened(vault: Vault, row: EvidenceRow) -> AsyncIterator[AsyncIterator[bytes]]:
    """Give a piece of evidence, decrypted chunk by chunk; raise evidence_damaged if it is not what was uploaded."""
    try:
        async with aclosing(await vault.open(row)) as content:
            yield content
    except DamagedError:
        raise ProblemError(EVIDENCE_DAMAGED) from None


def documents_of(given: Printing, font: PrintFont) -> dict[str, bytes]:
    """Return the documents of a package by name; the last holds the digests of the others and of the originals."""
    from service.cases.document import as_html, as_pdf  # noqa: PLC0415  ReportLab is large: for the first package

    material = given.material
    forms = fill_forms(material)
    title = title_of(material)
    sections = sections_of(material, forms)
    annex = annex_of(material, given.pictures)
    reference = f"案卷 {material.case.case_id}"
    documents = {
        "README.txt": readme(given, forms).encode(),
        "fields.json": orjson.dumps(_fields(material, forms, given.missing), option=orjson.OPT_INDENT_2),
        "fields.txt": _to_copy(forms).encode(),
        "statement.txt": as_text(title, sections).encode(),
        "statement.html": as_html(title, sections, annex).encode(),
        "statement.pdf": as_pdf(title, sections, font, reference=reference, pictures=annex),
        "evidence.json": orjson.dumps(list(material.evidence), option=orjson.OPT_INDENT_2),
    }
    digests = {name: hashlib.sha256(content).hexdigest() for name, content in documents.items()}
    digests |= {piece.name: piece.sha256 for piece in material.evidence if piece.is_included}
    sums = "".join(f"{digest}  {name}\n" for name, digest in digests.items())
    return {**documents, "SHA256SUMS": sums.encode()}


def annex_of(material: Material, pictures: Mapping[str, bytes]) -> "list[Picture]":
    """Return the pictures to print, in their order; one that could not be drawn is named."""
    from service.cases.document import Picture  # noqa: PLC0415  the same

    return [
        Picture(
            f"附件{place}：{one.caption or '图片'}；第{one.report}次联系；{made_in_words(one)}"
            + ("。" if one.name in pictures else "；无法打印，请看原件。"),
            pictures.get(one.name),
        )
        for place, one in enumerate(material.evidence, 1)
        if one.is_printed
    ]


def entry_of(name: str) -> zipfile.ZipInfo:
    """Return a ZIP member that does not reveal when and where it was made."""
    entry = zipfile.ZipInfo(name, FIXED_DATE)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = _UNIX_FILE
    entry.create_system = 3
    return entry


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
