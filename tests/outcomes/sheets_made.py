"""Spreadsheets as tests need them."""

import io
from collections.abc import Mapping, Sequence
from typing import Any

from xlsxwriter import Workbook


def xlsx(sheets: Mapping[str, Sequence[Sequence[Any]]], *, hidden: Sequence[int] = ()) -> bytes:
    """A workbook; dates are cells formatted as dates, numbers are numbers, texts that begin with = are formulas."""
    file = io.BytesIO()
    book = Workbook(file, {"in_memory": True, "default_date_format": "yyyy/mm/dd", "remove_timezone": True})
    for name, rows in sheets.items():
        sheet = book.add_worksheet(name)
        for place, row in enumerate(rows):
            sheet.write_row(place, 0, row)
        for column in hidden:
            sheet.set_column(column, column, None, None, {"hidden": True})
    book.close()
    return file.getvalue()
