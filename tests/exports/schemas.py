"""How tests hold what is exported against the published schemas."""

from typing import Any

from jsonschema import Draft202012Validator


def unfit(rows: list[dict[str, Any]], schema: dict[str, Any]) -> list[str]:
    """What of the rows does not fit a schema."""
    validator = Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)
    return [error.message for row in rows for error in validator.iter_errors(row)]
