"""From reports to rows in every file: filled, compared where only changes are wanted, and kept as handed over."""

from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from service.exports.columns import UNKNOWN_NUMBER, Filled, HandOver
from service.exports.delta import Delta
from service.exports.files import ExportFiles
from service.exports.handed import HandedFile
from service.exports.per_number import NumberHandOver
from service.exports.store import ExportedReport, HandedRow


class RowStream:
    """The rows of one export on their way; reports come grouped by number."""

    def __init__(
        self,
        files: ExportFiles,
        hand_over: HandOver | NumberHandOver,
        digest: Callable[[msgspec.Struct], bytes],
        *,
        handed: HandedFile | None,
        delta: Delta | None,
    ) -> None:
        self._files = files
        self._hand_over = hand_over
        self._digest = digest
        self._handed = handed
        self._delta = delta

    async def add(self, reports: Sequence[ExportedReport]) -> None:
        """Write the rows of these reports, as far as they are complete."""
        await self._write(self._hand_over.fill(reports))

    async def finish(self) -> None:
        """Write what is left, and what is told as removed."""
        await self._write(self._hand_over.finish())
        if self._delta is not None:
            self._remove(await self._delta.finish())
        if self._handed is not None:
            self._handed.close()

    async def _write(self, filled: list[Filled]) -> None:
        if self._delta is not None:
            compared = await self._delta.compare(filled)
            self._remove(compared.removed)
            filled = compared.rows
        if not filled:
            return
        self._files.write([one.row for one in filled])
        if self._handed is not None:
            self._handed.write([self._kept(one) for one in filled])

    def _remove(self, removed: list[HandedRow]) -> None:
        if removed:
            self._files.write_removed([one.row_id for one in removed])
            if self._handed is not None:
                self._handed.write(removed)

    def _kept(self, one: Filled) -> HandedRow:
        report_id = UUID(one.report_id) if one.report_id else None
        reported_at = datetime.fromisoformat(one.reported_at)
        accuses = one.row.accused != UNKNOWN_NUMBER
        return HandedRow(one.number, one.row.row_id, report_id, reported_at, self._digest(one.row), accuses)
