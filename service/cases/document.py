"""The statement as a document to print: HTML for A4, and PDF."""

import io
from collections.abc import Sequence
from html import escape
from typing import Any, Final

from reportlab.lib.enums import TA_CENTER
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Spacer

from service.cases.print_font import PrintFont
from service.cases.statement import Section

MARGIN: Final = 22 * mm
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
    """A page of its own: no script, nothing fetched, everything escaped."""
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


def as_pdf(title: str, sections: Sequence[Section], font: PrintFont) -> bytes:
    """The same on A4 pages with numbers; the same input gives the same bytes."""

    def markup(text: str) -> str:
        return escape(font.printable(text)).replace("\n", "<br/>")

    def number(canvas: Any, document: Any) -> None:
        canvas.setFont(font.name, 9)
        canvas.drawCentredString(A4[0] / 2, MARGIN / 2, f"第 {document.page} 页")

    plain = ParagraphStyle("plain", fontName=font.name, fontSize=10.5, leading=17, wordWrap="CJK")
    heading = ParagraphStyle("heading", plain, fontSize=12, leading=20, spaceBefore=8, keepWithNext=1)
    top = ParagraphStyle("title", plain, fontSize=16, leading=28, alignment=TA_CENTER)
    story: list[Flowable] = [Paragraph(markup(title), top), Spacer(1, 4 * mm)]
    for section in sections:
        story.append(Paragraph(markup(section.heading), heading))
        story += [Paragraph(markup(line), plain) for line in section.lines]
    written = io.BytesIO()
    SimpleDocTemplate(
        written, pagesize=A4, title=title, invariant=1, lang="zh-CN",
        leftMargin=MARGIN, rightMargin=MARGIN, topMargin=MARGIN, bottomMargin=MARGIN,
    ).build(story, onFirstPage=number, onLaterPages=number)  # fmt: skip
    return written.getvalue()
