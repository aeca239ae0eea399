"""Shows reporters what agencies found out about their reports."""

from service.masking.mask import masked_once
from service.reports.schemas import Finding
from service.reports.store import FindingRow


def finding_shown(row: FindingRow) -> Finding:
    """Return a finding as its reporter sees it. A note names nobody, and what it names all the same is masked."""
    return Finding(
        agency=row.agency,
        result=row.result,
        decided_on=row.decided_on,
        note=masked_once(row.note, frozenset({row.number})) if row.note else None,
        is_about_report=row.is_about_report,
    )
