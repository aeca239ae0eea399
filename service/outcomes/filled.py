"""Reads the file that an agency sends back: the one it was handed, or another with the same row ids, with results in it.

Columns are found by their headings, in any order and among any others; the rows may be sorted anew. A cell is named by its
address as a spreadsheet shows it (`举报!C5`; for a text, that of its record).
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final, NamedTuple

from pydantic import ValidationError

from service.edge.problems import FieldError
from service.edge.validation import field_errors, is_storable, message
from service.outcomes.cells import RoundedError, day_of_cell, number_of, row_id_of, text_of
from service.outcomes.schemas import MOST_NOTE, OutcomeAnswer
from service.outcomes.sheets import HEADER_WITHIN, MOST_HEADING, Sheet, SheetError, read_sheets, read_text
from service.outcomes.store import OutcomeResult
from service.outcomes.words import PENDING, RESULTS, YES_NO, Column, heading_of, result_of, word_of
from service.spreadsheets import Cell, is_packed

MOST_FLAWS: Final = 500  # that are named: more help nobody, and travel through processes and answers


@dataclass(frozen=True, slots=True)
class Answer:
    """An outcome as it was sent; `places` names where each of its fields stands."""

    row_id: str | None
    result: OutcomeResult
    decided_on: date | None
    note: str | None
    places: Mapping[str, str]
    number: str | None = None  # what the file tells of the row's number


@dataclass(slots=True)
class ReadFile:
    """What a file says: its answers, what is wrong in other rows, and how many rows have no answer yet."""

    answers: list[Answer] = field(default_factory=list)
    flaws: list[FieldError] = field(default_factory=list)
    unanswered: int = 0


def read_file(content: bytes) -> ReadFile:
    """Return what a file says; raise SheetError for one that cannot be read at all."""
    read = _read(content)
    if (more := len(read.flaws) - MOST_FLAWS) > 0:
        del read.flaws[MOST_FLAWS:]
        read.flaws.append(FieldError("file", "outcome_more", *message("outcome_more", count=more)))
    return read


def _read(content: bytes) -> ReadFile:
    if not is_packed(content):
        text = read_text(content)
        if text.lstrip()[:1] == "{":
            return _lines(text)
        if text.lstrip()[:1] == "<":
            raise SheetError(
                "这是网页或 XML，请在 Excel 或 WPS 中打开后另存为 xlsx",
                "This is a web page or XML: open it in a spreadsheet program and save it as xlsx",
            )
    read = ReadFile()
    sheets = read_sheets(content)
    headed = [(sheet, found) for sheet in sheets if (found := _header(sheet)) is not None]
    for sheet, header in headed:
        _add_rows(read, sheet, header)
    if not headed and any(any(row) for sheet in sheets for row in sheet.rows):
        raise SheetError(
            "没有找到表头：须有“行编号”（或“被举报号码”）和“处理结果”两列",
            "No header was found: it needs a column `row_id` (行编号) or 被举报号码, and one with the result (处理结果)",
        )
    for sheet in sheets:
        if all(sheet is not one for one, _ in headed):
            _require_no_rows(sheet)
    return read


def answers_of(sent: Sequence[OutcomeAnswer]) -> list[Answer]:
    """Return what was sent as JSON."""
    return [_answer(one, f"outcomes[{place}].") for place, one in enumerate(sent)]


def _answer(one: OutcomeAnswer, prefix: str) -> Answer:
    places = {name: f"{prefix}{name}" for name in OutcomeAnswer.model_fields}
    return Answer(one.row_id, one.result, one.decided_on, one.note, places)


def _lines(text: str) -> ReadFile:
    """Return what lines of JSON say."""
    read = ReadFile()
    for line, content in enumerate(text.split("\n"), 1):  # other ends of lines may stand in a note
        if not content.strip():
            continue
        try:
            record: Any = json.loads(content)
        except (ValueError, RecursionError):
            record = {}
        try:
            read.answers.append(_answer(OutcomeAnswer.model_validate(record), f"line {line}: "))
        except ValidationError as error:
            read.flaws += [
                FieldError(f"line {line}: {wrong.field}", wrong.code, wrong.zh, wrong.en)
                for wrong in field_errors(error.errors(include_url=False))
            ]
    return read


class _Header(NamedTuple):
    """The place of the row of headings, and that of each column that is read; notes may be of several columns."""

    top: int
    columns: dict[Column, int]
    notes: list[int]
    is_yes_no: bool


def _header(sheet: Sheet) -> _Header | None:
    """Return where the headings stand; None if there are none.

    Raises SheetError where two columns could be meant.
    """
    for top, row in enumerate(sheet.rows[:HEADER_WITHIN]):
        found: dict[Column, list[int]] = {}
        for place, cell in enumerate(row):
            column = heading_of(text_of(cell)) if isinstance(cell, str) and len(cell) < MOST_HEADING else None
            if column is not None:
                found.setdefault(Column.RESULT if column is Column.IS_TRUE else column, []).append(place)
        if Column.RESULT in found and (Column.ROW_ID in found or Column.NUMBER in found):
            notes = found.pop(Column.NOTE, [])
            columns = {column: _only(sheet, top, places) for column, places in found.items()}
            asked = heading_of(text_of(row[columns[Column.RESULT]]))
            return _Header(top, columns, notes, is_yes_no=asked is Column.IS_TRUE)
    return None


def _only(sheet: Sheet, top: int, places: list[int]) -> int:
    """Return the one of these columns in which something is filled in; raise SheetError where it is several."""
    filled = [place for place in places if any(text_of(_cell(row, place)) for row in sheet.rows[top + 1 :])]
    if len(filled) > 1:
        names = "、".join(address(sheet, top, place) for place in filled)
        raise SheetError(
            f"{names} 几列都可能是同一内容，请只保留一列",
            f"The columns {names} could be meant for the same; keep one of them",
        )
    return filled[0] if filled else places[0]


def _require_no_rows(sheet: Sheet) -> None:
    """Raise SheetError if a sheet without headings has rows all the same: they must not be lost in silence."""
    if any(row_id_of(cell) for row in sheet.rows for cell in row if isinstance(cell, str)):
        raise SheetError(
            f"工作表“{sheet.name}”有行编号，但没有“处理结果”一列的表头",
            f"The sheet {sheet.name!r} has row ids, but no heading for a result",
        )


def _add_rows(read: ReadFile, sheet: Sheet, header: _Header) -> None:
    words = [word_of(text_of(cell)) for cell in sheet.rows[header.top]]
    for place, row in enumerate(sheet.rows[header.top + 1 :], header.top + 1):
        if not any(text_of(cell) for cell in row) or words == [word_of(text_of(cell)) for cell in row]:
            continue  # an empty row, or the headings again
        reading = _Reading(sheet, place, row, header)
        answer = reading.answer()
        read.flaws += reading.flaws
        if answer is not None:
            read.answers.append(answer)
        elif not reading.flaws:
            read.unanswered += 1


class _Reading:
    """One row: what it answers, and what is wrong with it."""

    def __init__(self, sheet: Sheet, place: int, row: Sequence[Cell], header: _Header) -> None:
        self._cells = {column: _cell(row, at) for column, at in header.columns.items()}
        self._notes = [_cell(row, at) for at in header.notes]
        places = [*header.columns.items(), *((Column.NOTE, at) for at in header.notes[:1])]
        self._places = {column.value: address(sheet, place, at) for column, at in places}
        self._is_yes_no = header.is_yes_no
        self.flaws: list[FieldError] = []

    def answer(self) -> Answer | None:
        """Return the answer; None if there is none yet, or if it is wrong."""
        written = text_of(self._cells[Column.RESULT])
        if word_of(written) in PENDING or not written:
            return None
        found = result_of(written, YES_NO if self._is_yes_no else RESULTS)
        if found is None:
            self._flaw(Column.RESULT, "outcome_result")
        day, row_id, number, note = self._day(), self._row_id(), self._number(), self._note(found)
        if row_id is None and number is None and not self.flaws:
            self._flaw(Column.ROW_ID, "outcome_row_missing")
        if self.flaws or found is None:
            return None
        return Answer(row_id, found[0], day, note, self._places, number)

    def _row_id(self) -> str | None:
        cell = self._cells.get(Column.ROW_ID)
        row_id = row_id_of(cell)
        if row_id is None and text_of(cell):
            self._flaw(Column.ROW_ID, "outcome_row_id")
        return row_id

    def _number(self) -> str | None:
        """Return the number of the row; one that a spreadsheet rounded is refused, unless the row id says which it is."""
        try:
            return number_of(self._cells.get(Column.NUMBER))
        except RoundedError:
            if row_id_of(self._cells.get(Column.ROW_ID)) is None:
                self._flaw(Column.NUMBER, "outcome_number_rounded")
            return None

    def _day(self) -> date | None:
        cell = self._cells.get(Column.DECIDED_ON)
        if cell is None or not text_of(cell):
            return None
        day = day_of_cell(cell)
        if day is None:
            self._flaw(Column.DECIDED_ON, "outcome_day")
        return day

    def _note(self, found: tuple[OutcomeResult, str] | None) -> str | None:
        parts = [found[1] if found else "", *map(text_of, self._notes)]
        note = "；".join(part for part in parts if part)
        if len(note) > MOST_NOTE:
            self._flaw(Column.NOTE, "string_too_long", max_length=MOST_NOTE)
        elif not is_storable(note):
            self._flaw(Column.NOTE, "not_storable")
        return note or None

    def _flaw(self, column: Column, code: str, **values: object) -> None:
        place = self._places.get(column.value) or self._places[Column.RESULT.value]
        self.flaws.append(FieldError(place, code, *message(code, **values)))


def _cell(row: Sequence[Cell], place: int) -> Cell | None:
    return row[place] if place < len(row) else None


def address(sheet: Sheet, row: int, column: int) -> str:
    """Return how a spreadsheet names a cell, from the places of its row and column: C5, or 举报!C5."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return f"{sheet.name}!{letters}{row + 1}" if sheet.name else f"{letters}{row + 1}"
