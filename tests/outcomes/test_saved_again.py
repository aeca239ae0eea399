"""Returned files as spreadsheet programs save them again: titles, separators, merged cells, and what no program can mean."""

import io
import zipfile
from typing import Any

import pytest
from xlsxwriter import Workbook

from service.edge.problems import FieldError
from service.outcomes.filled import MOST_FLAWS, ReadFile, read_file
from service.outcomes.reading import read_or_refuse
from service.outcomes.sheets import SheetError

ROWS = ["r" + letter * 32 for letter in "abc"]


def told(content: bytes) -> list[tuple[str | None, str, str | None]]:
    read = read_file(content)
    assert read.flaws == []
    return [(one.row_id, one.result.value, one.note) for one in read.answers]


@pytest.mark.parametrize(
    "text",
    [
        f"某某局，核查结果\n行编号\t处理结果\n{ROWS[0]}\t属实\n",
        f"某某局,反馈表,2026\n行编号;处理结果\n{ROWS[0]};属实\n",
        f"sep=\t\r\n行编号\t处理结果\r\n{ROWS[0]}\t属实\r\n",
        f'"sep=;"\n行编号;处理结果\n{ROWS[0]};属实\n',
        f"行编号;处理结果;举报内容\r{ROWS[0]};属实;a,b,c,d,e\r",
        f'"行编号\n(勿改)"\t处理结果\n{ROWS[0]}\t属实\n',
    ],
    ids=["tabs", "semicolons", "sep tab", "quoted sep", "CR", "break in heading"],
)
def test_the_separator_is_the_one_that_gives_headings_wherever_they_stand(text: str) -> None:
    assert told(text.encode()) == [(ROWS[0], "upheld", None)]


def test_what_a_merged_cell_shows_holds_for_all_its_rows_also_above_two_rows_of_headings() -> None:
    file = io.BytesIO()
    book = Workbook(file, {"in_memory": True})
    sheet = book.add_worksheet("x")
    sheet.merge_range(0, 0, 0, 3, "反馈表")
    sheet.merge_range(1, 0, 2, 0, "行编号")
    sheet.merge_range(1, 1, 1, 2, "办理情况")
    sheet.write_row(2, 1, ["处理结果", "备注"])
    sheet.write_column(3, 0, ROWS)
    sheet.merge_range(3, 1, 4, 1, "不属实")
    sheet.merge_range(3, 2, 5, 2, "同一号码")
    sheet.write(5, 1, "属实")
    book.close()
    results = ["rejected", "rejected", "upheld"]
    assert told(file.getvalue()) == [(one, said, "同一号码") for one, said in zip(ROWS, results, strict=True)]


def test_notes_of_several_columns_are_joined() -> None:
    text = f"行编号,处理结果,备注,处理情况\n{ROWS[0]},部分属实,甲,乙\n{ROWS[1]},属实,,乙\n"
    assert [one[2] for one in told(text.encode())] == ["部分属实；甲；乙", "乙"]


@pytest.mark.parametrize(
    "text", ["<html><table><tr><td>行编号</td></tr></table></html>", "<?xml version='1.0'?><Workbook/>"]
)
def test_a_page_is_told_to_be_one(text: str) -> None:
    with pytest.raises(SheetError, match="另存为 xlsx"):
        read_file(text.encode())


def sheet_of(cells: str) -> bytes:
    """A workbook with these cells behind a header, as no program writes them."""
    types = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    header = "".join(
        text_cell(f"{column}1", word)
        for column, word in zip("ABC", ("行编号", "处理结果", "处理日期"), strict=True)
    )
    relations = f'Relationships xmlns="{package}/relationships"'
    book = '<sheets><sheet name="x" sheetId="1" r:id="r1"/></sheets>'
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types"/>',
        "_rels/.rels": f'<{relations}><Relationship Id="r1" Type="{types}/officeDocument" Target="xl/workbook.xml"/>'
        "</Relationships>",
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{types}">{book}</workbook>',
        "xl/_rels/workbook.xml.rels": f'<{relations}><Relationship Id="r1" Type="{types}/worksheet" '
        'Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{main}"><sheetData><row r="1">{header}</row>{cells}'
        "</sheetData></worksheet>",
    }
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as packed:
        for name, content in parts.items():
            packed.writestr(name, f'<?xml version="1.0"?>{content}')
    return file.getvalue()


def text_cell(place: str, text: str) -> str:
    return f'<c r="{place}" t="inlineStr"><is><t>{text}</t></is></c>'


@pytest.mark.parametrize("number", ["1e999", "-1e999", "NaN"])
def test_a_number_that_is_none_is_named_by_its_cell(number: str) -> None:
    row = f"{text_cell('A2', ROWS[0])}{text_cell('B2', '属实')}"
    found = read_or_refuse(sheet_of(f'<row r="2">{row}<c r="C2"><v>{number}</v></c></row>'))
    assert isinstance(found, ReadFile)
    assert [(one.field, one.code) for one in found.flaws] == [("x!C2", "outcome_day")]


def test_an_address_that_cannot_be_is_a_damaged_file_and_no_panic(capfd: pytest.CaptureFixture[str]) -> None:
    found = read_or_refuse(sheet_of(f'<row r="2">{text_cell("ZZZZZZ99999999999", "x")}</row>'))
    capfd.readouterr()  # the library writes where it panicked
    assert isinstance(found, FieldError)
    assert "已损坏" in found.zh


def line(result: str, **others: Any) -> str:
    said = "".join(f',"{name}":"{value}"' for name, value in others.items())
    return f'{{"row_id":"{ROWS[0]}","result":"{result}","decided_on":"2026-11-01"{said}}}'


def test_lines_of_json_end_where_their_writer_ends_them() -> None:
    assert told(line("upheld", note="a\u2028b\x85c").encode()) == [(ROWS[0], "upheld", "a\u2028b\x85c")]


def test_a_line_of_json_that_is_nested_without_end_is_named() -> None:
    found = read_file(f'{line("upheld")}\n{{"a":{"[" * 200_000}'.encode())
    assert (len(found.answers), {one.field for one in found.flaws}) == (
        1,
        {"line 2: row_id", "line 2: result", "line 2: decided_on"},
    )


def test_of_very_many_wrong_rows_the_first_are_named_and_the_others_counted() -> None:
    read = read_file(b"row_id,result\n" + b"x,upheld\n" * (MOST_FLAWS + 70))
    assert (len(read.flaws), read.flaws[0].field) == (MOST_FLAWS + 1, "A2")
    assert (read.flaws[-1].code, read.flaws[-1].en) == ("outcome_more", "70 more errors are not listed")
