"""Packages over HTTP: each is made on demand for the reporter of the case, and kept nowhere."""

from contextlib import ExitStack
from io import BytesIO
from typing import IO, Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import StreamingResponse

from service.cases.package import MEDIA_TYPE, write_document, write_package
from service.cases.paper_schemas import DOCUMENTS, DocumentName, PackageFields, shown_fields
from service.cases.papers import open_for_channel
from service.edge.caller import caller_of
from service.edge.declared import headers, raises
from service.edge.in_flight import InFlight, Place
from service.edge.parameters import CaseId, ChannelId
from service.edge.problems import (
    CASE_WITHDRAWN,
    CASE_WITHOUT_REPORTS,
    CHANNEL_DOES_NOT_FIT,
    CONSENT_MISSING,
    EVIDENCE_DAMAGED,
    EVIDENCE_UNAVAILABLE,
    NOT_FOUND,
    PACKAGE_BEYOND_BOUNDS,
    RESTRICTED,
    TOO_MANY_AT_ONCE,
)
from service.edge.sending import PacedFile
from service.host.beside import Asker
from service.reports.reporters import ReporterPseudonym

#: What keeps papers for a channel from being made.
NOT_READY = (
    NOT_FOUND,
    RESTRICTED,
    CASE_WITHDRAWN,
    CASE_WITHOUT_REPORTS,
    CHANNEL_DOES_NOT_FIT,
    CONSENT_MISSING,
)

router = APIRouter(prefix="/v1/cases", tags=["cases"])


@router.get(
    "/{case_id}/packages/{channel}",
    response_class=StreamingResponse,
    responses={
        200: {
            "content": {MEDIA_TYPE: {}},
            "description": "The package, as an attachment.",
            "headers": headers("Content-Disposition", "Cache-Control"),
        }
    },
    summary="Download the package to file with one channel · 下载向一个渠道提交的材料包",
)
@raises(*NOT_READY, EVIDENCE_DAMAGED, EVIDENCE_UNAVAILABLE, PACKAGE_BEYOND_BOUNDS, TOO_MANY_AT_ONCE)
async def get_package(
    case_id: CaseId,
    channel: ChannelId,
    request: Request,
    pseudonym: ReporterPseudonym,
) -> StreamingResponse:
    """The package holds form, statement, evidence list and a document to print, in Chinese. You file it yourself."""
    packages: InFlight = request.state.packages
    answers: InFlight = request.state.answers
    network = caller_of(request).network
    with ExitStack() as held:
        with packages.admit(pseudonym, network):
            asker = Asker(pseudonym, network)
            package, file_name = await _put_together(case_id, channel, request, asker)
        held.enter_context(package)
        place = held.enter_context(answers.admit(pseudonym, network))
        return _attached(held.pop_all(), package, place, file_name, MEDIA_TYPE)


@router.get(
    "/{case_id}/packages/{channel}/fields",
    summary="Get the form of one channel, filled in field by field · 查询一个渠道的表单，逐项填好",
)
@raises(*NOT_READY, PACKAGE_BEYOND_BOUNDS, TOO_MANY_AT_ONCE)
async def get_package_fields(
    case_id: CaseId,
    channel: ChannelId,
    request: Request,
    response: Response,
    pseudonym: ReporterPseudonym,
) -> PackageFields:
    """The answer holds what the package holds in `fields.json`, for copying without a ZIP. You file it yourself."""
    packages: InFlight = request.state.packages
    network = caller_of(request).network
    response.headers["Cache-Control"] = "no-store"
    with packages.admit(pseudonym, network):
        opened = await open_for_channel(request, case_id, channel, pseudonym=pseudonym)
        papers = await request.state.printer.papers(opened.material, Asker(pseudonym, network))
    return shown_fields(papers, opened)


@router.get(
    "/{case_id}/packages/{channel}/documents/{document}",
    response_class=StreamingResponse,
    responses={
        200: {
            "content": {media_type: {} for media_type in dict.fromkeys(DOCUMENTS.values())},
            "description": "The document, as an attachment.",
            "headers": headers("Content-Disposition", "Cache-Control"),
        }
    },
    summary="Download one document of a package · 下载材料包中的一份文件",
)
@raises(*NOT_READY, EVIDENCE_DAMAGED, EVIDENCE_UNAVAILABLE, PACKAGE_BEYOND_BOUNDS, TOO_MANY_AT_ONCE)
async def get_package_document(
    case_id: CaseId,
    channel: ChannelId,
    document: Annotated[DocumentName, Path(description="The document, by its name in the package.")],
    request: Request,
    pseudonym: ReporterPseudonym,
) -> StreamingResponse:
    """The bytes are those of the same document in the ZIP. Consent for the channel is needed as for the ZIP."""
    packages: InFlight = request.state.packages
    answers: InFlight = request.state.answers
    network, state = caller_of(request).network, request.state
    with ExitStack() as held:
        with packages.admit(pseudonym, network):
            opened = await open_for_channel(request, case_id, channel, pseudonym=pseudonym)
            content = await write_document(
                document, opened, vault=state.vault, printer=state.printer, asker=Asker(pseudonym, network)
            )
        place = held.enter_context(answers.admit(pseudonym, network))
        return _attached(held.pop_all(), BytesIO(content), place, document, DOCUMENTS[document])


def _attached(
    held: ExitStack, file: IO[bytes], place: Place, file_name: str, media_type: str
) -> StreamingResponse:
    """Return a file that no browser shows in place and no cache keeps."""
    safe = {
        "Content-Disposition": f'attachment; filename="{file_name}"',
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return PacedFile(held, file, place, media_type=media_type, headers=safe)


async def _put_together(case_id: UUID, channel: str, request: Request, asker: Asker) -> tuple[IO[bytes], str]:
    """Return the package as a file, and its file name."""
    opened = await open_for_channel(request, case_id, channel, pseudonym=asker.person)
    package = await write_package(
        opened.material,
        opened.fit.missing,
        rows=opened.rows,
        vault=request.state.vault,
        printer=request.state.printer,
        asker=asker,
    )
    return package, f"case-{case_id}-{opened.material.channel.id}.zip"
