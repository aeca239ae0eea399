"""Structured logs on standard error; what is logged never contains a number, a token or a narrative."""

import logging
import sys
import traceback
from contextlib import suppress
from pathlib import Path
from typing import Any, TextIO, cast

import orjson
import structlog

MOST_FRAMES = 8


def configure_logs(log_format: str) -> None:
    """Set up structlog for this process: `json`, one object a line, or `console` for people."""
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer(serializer=_to_json)
        if log_format == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _where_not_what,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(cast(TextIO, _Lenient(sys.stderr))),
        cache_logger_on_first_use=True,
    )


class _Lenient:
    """A stream into which a line goes, or not: a log on a full disk, or without a reader, must fail no request."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> None:
        """Write, if that is possible."""
        with suppress(OSError, ValueError):
            self._stream.write(text)

    def flush(self) -> None:
        """Flush, if that is possible."""
        with suppress(OSError, ValueError):
            self._stream.flush()


def _to_json(event: Any, **_options: Any) -> str:
    return orjson.dumps(event, default=str).decode()


def _where_not_what(
    _logger: object, _method: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    """Replace an exception by its types and places: messages and local variables may hold a number or a narrative."""
    if event.pop("exc_info", None):
        error = sys.exc_info()[1]
        chain = []
        while error is not None:
            frames = reversed(traceback.extract_tb(error.__traceback__)[-MOST_FRAMES:])
            places = [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames]
            chain.append(f"{type(error).__name__} at {' < '.join(places)}")
            error = error.__cause__ or error.__context__
        event["exception"] = "; from ".join(chain)
    return event
