"""Tells typing errors in what a person wrote: no telephone showed such digits, so that nobody is said to spoof them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from ml.words import Kind
from service.numbers import plans
from service.numbers.attribution import attribution_table
from service.numbers.dialling import IP_PREFIX, Number
from service.numbers.text import NumberError, NumberProblem, fold

_COUNTRY: Final = re.compile(r"(?:\+|00)86|86(?=[0-9]{7})")
_DOUBLED: Final = re.compile(r"(?:\+|00)86(?:00)?86(?=[0-9]{5})")
#: How a form begins -> its name, and how many digits it has. The first that fits decides.
_FORMS: Final = (
    (re.compile(r"1[3-9]|1[0-2][0-9]{9}$"), "A mobile number", range(11, 12)),
    (re.compile(r"[48]00"), "A 400 or 800 number", range(10, 11)),
    (re.compile(r"106"), "An SMS port", range(8, 21)),
    (re.compile(r"95"), "A 95 number", range(5, 13)),
    (re.compile(r"96"), "A 96 number", range(5, 7)),
    (re.compile(r"1[0-2][0-9]{2}$"), "A short number that begins with 1", range(5, 6)),
)
_FEWEST_LOCAL: Final = (
    4  # digits behind an area code that are a landline with digits missing, no code of its own
)
_FEWEST_WITH_AREA: Final = 9
_MOST_MISSING: Final = 3
_LONGEST_E164: Final = 15
_WITHOUT_ITS_FIRST_DIGIT: Final = re.compile(r"\s*([3-9][0-9]{9})\s*")


def refuse_typing_error(number: Number) -> None:
    """Raise `NumberError` for an impossible number that looks like a real one with a digit wrong, too few or too many.

    Meant for what a person wrote. Where a telephone showed the digits, they are what it showed.
    """
    if number.kind is not Kind.IMPOSSIBLE:
        return
    shown = number.key[1:]
    if doubled := _DOUBLED.match(shown):
        raise NumberError(NumberProblem.TWO_COUNTRY_CODES, position=doubled.end() - 1)
    if shown[0] == "+" and not shown.startswith("+86"):
        _refuse_abroad(shown[1:])
        return
    national = _COUNTRY.sub("", shown, count=1) if _COUNTRY.match(shown) else shown
    if prefix := IP_PREFIX.match(national):
        national = national[prefix.end() :] or national
    if re.match(r"01[3-9]", national):
        national = national[1:]
    for begins, form, lengths in _FORMS:
        if begins.match(national):
            if len(national) in lengths:
                raise NumberError(NumberProblem.NO_SUCH_NUMBER)
            if len(national) >= _FEWEST_LOCAL:
                raise NumberError(
                    NumberProblem.WRONG_LENGTH, form=form, expected=_told(lengths), given=len(national)
                )
            return
    _refuse_landline(national)
    if len(national) > _LONGEST_E164 and national[0] != "0":
        raise NumberError(NumberProblem.TOO_LONG)


def refuse_lost_digit(written: str, number: Number) -> None:
    """Raise `NumberError` for ten digits of a person that are a mobile number without its 1, or a landline without its 0."""
    lost = _WITHOUT_ITS_FIRST_DIGIT.fullmatch(fold(written))
    if lost and number.key == f"+86{lost[1]}" and number.kind is Kind.FIXED:
        raise NumberError(NumberProblem.TWO_READINGS)


def _refuse_landline(dialled: str) -> None:
    national = dialled.removeprefix("0")
    if len(national) < _FEWEST_LOCAL or (dialled[0] != "0" and len(national) < _FEWEST_WITH_AREA):
        return
    length = plans.area_length(national)
    area, local = national[:length], national[length:]
    if attribution_table().region_of_area(area) is None or len(local) < _FEWEST_LOCAL:
        return
    known = [count for count in (7, 8) if plans.chinese_kind(area + (local + "0" * count)[:count])]
    if len(local) in known or (not known and len(local) in (7, 8)):
        raise NumberError(NumberProblem.NO_SUCH_NUMBER)
    if known and all(abs(len(local) - count) <= _MOST_MISSING for count in known):
        raise NumberError(
            NumberProblem.WRONG_LENGTH_LOCAL, area=f"0{area}", expected=_told(known), given=len(local)
        )


def _refuse_abroad(digits: str) -> None:
    match plans.problem_abroad(digits):
        case "too_short":
            raise NumberError(NumberProblem.TOO_SHORT)
        case "too_long":
            raise NumberError(NumberProblem.TOO_LONG)
        case "no_such_number":
            raise NumberError(NumberProblem.NO_SUCH_NUMBER)


def _told(lengths: Sequence[int]) -> str:
    least, most = lengths[0], lengths[-1]
    if most - least > 1:
        return f"{least} to {most}"
    return str(least) if least == most else f"{least} or {most}"
