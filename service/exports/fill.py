"""From reports to rows in every file: filled, compared where only changes are wanted, and noted as handed over."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from service.exports.cells import UNKNOWN_NUMBER
from service.exports.columns import Filled
from service.exports.delta import Delta
from service.exports.files import ExportFiles
from service.exports.handed import HandedFile
from service.exports.handed_store import HandedRow
from service.exports.layouts import Filler
from service.exports.snapshot import ExportedReport


class RowStream:
    """The rows of one export on their way into its files; reports come grouped by number."""

    def __init__(
        self,
        files: ExportFiles,
        filler: Filler,
        digest: Callable[[msgspec.Struct], bytes],
        *,
        handed: HandedFile | None,
        delta: Delta | None,
    ) -> None:
        self._files = files
        self._filler = filler
        self._digest = digest
        self._handed = handed
        self._delta = delta

    async def add(self, reports: Sequence[ExportedReport]) -> None:
        """Write the rows that are complete with these reports."""
        # in a thread: masking long texts must not keep the claim on the export from being renewed
        await self._write(await asyncio.to_thread(self._filler.fill, reports))

    async def finish(self) -> None:
        """Write the remaining rows, and the ids of removed ones."""
        await self._write(self._filler.finish())
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
            # a row about no number is nobody's: nothing is answered about it, and no delta compares it
            self._handed.write([self._kept(one) for one in filled if one.number])

    def _remove(self, removed: list[HandedRow]) -> None:
        if removed:
            self._files.write_removed([one.row_id for one in removed])
            if self._handed is not None:
                self._handed.write(removed)

    def _kept(self, one: Filled) -> HandedRow:
        report_id = UUID(one.report_id) if one.report_id else None
        reported_at = datetime.fromisoformat(one.reported_at)
        accuses = one.row.accused != UNKNOWN_NUMBER
        return HandedRow(
            number=one.number,
            row_id=one.row.row_id,
            report_id=report_id,
            reported_at=reported_at,
            digest=self._digest(one.row),
            accuses=accuses,
        )
