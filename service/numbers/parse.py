"""Parses caller IDs, as people write them and networks show them, into one canonical `Number`."""

from __future__ import annotations

import re
from typing import Final

import orjson

from ml.words import Kind
from service.numbers.dialling import WITHHELD, Number, impossible, number_of_digits
from service.numbers.readings import number_in, refuse_listed_or_joined
from service.numbers.refusals import refuse_incomplete
from service.numbers.remarks import is_plain, without_remarks
from service.numbers.text import (
    MAX_TEXT,
    NumberError,
    NumberProblem,
    fold,
    is_withheld,
    place_in,
)

__all__ = [
    "Number",
    "NumberError",
    "NumberProblem",
    "candidate_key",
    "normalize_line",
    "parse_number",
]

_SHOWN: Final = re.compile(r"\+?[0-9]{3,20}")
_OF_A_PART: Final = frozenset({NumberProblem.NOT_A_NUMBER, NumberProblem.TOO_SHORT})
_IMPOSSIBLE_KEY: Final = re.compile(r"!(\+?[0-9]{3,20})")
# Nothing but a number is grouped like this, and if it has a fixed length, none of the groups is a count.
_GROUPED: Final = re.compile(r"(?:\+[0-9]{1,3}|[0-9]{3,4})(?:[ -][0-9]{3,}){1,4}")
_OF_FIXED_LENGTH: Final = frozenset({Kind.MOBILE, Kind.FIXED, Kind.SERVICE_400})
_OF_ANY_LENGTH: Final = frozenset({Kind.SERVICE_95, Kind.SERVICE_96, Kind.SMS_PORT})
_SEPARATORS: Final = dict.fromkeys(map(ord, " -"))
_CHINESE_KEY: Final = re.compile(r"86(?:1[3-9][0-9]{9}|10[0-9]{8}|(?:[2-8][0-9]|9[0-47-9])[0-9]{8,9})")


def parse_number(text: str, region: str = "CN") -> Number:
    """Return the one caller ID in a text; a number written without + was dialled inside `region` (ISO code).

    A string of 3 to 20 digits that no plan knows is an impossible caller ID, not an error: spoofed calls show
    them. An empty text is a withheld number. `parse_number(n.key) == n` holds for every result. Raise
    `NumberError`, and nothing else, if the argument contains no number, an incomplete one or several.
    """
    if not isinstance(text, str):
        raise NumberError(NumberProblem.NOT_A_NUMBER)
    if _SHOWN.fullmatch(text):
        return number_of_digits(text, region)
    if len(text) > MAX_TEXT:
        raise NumberError(NumberProblem.TOO_LONG)
    if key := _IMPOSSIBLE_KEY.fullmatch(text):
        return impossible(key[1])
    if _GROUPED.fullmatch(text):
        number = number_of_digits(text.translate(_SEPARATORS)[:21], region)
        if number.kind in _OF_FIXED_LENGTH and (number.kind is not Kind.FIXED or text[0] in "0+"):
            return number
    try:
        return _parse_written(fold(text), region)
    except NumberError as error:
        if (index := error.values.get("position")) is not None:
            error.values["position"] = place_in(text, int(str(index)))
        raise


def candidate_key(text: str) -> str | None:
    """Return the key that `parse_number` would return for a clean number, unchecked; None for every other text.

    Meant for look-ups, where finding the key proves it. A clean number is + and 8 to 15 digits, or a Chinese mobile
    number of eleven digits, alone or after 86 or 0086. It takes less than 1 µs.
    """
    length = len(text)
    if not 9 <= length <= 16 or not text.isascii():
        return None
    if text[0] == "+":
        digits = text[1:]
        if not digits.isdigit() or digits[0] == "0":
            return None
        return text if not digits.startswith("86") or _CHINESE_KEY.fullmatch(digits) else None
    prefix, national = text[:-11], text[-11:]
    if length < 11 or national[0] != "1" or national[1] < "3" or not national.isdigit():
        return None
    return f"+86{national}" if prefix in ("", "86", "0086") else None


def normalize_line(text: str) -> bytes:
    """Return one line of JSON about a text: the `Number` in it, or why there is none.

    Fields ``input``, ``number`` (the key), ``kind``, ``region``, ``carrier``, ``virtual_operator`` and
    ``suspected_spoofing``, or ``input``, ``error`` (a `NumberProblem`) and perhaps ``position``; ends with a newline.
    """
    answer: dict[str, object] = {"input": text}
    try:
        number = parse_number(text)
    except NumberError as error:
        answer |= {"error": error.problem.value, **error.place}
    else:
        answer["number"] = number.key
        answer["kind"] = number.kind.value
        answer["region"] = number.region
        answer["carrier"] = number.carrier
        answer["virtual_operator"] = number.virtual_operator
        answer["suspected_spoofing"] = number.suspected_spoofing
    try:
        return orjson.dumps(answer, option=orjson.OPT_APPEND_NEWLINE)
    except orjson.JSONEncodeError:  # a lone surrogate: bytes that were not UTF-8 when they were read
        answer["input"] = text.encode("utf-8", "backslashreplace").decode()
        return orjson.dumps(answer, option=orjson.OPT_APPEND_NEWLINE)


def _parse_written(folded: str, region: str) -> Number:
    if _SHOWN.fullmatch(folded):
        return number_of_digits(folded, region)
    if is_withheld(folded):
        return WITHHELD
    bare = without_remarks(folded)
    if not is_plain(folded):
        refuse_incomplete(bare)
        refuse_listed_or_joined(folded, region)
    try:
        number = number_in(bare.text, region)
    except NumberError as error:
        if bare.doubts and error.problem in _OF_A_PART:
            raise bare.doubts[0] from error
        raise
    if bare.open_end and number.kind in _OF_ANY_LENGTH:
        raise bare.open_end
    for doubt in bare.doubts:  # a port has no extension, and any number of digits
        if number.kind is Kind.IMPOSSIBLE or (
            number.kind is Kind.SMS_PORT and doubt.problem is NumberProblem.MASKED
        ):
            raise doubt
    return number
