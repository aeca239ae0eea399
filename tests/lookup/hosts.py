"""A host as its replica sees it: what is reported, what it follows, what it ought to hold."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from prometheus_client import CollectorRegistry

from ml.classifier import Classifier
from service.database import Database
from service.lookup.follower import Follower
from service.metrics import Metrics
from service.reports.store import insert_reports
from service.scoring.scorer import Scorer
from service.settings import Settings
from tests.clients import (
    HeldModels,
    minutes_ago,
    replica_content,
    report_row,
)
from tests.command_line import Dunwatch, Ended

NUMBERS = [f"+861979000{n:04}" for n in range(40)]


class Host:
    """One host's replica, and the database whose feed it follows."""

    def __init__(self, database: Database, settings: Settings, model: Classifier, dunwatch: Dunwatch) -> None:
        self.database = database
        self.settings = settings
        self.directory = settings.replica_dir
        self._metrics = Metrics(CollectorRegistry())
        self._model = model
        self._dunwatch = dunwatch

    async def report(self, *numbers: str) -> None:
        """Report numbers badly, and publish."""
        async with self.database.connection() as connection:
            rows = [report_row(number, occurred_at=minutes_ago(9)) for number in numbers for _ in range(12)]
            await insert_reports(connection, rows, is_bulk=False)
        await Scorer(self.database, self.settings, self._metrics, HeldModels(self._model)).score_all(
            datetime.now(UTC)
        )

    async def follow(self) -> None:
        """As a follower does that has just been started."""
        follower = Follower(self.database, self.settings, self._metrics)
        await follower.catch_up()
        follower.close()

    def follow_in_another_process(self) -> Ended:
        """The same where reading a torn file would end the process with a signal."""
        return self._dunwatch.run_program("tests.lookup.follow_once")

    @property
    def generation(self) -> Path:
        """Directory of the generation in use."""
        return (self.directory / "current").resolve()

    async def expected(self, tmp_path: Path) -> dict[str, Any]:
        """What a replica built from nothing holds."""
        elsewhere = self.settings.model_copy(update={"data_dir": tmp_path / uuid4().hex})
        elsewhere.__dict__.pop("replica_dir", None)
        assert elsewhere.replica_dir != self.directory
        follower = Follower(self.database, elsewhere, self._metrics)
        await follower.catch_up()
        follower.close()
        return replica_content(elsewhere.replica_dir)
