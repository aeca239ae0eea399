"""Reads the one number in a text as it is written, and refuses to choose where it can be read in two ways."""

from __future__ import annotations

import re
from typing import Final, TypeGuard

from ml.words import Kind
from service.numbers.dialling import IP_PREFIX, Number, number_of_digits
from service.numbers.text import NumberError, NumberProblem, count_digits

_SHOWN: Final = re.compile(r"\+?[0-9]{3,20}")
_LETTER: Final = re.compile(r"[^\W\d_]")
_LATIN: Final = re.compile(r"[A-Za-z]")
_LABEL: Final = re.compile(r"^(?:tel|phone|mobile|call|from|no)\b", re.IGNORECASE)
_JOINED: Final = re.compile(
    r"(?<=[0-9]{3})\)?\s*(?:[/、,;|&]|或|和|及|\bor\b|\band\b)\s*[+(]*[0-9]", re.IGNORECASE
)
# Brackets and spaces before the first digit belong to it only behind a +: each would be tried as a beginning otherwise.
_RUN: Final = re.compile(r"(?:\+[\s(]*)?[0-9](?:[\s().\-·]*[0-9])*")
_NOT_SHOWN: Final = re.compile(r"[^0-9+]+")
_GROUP: Final = re.compile(r"\+?[0-9]+")
_MOST_GROUPS: Final = (
    24  # every digit by itself, and some: each further group would be tried as a beginning and an end
)
_LAST_GROUPS: Final = re.compile(
    r"(.*[0-9]{5})(?:[\s\-.(]+[0-9]{1,6}){1,3}|(.*[0-9]{4})(?:[\s\-.(]+[0-9]{1,2}|-[0-9]{3,4})", re.DOTALL
)
_FIRST_GROUP: Final = re.compile(r"[1-9][0-9]?([\s\-.)]+)(.*)", re.DOTALL)
_CODE_AND_CODE: Final = re.compile(r"(?:\+[\s(]*|00)?86[\s\-.()]+(?=(?:86|00[1-9]))")
#: 202-555-0134: nobody in China writes a landline like this, and without its 0.
_LIKE_NORTH_AMERICA: Final = re.compile(r"\(?[2-9][0-9]{2}\)?[\s\-.]+[0-9]{3}[\s\-.]+[0-9]{4}")
_IS_LONG: Final = re.compile(r"[0-9]{5}$")
_PREFIX_AND_PAUSE: Final = re.compile(rf"(?<![0-9])({IP_PREFIX.pattern})\s*[,;]+\s*(?=[0-9])")
_LISTED_OR_JOINED: Final = re.compile(r"(?<![0-9])([0-9]{1,2})[、,/:;>~=]([0-9]{5,})(?![0-9])")
_SEPARATORS: Final = re.compile(r"[\s\-.()·]+")
_CLEAR_BEHIND_A_COUNT: Final = frozenset({Kind.MOBILE, Kind.SERVICE_400, Kind.INTERNATIONAL})
_TOLD_OF_A_PART: Final = frozenset(
    {NumberProblem.AREA_CODE_NEEDED, NumberProblem.SEVERAL_NUMBERS, NumberProblem.TWO_READINGS}
)


def number_in(bare: str, region: str) -> Number:
    """Return the number in a text without remarks; raise `NumberError` for none, several, or two readings."""
    bare = _PREFIX_AND_PAUSE.sub(r"\1 ", bare)
    if _JOINED.search(bare):
        raise NumberError(NumberProblem.SEVERAL_NUMBERS)
    runs = list(_RUN.finditer(bare))
    long_runs = [run for run in runs if count_digits(run[0]) >= 5]
    if len(long_runs) > 1:
        raise NumberError(NumberProblem.SEVERAL_NUMBERS)
    if long_runs:
        if len(_GROUP.findall(long_runs[0][0])) > _MOST_GROUPS:
            raise NumberError(NumberProblem.TOO_LONG)
        number = _read(long_runs[0][0], region)
        if number.kind is Kind.IMPOSSIBLE:
            _refuse_part(long_runs[0], region, is_alone=len(runs) == 1)
        return number
    # So few digits beside letters are a number only behind a label: 电话110, tel:110, but not 1-800-FLOWERS.
    if len(runs) == 1 and not _LATIN.search(_LABEL.sub("", bare.strip())):
        if count_digits(runs[0][0]) >= 3:
            return number_of_digits(_shown(runs[0][0]), region)
        if not _LETTER.search(bare):
            raise NumberError(NumberProblem.TOO_SHORT)
    raise NumberError(NumberProblem.NOT_A_NUMBER)


def refuse_listed_or_joined(folded: str, region: str) -> None:
    """Refuse ``1,9790001234``, which is a number with a comma in it or another number with a list number before it."""
    for match in _LISTED_OR_JOINED.finditer(folded):
        joined, listed = _attempt(match[1] + match[2], region), _attempt(match[2], region)
        is_bare_landline = _is_valid(listed) and listed.kind is Kind.FIXED and match[2][0] != "0"
        if is_bare_landline and _is_valid(joined):
            raise NumberError(NumberProblem.TWO_READINGS)


def _read(written: str, region: str) -> Number:
    """Return the number of a run of digits and separators, without a list number before it or a count behind it."""
    whole = _attempt(written, region)
    if _is_valid(whole):
        _refuse_second_reading(written, region, whole)
        return whole
    _refuse_several(written, region)
    if (listed := _behind_list_number(written, region)) is not None:
        return listed
    if last := _LAST_GROUPS.fullmatch(written):
        try:
            shorter = _read(last[1] or last[2], region)
        except NumberError as error:
            if error.problem in _TOLD_OF_A_PART:
                raise
        else:
            if _is_valid(shorter):
                return shorter
    if isinstance(whole, NumberError):
        raise whole
    return whole


def _behind_list_number(written: str, region: str) -> Number | None:
    """Return the number behind one or two digits, if nothing but a list number can explain them.

    A landline without its 0 is none: the digits before it may be a country code that lacks its + (44 20 7946 0000).
    """
    match = _FIRST_GROUP.fullmatch(written)
    if match is None:
        return None
    mark, rest = match[1].strip(), match[2]
    number = _attempt(rest, region)
    is_marked = mark in (".", ")") and "." not in rest
    if isinstance(number, NumberError):
        if is_marked and number.problem is NumberProblem.AREA_CODE_NEEDED:
            raise number
        return None
    is_code = rest.isdigit() and number.kind is not Kind.FIXED
    is_clear = is_marked or is_code or rest[:1] in ("0", "+") or number.kind in _CLEAR_BEHIND_A_COUNT
    return number if is_clear and _is_valid(number) else None


def _refuse_second_reading(written: str, region: str, whole: Number) -> None:
    """Refuse ``95588 2`` and ``1.9790001234``, where a part is a number as well as the whole."""
    groups = _GROUP.findall(written)
    if len(groups) > 1 and count_digits(groups[0]) >= 5 and not IP_PREFIX.fullmatch(groups[0]):
        part = _attempt(groups[0], region)
        if _is_valid(part) and part.key != whole.key:
            raise NumberError(NumberProblem.TWO_READINGS)
    if whole.kind is Kind.FIXED and whole.key.startswith("+86") and _LIKE_NORTH_AMERICA.fullmatch(written):
        raise NumberError(NumberProblem.TWO_READINGS)
    listed = _FIRST_GROUP.fullmatch(written)
    if listed and listed[1].strip() in (".", ")") and "." not in listed[2]:
        part = _attempt(listed[2], region)
        if _is_valid(part) and part.key != whole.key:
            raise NumberError(NumberProblem.TWO_READINGS)


def _refuse_several(written: str, region: str) -> None:
    """Refuse a run that holds a whole number behind something longer than a list number."""
    for separator in _SEPARATORS.finditer(written):
        before, behind = written[: separator.start()], written[separator.end() :]
        if count_digits(before) < 3 or _CODE_AND_CODE.match(written):
            continue
        is_code = 5 <= count_digits(behind) < 7
        if is_code and not (_IS_LONG.search(before) or _is_valid(_attempt(before, region))):
            continue  # the last digits of 197 9000 12345 are no government line
        if count_digits(behind) >= 5 and _is_valid(_attempt(behind, region)):
            raise NumberError(NumberProblem.SEVERAL_NUMBERS)
    for boundary in (r"\s+", r"[\s\-]+"):
        if sum(count_digits(group) >= 7 for group in re.split(boundary, written)) > 1:
            raise NumberError(NumberProblem.SEVERAL_NUMBERS)


def _refuse_part(run: re.Match[str], region: str, *, is_alone: bool) -> None:
    """Refuse an impossible number that two country codes explain, or that other digits belong to."""
    codes = _CODE_AND_CODE.match(run[0])
    if codes and _is_valid(_attempt(run[0][codes.end() :], region)):
        raise NumberError(NumberProblem.TWO_COUNTRY_CODES, position=run.start() + codes.end())
    if not is_alone:
        raise NumberError(NumberProblem.NOT_A_NUMBER)


def _shown(written: str) -> str:
    return _NOT_SHOWN.sub("", written)


def _attempt(written: str, region: str) -> Number | NumberError:
    shown = _shown(written)
    if not _SHOWN.fullmatch(shown):
        return NumberError(NumberProblem.TOO_LONG if len(shown) > 20 else NumberProblem.NOT_A_NUMBER)
    try:
        return number_of_digits(shown, region)
    except NumberError as error:
        return error


def _is_valid(number: Number | NumberError) -> TypeGuard[Number]:
    return isinstance(number, Number) and number.kind is not Kind.IMPOSSIBLE
