"""A font that is set is embedded; what it does not have is shown as such; one that cannot be used stops the start."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import reportlab

from service.cases.document import as_pdf
from service.cases.print_font import PrintFontError, load_font
from service.cases.statement import Section

LATIN = Path(reportlab.__file__).parent / "fonts" / "Vera.ttf"
SECTIONS = [Section("A heading", ("Numbers: 197 9000 1234",))]


def fonts_of(pdf: bytes) -> list[bytes]:
    return re.findall(rb"/FontFile2? |/BaseFont /\S+", pdf)


def test_without_a_font_the_readers_own_is_named_and_none_embedded() -> None:
    pdf = as_pdf("标题", SECTIONS, load_font(None))
    assert b"STSong-Light" in b"".join(fonts_of(pdf))
    assert b"/FontFile" not in pdf


def test_a_font_that_is_set_is_embedded_and_the_same_input_gives_the_same_bytes() -> None:
    font = load_font(LATIN)
    pdf = as_pdf("Title", SECTIONS, font)
    assert b"/FontFile2" in pdf
    assert b"STSong" not in pdf
    assert as_pdf("Title", SECTIONS, font) == pdf


def test_letters_that_a_font_does_not_have_are_shown_as_missing() -> None:
    assert load_font(LATIN).printable("a字😀\nb") == "a??\nb"
    assert load_font(None).printable("a字😀𠮷") == "a字□□"


@pytest.mark.parametrize("content", [None, b"no font", b"OTTO" + bytes(64)])
def test_a_font_that_cannot_be_used_is_told_by_its_path(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "font.ttf"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(PrintFontError, match=re.escape(str(path))):
        load_font(path)


def test_the_service_does_not_start_with_it(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "service.cli", "serve"],
        env={"DUNWATCH_DATA_DIR": str(tmp_path), "DUNWATCH_PRINT_FONT": str(tmp_path / "none.ttf"), "PATH": ""},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert ended.returncode == 2
    assert "DUNWATCH_PRINT_FONT" in ended.stderr
    assert "Traceback" not in ended.stdout + ended.stderr
