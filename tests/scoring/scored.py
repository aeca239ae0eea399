"""Reports that the scorer has something to do with."""

from service.reports.store import NewReport
from tests.clients import NUMBER, report_row


def badly_reported(number: str = NUMBER, times: int = 12) -> list[NewReport]:
    """Reports enough for every gate."""
    return [report_row(number) for _ in range(times)]
