"""Trains a model, writes its files, and stores it in the database: whole or not at all."""

import json
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

import skops.io

from ml.classifier import Classifier, load_classifier
from ml.learning.candidate import (
    DecidedNumber,
    TrainedModel,
    slices_of_decisions,
    slices_of_repeats,
    train_model,
)
from ml.learning.card import draw_reliability, write_trained_card
from ml.learning.complaints import History
from ml.learning.forecast import ForecastQuestion, HistoryTooShortError
from ml.learning.own_events import history_of
from service.database import Connection, Database
from service.days import date_of, day_of
from service.models import store as models
from service.models.store import ModelRow
from service.training import store

Asked = Literal["auto", "abusive", "reported-again"]


@dataclass(frozen=True, slots=True)
class TrainingData:
    """What a model is trained on, and its name."""

    name: str  # the model's version begins with it
    told: str  # the name for people
    history: History
    decided: tuple[DecidedNumber, ...]
    until: int  # training uses nothing of this day or later


async def own_material(database: Database, until: datetime, progress: Callable[[int], None]) -> TrainingData:
    """Return the service's own reports and decisions; raises ValueError if there are none."""

    async def work(connection: Connection) -> TrainingData:
        events = []
        async for event in store.stream_events(connection, until):
            events.append(event)
            if len(events) % 10_000 == 0:
                progress(len(events))
        decided = await store.list_decided(connection, until)
        history = history_of(events, await store.list_epochs(connection, until))
        simulated = sum([event.is_simulated for event in events])
        told = "the service's own reports and decisions"
        if simulated:
            told += f", {simulated / len(events):.0%} of the reports simulated"
        return TrainingData("own", told, history, tuple(decided), day_of(until))

    return await database.in_transaction(work, isolation="repeatable_read")


def train_asked(
    material: TrainingData,
    asked: Asked,
    question: ForecastQuestion,
    *,
    serving: Classifier | None,
    workers: int,
    progress: Callable[[str], None],
) -> TrainedModel:
    """Return a model for the question asked; `auto` learns from people's decisions if there are enough of them.

    Raises HistoryTooShortError, which says what is missing.
    """
    if asked != "reported-again":
        try:
            slices = slices_of_decisions(material.history, material.decided)
            return train_model(slices, question="abusive", name=material.name, serving=serving)
        except HistoryTooShortError:
            if asked == "abusive":
                raise
    slices = slices_of_repeats(material.history, material.until, question, workers=workers, progress=progress)
    return train_model(slices, question="reported-again", name=material.name, serving=serving)


async def store_trained(
    database: Database,
    trained: TrainedModel,
    material: TrainingData,
    *,
    serving: Classifier | None,
    directory: Path,
    now: datetime,
) -> ModelRow:
    """Write model, artefact, card and figure into a directory named after the version, and store the model."""
    period = f"{date_of(material.history.first_day)} to {date_of(min(material.until, material.history.last_day + 1))}"
    card = write_trained_card(
        trained, data=material.told, period=period, serving=serving.version if serving else None
    )
    version = str(trained.document["version"])
    _write(directory / version, trained, card)
    async with database.connection() as connection:
        # a model that a setting names is neither stored nor shipped: what beats it need not beat those
        against = serving.version if serving and serving.version != load_classifier().version else None
        row = ModelRow(
            version=version,
            card=card,
            held_out=trained.figures,
            judged_against=against,
            is_better=trained.is_better,
            trained_at=now,
        )
        await models.insert_model(connection, trained.document, row)
    return row


def _write(target: Path, trained: TrainedModel, card: str) -> None:
    """Write all files of a model, so that they appear at once; those of the same version are replaced."""
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    try:
        (draft / "model.json").write_text(json.dumps(trained.document, separators=(",", ":")) + "\n", "utf-8")
        (draft / "card.md").write_text(card, "utf-8")
        (draft / "reliability.svg").write_text(draw_reliability(trained), "utf-8")
        skops.io.dump(trained.trees, draft / "model.skops")
        draft.chmod(0o755)
        shutil.rmtree(target, ignore_errors=True)
        draft.rename(target)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise
