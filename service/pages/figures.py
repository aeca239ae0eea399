"""What the service tells everybody about itself: weekly figures in bands, drawn and as tables, and the model's limits."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Final

from markupsafe import Markup
from starlette.responses import Response

from service.edge.problems import Language
from service.figures.bands import Band
from service.figures.read import FiguresReader
from service.figures.schemas import PublicFigures, WeekFigures
from service.pages.figure_charts import Column, columns
from service.pages.render import render
from service.pages.routes import Pages
from service.pages.visit import Visit
from service.rules.facts import Text

WEEKS_DRAWN: Final = 26  # half a year; the file has all of them

pages = Pages()


@dataclass(frozen=True, slots=True)
class Series:
    """A count by week: its name, where it stands, and whether it is drawn."""

    name: Text
    of: Callable[[WeekFigures], Band]
    is_drawn: bool = False


@dataclass(frozen=True, slots=True)
class Drawn:
    """A series as it is shown: its picture, and the same as rows of week and band, newest first."""

    name: Text
    picture: Markup
    rows: Sequence[tuple[date, Text]]


SERIES: Final = (
    Series(Text(zh="在这里提交的举报", en="Reports made here"), lambda week: week.reports, is_drawn=True),
    Series(Text(zh="举报人", en="People who reported"), lambda week: week.reporters, is_drawn=True),
    Series(Text(zh="合作方提交的举报", en="Reports from partners"), lambda week: week.partner_reports),
    Series(Text(zh="撤回的举报", en="Reports taken back"), lambda week: week.retracted, is_drawn=True),
    Series(
        Text(zh="周末列为“确认”的号码", en="Numbers confirmed at the end of the week"),
        lambda week: week.numbers.confirmed,
        is_drawn=True,
    ),
    Series(
        Text(zh="周末列为“疑似”的号码", en="Numbers suspected at the end of the week"),
        lambda week: week.numbers.suspected,
        is_drawn=True,
    ),
    Series(Text(zh="周末在异议中的号码", en="Numbers in dispute"), lambda week: week.numbers.disputed),
    Series(Text(zh="已澄清的号码", en="Numbers cleared"), lambda week: week.numbers.cleared),
    Series(Text(zh="核实过的机构号码", en="Verified lines"), lambda week: week.numbers.protected),
    Series(Text(zh="机主提出的异议", en="Disputes opened"), lambda week: week.disputes.opened, is_drawn=True),
    Series(Text(zh="异议成立", en="Disputes upheld"), lambda week: week.disputes.upheld),
    Series(Text(zh="异议不成立", en="Disputes rejected"), lambda week: week.disputes.rejected),
    Series(Text(zh="撤回的异议", en="Disputes withdrawn"), lambda week: week.disputes.withdrawn),
    Series(Text(zh="逾期未决的异议", en="Disputes overdue"), lambda week: week.disputes.overdue),
    Series(Text(zh="裁定：违规", en="Decided: abusive"), lambda week: week.decisions.abusive),
    Series(Text(zh="裁定：澄清", en="Decided: cleared"), lambda week: week.decisions.cleared),
    Series(Text(zh="裁定：受保护", en="Decided: verified line"), lambda week: week.decisions.protected),
    Series(Text(zh="裁定：撤销先前裁定", en="Decided: released"), lambda week: week.decisions.released),
    Series(Text(zh="裁定：号码换了机主", en="Decided: new owner"), lambda week: week.decisions.recycled),
)


@pages.get("/about/figures")
async def show_figures(visit: Visit) -> Response:
    """Show the figures of the weeks that have ended, newest first, and what they do not show."""
    reader: FiguresReader = visit.request.state.figures
    kept = await reader.get()
    return visit.public_page("figures.html", shown=_shown(kept.as_json, visit.language))


@lru_cache(maxsize=4)
def _shown(as_json: bytes, language: Language) -> Markup:
    """Return the figures as part of a page: they change once a week."""
    figures = PublicFigures.model_validate_json(as_json)
    newest = figures.weeks[0] if figures.weeks else None
    text = render(
        "figures_shown.html",
        language,
        newest=newest,
        told=[(one.name, one.of(newest).text) for one in SERIES] if newest else [],
        drawn=[_drawn(one, figures.weeks[:WEEKS_DRAWN], language) for one in SERIES if one.is_drawn],
        model=figures.model,
        limits=figures.limits,
    )
    return Markup(text)  # noqa: S704


def _drawn(series: Series, weeks: Sequence[WeekFigures], language: Language) -> Drawn:
    bands = [(week.week_from, series.of(week)) for week in weeks]
    told = [Column(_label(day, language), band.at_least or None) for day, band in reversed(bands)]
    name = series.name.zh if language == "zh" else series.name.en
    title = (
        f"{name}：按周的柱形图，数字见下表"
        if language == "zh"
        else f"{name} by week; the table below has the numbers"
    )
    return Drawn(series.name, columns(title, told), [(day, band.text) for day, band in bands])


def _label(day: date, language: Language) -> str:
    return f"{day.month}月{day.day}日" if language == "zh" else f"{day:%-d %b}"
