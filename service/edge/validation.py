"""What pydantic found wrong, in words for people, in Chinese and English.

One table a kind of error; a kind that is not in it is told in pydantic's own English words. `docs/problems.md`
lists the codes.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated, Any

from pydantic import BeforeValidator
from pydantic_core import PydanticCustomError

from service.edge.problems import INVALID_JSON, INVALID_NUMBER, INVALID_REQUEST, FieldError, ProblemError
from service.numbers.text import NumberError

DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
#: code -> (Chinese, English); braces are filled from the error's context.
MESSAGES: Mapping[str, tuple[str, str]] = {
    "missing": ("缺少此字段", "This field is missing"),
    "extra_forbidden": ("没有这个字段", "There is no such field"),
    "json_invalid": ("不是合法的 JSON：{error}", "Not valid JSON: {error}"),
    "json_type": ("应为 JSON 文本", "Should be JSON text"),
    "model_type": ("应为 JSON 对象", "Should be a JSON object"),
    "model_attributes_type": ("应为 JSON 对象", "Should be a JSON object"),
    "dict_type": ("应为 JSON 对象", "Should be a JSON object"),
    "list_type": ("应为数组", "Should be an array"),
    "string_type": ("应为文本", "Should be a string"),
    "string_too_long": ("最多 {max_length} 个字符", "At most {max_length} characters"),
    "string_too_short": ("至少 {min_length} 个字符", "At least {min_length} characters"),
    "string_pattern_mismatch": ("格式不正确", "Not of the expected form"),
    "string_unicode": ("不是合法的 UTF-8 文本", "Not valid UTF-8 text"),
    "too_long": ("最多 {max_length} 项", "At most {max_length} items"),
    "too_short": ("至少 {min_length} 项", "At least {min_length} items"),
    "int_type": ("应为整数", "Should be an integer"),
    "int_parsing": ("应为整数", "Should be an integer"),
    "int_from_float": ("应为整数", "Should be an integer"),
    "int_parsing_size": ("整数过大", "This integer is too large"),
    "bool_type": ("应为 true 或 false", "Should be true or false"),
    "bool_parsing": ("应为 true 或 false", "Should be true or false"),
    "greater_than_equal": ("不得小于 {ge}", "At least {ge}"),
    "less_than_equal": ("不得大于 {le}", "At most {le}"),
    "literal_error": ("应为以下之一：{expected}", "Should be one of: {expected}"),
    "enum": ("应为以下之一：{expected}", "Should be one of: {expected}"),
    "timezone_aware": ("须带时区，如 2026-11-24T21:30:00+08:00", "Needs a time zone, as in …+08:00"),
    "datetime_type": ("应为 RFC 3339 时间", "Should be an RFC 3339 time"),
    "datetime_parsing": ("应为 RFC 3339 时间", "Should be an RFC 3339 time"),
    "datetime_from_date_parsing": ("应为 RFC 3339 时间", "Should be an RFC 3339 time"),
    "datetime_object_invalid": ("应为 RFC 3339 时间", "Should be an RFC 3339 time"),
    "date_from_datetime_parsing": ("应为日期", "Should be a date"),
    "uuid_type": ("应为 UUID", "Should be a UUID"),
    "uuid_parsing": ("应为 UUID", "Should be a UUID"),
    "not_a_moment": ("应为日期或带时区的 RFC 3339 时间", "Should be a day, or an RFC 3339 time with its zone"),
    "not_after_from": ("须晚于 from", "Must be later than from"),
    "not_storable": ("含有不是文本的字符", "Contains characters that are not text"),
    "contradiction": ("合法来电不应选择违规类型", "A legitimate call violates nothing"),
    "outcome_without_decision": (
        "异议成立须填写 decision，驳回则不填",
        "An upheld dispute names a decision, a rejected one none",
    ),
    "not_handed_over": (
        "没有向该机构移交过这一行，请核对 row_id",
        "No such row was handed to this agency; check the row_id",
    ),
    "report_not_own": (
        "您没有这条举报，或已撤回，请核对 report_id",
        "You have no such report, or retracted it; check the report_id",
    ),
    "in_the_future": ("时间在将来", "This time is in the future"),
    "too_long_ago": ("时间早于 2000 年", "This time is before 2000"),
    "day_in_the_future": ("日期在将来", "This day is in the future"),
    "day_before_last_event": ("早于上一步的日期", "Before the day of the last event"),
    "empty": ("没有可补充的内容", "There is nothing to add"),
    "nothing_to_change": ("没有可修改的内容", "There is nothing to change"),
    "number_area_code_needed": ("缺少区号，请写成 010-12345678 的形式", "Area code needed, as in 010-12345678"),
    "number_not_a_number": ("这不是电话号码", "This is not a telephone number"),
    "number_too_short": ("号码太短", "The number is too short"),
    "number_too_long": ("号码太长", "The number is too long"),
    "number_several_numbers": ("一次只能填写一个号码", "One number at a time"),
    "call_log_columns": (
        "第 {line} 行起没有找到通话记录的表头：须有号码、时间、呼叫类型三列（可另有时长）",
        "No header of a call log from line {line} on: number, time and call type are needed, a duration is welcome",
    ),
    "call_log_without_number": (
        "第 {line} 行的表头之后没有被举报号码的通话",
        "No call with the reported number below the header in line {line}",
    ),
    "call_log_too_long": (
        "到第 {line} 行已超过 {most} 次通话，请分成几份",
        "More than {most} calls by line {line}; split the file",
    ),
    "call_log_time": (
        "第 {line} 行第 {column} 列不是日期和时间，请写成 2026-03-01 21:30:05",
        "Line {line}, column {column} is no date and time; write it as 2026-03-01 21:30:05",
    ),
    "call_log_moment": (
        "第 {line} 行第 {column} 列的时间在将来或早于 2000 年",
        "The time in line {line}, column {column} is in the future or before 2000",
    ),
    "call_log_direction": (
        "第 {line} 行第 {column} 列不是呼叫类型，请写成 呼入、呼出 或 未接",
        "Line {line}, column {column} is no call type; write incoming, outgoing or missed",
    ),
    "call_log_length": (
        "第 {line} 行第 {column} 列不是通话时长，请写成秒数或 0:01:05",
        "Line {line}, column {column} is no duration; write seconds, or 0:01:05",
    ),
}  # fmt: skip


def message(code: str, **values: object) -> tuple[str, str]:
    """Chinese and English text of a code of the table."""
    zh, en = MESSAGES[code]
    return zh.format(**values), en.format(**values)


def _written_day(value: object) -> object:
    """A bare count of seconds, or a time, is no day that a person can check."""
    if not (isinstance(value, str) and DAY.fullmatch(value)):
        raise PydanticCustomError("date_from_datetime_parsing", "Should be a date")
    return value


Day = Annotated[date, BeforeValidator(_written_day)]
"""A day as it is sent: 2026-03-01."""


def is_storable(text: str) -> bool:
    """Whether PostgreSQL can store a text: neither NUL nor half a surrogate pair."""
    return text.isprintable() or not ("\0" in text or any("\ud800" <= letter <= "\udfff" for letter in text))


def validation_problem(errors: Sequence[Mapping[str, Any]], *, skip: int = 0) -> ProblemError:
    """The problem that tells pydantic's errors: broken JSON, or wrong fields."""
    if errors[0]["type"] == "json_invalid":
        reason = str(errors[0]["ctx"]["error"])
        return ProblemError(INVALID_JSON, reason_zh=_place_in_json(reason), reason_en=reason)
    return ProblemError(INVALID_REQUEST, fields=field_errors(errors, skip=skip))


def number_problem(error: NumberError) -> ProblemError:
    """What a request gets that names no number."""
    zh, en = message(f"number_{error.problem}")
    fields = [FieldError("number", f"number_{error.problem}", zh, en)]
    return ProblemError(INVALID_NUMBER, fields=fields, reason_zh=zh, reason_en=en)


def field_errors(errors: Sequence[Mapping[str, Any]], *, skip: int = 0) -> list[FieldError]:
    """Field errors of pydantic's `errors()`, leaving out the first `skip` steps of each path."""
    return [_field_error(error, skip) for error in errors]


def _field_error(error: Mapping[str, Any], skip: int) -> FieldError:
    code = str(error["type"])
    context = dict(error.get("ctx") or {})
    try:
        _, en = message(code, **context)
        zh, _ = message(code, **{name: _in_chinese(name, value) for name, value in context.items()})
    except KeyError:
        zh = en = str(error["msg"])
    return FieldError(_path(error["loc"][skip:]), code, zh, en)


def _in_chinese(name: str, value: object) -> object:
    """A value that pydantic words in English."""
    match name:
        case "expected":
            return str(value).replace(", ", "、").replace(" or ", " 或 ")
        case "error":
            return _place_in_json(str(value))
        case _:
            return value


def _place_in_json(reason: str) -> str:
    """Where a parser gave up, which needs no English."""
    place = re.search(r"line (\d+) column (\d+)", reason)
    return f"第 {place[1]} 行第 {place[2]} 列有误" if place else "无法读取"


def _path(steps: Sequence[int | str]) -> str:
    text = ""
    for step in steps:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else str(step)
    return text
