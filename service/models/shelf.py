"""The model that serves and the one in its shadow, as the database says; changed without a restart."""

import time
from collections.abc import Callable

import structlog

from ml.classifier import DEFAULT_MODEL, Classifier, ModelError, load_classifier, parse_classifier
from service.database import Connection
from service.models import store
from service.settings import Settings

LOOK_SECONDS = 2.0

log = structlog.get_logger()


class ModelShelf:
    """What a process scores with: the file of the setting, else the model promoted last, else the shipped one.

    Without a usable model the service goes on: answers stay as they are and new verdicts wait.
    """

    def __init__(self, settings: Settings, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._is_fixed = settings.model_path is not None
        path = settings.model_path or DEFAULT_MODEL
        self._look_at = 0.0
        self._roles: dict[str, str | None] = {}
        self.shadow: Classifier | None = None
        try:
            self._first: Classifier | None = load_classifier(path)
        except ModelError as error:
            log.error("there is no usable scoring model", model=path.name, reason=str(error))
            self._first = None
        self.serving = self._first

    @classmethod
    def holding(cls, serving: Classifier | None, shadow: Classifier | None = None) -> "ModelShelf":
        """A shelf that never changes."""
        shelf = cls.__new__(cls)
        shelf._is_fixed, shelf._look_at, shelf._clock = True, float("inf"), time.monotonic
        shelf.serving, shelf.shadow = serving, shadow
        return shelf

    @property
    def version(self) -> str | None:
        """Of the serving model."""
        return self.serving.version if self.serving else None

    async def look(self, connection: Connection) -> None:
        """See which models hold their roles now, at most every two seconds."""
        if self._clock() < self._look_at:
            return
        self._look_at = self._clock() + LOOK_SECONDS
        roles = await store.list_roles(connection)
        if roles == self._roles:
            return
        if not self._is_fixed:
            self.serving = await self._open(connection, roles.get("serving"), self._first)
        self.shadow = await self._open(connection, roles.get("shadow"), None)
        self._roles = roles
        log.info("models", serving=self.version, shadow=self.shadow.version if self.shadow else None)

    async def _open(
        self, connection: Connection, version: str | None, otherwise: Classifier | None
    ) -> Classifier | None:
        if version is None:
            return otherwise
        try:
            return parse_classifier(await store.fetch_document(connection, version))
        except ModelError as error:
            log.error("a model cannot be used", version=version, reason=str(error))
            return None
