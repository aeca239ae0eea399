"""Spreadsheets are opened within bounds on what they unpack to, told and true, and whatever is in them."""

import pytest

from service import spreadsheets
from service.outcomes.reading import read_or_refuse
from service.spreadsheets import Bounds, SpreadsheetError, open_sheets
from tests.contacts.workbooks import bomb, ods, xls, xlsx

ROOMY = Bounds(parts=100, unpacked=1_000_000)
ROWS = [["a", "b"], ["c", "d"]]


@pytest.mark.parametrize("content", [xlsx({"x": ROWS}), ods(ROWS), xls(ROWS)])
def test_a_sheet_tells_its_size_before_its_cells(content: bytes) -> None:
    (sheet,) = open_sheets(content, ROOMY)
    assert (sheet.height, sheet.width, sheet.rows()) == (2, 2, ROWS)


@pytest.mark.parametrize(
    ("content", "bounds"),
    [
        (bomb(300_000), Bounds(100, 200_000)),
        (bomb(300_000, declared=10), Bounds(100, 200_000)),  # its directory lies
        (xlsx({"x": ROWS}), Bounds(3, 1_000_000)),
    ],
)
def test_what_unpacks_to_too_much_never_reaches_the_library(
    content: bytes, bounds: Bounds, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spreadsheets, "CalamineWorkbook", None)
    with pytest.raises(SpreadsheetError) as refused:
        list(open_sheets(content, bounds))
    assert refused.value.is_too_large


class PanicException(BaseException):
    """What the library raises when it breaks off."""


class _Breaking:
    def from_filelike(self, _: object) -> None:
        raise PanicException


def test_a_file_at_which_the_library_breaks_off_is_damaged(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spreadsheets, "CalamineWorkbook", _Breaking())
    with pytest.raises(SpreadsheetError) as refused:
        list(open_sheets(xls(ROWS), ROOMY))
    assert not refused.value.is_too_large
    assert "已损坏" in str(getattr(read_or_refuse(xls(ROWS)), "zh", ""))


@pytest.mark.parametrize("cut", [0, 100, 600, 2000])
@pytest.mark.parametrize("whole", [xlsx({"x": ROWS}), ods(ROWS), xls(ROWS)])
def test_a_file_that_breaks_off_is_read_or_refused(whole: bytes, cut: int) -> None:
    try:
        sheets = [sheet.rows() for sheet in open_sheets(whole[:cut], ROOMY)]
    except SpreadsheetError:
        sheets = []
    assert len(sheets) <= 1
