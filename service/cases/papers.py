"""What somebody reads and copies for one channel: the form field by field, and the statement to print."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from starlette.requests import Request

from service.cases.access import open_case
from service.cases.fitting import ChannelFit, require_fit
from service.cases.form import FilledForm, fill_forms
from service.cases.material import Material, masked, material_for
from service.cases.statement import Section, sections_of, title_of
from service.edge.context import context_of
from service.edge.problems import CASE_WITHDRAWN, CASE_WITHOUT_REPORTS, CONSENT_MISSING, ProblemError
from service.evidence.labels import unseal_labels
from service.evidence.store import EvidenceRow
from service.reports.reporters import require_unrestricted


@dataclass(frozen=True, slots=True)
class Papers:
    """The channel's forms, filled in, and the statement, as they leave the service: other people's numbers masked."""

    title: str
    sections: Sequence[Section]
    forms: Sequence[FilledForm]


@dataclass(frozen=True, slots=True)
class CaseForChannel:
    """What papers for one channel are made from, not masked yet, with the rows of its evidence in their order."""

    material: Material
    fit: ChannelFit
    rows: Sequence[EvidenceRow]


def papers_of(material: Material) -> Papers:
    """Return the papers; it takes time that grows with the texts: not to be done on the event loop."""
    material = masked(material)
    forms = fill_forms(material)
    return Papers(title_of(material), sections_of(material, forms), forms)


async def open_for_channel(
    request: Request, case_id: UUID, channel: str, *, pseudonym: bytes
) -> CaseForChannel:
    """Return a reporter's own case for a channel; raise the problem that keeps papers from being made."""
    context = context_of(request)
    async with context.database.connection() as connection:
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
    labels = {
        row.evidence_id: unseal_labels(row.sealed, context.keys, row.evidence_id)
        for _, row in opened.evidence
    }
    material = material_for(
        fit.step.channel,
        opened.case,
        opened.reports,
        counted=opened.counted,
        catalogue=request.state.catalogue,
        evidence=opened.evidence,
        labels=labels,
        today=opened.today,
    )
    return CaseForChannel(material, fit, [row for _, row in opened.evidence])
