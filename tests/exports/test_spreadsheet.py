"""What a spreadsheet holds, read back without the library that wrote it, and what LibreOffice makes of the files."""

import csv
import json
import re
import shutil
import subprocess
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from service.exports.columns import COLUMNS
from service.exports.files import ExportFiles
from service.exports.layouts import LAYOUTS
from service.exports.per_report import HandOver
from service.exports.snapshot import ExportedReport
from service.exports.xlsx import CELL_LETTERS, XlsxRows, spreadsheet_text
from tests.exports.guards import unguarded

Reported = Callable[..., ExportedReport]
MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
#: How LibreOffice has to be told to open the CSV (docs/formats.md): comma, quotes, UTF-8, quoted fields are text.
AS_TEXT = "CSV:44,34,76,1,,0,true"
DANGEROUS = (
    "=1+1", "+8619790001234", "-2+3", "@SUM(A1)", "\tx", "\rx", "'quoted", '=HYPERLINK("http://example.org","x")',
    "＝1+1", "00123", "12345678901234567890", "1e5", "2026-03-01", "TRUE", 'say "no", twice', "第一行\n第二行",
    "  spaces  ", "_x0041_", "<b>&amp;</b>", "😀", "=cmd|' /C calc'!A0", "#REF!", "1/2", "50%",
)  # fmt: skip


def dangerous_rows(hand_over: HandOver, reported: Reported) -> list[Any]:
    """A row for each text that a spreadsheet could take for something else, in two of its columns."""
    return [hand_over.row(reported(narrative=text, shown=text)) for text in DANGEROUS]


def written(directory: Path, rows: Sequence[Any]) -> Path:
    directory.mkdir(exist_ok=True)
    with ExportFiles(directory, LAYOUTS["12321"], ("csv", "ndjson", "xlsx")) as files:
        files.write(rows)
        files.finish()
    return directory


def expected(directory: Path) -> list[list[str]]:
    """The cells as texts, from the NDJSON; a spreadsheet has one kind of line break."""
    lines = [json.loads(line) for line in (directory / "reports.ndjson").read_bytes().splitlines()]
    cells = [["" if line[name] is None else str(line[name]) for name in COLUMNS] for line in lines]
    return [list(LAYOUTS["12321"].headings("zh")), *cells]


def sheets_of(path: Path) -> list[list[list[str]]]:
    """Cells of every sheet by the format's own words, all of which must be inline texts."""
    sheets = []
    with zipfile.ZipFile(path) as book:
        for name in sorted(name for name in book.namelist() if name.startswith("xl/worksheets/")):
            root = ElementTree.fromstring(book.read(name))
            assert not list(root.iter(f"{MAIN}f")), "a formula"
            sheets.append([_cells(row) for row in root.iter(f"{MAIN}row")])
    return sheets


def _cells(row: ElementTree.Element) -> list[str]:
    cells = [""] * len(COLUMNS)
    for cell in row:
        assert cell.get("t") == "inlineStr"
        cells[ord(re.sub(r"\d", "", cell.get("r", ""))) - ord("A")] = "".join(cell.itertext())
    return cells


def test_every_cell_of_a_spreadsheet_is_a_text(
    tmp_path: Path, hand_over: HandOver, reported: Reported
) -> None:
    directory = written(tmp_path / "export", [hand_over.row(reported(duration_seconds=7, narrative="=1+1"))])
    ((head, row),) = sheets_of(directory / "reports.xlsx")
    assert (head, row) == tuple(expected(directory))
    assert row[COLUMNS.index("通话时长(秒)")] == "7"


def test_what_does_not_fit_one_sheet_goes_on_in_the_next(
    tmp_path: Path, hand_over: HandOver, reported: Reported
) -> None:
    path = tmp_path / "many.xlsx"
    with path.open("xb+") as file:
        rows = XlsxRows(file, LAYOUTS["12321"], headings=COLUMNS, sheet_rows=3)
        rows.write([hand_over.row(reported(narrative=str(place))) for place in range(5)])
        rows.close()
    sheets = sheets_of(path)
    assert [[row[13] for row in sheet] for sheet in sheets] == [
        ["举报内容", "0", "1"],
        ["举报内容", "2", "3"],
        ["举报内容", "4"],
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a\r\nb\rc\nd", "a\nb\nc\nd"),
        ("\x01x\uffff", "\ufffdx\ufffd"),
        ("\t", "\t"),
        ("长" * CELL_LETTERS, None),
    ],
)
def test_a_text_becomes_what_a_cell_can_hold(text: str, told: str | None) -> None:
    assert spreadsheet_text(text) == (told or text)


def test_a_text_too_long_for_a_cell_is_cut_and_says_so() -> None:
    cut = spreadsheet_text("长" * (CELL_LETTERS + 1))
    assert len(cut) == CELL_LETTERS
    assert cut.endswith("【超出单元格上限，其余见 CSV 或 NDJSON】")


class Office:
    """LibreOffice without a window, with a profile of its own."""

    def __init__(self, program: str, directory: Path) -> None:
        self._program = program
        self._directory = directory

    def open(self, path: Path, *, options: str | None = None) -> tuple[list[list[str]], int]:
        """The texts of a file's cells, and how many of them are formulas."""
        command = [
            self._program, "--headless", f"-env:UserInstallation={(self._directory / 'profile').as_uri()}",
            *([f"--infilter={options}"] if options else []),
            "--convert-to", "fods", "--outdir", str(self._directory), str(path),
        ]  # fmt: skip
        subprocess.run(command, check=True, capture_output=True, timeout=120)
        opened = ElementTree.parse(self._directory / f"{path.stem}.fods").getroot()
        rows = [_office_cells(row) for row in opened.iter(f"{TABLE}table-row")]
        formulas = [cell for cell in opened.iter() if f"{TABLE}formula" in cell.attrib]
        return [row for row in rows if any(row)], len(formulas)


def _office_cells(row: ElementTree.Element) -> list[str]:
    cells: list[str] = []
    for cell in row:
        kind = cell.get(f"{OFFICE}value-type")
        assert kind in (None, "string"), kind
        text = "\n".join(_office_text(paragraph) for paragraph in cell.iter(f"{TEXT}p"))
        cells += [text] * min(
            int(cell.get(f"{TABLE}number-columns-repeated", "1")), len(COLUMNS) - len(cells)
        )
    return cells


def _office_text(paragraph: ElementTree.Element) -> str:
    text = paragraph.text or ""
    for part in paragraph:
        if part.tag == f"{TEXT}s":
            text += " " * int(part.get(f"{TEXT}c", "1"))
        else:
            text += "\t" if part.tag == f"{TEXT}tab" else "".join(part.itertext())
        text += part.tail or ""
    return text


@pytest.fixture
def office(tmp_path: Path) -> Office:
    program = shutil.which("soffice")
    if program is None:
        pytest.skip("LibreOffice is not installed (Debian: libreoffice-calc-nogui)")
    return Office(program, tmp_path)


def test_libreoffice_opens_the_spreadsheet_as_it_was_written(
    office: Office, tmp_path: Path, hand_over: HandOver, reported: Reported
) -> None:
    directory = written(tmp_path / "export", dangerous_rows(hand_over, reported))
    rows, formulas = office.open(directory / "reports.xlsx")
    assert formulas == 0
    assert rows == [[cell.replace("\r", "\n") for cell in row] for row in expected(directory)]


def test_libreoffice_opens_the_csv_as_it_was_written(
    office: Office, tmp_path: Path, hand_over: HandOver, reported: Reported
) -> None:
    directory = written(tmp_path / "export", dangerous_rows(hand_over, reported))
    rows, formulas = office.open(directory / "reports.csv", options=AS_TEXT)
    with (directory / "reports.csv").open(encoding="utf-8-sig", newline="") as file:
        assert rows == [[cell.replace("\r", "\n") for cell in row] for row in csv.reader(file)]
    assert [unguarded(row) for row in rows] == [
        [cell.replace("\r", "\n") for cell in row] for row in expected(directory)
    ]
    assert formulas == 0
