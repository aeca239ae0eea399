"""Structured logs on standard error; what is logged never contains a number, a token or a narrative."""

import logging
import sys

import structlog


def configure_logs(log_format: str) -> None:
    """Set up structlog for this process: `json`, one object a line, or `console` for people."""
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer()
        if log_format == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.dict_tracebacks if log_format == "json" else _without_locals,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )


def _without_locals(
    _logger: object, _method: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    """Leave tracebacks to the plain renderer: rich ones print local variables, which may hold a number."""
    return structlog.processors.format_exc_info(_logger, _method, event)
