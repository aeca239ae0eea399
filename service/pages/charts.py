"""Pictures that the server draws as SVG: bars with a limit, and dots by day and hour.

Each is an image with a title that is read aloud, on a ground of its own, so that it can be read wherever it is shown; a page
has the same numbers as a table beside it. Nothing is told by colour alone.
"""

from base64 import b64encode
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

WIDTH: Final = 340  # units: about the pixels of a narrow telephone
_LABELS: Final = 68  # for labels on the left
_VALUES: Final = 56  # for values on the right
_ROW: Final = 26
_HEAD: Final = 24
_HOURS: Final = 24
#: Dark on white, and the other way round where pages are dark.
_STYLE: Final = Markup(
    ".ground{fill:#fff}text{fill:#1a1a1a;font:13px system-ui,sans-serif}.bar,.dot{fill:#0b57d0}.over{fill:#a50e0e}"
    ".shaded{fill:#fff4d6}.limit{stroke:#1a1a1a;stroke-width:2;stroke-dasharray:5 3}.rule{stroke:#6b7280;stroke-width:.5}"
    "@media(prefers-color-scheme:dark){.ground{fill:#141414}text{fill:#ececec}.bar,.dot{fill:#a8c7fa}.over{fill:#ffb4ab}"
    ".shaded{fill:#3a2f0b}.limit{stroke:#ececec}.rule{stroke:#9aa0a6}}"
)
_SVG: Final = Markup(
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {high}"><style>{style}</style>'
    '<rect class="ground" width="{wide}" height="{high}"/>{drawn}</svg>'
)
_IMAGE: Final = Markup('<img class="chart" src="{}" width="{}" height="{}" alt="{}">')
RECT: Final = Markup('<rect class="{}" x="{}" y="{}" width="{}" height="{}"/>')
LINE: Final = Markup('<line class="{}" x1="{}" y1="{}" x2="{}" y2="{}"/>')
DOT: Final = Markup('<circle class="{}" cx="{}" cy="{}" r="{}"/>')
_WORDS: Final = Markup('<text x="{}" y="{}" text-anchor="{}">{}</text>')


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
            text(_LABELS - 6, top + 17, row.label, anchor="end"),
            RECT.format(kind, _LABELS, top + 4, rounded(row.value * scale), 18),
            text(_LABELS + row.value * scale + 5, top + 17, f"{rounded(row.value)}{row.remark}"),
        ]
    height = _HEAD + len(rows) * _ROW + 4
    if limit is not None:
        x = _LABELS + limit * scale
        drawn += [
            LINE.format("limit", rounded(x), _HEAD - 2, rounded(x), height),
            text(x, 14, limit_name, anchor="middle"),
        ]
    return image(title, height, drawn)


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
        RECT.format("shaded", rounded(_LABELS + hour * wide), _HEAD, rounded(wide), height - _HEAD - 4)
        for hour in sorted(shaded)
    ]
    drawn += [text(_LABELS + hour * wide, 14, f"{hour}:00", anchor="middle") for hour in named]
    for place, (label, counts) in enumerate(rows):
        middle = _HEAD + place * _ROW + _ROW / 2
        drawn += [
            LINE.format("rule", _LABELS, rounded(middle), WIDTH - 4, rounded(middle)),
            text(_LABELS - 6, middle + 5, label, anchor="end"),
        ]
        for hour, count in sorted(counts.items()):
            x, kind = _LABELS + (hour + 0.5) * wide, "dot over" if hour in shaded else "dot"
            drawn.append(DOT.format(kind, rounded(x), rounded(middle), min(3 + count, 10)))
    return image(title, height, drawn)


def image(title: str, height: float, drawn: Sequence[Markup]) -> Markup:
    """Return the picture as an image that needs nothing else."""
    high = rounded(height)
    picture = _SVG.format(wide=WIDTH, high=high, style=_STYLE, drawn=Markup("").join(drawn))
    source = f"data:image/svg+xml;base64,{b64encode(picture.encode()).decode()}"
    return _IMAGE.format(source, WIDTH, high, title)


def text(x: float, y: float, words: str, *, anchor: str = "start") -> Markup:
    """Return words that stand at a place."""
    plain = "".join(letter for letter in words if letter.isprintable())  # what XML cannot hold is not drawn
    return _WORDS.format(rounded(x), rounded(y), anchor, plain)


def rounded(value: float) -> str:
    """Return a length as SVG has it, no longer than it need be."""
    return f"{value:.1f}".removesuffix(".0")
