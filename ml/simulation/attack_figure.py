"""The attack grid as a picture: what rings cost, and what honest reports find. Plain SVG, no library."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from typing import Final

from ml.simulation.attack_grid import Cell

WIDTH: Final = 860
ROW: Final = 22
LABEL: Final = 420  # pixels left of the bars
BAR: Final = 340  # pixels of a share of 1
HEADINGS: Final = {
    "peace": "Collectors' numbers found (4 or more honest reports)",
    "hostile": "The same among hostile reporters",
    "fresh": "Harmless numbers listed: fresh accounts",
    "rings": "Harmless numbers listed: aged rings (the cost curve)",
    "retaliation": "Harmless numbers listed: retaliation",
    "whitewash": "Confirmed numbers removed: whitewashing",
    "recycled": "Confirmed numbers still listed after silence",
    "rotation": "Numbers listed: rotation in a block",
    "sensitivity": "Found under other assumptions",
}
LEADING: Final = (
    "confirmed",
    "removed",
)  # the dark bar; any other share of listing is the light one behind it
BEHIND: Final = ("suspected", "listed")
DARK, LIGHT, INK = "#1f4e79", "#b7d0e8", "#222222"


def draw_figure(cells: Sequence[Cell]) -> str:
    """An SVG document with one bar for each cell: dark confirmed or removed, light suspected or listed."""
    lines = list(_lines(cells))
    height = len(lines) * ROW + 50
    body = [element for place, line in enumerate(lines) for element in _drawn(line, top=40 + place * ROW)]
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
    """Cells, each attack's under a heading."""
    attack = None
    for cell in cells:
        if cell.attack != attack:
            attack = cell.attack
            yield HEADINGS[attack]
        yield cell


def _drawn(line: str | Cell, *, top: int) -> Iterator[str]:
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
    told = " / ".join(f"{value:.1%}" for value in (leading, behind) if value is not None)
    yield _text(LABEL + BAR + 8, top + 15, told)


def _share(cell: Cell, names: Sequence[str]) -> float | None:
    return next((cell.shares[name].value for name in names if name in cell.shares), None)


def _text(x: int, y: int, words: str, *, weight: str = "normal") -> str:
    return f'<text x="{x}" y="{y}" fill="{INK}" font-weight="{weight}">{escape(words)}</text>'
