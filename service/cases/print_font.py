"""The font of printed documents: one that PDF files embed where one is set, else one that their readers bring along."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.pdfmetrics import registerFont
from reportlab.pdfbase.ttfonts import TTFError, TTFont

#: One of the fonts that every reader of PDF brings along or replaces: Chinese without a font file.
READERS_OWN: Final = "STSong-Light"
EMBEDDED: Final = "print"
MISSING: Final = "□"


class PrintFontError(Exception):
    """A font file that cannot be used."""


@dataclass(frozen=True, slots=True)
class PrintFont:
    """A font by its registered name; `letters` are the code points it has, None for the whole basic plane."""

    name: str
    letters: frozenset[int] | None = None

    def printable(self, text: str) -> str:
        """The text with a box, or a question mark, in place of each letter that the font does not have."""
        return "".join(letter if self._has(letter) else self._instead for letter in text)

    def _has(self, letter: str) -> bool:
        if self.letters is None:
            return ord(letter) <= 0xFFFF  # neither emoji nor rare letters
        return letter == "\n" or ord(letter) in self.letters

    @property
    def _instead(self) -> str:
        return MISSING if self._has(MISSING) else "?"


@cache
def load_font(path: Path | None) -> PrintFont:
    """The font of a TrueType file (of a collection the first), ready for use; raises PrintFontError."""
    if path is None:
        registerFont(UnicodeCIDFont(READERS_OWN))
        return PrintFont(READERS_OWN)
    try:
        font = TTFont(EMBEDDED, path)
    except (TTFError, OSError) as error:
        raise PrintFontError(f"{path}: {error}") from error
    registerFont(font)
    return PrintFont(EMBEDDED, frozenset(font.face.charToGlyph))
