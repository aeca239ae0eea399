"""The font of printed documents: one that PDF files embed where one is set, else one that their readers bring along.

ReportLab is imported when the first document is printed, or a font of one's own is read: it is large.
"""

# ruff: noqa: PLC0415
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

#: One of the fonts that every reader of PDF brings along or replaces: Chinese without a font file.
READERS_OWN: Final = "STSong-Light"
EMBEDDED: Final = "print"
MISSING: Final = "□"
#: What a font may have in place of a letter that means the same.
ALIKE: Final = {
    "·": "・", "•": "●", "¥": "￥", "£": "￡", "²": "2", "³": "3", "✓": "√",
    "\N{NO-BREAK SPACE}": " ", "\N{EM SPACE}": "　", "\t": "　",
}  # fmt: skip
#: Letters of GBK that the encoding of readers' own fonts (UniGB-UCS2) lacks or reads otherwise; found by printing all.
_NOT_READ: Final = frozenset("·ńňɑɡ兀︱︳︴︵︶︷︸︹︺︻︼︽︾︿﹀﹁﹂﹃﹄\uf979\uf995\uf9e7\uf9f1\ufa0c")
#: Invisible: joins emoji, chooses forms, marks directions; and half of a line break.
_UNSEEN: Final = frozenset("\r\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\ufe0e\ufe0f")


class PrintFontError(Exception):
    """A font file that cannot be used."""


@dataclass(frozen=True, slots=True)
class PrintFont:
    """A font by its registered name; `letters` are the code points it has, None for those of readers' own fonts."""

    name: str
    letters: frozenset[int] | None = None

    def printable(self, text: str) -> str:
        """The text with what the font has; in place of each letter that it lacks what means the same, else a box."""
        return "".join(self._printed(letter) for letter in text if letter not in _UNSEEN)

    def lacks(self, text: str) -> bool:
        """Whether a letter of the text cannot be printed."""
        return any(letter != MISSING and self._printed(letter) == self._instead for letter in text)

    def prepare(self) -> None:
        """Make the font known to ReportLab; to be called before anything is laid out with it."""
        _measure()

    def width(self, text: str, size: float) -> float:
        """Width of a printable text in points."""
        return _measure()(text, self.name, size)

    def _printed(self, letter: str) -> str:
        if letter in _UNSEEN or letter == "\n" or self._has(letter):
            return letter
        alike = ALIKE.get(letter, "")
        return alike if alike and self._has(alike) else self._instead

    def _has(self, letter: str) -> bool:
        if self.letters is not None:
            return ord(letter) in self.letters
        if letter in _NOT_READ or not (
            letter.isprintable() or letter == "　"
        ):  # which Python calls unprintable
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
    """Return the font of a TrueType file (of a collection the first), readers' own without one.

    Raises PrintFontError when the file cannot be used.
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
