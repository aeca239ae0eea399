"""Recognises numbers that identify a person by the rules they are made by.

Identity cards (GB 11643-1999) have 18 characters: six of the region, eight of the date of birth, three of a sequence, and
a check character (ISO 7064, MOD 11-2); the standard's example is 11010519491231002X. Before 1999 they had 15 digits
without the century and the check: 110105491231002. Bank cards have 12 to 19 digits, the last being the check digit of
ISO/IEC 7812 (Luhn), such as 6222 0212 3456 7894.

python-stdnum (2.2) is not used. Its Luhn check and its check character agree with ours on 60,000 generated numbers each, but
`stdnum.cn.ric.is_valid` accepts a county only if its table lists it for the year of birth. It raises KeyError for a county
unknown to it, and refuses cards for people of Taiwan and abroad, and of Hong Kong and Macao if they were born in 1980: such
cards would stay unmasked. It does not read cards of 15 digits either. Luhn alone is three lines.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final

from service.masking.digit_runs import Window

#: First two digits of the regions of GB/T 2260, and of the cards for people of Hong Kong, Macao, Taiwan and abroad.
PROVINCES: Final = frozenset(
    str(code)
    for codes in ((11, 16), (21, 24), (31, 38), (41, 47), (50, 55), (61, 66), (71, 72), (81, 84), (91, 92))
    for code in range(*codes)
)
_CHECKS: Final = "10X98765432"
_DOUBLED: Final = bytes.maketrans(b"0123456789", b"0246813579")
_YEAR: Final = re.compile(r"(?:19|20)[0-9]{2}")
_GROUPED: Final = frozenset({1, 4, 5, 6})  # people write card numbers in groups of so many digits
_TIMES: Final = {12: "%Y%m%d%H%M", 14: "%Y%m%d%H%M%S"}
_SMS_PORT: Final = "106"


def may_be_card(digits: str) -> bool:
    """Return whether digits may be an identity or a bank card's, before it is looked at how they are written."""
    if len(digits) in (15, 18) and digits[:2] in PROVINCES:
        return True
    return 12 <= len(digits) <= 19 and digits.isdecimal() and passes_luhn(digits)


def is_identity_card(window: Window) -> bool:
    """Return whether the digits are an identity card's; those of the old form must be written evenly."""
    digits = window.digits
    match len(digits):
        case 18:
            return (
                digits[:17].isdecimal()
                and _is_born(digits[:6], digits[6:14])
                and check_of(digits[:17]) == digits[17]
            )
        case 15:
            return window.is_even and digits.isdecimal() and _is_born(digits[:6], "19" + digits[6:12])
        case _:
            return False


def check_of(digits: str) -> str:
    """Return the 18th character of an identity card: X for 11010519491231002.

    The weights of the standard (7, 9, 10, …, 4, 2) are the powers of 2 modulo 11, and so are those of 13: the weighted sum
    is the number in base 13 times 2.
    """
    return _CHECKS[int(digits, 13) * 2 % 11]


def is_bank_card(window: Window) -> bool:
    """Return whether the digits are a bank card's, and neither a moment nor an SMS port that passes the check by chance."""
    digits = window.digits
    return (
        12 <= len(digits) <= 19
        and digits.isdecimal()
        and passes_luhn(digits)
        and _is_grouped_as_card(window)
        and not _is_moment(digits)
        and not digits.startswith(_SMS_PORT)
    )


def passes_luhn(digits: str) -> bool:
    """Return whether digits pass the check of ISO/IEC 7812: 6222021234567894 does, 6222021234567895 does not."""
    letters = digits.encode()
    total = sum(letters[-1::-2]) + sum(letters[-2::-2].translate(_DOUBLED))
    return (total - len(letters) * ord("0")) % 10 == 0


def _is_born(region: str, day: str) -> bool:
    return region[:2] in PROVINCES and "1900" <= day[:4] <= "2099" and _is_time(day, "%Y%m%d")


def _is_grouped_as_card(window: Window) -> bool:
    sizes = window.sizes
    if len(sizes) == 1:
        return True
    if not window.is_even:
        return False
    is_regular = sizes[0] in _GROUPED and set(sizes[:-1]) == {sizes[0]} and sizes[-1] <= sizes[0]
    are_years = sizes[0] == 4 and all(
        _YEAR.fullmatch(window.digits, at, min(at + 4, len(window.digits)))
        for at in range(0, len(window.digits), 4)
    )
    return (is_regular and not are_years) or sizes == (4, 6, 5) or (len(sizes) == 2 and sizes[0] in (4, 6))


def _is_moment(digits: str) -> bool:
    pattern = _TIMES.get(len(digits))
    return pattern is not None and bool(_YEAR.match(digits)) and _is_time(digits, pattern)


def _is_time(text: str, pattern: str) -> bool:
    if text[4:6] > "12" or text[6:8] > "31":  # most digits are no day: parsing each of them would take long
        return False
    try:
        datetime.strptime(text, pattern)
    except ValueError:
        return False
    return True
