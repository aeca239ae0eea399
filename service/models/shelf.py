"""The serving model and its shadow, as the database names them; they change without a restart."""

import structlog

from ml.classifier import DEFAULT_MODEL, Classifier, ModelError, load_classifier, parse_classifier
from service.database import Connection
from service.models import store
from service.settings import Settings

log = structlog.get_logger()


class ModelShelf:
    """The models of a process: the file that a setting names, else the model promoted last, else the shipped one.

    Without a usable model the service keeps running: answers stay as they are and new verdicts wait.
    """

    def __init__(self, settings: Settings) -> None:
        self._is_fixed = settings.model_path is not None
        path = settings.model_path or DEFAULT_MODEL
        self._roles: dict[str, str | None] = {}
        self.shadow: Classifier | None = None
        try:
            self._first: Classifier | None = load_classifier(path)
        except ModelError as error:
            log.error("there is no usable scoring model", model=path.name, reason=str(error))
            self._first = None
        self.serving = self._first

    @property
    def version(self) -> str | None:
        """Version of the serving model; None if there is none."""
        return self.serving.version if self.serving else None

    async def look(self, connection: Connection) -> None:
        """Load the models that have their roles now.

        A scorer does this after it has claimed numbers: those that a promotion queued are never scored by the model before.
        """
        roles = await store.list_roles(connection)
        if roles == self._roles:
            return
        if not self._is_fixed:
            self.serving = await self._open(connection, roles.get("serving"), self._first)
        self.shadow = await self._open(connection, roles.get("shadow"), None)
        self._roles = roles
        log.info(
            "models were selected", serving=self.version, shadow=self.shadow.version if self.shadow else None
        )

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
