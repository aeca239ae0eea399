"""A font that is set is embedded; what it does not have is shown as such; one that cannot be used stops the start."""

import re
from pathlib import Path

import pytest
import reportlab
from hypothesis import given
from hypothesis import strategies as st

from service.cases.document import as_pdf
from service.cases.print_font import PrintFontError, load_font
from service.cases.statement import DECLARATION, Section
from tests.command_line import Dunwatch, Forking

LATIN = Path(reportlab.__file__).parent / "fonts" / "Vera.ttf"
SECTIONS = [Section("A heading", ("Numbers: 197 9000 1234",))]


def fonts_of(pdf: bytes) -> list[bytes]:
    return re.findall(rb"/FontFile2? |/BaseFont /\S+", pdf)


def test_without_a_font_the_readers_own_is_named_and_none_embedded() -> None:
    pdf = as_pdf("标题", SECTIONS, load_font(None), reference="x")
    assert b"STSong-Light" in b"".join(fonts_of(pdf))
    assert b"/FontFile" not in pdf


def test_a_font_that_is_set_is_embedded_and_the_same_input_gives_the_same_bytes() -> None:
    font = load_font(LATIN)
    pdf = as_pdf("Title", SECTIONS, font, reference="x")
    assert b"/FontFile2" in pdf
    assert b"STSong" not in pdf
    assert as_pdf("Title", SECTIONS, font, reference="x") == pdf


def test_letters_that_a_font_does_not_have_are_shown_as_missing() -> None:
    assert load_font(LATIN).printable("a字😀\nb") == "a??\nb"
    assert load_font(None).printable("a字😀𠮷") == "a字□□"


def test_what_readers_fonts_do_not_have_is_never_sent_to_them() -> None:
    """A letter outside their encoding would print as another, and shift those behind it."""
    font = load_font(None)
    assert font.printable("买买提·艾力 甲한乙①丙 ñ ✓ •\ufe0f") == "买买提・艾力 甲□乙①丙 □ √ ●"
    assert font.lacks("甲한乙")
    assert not font.lacks("买买提·艾力①—“”〔〕□")


def test_a_document_of_its_own_words_lacks_nothing() -> None:
    font = load_font(None)
    assert not any(font.lacks(line) for line in DECLARATION)
    assert font.printable("　　第一段\r\n欠款¥5000\t整") == "　　第一段\n欠款￥5000　整"


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_everything_that_is_printed_is_in_the_encoding(text: str) -> None:
    printed = load_font(None).printable(text)
    assert all(
        letter in "\n€・" or "\u3400" <= letter <= "\u4db5" or letter.encode("gbk") for letter in printed
    )
    assert not set(printed) & set("·︱﹄\uf979")
    assert load_font(None).printable(printed) == printed


@pytest.mark.parametrize("sections", [SECTIONS * 60, [Section("한", ())], []])
def test_pages_are_numbered_and_what_is_missing_is_said(sections: list[Section]) -> None:
    font = load_font(LATIN)
    pdf = as_pdf("Title", sections, font, reference="Case 7")
    assert pdf.count(b"/Type /Page\n") >= (2 if len(sections) > 9 else 1)


@pytest.mark.parametrize("content", [None, b"no font", b"OTTO" + bytes(64)])
def test_a_font_that_cannot_be_used_is_told_by_its_path(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "font.ttf"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(PrintFontError, match=re.escape(str(path))):
        load_font(path)


def test_the_service_does_not_start_with_it(forking: Forking, tmp_path: Path) -> None:
    dunwatch = Dunwatch(forking, {"DUNWATCH_DATA_DIR": str(tmp_path), "PATH": ""})
    ended = dunwatch("serve", DUNWATCH_PRINT_FONT=str(tmp_path / "none.ttf"))
    assert ended.returncode == 2
    assert "DUNWATCH_PRINT_FONT" in ended.stderr
    assert "Traceback" not in ended.stdout + ended.stderr
