"""The statement as a document to print: HTML for A4, and PDF, each with its pictures as an annex."""

import io
from base64 import b64encode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from html import escape
from typing import Any, Final

from reportlab.lib.colors import black
from reportlab.lib.enums import TA_CENTER
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    Flowable,
    Image,
    KeepTogether,
    PageBreak,
    Paragraph,
    SimpleDocTemplate,
    Spacer,
    Table,
    TableStyle,
)

from service.cases.line_breaks import break_lines
from service.cases.print_font import MISSING, PrintFont
from service.cases.statement import Section

MARGIN: Final = 22 * mm
WIDTH: Final = A4[0] - 2 * MARGIN - 12.5  # points of a line: the frame pads 6 points on each side
PICTURE_HEIGHT: Final = 105 * mm  # two pictures with their captions fill a page
ANNEX: Final = "附图"
#: Where a table has four columns, the last is of digests, in a font of one width that every reader has.
COLUMNS: Final = (40.0, 52.0, 62.0, WIDTH - 154.0)
DIGEST_FONT: Final = "Courier"
_RULED: Final = TableStyle(
    [
        ("GRID", (0, 0), (-1, -1), 0.5, black),
        ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
        ("LEFTPADDING", (0, 0), (-1, -1), 4),
        ("RIGHTPADDING", (0, 0), (-1, -1), 4),
    ]
)
STYLE: Final = """
@page { size: A4; margin: 22mm; }
body { font-family: "Songti SC", SimSun, "Noto Serif CJK SC", serif; font-size: 11pt; line-height: 1.7; color: #000;
       max-width: 166mm; margin: 12mm auto; overflow-wrap: anywhere; }
h1 { font-size: 17pt; text-align: center; }
h2 { font-size: 12.5pt; margin: 1.2em 0 .3em; break-after: avoid; }
p { margin: .3em 0; white-space: pre-line; }
table { border-collapse: collapse; width: 100%; font-size: 8pt; }
td { border: .5pt solid #000; padding: 1mm; }
td:last-child { font-family: monospace; }
figure { margin: 1em 0; break-inside: avoid; }
img { display: block; max-width: 100%; max-height: 105mm; margin-top: 2mm; }
@media print { body { margin: 0; max-width: none; } }
"""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture of the annex with what is written above it; None if it could not be drawn."""

    caption: str
    jpeg: bytes | None


def as_html(title: str, sections: Sequence[Section], pictures: Sequence[Picture] = ()) -> str:
    """Return the statement as a self-contained page: no script, nothing to fetch, everything escaped."""
    annex = "\n".join(_html_picture(one) for one in pictures)
    parts = [
        *(_html_section(one) for one in sections if not one.rows),
        *([f"<h2>{ANNEX}</h2>\n{annex}"] if pictures else ()),
        *(_html_section(one) for one in sections if one.rows),
    ]
    policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
    return (
        '<!doctype html>\n<html lang="zh-CN">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        f"<title>{escape(title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
        f"<h1>{escape(title)}</h1>\n" + "\n".join(parts) + "\n</body>\n</html>\n"
    )


def as_pdf(
    title: str,
    sections: Sequence[Section],
    font: PrintFont,
    *,
    reference: str,
    pictures: Sequence[Picture] = (),
) -> bytes:
    """Return the statement on A4 pages, each with its number and the `reference`.

    The same input always makes the same bytes.
    """
    font.prepare()
    writer = _Writer(font)
    story: list[Flowable] = [writer.paragraph(title, writer.top), Spacer(1, 4 * mm)]
    story += writer.sections([one for one in sections if not one.rows])
    story += writer.annex(pictures)
    story += writer.sections([one for one in sections if one.rows])
    texts = [text for section in sections for text in (section.heading, *section.lines)]
    if any(font.lacks(text) for text in (*texts, *(one.caption for one in pictures))):
        note = f"（{font.printable(MISSING)}：打印字体中没有的字，见 statement.txt）"
        story += [Spacer(1, 4 * mm), writer.paragraph(note, writer.plain)]
    written = io.BytesIO()
    canvas = partial(_NumberedCanvas, font=font, reference=reference)
    _template(written, title).build(story, canvasmaker=canvas)
    return written.getvalue()


class _Writer:
    """Lays out paragraphs, tables and pictures in one font."""

    def __init__(self, font: PrintFont) -> None:
        self._font = font
        self.plain = ParagraphStyle("plain", fontName=font.name, fontSize=10.5, leading=17, wordWrap="CJK")
        self.heading = ParagraphStyle(
            "heading", self.plain, fontSize=12, leading=20, spaceBefore=8, keepWithNext=1
        )
        self.top = ParagraphStyle("title", self.plain, fontSize=16, leading=28, alignment=TA_CENTER)
        self._cell = ParagraphStyle("cell", self.plain, fontSize=8, leading=11)
        self._digest = ParagraphStyle("digest", self._cell, fontName=DIGEST_FONT, fontSize=7.3)

    def paragraph(self, text: str, style: ParagraphStyle, width: float = WIDTH) -> Paragraph:
        """Return a text broken into lines, with characters that the font has."""
        printable = self._font.printable(text)
        lines = break_lines(printable, lambda letter: self._font.width(letter, style.fontSize), width)
        return Paragraph("<br/>".join(escape(line) for line in lines), style)

    def sections(self, sections: Sequence[Section]) -> Iterator[Flowable]:
        """Return headings, each with its paragraphs and its table."""
        for section in sections:
            parts = [
                self.paragraph(section.heading, self.heading),
                *(self.paragraph(line, self.plain) for line in section.lines),
                *self.table(section.rows),
            ]
            yield from [KeepTogether(parts)] if section.is_whole else parts

    def table(self, rows: Sequence[Sequence[str]]) -> Iterator[Flowable]:
        """Return a table whose first row is repeated on every page; nothing without rows."""
        if not rows:
            return
        cells = [
            [
                Paragraph(escape(text), self._digest)
                if place and column == len(COLUMNS) - 1
                else self.paragraph(text, self._cell, COLUMNS[column] - 8)
                for column, text in enumerate(row)
            ]
            for place, row in enumerate(rows)
        ]
        yield Spacer(1, 2 * mm)
        yield Table(cells, colWidths=COLUMNS, repeatRows=1, style=_RULED)

    def annex(self, pictures: Sequence[Picture]) -> Iterator[Flowable]:
        """Return the pictures on pages of their own, each below its caption."""
        if not pictures:
            return
        yield PageBreak()
        yield self.paragraph(ANNEX, self.heading)
        for one in pictures:
            caption = self.paragraph(one.caption, self.plain)
            drawn = [] if one.jpeg is None else [_fitted(one.jpeg)]
            yield KeepTogether([caption, *drawn, Spacer(1, 5 * mm)])


def _fitted(jpeg: bytes) -> Image:
    """Return a picture as large as there is room for, its sides in proportion."""
    wide, high = ImageReader(io.BytesIO(jpeg)).getSize()
    scale = min(WIDTH / wide, PICTURE_HEIGHT / high, 1.0)
    return Image(io.BytesIO(jpeg), width=wide * scale, height=high * scale, hAlign="LEFT")


def _html_section(section: Section) -> str:
    lines = "\n".join(f"<p>{escape(line)}</p>" for line in section.lines)
    return f"<h2>{escape(section.heading)}</h2>\n{lines}{_html_table(section.rows)}"


def _html_table(rows: Sequence[Sequence[str]]) -> str:
    if not rows:
        return ""
    lines = ("".join(f"<td>{escape(cell)}</td>" for cell in row) for row in rows)
    return "\n<table>\n" + "\n".join(f"<tr>{line}</tr>" for line in lines) + "\n</table>"


def _html_picture(picture: Picture) -> str:
    source = f"data:image/jpeg;base64,{b64encode(picture.jpeg or b'').decode()}"
    drawn = f'<img src="{source}" alt="">' if picture.jpeg else ""
    return f"<figure><figcaption>{escape(picture.caption)}</figcaption>{drawn}</figure>"


def _template(written: io.BytesIO, title: str) -> SimpleDocTemplate:
    return SimpleDocTemplate(
        written,
        pagesize=A4,
        title=title,
        invariant=1,
        lang="zh-CN",
        leftMargin=MARGIN,
        rightMargin=MARGIN,
        topMargin=MARGIN,
        bottomMargin=MARGIN,
    )


class _NumberedCanvas(Canvas):
    """A canvas with "page 1 of 3" in each foot. The total is known only at the end, so pages wait until then."""

    def __init__(self, *given: Any, font: PrintFont, reference: str, **named: Any) -> None:
        super().__init__(*given, **named)
        self._font = font
        self._reference = reference
        self._waiting: list[dict[str, Any]] = []

    def showPage(self) -> None:  # noqa: N802  the library's name
        """Keep a finished page until the number of pages is known."""
        self._waiting.append(dict(self.__dict__))
        self._startPage()  # type: ignore[attr-defined]

    def save(self) -> None:
        """Draw the foot of every page and write the document."""
        for place, page in enumerate(self._waiting, start=1):
            self.__dict__.update(page)
            self.setFont(self._font.name, 9)
            foot = f"{self._reference}    第 {place} 页，共 {len(self._waiting)} 页"
            self.drawCentredString(A4[0] / 2, MARGIN / 2, foot)
            super().showPage()
        super().save()
