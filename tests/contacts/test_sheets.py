"""Spreadsheets are read within bounds on what they unpack to, told and true; programs and other archives are refused."""

import pytest

from service.contacts import sheets
from service.contacts.markup import MarkupError, html_rows, xml_records
from service.contacts.sheets import sheet_tables
from service.evidence.reading import Reading, Refusal, read_beside, read_text
from service.evidence.tables import spreadsheet_type
from service.host.beside import Beside
from service.spreadsheets import SpreadsheetError
from tests.contacts.workbooks import bomb, xls, xlsx
from tests.evidence.test_reading import ME, sent_bytes

ROWS: list[list[str | float]] = [
    ["号码", "时间", "类型", "时长"],
    ["19790001234", "2026-03-01 21:30:05", "呼入", 65.0],
]


@pytest.mark.parametrize("content", [xlsx({"a": ROWS}), xls(ROWS), xls(ROWS, stream="Book")])
def test_a_sheet_is_rows_of_texts(content: bytes) -> None:
    assert spreadsheet_type(content)
    (rows,) = [list(table) for table in sheet_tables(content)]
    assert rows[1].cells == ["19790001234", "2026-03-01 21:30:05", "呼入", "65"]


def test_a_bomb_is_not_unpacked_and_kept_unread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "MOST_UNPACKED", 200_000)
    for content in (bomb(300_000), bomb(300_000, declared=10)):
        with pytest.raises(SpreadsheetError):
            list(sheet_tables(content))
        found = read_text(sent_bytes(content, "log.xlsx"))
        assert isinstance(found, Reading)
        assert found.log is not None
        assert [one.code for one in found.log.unread] == ["call_log_damaged"]
    assert list(sheet_tables(bomb(1000)))


def test_a_sheet_whose_corner_is_far_away_is_not_unfolded() -> None:
    far = xlsx({"a": [["a"]] + [[]] * 99_998 + [[""] * 99 + ["b"]]})
    with pytest.raises(SpreadsheetError):
        list(sheet_tables(far))


async def test_a_sheet_that_takes_all_memory_ends_no_process_but_its_own_and_is_kept() -> None:
    beside = Beside()
    found = await read_beside(beside, sent_bytes(xls(ROWS, corner=(65_535, 65_535)), "log.xls"), ME)
    assert found.media_type == "application/vnd.ms-excel"
    assert found.log is not None
    assert found.log.unread[0].code in ("call_log_beyond", "call_log_damaged")
    assert len((await read_beside(beside, sent_bytes(xls(ROWS), "log.xls"), ME)).calls) == 1


def test_programs_in_a_sheet_are_refused() -> None:
    for content, name in (
        (xls(ROWS, more="_VBA_PROJECT".encode("utf-16-le")), "log.xls"),
        (bomb(10).replace(b"xl/media/large.xml", b"xl/vbaProject.bin\0"), "log.xlsx"),
    ):
        found = read_text(sent_bytes(content, name))
        assert isinstance(found, Refusal), content[:4]
        assert found.code == "evidence_type_refused"


def test_another_archive_is_no_sheet() -> None:
    other = xlsx({"a": ROWS}).replace(b"xl/workbook.xml", b"xx/workbook.xml")
    found = read_text(sent_bytes(other, "log.xlsx"))
    assert isinstance(found, Refusal)


@pytest.mark.parametrize("cut", [100, 2000, 4000])
def test_a_damaged_sheet_is_kept_or_refused_and_never_breaks_the_reading(cut: int) -> None:
    for content in (xls(ROWS), xlsx({"a": ROWS})):
        assert isinstance(read_text(sent_bytes(content[:cut], "log.xls")), Reading | Refusal)


@pytest.mark.parametrize(
    "declared",
    [
        '<!DOCTYPE calls [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]>',
        '<!DOCTYPE calls SYSTEM "http://127.0.0.1/x.dtd">',
        '<!DOCTYPE calls [<!ENTITY x SYSTEM "file:///etc/hostname">]>',
    ],
)
def test_a_document_that_declares_anything_is_not_read(declared: str) -> None:
    text = f"<?xml version='1.0'?>{declared}<calls><call number='1' date='2' type='3'/></calls>"
    with pytest.raises(MarkupError):
        xml_records(text)


def test_what_is_nested_deeply_is_not_read() -> None:
    with pytest.raises(MarkupError):
        xml_records("<a>" * 100)
    assert len(list(html_rows("<table><tr><td>" * 10_000))) == 10_000


def test_scripts_and_styles_are_no_cells() -> None:
    (row,) = html_rows(
        "<table><tr><td>a<script>b</script><style>c</style></td><td colspan=3>d<br>e</td></tr></table>"
    )
    assert row.cells == ["a", "d e", "", ""]


def test_emoji_in_halves_and_a_declared_encoding_keep_no_record_from_being_read() -> None:
    call = '<call number="19790001234" date="1772371805000" type="1" duration="65" contact_name="&#55357;&#56832;张" />'
    text = f"<?xml version='1.0' encoding='GBK'?><calls>{call}{call}</calls>"
    found = read_text(sent_bytes(text.encode("gbk"), "calls.xml"))
    assert isinstance(found, Reading)
    assert len(found.calls) == 2


def test_a_document_that_breaks_off_is_read_up_to_there_and_says_so() -> None:
    call = '<call number="19790001234" date="1772371805000" type="1" duration="65" />'
    found = read_text(sent_bytes(f"<calls>{call}{call}<call numb".encode(), "calls.xml"))
    assert isinstance(found, Reading)
    assert found.log is not None
    assert (len(found.calls), [one.code for one in found.log.unread]) == (2, ["call_log_lines"])
