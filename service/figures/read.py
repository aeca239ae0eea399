"""Reads the published figures: once in a while for all who ask, and kept while the database is unavailable."""

from collections.abc import Callable
from time import monotonic
from typing import Final, NamedTuple

from service.database import Database, DatabaseUnavailableError
from service.days import CHINA
from service.edge.shared import Shared
from service.figures import store
from service.figures.schemas import ModelInUse, PublicFigures, WeekFigures
from service.figures.sheet import as_csv
from service.models.shelf import ModelShelf
from service.models.store import list_models
from service.rules.facts import Text

MOST_WEEKS: Final = 53
KEPT_SECONDS: Final = 600.0  # the figures change once a week, the model seldom
AGAIN_SECONDS: Final = 5.0  # after the database was unavailable

LIMITS: Final = (
    Text(
        zh="数字按区间公布，少于 5 的不再细分；各周互不重叠，公布后不再改动。",
        en="Counts are published in bands, and those below 5 are not told apart. Weeks do not overlap and never change.",
    ),
    Text(
        zh="举报多，不等于来电多：只统计愿意举报的人。",
        en="Many reports do not mean many calls: only people who choose to report are counted.",
    ),
    Text(
        zh="来电显示可能被冒用：结论针对显示的号码，不针对拨打的人。",
        en="A caller ID can be forged: a verdict is about the number displayed, not about who called.",
    ),
    Text(
        zh="我们不宣称任何准确率。随软件提供的模型是用模拟数据训练的。",
        en="We claim no accuracy. The model that is shipped with the software was trained on a simulation.",
    ),
    Text(
        zh="多个互不关联的旧账号合谋，仍可能使号码被列入；机主可以提出异议，由人处理。",
        en="Several old accounts without visible ties can get a number listed; its owner can dispute, and a person decides.",
    ),
)


class Kept(NamedTuple):
    """The figures, and the same as they are sent."""

    figures: PublicFigures
    as_json: bytes
    as_csv: bytes


class FiguresReader:
    """The published figures as one process knows them."""

    def __init__(
        self, database: Database, models: ModelShelf, clock: Callable[[], float] = monotonic
    ) -> None:
        self._database = database
        self._models = models
        self._clock = clock
        self._shared: Shared[Kept] = Shared()
        self._kept: Kept | None = None
        self._until = 0.0

    async def get(self) -> Kept:
        """Return the figures; raises DatabaseUnavailableError only if they were never read before."""
        if self._kept is not None and self._clock() < self._until:
            return self._kept
        return await self._shared.get(self._read)

    async def _read(self) -> Kept:
        try:
            async with self._database.connection() as connection:
                weeks = await store.list_weeks(connection, at_most=MOST_WEEKS)
                await self._models.look(connection)
                trained = {row.version: row.trained_at for row in await list_models(connection)}
        except DatabaseUnavailableError:
            if self._kept is None:
                raise
            self._until = self._clock() + AGAIN_SECONDS
            return self._kept
        model = self._models.serving
        trained_at = trained.get(model.version) if model else None
        figures = PublicFigures(
            weeks=[WeekFigures.model_validate_json(week) for week in weeks],
            model=ModelInUse(
                version=model.version if model else None,
                trained_here_on=trained_at.astimezone(CHINA).date() if trained_at else None,
                question=model.question if model else None,
            ),
            limits=list(LIMITS),
        )
        self._kept = Kept(figures, figures.model_dump_json().encode(), as_csv(figures))
        self._until = self._clock() + KEPT_SECONDS
        return self._kept
