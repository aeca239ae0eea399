"""Turns the digits of a caller ID into a `Number`: how they are dialled decides what they mean."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from ml.words import UNSCORED_KINDS, Kind
from service.numbers import plans
from service.numbers.attribution import attribution_table
from service.numbers.text import NumberError, NumberProblem

_BEHIND_IP_PREFIX: Final = frozenset({Kind.MOBILE, Kind.FIXED, Kind.SERVICE_400, Kind.INTERNATIONAL})
_BEHIND_ANY_PREFIX: Final = re.compile(r"(?:1(?:[12][0-9]|79)[0-9]{2}|10193)(?=[01])([0-9]{10,})")
# 12583 and the place of a second number on one card, which the carrier puts before the other side's number
_BEHIND_SECOND_NUMBER: Final = re.compile(r"12583[1-3]([0-9]{3,})")
#: What may stand before a number with a space between: other codes before a number are a second number.
IP_PREFIX: Final = re.compile(r"179[0-9]{2}|12593|10193|11808|12583[1-3]")
_LOOKS_CHINESE: Final = re.compile(r"0|1[013-9]|[48]00|86|9[56]")
_CODE_BEHIND_AREA: Final = re.compile(r"9[56][0-9]{3,4}|100[0-9]{2}|12[0-9]{3}")
_RESOLD: Final = ("162", "165", "167", "170", "171")


@dataclass(frozen=True, slots=True)
class Number:
    """One caller ID in canonical form.

    `key` is text, since SMS ports do not fit 64 bits:

    - E.164 with + for all that a national plan holds: mobile, fixed, 400 and 800, abroad;
    - the bare dialled digits for codes outside it: ``95588``, ``96110``, ``10086``, ``110``,
      ``1069012345678``; a 96 code keeps the area it was given with (``021962288``), every other code drops it
      (``021-95561`` is ``95561``);
    - ``withheld``, or ! and the shown characters of an impossible caller ID (``!+008613800138000``).

    Bare ``9552812345`` is the service code 95528 with an extension; ``0955-2812345`` and ``+869552812345``
    are a landline in Ningxia. Only the key tells them apart: their `e164_digits` are the same.

    `region` is province and city in Chinese (``广东深圳``, ``北京``), abroad the ISO country, None when
    unknown. `carrier` is the network a Chinese mobile prefix was given to (移动, 联通, 电信, 广电), which a
    ported number may have left. `sub_block` is the first three digits of a 95 code.
    """

    key: str
    kind: Kind
    region: str | None = None
    carrier: str | None = None
    virtual_operator: bool = False
    suspected_spoofing: bool = False
    sub_block: str | None = None

    @property
    def scored(self) -> bool:
        """Whether reports can ever lead to a verdict on this number."""
        return self.kind not in UNSCORED_KINDS

    @property
    def dialled(self) -> str:
        """The number as it is dialled in China, empty if withheld; it never starts like a spreadsheet formula."""
        match self.kind:
            case Kind.WITHHELD:
                return ""
            case Kind.IMPOSSIBLE:
                return self.key.lstrip("!+")
            case Kind.FIXED:
                return _with_area(self.key[3:])
            case Kind.SERVICE_96 if self.key[0] == "0":
                return _with_area(self.key[1:])
            case Kind.INTERNATIONAL:
                code = plans.country_code(self.key[1:])
                return f"00{code}-{self.key[1 + len(code) :]}"
            case _:
                return self.key.removeprefix("+86")

    @property
    def e164_digits(self) -> str:
        """``+{country}{national without leading zeros}``, which clients hash: ``+8695588`` for 95588.

        For an impossible caller ID it is a + and its digits, for a withheld one an empty text.
        """
        if self.kind is Kind.WITHHELD:
            return ""
        if self.kind is Kind.IMPOSSIBLE:
            return "+" + self.key.lstrip("!+")
        return self.key if self.key[0] == "+" else "+86" + self.key.lstrip("0")


WITHHELD: Final = Number("withheld", Kind.WITHHELD)


def number_of_digits(shown: str, region: str) -> Number:
    """Return the number behind 3 to 20 shown digits, with or without +; see `service.numbers.parse.parse_number`."""
    if shown[0] == "+":
        number = _abroad(shown[1:])
    elif region == "CN":
        number = _dialled_in_china(shown)
    elif plans.calling_code_of(region) == 1:
        number = _dialled_in_north_america(shown)
    else:
        number = _dialled_elsewhere(shown, region)
    return number or impossible(shown)


def _dialled_in_china(digits: str) -> Number | None:
    if len(digits) == 11 and digits[0] == "1" and digits[1] >= "3":
        return _in_chinese_plan(digits)
    if digits[0] == "0":
        return _behind_zero(digits)
    if number := _chinese_code(digits):
        return number
    if digits.startswith("86") and len(digits) != 8 and (number := _after_86(digits[2:])):
        return (
            number  # as clients send it; of eight digits, it would rather be a landline without its area code
        )
    if len(digits) in (7, 8) and digits[0] in "2345678":
        raise NumberError(NumberProblem.AREA_CODE_NEEDED)
    if second := _BEHIND_SECOND_NUMBER.fullmatch(digits):
        return _dialled_in_china(second[1])
    return _behind_prefix(digits) or _without_trunk_zero(digits) or _without_plus(digits)


def _behind_zero(digits: str) -> Number | None:
    """Return a number behind 00, a trunk 0, or 086, as forms and telephone books write 86: no area code begins like this."""
    if digits.startswith("086"):
        return _after_86(digits[3:])
    return _abroad(digits[2:]) if digits[1] == "0" else _in_chinese_plan(digits[1:])


def _behind_prefix(digits: str) -> Number | None:
    behind = _BEHIND_ANY_PREFIX.fullmatch(digits)
    number = _dialled_in_china(behind[1]) if behind else None
    return number if number and number.kind in _BEHIND_IP_PREFIX else None


def _without_trunk_zero(digits: str) -> Number | None:
    """Return a number of the Chinese plan; refuse a landline that is a foreign number without its + just as well."""
    number = _in_chinese_plan(digits)
    if number and number.kind is Kind.FIXED and plans.region_abroad(digits):
        raise NumberError(NumberProblem.TWO_READINGS)
    return number


def _without_plus(digits: str) -> Number | None:
    """Return the foreign number that a client sent without its +; None for digits that may be a mistyped Chinese one."""
    if len(digits) < 10 or _LOOKS_CHINESE.match(digits) or _area_region(digits):
        return None
    return _abroad(digits)


def _dialled_in_north_america(digits: str) -> Number | None:
    if len(digits) == 10:
        return _north_american(digits)
    if len(digits) == 11 and digits[0] == "1":
        return _north_american(digits[1:])
    if len(digits) == 7 and digits[0] >= "2":
        raise NumberError(NumberProblem.AREA_CODE_NEEDED)
    return _abroad(digits[3:]) if digits.startswith("011") else None


def _dialled_elsewhere(digits: str, region: str) -> Number | None:
    if plans.calling_code_of(region) is None:
        raise NumberError(NumberProblem.UNKNOWN_REGION)
    complete = plans.digits_from_region(digits, region)
    if complete is not None:
        return _abroad(complete)
    if plans.is_local_only(digits, region):
        raise NumberError(NumberProblem.AREA_CODE_NEEDED)
    return None


def _abroad(digits: str) -> Number | None:
    """Return the number of digits that begin with a country calling code; None if no plan knows it."""
    if digits.startswith("86"):
        return _after_86(digits[2:])
    if digits.startswith("1"):
        return _north_american(digits[1:])
    country = plans.region_abroad(digits)
    if country is None:
        return None
    return Number(f"+{digits}", Kind.INTERNATIONAL, None if country == "001" else country)


def _north_american(national: str) -> Number | None:
    country = plans.north_american_region(national)
    return Number(f"+1{national}", Kind.INTERNATIONAL, country) if country else None


def _after_86(digits: str) -> Number | None:
    """Return a national number, a code of 5 to 8 digits (+8695588) or an SMS port; +86110 is none of these."""
    if digits.startswith("0"):
        return _in_chinese_plan(digits[1:])
    if second := _BEHIND_SECOND_NUMBER.fullmatch(digits):
        return _dialled_in_china(second[1])
    if len(digits) < 5:
        return None
    if len(digits) <= 8:
        return _chinese_code(digits) or _in_chinese_plan(digits)
    return _in_chinese_plan(digits) or _chinese_code(digits)


def _chinese_code(digits: str) -> Number | None:
    kind = plans.chinese_code_kind(digits)
    if kind is None:
        return None
    return Number(digits, Kind(kind), sub_block=digits[:3] if kind == "service_95" else None)


def _in_chinese_plan(national: str) -> Number | None:
    """Return a national number without trunk 0; up to nine digits can only be a service code after an area code."""
    if len(national) < 10:
        return _code_behind_area(national)
    match plans.chinese_kind(national):
        case "mobile":
            return _mobile(national)
        case "fixed":
            return Number(f"+86{national}", Kind.FIXED, _area_region(national))
        case "service_400":
            return Number(f"+86{national}", Kind.SERVICE_400)
        case "service_95":
            return _chinese_code(national)
        case _:
            return None


def _code_behind_area(national: str) -> Number | None:
    region = _area_region(national) if national else None
    if region is None:
        return None
    code = national[plans.area_length(national) :]
    if not _CODE_BEHIND_AREA.fullmatch(code):
        return None
    return Number(f"0{national}", Kind.SERVICE_96, region) if code.startswith("96") else _chinese_code(code)


def _mobile(national: str) -> Number:
    known = attribution_table().of_mobile(national)
    region, carrier, resold = known or (None, None, False)
    carrier = carrier or plans.carrier_of_prefix(national[:7])
    resold = resold or national.startswith(_RESOLD)
    return Number(f"+86{national}", Kind.MOBILE, region, carrier, virtual_operator=resold)


def impossible(shown: str) -> Number:
    """Return a caller ID that no network would show for a real subscriber."""
    return Number(f"!{shown}", Kind.IMPOSSIBLE, suspected_spoofing=True)


def _area_region(national: str) -> str | None:
    return attribution_table().region_of_area(national[: plans.area_length(national)])


def _with_area(national: str) -> str:
    length = plans.area_length(national)
    return f"0{national[:length]}-{national[length:]}"
