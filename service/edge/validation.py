"""What pydantic found wrong, as problems in words for people, in Chinese and English.

A kind of error that `service.edge.messages` does not have is described in pydantic's own English words.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated, Any

from pydantic import BeforeValidator
from pydantic_core import PydanticCustomError

from service.edge.messages import FORMS, MESSAGES
from service.edge.problems import INVALID_JSON, INVALID_NUMBER, INVALID_REQUEST, FieldError, ProblemError
from service.numbers.text import NumberError

MOST_ERRORS = 20  # that are told: who sends thousands is not helped by a longer list
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def message(code: str, **values: object) -> tuple[str, str]:
    """Return the Chinese and the English text of a code of the table."""
    zh, en = MESSAGES[code]
    return zh.format(**values), en.format(**values)


def _written_day(value: object) -> object:
    """Return what is written as a day; a bare count of seconds, or a time, is none that a person can check."""
    if not (isinstance(value, str) and DAY.fullmatch(value)):
        raise PydanticCustomError("date_from_datetime_parsing", "This must be a date")
    return value


Day = Annotated[date, BeforeValidator(_written_day)]
"""A day as it is sent: 2026-03-01."""


def is_storable(text: str) -> bool:
    """Return whether PostgreSQL can store a text: neither NUL nor half a surrogate pair."""
    return text.isprintable() or not ("\0" in text or any("\ud800" <= letter <= "\udfff" for letter in text))


def validation_problem(errors: Sequence[Mapping[str, Any]], *, skip: int = 0) -> ProblemError:
    """Return the problem that describes pydantic's errors: broken JSON, or wrong fields."""
    if errors[0]["type"] == "json_invalid":
        reason = str(errors[0]["ctx"]["error"])
        return ProblemError(INVALID_JSON, reason_zh=_place_in_json(reason), reason_en=reason)
    return ProblemError(INVALID_REQUEST, fields=field_errors(errors, skip=skip))


def number_problem(error: NumberError) -> ProblemError:
    """Return the problem for a request whose number cannot be read."""
    zh, en = number_message(error)
    fields = [FieldError("number", f"number_{error.problem}", zh, en)]
    return ProblemError(INVALID_NUMBER, fields=fields, reason_zh=zh, reason_en=en)


def number_message(error: NumberError) -> tuple[str, str]:
    """Return in Chinese and English why a text is not a number."""
    return _worded(f"number_{error.problem}", error.values)


def field_errors(errors: Sequence[Mapping[str, Any]], *, skip: int = 0) -> list[FieldError]:
    """Return the first 20 field errors of pydantic's `errors()`, leaving out the first `skip` steps of each path."""
    return [_field_error(error, skip) for error in errors[:MOST_ERRORS]]


def _field_error(error: Mapping[str, Any], skip: int) -> FieldError:
    code = str(error["type"])
    context = dict(error.get("ctx") or {})
    try:
        zh, en = _worded(code, context)
    except KeyError:
        zh = en = str(error["msg"])
    return FieldError(_path(error["loc"][skip:]), code, zh, en)


def _worded(code: str, values: Mapping[str, Any]) -> tuple[str, str]:
    zh, _ = message(code, **{name: _in_chinese(name, value) for name, value in values.items()})
    return zh, message(code, **values)[1]


def _in_chinese(name: str, value: object) -> object:
    """Return in Chinese a value that pydantic words in English."""
    match name:
        case "expected":
            return str(value).replace(", ", "、").replace(" or ", " 或 ").replace(" to ", " 至 ")
        case "form":
            return FORMS[str(value)]
        case "error":
            return _place_in_json(str(value))
        case _:
            return value


def _place_in_json(reason: str) -> str:
    """Return in Chinese where a parser gave up."""
    place = re.search(r"line (\d+) column (\d+)", reason)
    return f"第 {place[1]} 行第 {place[2]} 列有误" if place else "无法读取"


def _path(steps: Sequence[int | str]) -> str:
    text = ""
    for step in steps:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else str(step)
    return text
