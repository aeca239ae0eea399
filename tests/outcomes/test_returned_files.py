"""The file that was handed over comes back as spreadsheets make it, is read cell by cell, and nothing in it is guessed."""

import csv
import io
import random
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from xlsxwriter import Workbook

from service.edge.problems import FieldError
from service.outcomes.filled import Answer, ReadFile, read_file
from service.outcomes.reading import read_or_refuse
from service.outcomes.sheets import MOST_COLUMNS, MOST_ROWS, SheetError
from tests.outcomes.sheets_made import xlsx

ROWS = ["r" + letter * 32 for letter in "abcdef"]
DAY = date(2026, 11, 30)
HEADER = ["被举报号码", "举报内容", "行编号", "变更", "处理结果", "处理日期", "备注"]


def csv_of(rows: list[list[Any]], encoding: str = "utf-8", separator: str = ",") -> bytes:
    text = io.StringIO()
    csv.writer(text, delimiter=separator).writerows(rows)
    return text.getvalue().encode(encoding)


def row(row_id: str, result: object = "属实", day: object = "2026-11-30", **cells: object) -> list[Any]:
    plain = {
        "被举报号码": "19790001234",
        "举报内容": "称要上门，\n让我还钱",
        "行编号": row_id,
        "变更": "added",
        "处理结果": result,
        "处理日期": day,
        "备注": "",
    }
    return list((plain | cells).values())


def told(content: bytes) -> list[tuple[str | None, str, date | None]]:
    read = read_file(content)
    assert read.flaws == []
    return [(one.row_id, one.result.value, one.decided_on) for one in read.answers]


def flaws(content: bytes) -> list[tuple[str, str]]:
    return [(one.field, one.code) for one in read_file(content).flaws]


PLAIN = [
    HEADER,
    row(ROWS[0]),
    row(ROWS[1], "不属实", "2026/11/30"),
    row(ROWS[2], "无法核实", "2026年11月30日"),
]
SAID = [(ROWS[0], "upheld", DAY), (ROWS[1], "rejected", DAY), (ROWS[2], "no_finding", DAY)]


@pytest.mark.parametrize(
    ("encoding", "separator"),
    [
        ("utf-8", ","),
        ("utf-8-sig", ","),
        ("gb18030", ","),
        ("gbk", "\t"),
        ("utf-16", "\t"),
        ("utf-16-le", "\t"),
        ("utf-16-be", ","),
        ("utf-8", ";"),
        ("utf-8-sig", "\t"),
    ],
)
def test_texts_of_every_encoding_and_separator_say_the_same(encoding: str, separator: str) -> None:
    assert told(csv_of(PLAIN, encoding, separator)) == SAID


def test_a_spreadsheet_says_the_same_in_any_order_of_rows_and_columns_with_others_hidden_or_added() -> None:
    rows = [PLAIN[0], *random.Random(3).sample(PLAIN[1:], 3)]
    order = random.Random(5).sample(range(len(HEADER)), len(HEADER))
    mixed = [[line[place] for place in order] + ["经办人", 7] for line in rows]
    content = xlsx({"举报": [["2026年11月移交清单"], *mixed]}, hidden=(0, 2))
    assert sorted(told(content)) == sorted(SAID)


def test_further_sheets_are_read_and_one_that_would_be_lost_is_refused() -> None:
    content = xlsx({"举报": PLAIN[:2], "举报 2": [HEADER, row(ROWS[1], "不实")], "说明": [["填写说明"]]})
    assert [one[:2] for one in told(content)] == [(ROWS[0], "upheld"), (ROWS[1], "rejected")]
    with pytest.raises(SheetError, match="举报 2"):
        read_file(xlsx({"举报": PLAIN[:2], "举报 2": [row(ROWS[1])]}))


def test_a_yes_and_a_no_are_results_under_a_heading_that_asks_so() -> None:
    rows = [["行编号", "是否属实"], [ROWS[0], "是"], [ROWS[1], "否"], [ROWS[2], "不属实"]]
    assert [one[1] for one in told(csv_of(rows))] == ["upheld", "rejected", "rejected"]
    assert flaws(csv_of([["行编号", "处理结果"], [ROWS[0], "是"]])) == [("B2", "outcome_result")]


def test_one_column_filled_in_is_enough_and_rows_without_a_result_wait() -> None:
    content = csv_of([HEADER[:5], row(ROWS[0])[:5], row(ROWS[1], "")[:5], row(ROWS[2], "办理中")[:5]])
    read = read_file(content)
    assert ([one.decided_on for one in read.answers], read.unanswered, read.flaws) == ([None], 2, [])


def test_each_bad_cell_is_named_by_its_address_and_the_good_rows_are_there() -> None:
    rows = [
        HEADER,
        row(ROWS[0]),
        row("r12"),
        row(ROWS[1], "大概属实"),
        row(ROWS[2], day="11/30"),
        row("", 被举报号码=""),
        row(ROWS[3], 备注="x" * 1001),
        row(ROWS[4], 备注="a\x07b"),
    ]
    content = xlsx({"举报": rows})
    assert flaws(content) == [
        ("举报!C3", "outcome_row_id"),
        ("举报!E4", "outcome_result"),
        ("举报!F5", "outcome_day"),
        ("举报!C6", "outcome_row_missing"),
        ("举报!G7", "string_too_long"),
    ]
    assert [one.row_id for one in read_file(content).answers] == [ROWS[0], ROWS[4]]


@pytest.mark.parametrize("cell", ["1.97900E+10", "1.979E+10", "1.979e10", 1.979000123e16])
def test_a_number_that_a_spreadsheet_rounded_is_refused_unless_the_row_id_says_which_it_is(cell: Any) -> None:
    content = xlsx({"举报": [HEADER, row("", 被举报号码=cell), row(ROWS[0], 被举报号码=cell)]})
    assert flaws(content) == [("举报!A2", "outcome_number_rounded")]
    assert [one.row_id for one in read_file(content).answers] == [ROWS[0]]


@pytest.mark.parametrize(
    "cell",
    [
        "19790001234",
        19790001234,
        19790001234.0,
        "+86 197 9000 1234",
        "8619790001234",
        '="19790001234"',
        "'+8619790001234",
    ],
)
def test_a_number_names_its_row_as_spreadsheets_keep_it(cell: Any) -> None:
    rows = [["被举报号码", "处理结果"], [cell, "属实"]]
    made = csv_of(rows) if isinstance(cell, str) else xlsx({"x": rows})
    (one,) = read_file(made).answers
    assert (one.row_id, one.number) == (None, "+8619790001234")


def test_cells_that_are_only_formatted_make_no_sheet_large_and_of_a_formula_the_value_shown_is_read() -> None:
    file = io.BytesIO()
    book = Workbook(file, {"in_memory": True})
    sheet, coloured = book.add_worksheet("x"), book.add_format({"bg_color": "yellow", "bold": True})
    sheet.write_column(0, 0, ["行编号", *ROWS[:3]])
    sheet.write_string(0, 1, "处理结果")
    sheet.write_formula(1, 1, '="属实"', None, "属实")
    sheet.write_rich_string(2, 1, "不", coloured, "属实")
    sheet.write_formula(3, 1, "=1/0", None, "#DIV/0!")
    sheet.write_blank(1_048_575, 16_383, None, coloured)
    book.close()
    read = read_file(file.getvalue())
    assert ([one.result for one in read.answers], read.flaws, read.unanswered) == (
        ["upheld", "rejected"],
        [],
        1,
    )


def test_two_columns_that_may_be_meant_are_refused_unless_one_is_empty() -> None:
    heads = ["行编号", "处理结果", "核查结果"]
    assert told(csv_of([heads, [ROWS[0], "", "属实"]])) == [(ROWS[0], "upheld", None)]
    with pytest.raises(SheetError, match="B1、C1"):
        read_file(csv_of([heads, [ROWS[0], "不属实", "属实"]]))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x89PNG\r\n\x1a\n" + bytes(range(256)),
        b"PK\x03\x04" + b"\0" * 90,
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"x" * 600,
        csv_of([["行编号", "备注"], [ROWS[0], "x"]]),
        csv_of(PLAIN) + b'"open',
        b"\xff\xfe\x00",
        b"a,b\n\xff\xff",
        csv_of([HEADER, ["x"] * (MOST_COLUMNS + 1)]),
        b"a\n" * (MOST_ROWS + 1),
    ],
    ids=[
        "empty",
        "picture",
        "broken zip",
        "broken xls",
        "no result",
        "open quote",
        "half utf-16",
        "no text",
        "wide",
        "long",
    ],
)
def test_a_file_that_cannot_be_read_whole_is_refused_with_a_reason_or_says_nothing(content: bytes) -> None:
    found = read_or_refuse(content)
    if isinstance(found, FieldError):
        assert (found.code, found.zh.startswith("文件无法读取：")) == ("outcome_file", True)
    else:
        assert found == ReadFile()


def test_a_packed_file_is_refused_by_what_it_would_unpack_to(monkeypatch: pytest.MonkeyPatch) -> None:
    content = xlsx({"举报": PLAIN})
    monkeypatch.setattr("service.outcomes.sheets.MOST_UNPACKED", 100)
    with pytest.raises(SheetError, match="解压后过大"):
        read_file(content)
    monkeypatch.setattr("service.outcomes.sheets.MOST_PARTS", 3)
    with pytest.raises(SheetError, match="解压后过大"):
        read_file(content)


@given(
    st.binary(max_size=300), st.sampled_from([b"", b"PK\x03\x04", b"\xff\xfe", "行编号,处理结果\n".encode()])
)
def test_no_bytes_do_anything_but_be_read_or_refused(rest: bytes, start: bytes) -> None:
    found = read_or_refuse(start + rest)
    assert isinstance(found, FieldError | ReadFile)
    if isinstance(found, ReadFile):
        assert all(isinstance(one, Answer) for one in found.answers)
