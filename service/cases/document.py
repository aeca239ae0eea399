"""The statement as a document to print: HTML for A4, and PDF."""

import io
from collections.abc import Sequence
from functools import partial
from html import escape
from typing import Any, Final

from reportlab.lib.enums import TA_CENTER
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Spacer

from service.cases.line_breaks import break_lines
from service.cases.print_font import MISSING, PrintFont
from service.cases.statement import Section

MARGIN: Final = 22 * mm
WIDTH: Final = A4[0] - 2 * MARGIN - 12.5  # points of a line: the frame pads 6 points on each side
STYLE: Final = """
@page { size: A4; margin: 22mm; }
body { font-family: "Songti SC", SimSun, "Noto Serif CJK SC", serif; font-size: 11pt; line-height: 1.7; color: #000;
       max-width: 166mm; margin: 12mm auto; overflow-wrap: anywhere; }
h1 { font-size: 17pt; text-align: center; }
h2 { font-size: 12.5pt; margin: 1.2em 0 .3em; break-after: avoid; }
p { margin: .3em 0; white-space: pre-line; }
@media print { body { margin: 0; max-width: none; } }
"""


def as_html(title: str, sections: Sequence[Section]) -> str:
    """Return the statement as a self-contained page: no script, nothing to fetch, everything escaped."""
    body = "\n".join(
        f"<h2>{escape(section.heading)}</h2>\n"
        + "\n".join(f"<p>{escape(line)}</p>" for line in section.lines)
        for section in sections
    )
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    return (
        '<!doctype html>\n<html lang="zh-CN">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        f"<title>{escape(title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
        f"<h1>{escape(title)}</h1>\n{body}\n</body>\n</html>\n"
    )


def as_pdf(title: str, sections: Sequence[Section], font: PrintFont, *, reference: str) -> bytes:
    """Return the statement on A4 pages, each with its number and the `reference`.

    The same input always makes the same bytes.
    """
    font.prepare()
    plain = ParagraphStyle("plain", fontName=font.name, fontSize=10.5, leading=17, wordWrap="CJK")
    heading = ParagraphStyle("heading", plain, fontSize=12, leading=20, spaceBefore=8, keepWithNext=1)
    top = ParagraphStyle("title", plain, fontSize=16, leading=28, alignment=TA_CENTER)

    def paragraph(text: str, style: ParagraphStyle) -> Paragraph:
        printable = font.printable(text)
        lines = break_lines(printable, lambda letter: font.width(letter, style.fontSize), WIDTH)
        return Paragraph("<br/>".join(escape(line) for line in lines), style)

    story: list[Flowable] = [paragraph(title, top), Spacer(1, 4 * mm)]
    for section in sections:
        story.append(paragraph(section.heading, heading))
        story += [paragraph(line, plain) for line in section.lines]
    if any(font.lacks(text) for section in sections for text in (section.heading, *section.lines)):
        story += [
            Spacer(1, 4 * mm),
            paragraph(f"（{font.printable(MISSING)}：打印字体中没有的字，见 statement.txt）", plain),
        ]
    written = io.BytesIO()
    canvas = partial(_NumberedCanvas, font=font, reference=reference)
    _template(written, title).build(story, canvasmaker=canvas)
    return written.getvalue()


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
