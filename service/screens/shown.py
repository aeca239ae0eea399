"""Reads a caller ID as a screen shows it: the number, how many calls stand behind it, and what is doubtful about either."""

import re
from typing import Final, NamedTuple

from ml.words import Kind
from service.numbers.mistyped import refuse_lost_digit, refuse_typing_error
from service.numbers.parse import Number, parse_number
from service.numbers.text import NumberError, NumberProblem, count_digits
from service.screens.lines import has_words, plain

MOST: Final = 64
FEWEST_DIGITS: Final = 5
_COUNT: Final = re.compile(
    r"\s*[(\[]\s*(\d{1,3})\s*[)\]]\s*$|\s+[x×]\s?(\d{1,3})\s*$|\s+(\d{1,3})\s?[次通个条]\s*$"
)
_HALF_BRACKET: Final = re.compile(r"[(\[][^)\]]*$|^[^(\[]*[)\]]")
_NUMBERLIKE: Final = re.compile(r"\+?[\d\s\-().*×xX·…#]+")
_SHORT: Final = re.compile(r"1[12]\d|12\d")
_MASKED: Final = re.compile(r"\d{2,}[\s\-]*[*×xX·•]{2,}|[*×•]{2,}[\s\-]*\d{2,}|\d(?:…|\.{2,})\s*$")
_NO_NUMBER: Final = re.compile(
    r"(?:未知(?:号码|来电|电话)|私人号码|隐藏号码|匿名(?:来电|号码)?|无(?:主叫|来电)?号码(?:显示)?|无来电显示|no caller id|"
    r"unknown(?: caller)?|private number|withheld)",
    re.IGNORECASE,
)
#: A mobile number whose first digit was lost is a landline.
_MAY_LACK_A_ONE: Final = re.compile(r"(?:86)?[3-9]\d{9}")
#: No number: amounts, lengths, days.
_OTHER: Final = re.compile(r"[¥$元%:/年月]|\d\.\d{1,2}$|^\d{4}-\d{1,2}-\d{1,2}")


class Shown(NamedTuple):
    """A caller ID: its key if it can be read, the text, how many calls it stands for, and the codes of doubts."""

    text: str
    number: Number | None
    times: int = 1
    doubts: tuple[str, ...] = ()


def read_shown(text: str, *, is_doubtful: bool = False) -> Shown | None:
    """Return the caller ID that a text is, None if it is something else, such as a name or a time."""
    written = plain(text)[:MOST]
    count, rest = split_count(written)
    if _NO_NUMBER.fullmatch(rest):
        return Shown(rest, parse_number(""), count, ("count_unsure",) if is_doubtful else ())
    digits = count_digits(rest)
    if _OTHER.search(rest) or (
        digits < FEWEST_DIGITS and not (_SHORT.fullmatch(rest) or _MASKED.search(rest))
    ):
        return None
    if has_words(re.sub("[xX]", "", rest)) and digits < 7:
        return None
    doubts = ["number_unsure", "count_unsure"] if is_doubtful or _HALF_BRACKET.search(rest) else []
    number, problem = _parsed(rest)
    if problem:
        doubts.append(problem)
    elif has_words(rest):
        doubts.append("number_in_name")
    elif not _NUMBERLIKE.fullmatch(rest):
        doubts.append("number_unsure")
    return Shown(rest, number, count, tuple(dict.fromkeys(doubts)))


def split_count(text: str) -> tuple[int, str]:
    """Return how many calls a row stands for, and the text without that."""
    found = _COUNT.search(text)
    if found is None:
        return 1, text
    count = int(found[1] or found[2] or found[3])
    return (count, text[: found.start()]) if count else (1, text)


def _parsed(text: str) -> tuple[Number | None, str | None]:
    try:
        number = parse_number(text)
        refuse_typing_error(number)
        refuse_lost_digit(text, number)
    except NumberError as error:
        return None, "number_masked" if error.problem is NumberProblem.MASKED else "number_unsure"
    if number.kind is Kind.IMPOSSIBLE:
        return None, "number_unsure"
    is_short = number.kind is Kind.FIXED and _MAY_LACK_A_ONE.fullmatch(re.sub(r"\D", "", text))
    return number, "number_unsure" if is_short else None
