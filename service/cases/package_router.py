"""Packages over HTTP: each is made on demand for the reporter of the case, and kept nowhere."""

import asyncio
from collections.abc import Mapping
from contextlib import ExitStack
from functools import partial
from io import SEEK_END
from typing import IO, Final
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from service.cases.access import open_case
from service.cases.fitting import require_fit
from service.cases.material import material_for
from service.cases.package import MEDIA_TYPE, write_package
from service.edge.context import context_of
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
    RESTRICTED,
    TOO_MANY_AT_ONCE,
    ProblemError,
)
from service.reports.reporters import ReporterPseudonym, require_unrestricted

router = APIRouter(prefix="/v1/cases", tags=["cases"])
PIECE: Final = 64 * 1024
MOST_SECONDS: Final = 600  # to send a package: 200 MB at 340 kB/s


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
    summary="Download the package to file with one channel",
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
    with ExitStack() as held:
        held.enter_context(packages.admit(pseudonym))
        package, file_name = await _put_together(case_id, channel, request, pseudonym)
        held.enter_context(package)
        safe = {
            "Content-Disposition": f'attachment; filename="{file_name}"',
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
        }
        return PackageResponse(held.pop_all(), package, safe)


class PackageResponse(StreamingResponse):
    """A package on its way; its file and its place are released once it was sent, or could not be."""

    def __init__(self, held: ExitStack, package: IO[bytes], headers: Mapping[str, str]) -> None:
        length = {"Content-Length": str(package.seek(0, SEEK_END))}
        package.seek(0)
        pieces = iter(partial(package.read, PIECE), b"")
        super().__init__(pieces, headers={**headers, **length}, media_type=MEDIA_TYPE)
        self._held = held

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it, within the time for which it may hold its place; only its head where that was asked for."""
        with self._held:
            if scope["method"] == "HEAD":
                await Response(headers=dict(self.headers))(scope, receive, send)
                return
            async with asyncio.timeout(MOST_SECONDS):
                await super().__call__(scope, receive, send)


async def _put_together(
    case_id: UUID, channel: str, request: Request, pseudonym: bytes
) -> tuple[IO[bytes], str]:
    """Return the package as a file, and its file name."""
    async with context_of(request).database.connection() as connection:
        opened = await open_case(connection, request, case_id, pseudonym=pseudonym)
        await require_unrestricted(connection, pseudonym)
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
    package = await write_package(
        material, fit.missing, rows=rows, vault=request.state.vault, font=request.state.print_font
    )
    return package, f"case-{case_id}-{fit.step.channel.id}.zip"
