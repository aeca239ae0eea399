"""Takes many reports of a partner at once: NDJSON in, one line of answer for each line."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from fastapi import Request
from pydantic import ValidationError

from service.database import ANSWER_SECONDS, Connection, DatabaseUnavailableError
from service.edge.access import ApiKey, Scope, lacking
from service.edge.context import Context
from service.edge.problems import (
    DATABASE_UNAVAILABLE,
    INVALID_REQUEST,
    UNSUPPORTED_MEDIA_TYPE,
    Language,
    ProblemError,
    preferred_language,
)
from service.edge.validation import field_errors
from service.reports import intake, store
from service.reports.schemas import PartnerReport, check_occurred_at
from service.reports.store import NewReport, Source

NDJSON = "application/x-ndjson"
ACCEPTED = frozenset({NDJSON, "application/ndjson", "application/jsonl", "application/json-lines"})
LINES_PER_TRANSACTION = 500
LINES_PER_TURN = 100
OPENAPI_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            NDJSON: {"schema": PartnerReport.model_json_schema(ref_template="#/components/schemas/{model}")}
        },
    }
}


@dataclass(slots=True)
class Line:
    """One line of a batch: its report, or why it is refused."""

    position: int
    row: NewReport | None = None
    answer: dict[str, Any] = field(default_factory=dict)

    def refuse(self, error: ProblemError, language: Language) -> None:
        """Answer this line with a problem."""
        self.answer = {"line": self.position, "status": "rejected", "problem": error.document(language)}


async def take_batch(context: Context, key: ApiKey, request: Request) -> list[dict[str, Any]]:
    """Store the valid lines of the body, 500 in each transaction; return an answer to every line."""
    language = preferred_language(request.headers.get("accept-language"))
    if request.headers.get("content-type", NDJSON).partition(";")[0].strip().lower() not in ACCEPTED:
        raise ProblemError(UNSUPPORTED_MEDIA_TYPE, expected=NDJSON)
    if key.source_id is None:
        raise lacking(Scope.REPORTS, f"{Scope.REPORTS} (source)")
    async with context.database.connection() as connection:
        source = await store.fetch_source(connection, key.source_id)
    if source is None:
        raise LookupError(key.source_id)
    texts = (await request.body()).splitlines()
    lines: list[Line] = []
    for position, text in enumerate(texts, start=1):
        if text.strip():
            lines.append(_read_line(context, source, (position, text), language))
        if position % LINES_PER_TURN == 0:
            await asyncio.sleep(0)  # so that look-ups of this worker do not wait for the whole batch
    good = [line for line in lines if line.row is not None]
    for start in range(0, len(good), LINES_PER_TRANSACTION):
        await _store_lines(context, source, good[start : start + LINES_PER_TRANSACTION], language)
    for line in lines:
        context.metrics.reports.labels("partner", line.answer["status"]).inc()
    return [line.answer for line in lines]


def _read_line(context: Context, source: Source, numbered: tuple[int, bytes], language: Language) -> Line:
    position, text = numbered
    line = Line(position)
    now = context.now()
    try:
        report = PartnerReport.model_validate_json(text)
        check_occurred_at(report.occurred_at, now)
        author = intake.partner_author(context.keys, source, report)
        line.row = intake.prepare(report, author, context.keys, now=now)
    except ValidationError as error:
        fields = field_errors(error.errors(include_url=False))
        line.refuse(ProblemError(INVALID_REQUEST, fields=fields), language)
    except ProblemError as error:
        line.refuse(error, language)
    return line


async def _store_lines(context: Context, source: Source, lines: Sequence[Line], language: Language) -> None:
    rows = [line.row for line in lines if line.row is not None]

    async def work(connection: Connection) -> set[object]:
        # one batch of a source at a time: its reporters must count once for each number, also in parallel batches
        await store.lock_source(connection, source.source_id)
        return {*await store.insert_reports(connection, rows, is_bulk=False)}

    try:
        stored = await context.database.in_transaction(work, deadline=ANSWER_SECONDS)
    except DatabaseUnavailableError:
        for line in lines:
            line.refuse(ProblemError(DATABASE_UNAVAILABLE), language)
        return
    for line, row in zip(lines, rows, strict=True):
        status = "stored" if row.report_id in stored else "repeated"
        line.answer = {"line": line.position, "status": status, "number": row.number}
        if status == "stored":
            line.answer["report_id"] = row.report_id
