"""The font of printed documents: the configured one, embedded in the PDF, or else one that PDF readers supply.

ReportLab is imported when the first document is printed, or a font of one's own is read: it is large.
"""

# ruff: noqa: PLC0415
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

#: A font that every PDF reader supplies or replaces, so that Chinese needs no font file.
READERS_OWN: Final = "STSong-Light"
EMBEDDED: Final = "print"
MISSING: Final = "□"
#: Characters to print instead of one that the font lacks.
ALIKE: Final = {
    "·": "・", "•": "●", "¥": "￥", "£": "￡", "²": "2", "³": "3", "✓": "√",
    "\N{NO-BREAK SPACE}": " ", "\N{EM SPACE}": "　", "\t": "　",
}  # fmt: skip
#: GBK characters that the encoding of the readers' fonts (UniGB-UCS2) lacks or misreads; found by printing all of them.
_NOT_READ: Final = frozenset("·ńňɑɡ兀︱︳︴︵︶︷︸︹︺︻︼︽︾︿﹀﹁﹂﹃﹄\uf979\uf995\uf9e7\uf9f1\ufa0c")
#: Invisible characters: joiners, variation selectors, direction marks, and the carriage return.
_UNSEEN: Final = frozenset("\r\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\ufe0e\ufe0f")


class PrintFontError(Exception):
    """A font file that cannot be used."""


@dataclass(frozen=True, slots=True)
class PrintFont:
    """A registered font; `letters` are its code points, None for the font that PDF readers supply."""

    name: str
    letters: frozenset[int] | None = None

    def printable(self, text: str) -> str:
        """Return the text with characters that the font has; one that it lacks becomes a similar one or a box."""
        return "".join(self._printed(letter) for letter in text if letter not in _UNSEEN)

    def lacks(self, text: str) -> bool:
        """Return whether the text has a character that cannot be printed."""
        return any(letter != MISSING and self._printed(letter) == self._instead for letter in text)

    def prepare(self) -> None:
        """Make the font known to ReportLab; to be called before anything is laid out with it."""
        _measure()

    def width(self, text: str, size: float) -> float:
        """Return the width of a printable text in points."""
        return _measure()(text, self.name, size)

    def _printed(self, letter: str) -> str:
        if letter in _UNSEEN or letter == "\n" or self._has(letter):
            return letter
        alike = ALIKE.get(letter, "")
        return alike if alike and self._has(alike) else self._instead

    def _has(self, letter: str) -> bool:
        if self.letters is not None:
            return ord(letter) in self.letters
        if letter in _NOT_READ or not (letter.isprintable() or letter == "　"):
            return False
        return letter in "€・" or "\u3400" <= letter <= "\u4db5" or _is_encodable(letter)

    @property
    def _instead(self) -> str:
        return MISSING if self._has(MISSING) else "?"


def _is_encodable(letter: str) -> bool:
    try:
        return bool(letter.encode("gbk"))
    except UnicodeEncodeError:
        return False


@cache
def load_font(path: Path | None) -> PrintFont:
    """Return the font of a TrueType file (the first of a collection), or the one that PDF readers supply.

    Raise PrintFontError if the file cannot be used.
    """
    if path is None:
        return PrintFont(READERS_OWN)
    from reportlab.pdfbase.pdfmetrics import registerFont
    from reportlab.pdfbase.ttfonts import TTFError, TTFont

    try:
        font = TTFont(EMBEDDED, path)
    except (TTFError, OSError) as error:
        raise PrintFontError(f"{path}: {error}") from error
    registerFont(font)
    return PrintFont(EMBEDDED, frozenset(font.face.charToGlyph))


@cache
def _measure() -> Callable[[str, str, float], float]:
    """Return what measures texts, with readers' own font made known to it."""
    from reportlab.pdfbase.cidfonts import UnicodeCIDFont
    from reportlab.pdfbase.pdfmetrics import registerFont, stringWidth

    registerFont(UnicodeCIDFont(READERS_OWN))
    measure: Callable[[str, str, float], float] = stringWidth
    return measure
