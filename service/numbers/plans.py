"""Recognises digits by national numbering plans: those of phonenumbers, and the Chinese codes it lacks.

`phonenumbers` needs 26 µs for parse, validity and region. For the two plans that arrive in bulk, China and
North America (the FTC import), the patterns of its own metadata are compiled here, once and at first use.
Numbers of every other country are left to phonenumbers itself.
"""

from __future__ import annotations

import functools
import re
from typing import Final

import phonenumbers

# Held by operators, yet unknown to phonenumbers: 146, 148 and 149 are data and machine SIMs, 1410 and 174
# belong to the satellite and telecom ranges (phone.dat: 100 to 1,000 prefixes a block, its strays under 20).
_UNLISTED_MOBILE: Final = r"14[689]\d{8}|1410\d{7}|174[01]\d{7}"

# Codes dialled as they stand, outside every area. "Certain": phonenumbers' short-number data or its Chinese
# plan hold them. "Published": their owners print them so. "Assumed": by analogy with these.
#
#   110 112 114 119 120 122   emergency, fault desk, directory: certain; 117 time, 121 weather: published
#   12xxx             government lines: certain for 121xx and 123xx, others published (12580); one to three
#                     more digits choose a menu or a place: assumed
#   11xxx 11[68]xxx   post (11183, 11185), directories (116114, 118114): published; others assumed
#   100xx             lines of carriers and resellers (10020 to 10045): certain; longer ones are menus behind
#                     them: published up to 8 digits (10086977), then assumed. A landline typed without its
#                     010 cannot be meant: none in Beijing begins with 0.
#   101xx 102xx       services of the carriers (10188): certain; a sixth digit: assumed
#   101xxxxx          call centres of enterprises, cost shared like 400: certain for 1010xxxx, else assumed
#   106xxxxx…         SMS ports: certain for 8 and 11 digits, published for others up to 20
#   95xxx 95xxxx      certain; 7 and 8 digits: published (9510211, 95071666); up to 12: assumed
#   96xxx 96xxxx      provincial services: certain
_CODES: Final = re.compile(
    r"""(?P<public_service>
            11[02479] | 12[0-2] | 11\d{3} | 11[68]\d{3} | 12\d{3,6} | 100\d{2,8} | 10[12]\d{2,3})
      | (?P<service_400> 101\d{5})
      | (?P<sms_port> 106\d{5,17})
      | (?P<service_95> 95\d{3,10})
      | (?P<service_96> 96\d{3,4})""",
    re.VERBOSE | re.ASCII,
)

_TYPES: Final = (
    "premium_rate",
    "toll_free",
    "shared_cost",
    "voip",
    "personal_number",
    "pager",
    "uan",
    "voicemail",
    "fixed_line",
    "mobile",
)


def chinese_code_kind(digits: str) -> str | None:
    """Return the `Kind` of a Chinese short or service code dialled without an area code; None if it is no code."""
    match = _CODES.fullmatch(digits)
    return match.lastgroup if match else None


def chinese_kind(national: str) -> str | None:
    """Return the `Kind` of a Chinese national number of ten digits or more, without trunk 0; None if it is not valid.

    Shorter numbers that phonenumbers considers valid are an area code and a service code, or the information
    lines 160 and 168, which never called anybody and were closed.
    """
    match = _chinese_plan().fullmatch(national)
    return match.lastgroup if match else None


def area_length(national: str) -> int:
    """Return how many digits of a Chinese landline number are its area code: two for 10 and 2x, else three."""
    return 2 if national[0] in "12" else 3


def north_american_region(national: str) -> str | None:
    """Return the ISO country of a valid ten-digit North American number, as phonenumbers decides it; else None."""
    for region, leading, known in _north_american_plan():
        if leading is None:
            if known.fullmatch(national):
                return region
        elif leading.match(national):
            return region if known.fullmatch(national) else None
    return None


def region_abroad(digits: str) -> str | None:
    """Return the ISO country of E.164 digits (``001`` for numbers of no country); None if they are not valid.

    Digits that phonenumbers would have to repair (``4402079460000``) are not valid: no network shows them.
    """
    try:
        number = phonenumbers.parse(f"+{digits}")
    except phonenumbers.NumberParseException:
        return None
    if _e164_digits(number) != digits or not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.region_code_for_number(number)


def digits_from_region(digits: str, region: str) -> str | None:
    """Return the E.164 digits of a number dialled inside a region; None if it is not valid there."""
    try:
        number = phonenumbers.parse(digits, region)
    except phonenumbers.NumberParseException:
        return None
    return _e164_digits(number) if phonenumbers.is_valid_number(number) else None


def is_local_only(digits: str, region: str) -> bool:
    """Return whether a number could be dialled inside an area of a region, but lacks the area code."""
    try:
        number = phonenumbers.parse(digits, region)
    except phonenumbers.NumberParseException:
        return False
    reason = phonenumbers.is_possible_number_with_reason(number)
    return reason == phonenumbers.ValidationResult.IS_POSSIBLE_LOCAL_ONLY


def problem_abroad(digits: str) -> str | None:
    """Return what is wrong with digits that begin with a calling code, as a `NumberProblem`; None if they do not."""
    try:
        number = phonenumbers.parse(f"+{digits}")
    except phonenumbers.NumberParseException:
        return None
    match phonenumbers.is_possible_number_with_reason(number):
        case phonenumbers.ValidationResult.TOO_SHORT | phonenumbers.ValidationResult.IS_POSSIBLE_LOCAL_ONLY:
            return "too_short"
        case phonenumbers.ValidationResult.TOO_LONG:
            return "too_long"
        case _:
            return "no_such_number"


def country_code(digits: str) -> str:
    """Return the calling code at the start of valid E.164 digits: 1 to 3 digits, none the beginning of another."""
    codes = phonenumbers.COUNTRY_CODE_TO_REGION_CODE
    return next(digits[:length] for length in (1, 2, 3) if int(digits[:length]) in codes)


@functools.cache
def calling_code_of(region: str) -> int | None:
    """Return the calling code of an ISO region; None if there is no such region."""
    return phonenumbers.country_code_for_region(region) or None


@functools.lru_cache(maxsize=4096)
def carrier_of_prefix(prefix: str) -> str | None:
    """Return the carrier (移动, 联通, 电信, 广电) of seven mobile digits according to phonenumbers; None if unknown."""
    # Loading the carriers of the world takes 45 ms and 7 MB: only a prefix that phone.dat lacks is worth it.
    from phonenumbers import carrier  # noqa: PLC0415  see above

    number = phonenumbers.PhoneNumber(country_code=86, national_number=int(prefix.ljust(11, "0")))
    return carrier.name_for_valid_number(number, "zh").removeprefix("中国") or None


def _e164_digits(number: phonenumbers.PhoneNumber) -> str:
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)[1:]


@functools.cache
def _chinese_plan() -> re.Pattern[str]:
    types = _patterns("CN")
    kinds = {
        "service_95": r"950\d{7,8}",
        "service_400": f"{types['toll_free']}|{types['shared_cost']}",
        "fixed": types["fixed_line"],
        "mobile": f"{types['mobile']}|{_UNLISTED_MOBILE}",
    }
    alternatives = "|".join(f"(?P<{kind}>{pattern})" for kind, pattern in kinds.items())
    return re.compile(rf"(?=\d{{10}})(?:{alternatives})", re.ASCII)


@functools.cache
def _north_american_plan() -> tuple[tuple[str, re.Pattern[str] | None, re.Pattern[str]], ...]:
    """Return (region, leading digits, every valid number) in the order in which phonenumbers tries the regions."""
    plan = []
    for region in phonenumbers.COUNTRY_CODE_TO_REGION_CODE[1]:
        leading = _metadata(region).leading_digits
        known = re.compile("|".join(_patterns(region).values()), re.ASCII)
        plan.append((region, re.compile(leading) if leading else None, known))
    return tuple(plan)


def _patterns(region: str) -> dict[str, str]:
    """Return the pattern of every type of number that a region has."""
    metadata = _metadata(region)
    described = ((name, getattr(metadata, name)) for name in _TYPES)
    return {
        name: description.national_number_pattern
        for name, description in described
        if description is not None and description.national_number_pattern
    }


def _metadata(region: str) -> phonenumbers.PhoneMetadata:
    metadata = phonenumbers.PhoneMetadata.metadata_for_region(region)
    if metadata is None:
        raise LookupError(f"phonenumbers has no metadata for {region}")
    return metadata
