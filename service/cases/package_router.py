"""Packages over HTTP: each is made on demand for the reporter of the case, and kept nowhere."""

from contextlib import ExitStack
from typing import IO
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse

from service.cases.package import MEDIA_TYPE, write_package
from service.cases.papers import open_for_channel
from service.edge.caller import caller_of
from service.edge.declared import headers, raises
from service.edge.in_flight import InFlight
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
@raises(
    NOT_FOUND,
    RESTRICTED,
    CASE_WITHDRAWN,
    CASE_WITHOUT_REPORTS,
    CHANNEL_DOES_NOT_FIT,
    CONSENT_MISSING,
    EVIDENCE_DAMAGED,
    EVIDENCE_UNAVAILABLE,
    PACKAGE_BEYOND_BOUNDS,
    TOO_MANY_AT_ONCE,
)
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
        safe = {
            "Content-Disposition": f'attachment; filename="{file_name}"',
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
        }
        return PacedFile(held.pop_all(), package, place, media_type=MEDIA_TYPE, headers=safe)


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
