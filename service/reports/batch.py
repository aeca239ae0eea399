"""Takes many reports of a partner at once: NDJSON in, one line of answer for each line."""

import codecs
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count, islice
from typing import Any

import orjson
from fastapi import Request
from pydantic import ValidationError

from service.database import ANSWER_SECONDS, Connection, DatabaseUnavailableError
from service.edge.access import ApiKey, Scope, lacking
from service.edge.bodies import require_few_values
from service.edge.context import Context
from service.edge.problems import (
    DATABASE_UNAVAILABLE,
    INVALID_REQUEST,
    LINE_TOO_LONG,
    TOO_MANY_LINES,
    UNSUPPORTED_MEDIA_TYPE,
    Language,
    ProblemError,
    preferred_language,
)
from service.edge.turns import Turns
from service.edge.validation import field_errors
from service.reports import intake, sources_store, store
from service.reports.schemas import PartnerReport
from service.reports.sources_store import Source
from service.reports.store import NewReport
from service.reports.when import check_time

NDJSON = "application/x-ndjson"
ACCEPTED = frozenset({NDJSON, "application/ndjson", "application/jsonl", "application/json-lines"})
LINES_PER_TRANSACTION = 500
MOST_LINES = 10_000
MOST_LINE_BYTES = 64 * 1024
MOST_LINE_VALUES = 2500
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


async def take_batch(context: Context, key: ApiKey, request: Request) -> AsyncIterator[bytes]:
    """Check what concerns all lines of the body; return an iterator that stores them and yields an answer to each.

    The lines are stored 500 in each transaction, as fast as the answers to those before them are read.
    """
    if request.headers.get("content-type", NDJSON).partition(";")[0].strip().lower() not in ACCEPTED:
        raise ProblemError(UNSUPPORTED_MEDIA_TYPE, expected=NDJSON)
    if key.source_id is None:
        raise lacking(Scope.REPORTS, f"{Scope.REPORTS} (source)")
    body = await request.body()
    if body.count(b"\n") > MOST_LINES:
        raise ProblemError(TOO_MANY_LINES, limit=MOST_LINES)
    async with context.database.connection() as connection:
        source = await sources_store.fetch_source(connection, key.source_id)
    if source is None:
        raise LookupError(key.source_id)
    language = preferred_language(request.headers.get("accept-language"))
    return _answers(context, source, body, language)


async def _answers(context: Context, source: Source, body: bytes, language: Language) -> AsyncIterator[bytes]:
    numbered = numbered_lines(body)
    while True:
        lines = []
        async with Turns() as turns:
            for position, text in islice(numbered, LINES_PER_TRANSACTION):
                lines.append(_read_line(context, source, (position, text), language))
                await turns.give_way()  # so that look-ups of this worker do not wait for the whole batch
        if not lines:
            return
        await _store_lines(context, source, [line for line in lines if line.row is not None], language)
        for line in lines:
            context.metrics.reports.labels("partner", line.answer["status"]).inc()
        yield b"".join(orjson.dumps(line.answer) + b"\n" for line in lines)


def numbered_lines(body: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield each line that is not blank with its position, counted from 1, and copy no more than that line at once."""
    start = 0
    for position in count(1):
        end = body.find(b"\n", start)
        text = body[start : end if end >= 0 else None].removeprefix(codecs.BOM_UTF8)
        if text.strip():
            yield position, text
        if end < 0:
            return
        start = end + 1


def _require_readable(text: bytes) -> None:
    """Raise the problem of a line that would cost more to read than any report does."""
    if len(text) > MOST_LINE_BYTES:
        raise ProblemError(LINE_TOO_LONG, limit=MOST_LINE_BYTES)
    require_few_values(text, MOST_LINE_VALUES)


def _read_line(context: Context, source: Source, numbered: tuple[int, bytes], language: Language) -> Line:
    position, text = numbered
    line = Line(position)
    now = context.now()
    try:
        _require_readable(text)
        report = PartnerReport.model_validate_json(text)
        check_time(report, now)
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
    if not rows:
        return

    async def work(connection: Connection) -> set[object]:
        # one batch of a source at a time: its reporters must count once for each number, also in parallel batches
        await sources_store.lock_source(connection, source.source_id)
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
