"""The scoring model of this installation."""

import structlog

from ml.classifier import DEFAULT_MODEL, Classifier, ModelError, load_classifier
from service.settings import Settings

log = structlog.get_logger()


def open_model(settings: Settings) -> Classifier | None:
    """The configured model, else the shipped one; None, and said so, when it is missing or does not fit.

    Without a model the service goes on: answers stay as they are and new verdicts wait.
    """
    path = settings.model_path or DEFAULT_MODEL
    try:
        return load_classifier(path)
    except ModelError as error:
        log.error("there is no usable scoring model", model=path.name, reason=str(error))
        return None


def model_version(settings: Settings) -> str | None:
    """Version of that model, for people to read."""
    model = open_model(settings)
    return model.version if model else None
