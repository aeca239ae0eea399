"""Spreadsheets as tests need them."""

import io
from collections.abc import Mapping, Sequence
from typing import Any

from xlsxwriter import Workbook


def xlsx(
    sheets: Mapping[str, Sequence[Sequence[Any]]],
    *,
    hidden: Sequence[int] = (),
    far: tuple[int, int] | None = None,
) -> bytes:
    """A workbook, with one more cell `far` away.

    Dates are cells formatted as dates, numbers are numbers, texts that begin with = are formulas.
    """
    file = io.BytesIO()
    book = Workbook(file, {"in_memory": True, "default_date_format": "yyyy/mm/dd", "remove_timezone": True})
    for name, rows in sheets.items():
        sheet = book.add_worksheet(name)
        for place, row in enumerate(rows):
            sheet.write_row(place, 0, row)
        for column in hidden:
            sheet.set_column(column, column, None, None, {"hidden": True})
        if far is not None:
            sheet.write_string(*far, "x")
    book.close()
    return file.getvalue()
