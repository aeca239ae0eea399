"""One report and its case, as forms and statements are filled from them."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from uuid import UUID

from service.cases.counted import Counted
from service.cases.gathered import CaseReport, GatheredCase
from service.cases.material import Material, material_for
from service.cases.sealing import CaseSecrets
from service.evidence.labels import Labels
from service.evidence.store import EvidenceRow
from service.rules.catalogue import shipped_catalogue
from service.rules.channels import Channel
from service.rules.respondents import Respondent

CATALOGUE = shipped_catalogue()
NOW = datetime(2026, 11, 20, 15, 10, tzinfo=UTC)
REPORT = CaseReport(
    report_id=UUID(int=1), number="+8619790001234", medium="voice", occurred_at=NOW, recorded_at=NOW,
    duration_seconds=None, connected=None, caller=None, relation=None, claimed_institution=None,
    violations=("threat",), narratives=(), callee=None,
)  # fmt: skip
CASE = GatheredCase(
    case_id=UUID(int=2),
    created_at=NOW,
    withdrawn_at=None,
    respondent=Respondent.UNKNOWN,
    secrets=CaseSecrets(None, None),
    report_ids=(REPORT.report_id,),
    consents=(),
    filings={},
)


def material_of(
    channel: str | Channel,
    case: GatheredCase = CASE,
    reports: Sequence[CaseReport] = (REPORT,),
    *,
    counted: Sequence[Counted] = (),
    evidence: Sequence[tuple[int, EvidenceRow]] = (),
    labels: Mapping[UUID, Labels] | None = None,
) -> Material:
    """What a package for a channel is made from."""
    return material_for(
        CATALOGUE.channels[channel] if isinstance(channel, str) else channel,
        case,
        reports,
        counted=counted,
        catalogue=CATALOGUE,
        evidence=evidence,
        labels=labels or {},
        today=NOW.date(),
    )
