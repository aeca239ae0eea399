"""Pictures that the server draws as SVG: bars with a limit, and dots by day and hour. Colours come from the style sheet.

Each has a title that is read aloud; a page has the same numbers as a table beside it. Nothing is told by colour alone.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

WIDTH: Final = 340  # units: about the pixels of a narrow telephone
_LABELS: Final = 68  # for labels on the left
_VALUES: Final = 56  # for values on the right
_ROW: Final = 26
_HEAD: Final = 30
_HOURS: Final = 24
_TEXT: Final = 13
_SVG: Final = Markup(
    '<svg class="chart" viewBox="0 0 {wide} {high}" width="{wide}" height="{high}" role="img" aria-label="{title}">'
    "{drawn}</svg>"
)
_RECT: Final = Markup('<rect class="{}" x="{}" y="{}" width="{}" height="{}"/>')
_LINE: Final = Markup('<line class="{}" x1="{}" y1="{}" x2="{}" y2="{}"/>')
_DOT: Final = Markup('<circle class="{}" cx="{}" cy="{}" r="{}"><title>{}</title></circle>')
_WORDS: Final = Markup('<text x="{}" y="{}" font-size="{}" text-anchor="{}">{}</text>')


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar: what it is about, how much, and a word behind the value, such as that it is beyond the limit."""

    label: str
    value: float
    remark: str = ""


def bars(title: str, rows: Sequence[Bar], *, limit: float | None = None, limit_name: str = "") -> Markup:
    """Return bars one below the other, with a line at the limit."""
    most = max([*(row.value for row in rows), limit or 0, 1])
    scale = (WIDTH - _LABELS - _VALUES) / most
    drawn = []
    for place, row in enumerate(rows):
        top = _HEAD + place * _ROW
        kind = "bar over" if limit is not None and row.value > limit else "bar"
        drawn += [
            _text(_LABELS - 6, top + 17, row.label, anchor="end"),
            _RECT.format(kind, _LABELS, top + 4, _round(row.value * scale), 18),
            _text(_LABELS + row.value * scale + 5, top + 17, f"{_round(row.value)}{row.remark}"),
        ]
    height = _HEAD + len(rows) * _ROW + 4
    if limit is not None:
        x = _LABELS + limit * scale
        drawn += [
            _LINE.format("limit", _round(x), _HEAD - 2, _round(x), height),
            _text(x, 14, limit_name, anchor="middle"),
        ]
    return _svg(title, height, drawn)


def dots(
    title: str,
    rows: Sequence[tuple[str, Mapping[int, int]]],
    *,
    shaded: Collection[int] = (),
    named: Sequence[int] = (0, 8, 12, 18, 22),
) -> Markup:
    """Return a dot for each hour (0 to 23) of each row in which there was something, the larger the more there was."""
    wide = (WIDTH - _LABELS - 4) / _HOURS
    height = _HEAD + len(rows) * _ROW + 4
    drawn = [
        _RECT.format("shaded", _round(_LABELS + hour * wide), _HEAD, _round(wide), height - _HEAD - 4)
        for hour in sorted(shaded)
    ]
    drawn += [_text(_LABELS + hour * wide, 14, f"{hour}:00", anchor="middle") for hour in named]
    for place, (label, counts) in enumerate(rows):
        middle = _HEAD + place * _ROW + _ROW / 2
        drawn += [
            _LINE.format("rule", _LABELS, _round(middle), WIDTH - 4, _round(middle)),
            _text(_LABELS - 6, middle + 5, label, anchor="end"),
        ]
        for hour, count in sorted(counts.items()):
            x, kind = _LABELS + (hour + 0.5) * wide, "dot over" if hour in shaded else "dot"
            told = f"{label} {hour}:00, {count}"
            drawn.append(_DOT.format(kind, _round(x), _round(middle), min(3 + count, 10), told))
    return _svg(title, height, drawn)


def _svg(title: str, height: float, drawn: Sequence[Markup]) -> Markup:
    return _SVG.format(wide=WIDTH, high=_round(height), title=title, drawn=Markup("").join(drawn))


def _text(x: float, y: float, text: str, *, anchor: str = "start") -> Markup:
    return _WORDS.format(_round(x), _round(y), _TEXT, anchor, text)


def _round(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
