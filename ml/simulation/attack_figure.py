"""The attack grid as a figure: what attacks achieve, and what honest reports find. Plain SVG, without a library."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from typing import Final

from ml.simulation.attack_grid import Cell

WIDTH: Final = 860
ROW: Final = 22  # pixels, like all sizes here
LABEL: Final = 420  # width of the labels left of the bars
BAR: Final = 340  # length of the bar of a share of 1
HEADINGS: Final = {
    "peace": "Collectors' numbers found (4 or more honest reports)",
    "hostile": "The same among hostile reporters",
    "fresh": "Harmless numbers listed: fresh accounts",
    "rings": "Harmless numbers listed: aged rings (the cost curve)",
    "partners": "Harmless numbers listed: a partner's invented groups",
    "retaliation": "Harmless numbers listed: retaliation",
    "whitewash": "Confirmed numbers removed: whitewashing",
    "recycled": "Confirmed numbers still listed after silence",
    "rotation": "Numbers listed: rotation in a block",
    "carriers": "Found while many sign up behind few networks",
    "sensitivity": "Found under other assumptions",
}
LEADING: Final = ("confirmed", "removed")  # shares shown by the dark bar in front
BEHIND: Final = ("suspected", "listed")  # shares shown by the light bar behind it
DARK, LIGHT, INK = "#1f4e79", "#b7d0e8", "#222222"


def draw_figure(cells: Sequence[Cell]) -> str:
    """Return an SVG document with two bars for each cell: dark confirmed or removed, light suspected or listed."""
    lines = list(_lines(cells))
    height = len(lines) * ROW + 50
    body = [element for index, line in enumerate(lines) for element in _drawn(line, top=40 + index * ROW)]
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" '
            f'viewBox="0 0 {WIDTH} {height}" font-family="sans-serif" font-size="12">',
            f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
            _text(
                10,
                22,
                "dunwatch simulate: dark confirmed or removed, light suspected or listed",
                weight="bold",
            ),
            *body,
            "</svg>\n",
        ]
    )


def _lines(cells: Sequence[Cell]) -> Iterator[str | Cell]:
    """Yield the cells, with a heading before those of each attack."""
    attack = None
    for cell in cells:
        if cell.attack != attack:
            attack = cell.attack
            yield HEADINGS[attack]
        yield cell


def _drawn(line: str | Cell, *, top: int) -> Iterator[str]:
    """Yield the SVG elements of a heading or of a cell with its bars."""
    if isinstance(line, str):
        yield _text(10, top + 15, line, weight="bold")
        return
    yield _text(20, top + 15, line.setting)
    leading, behind = _share(line, LEADING), _share(line, BEHIND)
    for value, colour, inset in ((behind, LIGHT, 3), (leading, DARK, 6)):
        if value:
            width = max(value * BAR, 1.0)
            yield (
                f'<rect x="{LABEL}" y="{top + inset}" width="{width:.1f}" height="{ROW - 2 * inset}" fill="{colour}"/>'
            )
    percentages = " / ".join(f"{value:.1%}" for value in (leading, behind) if value is not None)
    yield _text(LABEL + BAR + 8, top + 15, percentages)


def _share(cell: Cell, names: Sequence[str]) -> float | None:
    """Return the first of these shares that a cell has, or None."""
    return next((cell.shares[name].value for name in names if name in cell.shares), None)


def _text(x: int, y: int, words: str, *, weight: str = "normal") -> str:
    return f'<text x="{x}" y="{y}" fill="{INK}" font-weight="{weight}">{escape(words)}</text>'
