"""Public figures as a table: one row a week and figure, so that later figures add rows and no columns."""

from collections.abc import Iterator
from typing import Final

from pydantic import BaseModel

from service.exports.files import csv_lines
from service.figures.bands import Band
from service.figures.schemas import PublicFigures, WeekFigures

HEAD: Final = ("week_from", "week_to", "figure", "agency", "at_least", "below", "zh", "en")
MARK: Final = b"\xef\xbb\xbf"  # without it spreadsheets take Chinese for another encoding


def as_csv(figures: PublicFigures) -> bytes:
    """Return the figures as CSV; `figure` is named as in the JSON, such as `disputes.opened`."""
    rows = [row for week in figures.weeks for row in _rows(week)]
    return MARK + csv_lines([HEAD, *rows])


def _rows(week: WeekFigures) -> Iterator[tuple[str | int, ...]]:
    days = (week.week_from.isoformat(), week.week_to.isoformat())
    for name, value in _figures(week, ""):
        yield (*days, name, "", *_cells(value))
    for received in week.exports:
        yield (*days, "exports", received.agency, *_cells(received.exports))
        yield (*days, "exports.rows", received.agency, *_cells(received.rows))


def _figures(part: BaseModel, prefix: str) -> Iterator[tuple[str, Band | int | None]]:
    """Return the bands and numbers of a part by their names, in its order."""
    for name in type(part).model_fields:
        value = getattr(part, name)
        if isinstance(value, Band) or name == "median_days":
            yield f"{prefix}{name}", value
        elif isinstance(value, BaseModel):
            yield from _figures(value, f"{name}.")


def _cells(value: Band | int | None) -> tuple[str | int, ...]:
    if isinstance(value, Band):
        return (value.at_least, "" if value.below is None else value.below, value.text.zh, value.text.en)
    if value is None:
        return ("", "", "不足 5 件，不公布", "not published: fewer than 5")
    return (value, value + 1, str(value), str(value))
