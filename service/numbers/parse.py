"""Parses caller IDs, as people write them and networks show them, into one canonical `Number`."""

from __future__ import annotations

import re
from typing import Final

import orjson

from ml.words import Kind
from service.numbers.dialling import WITHHELD, Number, impossible, number_of_digits
from service.numbers.text import (
    MAX_TEXT,
    NumberError,
    NumberProblem,
    fold,
    holds_several,
    shown_digits,
    without_extension,
    written_number,
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
_IMPOSSIBLE_KEY: Final = re.compile(r"!(\+?[0-9]{3,20})")
_SEPARATORS: Final = dict.fromkeys(map(ord, " -().\t\r\n\xa0"))
_CHINESE_KEY: Final = re.compile(r"86(?:1[3-9][0-9]{9}|10[0-9]{8}|(?:[2-8][0-9]|9[0-47-9])[0-9]{8,9})")


def parse_number(text: str, region: str = "CN") -> Number:
    """Return the one caller ID in a text; a number written without + was dialled inside `region` (ISO code).

    A string of 3 to 20 digits that no plan knows is an impossible caller ID, not an error: spoofed calls show
    them. An empty text is a withheld number. `parse_number(n.key) == n` holds for every result. Raise
    `NumberError`, and nothing else, if the argument contains no number, an incomplete one or several.
    """
    if not isinstance(text, str):
        raise NumberError(NumberProblem.NOT_A_NUMBER)
    shown = text.translate(_SEPARATORS) if len(text) <= MAX_TEXT else ""
    if _SHOWN.fullmatch(shown):
        number = number_of_digits(shown, region)
        if number.kind is not Kind.IMPOSSIBLE or shown == text:
            return number
    if len(text) > MAX_TEXT:
        raise NumberError(NumberProblem.TOO_LONG)
    if key := _IMPOSSIBLE_KEY.fullmatch(text):
        return impossible(key[1])
    return _parse_written(text, region)


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
    ``suspected_spoofing``, or ``input`` and ``error`` (a `NumberProblem`); ends with a newline.
    """
    answer: dict[str, str | bool | None] = {"input": text}
    try:
        number = parse_number(text)
    except NumberError as error:
        answer["error"] = error.problem.value
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


def _parse_written(text: str, region: str) -> Number:
    written = written_number(fold(text))
    if written is None:
        return WITHHELD
    shown = shown_digits(written)
    number = number_of_digits(shown, region) if _SHOWN.fullmatch(shown) else None
    if number is not None and number.kind is not Kind.IMPOSSIBLE:
        return number
    if holds_several(written):
        raise NumberError(NumberProblem.SEVERAL_NUMBERS)
    shorter = without_extension(written)
    if shorter is not None and (inner := _parse_written(shorter, region)).kind is not Kind.IMPOSSIBLE:
        return inner
    if number is None:
        raise NumberError(NumberProblem.TOO_LONG)
    return number
