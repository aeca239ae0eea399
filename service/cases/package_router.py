"""Packages over HTTP: put together on demand for whom the case belongs to, and kept nowhere."""

from collections.abc import Iterator
from typing import IO, Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import StreamingResponse

from service.cases.access import open_case
from service.cases.fitting import require_fit
from service.cases.material import material_for
from service.cases.package import MEDIA_TYPE, write_package
from service.context import context_of
from service.in_flight import InFlight
from service.problems import CASE_WITHDRAWN, CASE_WITHOUT_REPORTS, CONSENT_MISSING, ProblemError
from service.reports.reporters import reporter_pseudonym

router = APIRouter(prefix="/v1/cases", tags=["cases"])
PIECE: Final = 64 * 1024
Pseudonym = Annotated[bytes, Depends(reporter_pseudonym)]


@router.get(
    "/{case_id}/packages/{channel}",
    response_class=StreamingResponse,
    responses={200: {"content": {MEDIA_TYPE: {}}, "description": "The package, as an attachment."}},
    summary="The package to file with one channel",
)
async def make_package(
    case_id: UUID, channel: str, request: Request, pseudonym: Pseudonym
) -> StreamingResponse:
    """Form, statement, evidence list and a document to print, in Chinese. You file it yourself."""
    context = context_of(request)
    async with context.database.connection() as connection:
        opened = await open_case(connection, request, case_id, pseudonym=pseudonym)
    if opened.case.withdrawn_at is not None:
        raise ProblemError(CASE_WITHDRAWN)
    if not opened.reports:
        raise ProblemError(CASE_WITHOUT_REPORTS)
    fit = require_fit(opened.fits, channel)
    consent = opened.case.consent(channel)
    if consent is None or not consent.is_given:
        raise ProblemError(CONSENT_MISSING, channel=channel)
    material = material_for(
        fit.step.channel,
        opened.case,
        opened.reports,
        counted=opened.counted,
        catalogue=request.state.catalogue,
        evidence=opened.evidence,
    )
    rows = [row for _, row in opened.evidence]
    packages: InFlight = request.state.packages
    with packages.admit(pseudonym):
        package = await write_package(
            material, fit.missing, rows=rows, vault=request.state.vault, font=request.state.print_font
        )
    headers = {
        "Content-Disposition": f'attachment; filename="case-{case_id}-{fit.step.channel.id}.zip"',
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return StreamingResponse(_pieces(package), headers=headers, media_type=MEDIA_TYPE)


def _pieces(package: IO[bytes]) -> Iterator[bytes]:
    with package:
        while piece := package.read(PIECE):
            yield piece
