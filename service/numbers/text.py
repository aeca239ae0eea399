"""Reduces what people write in a number field to the one caller ID in it.

Full-width digits become ordinary ones; dashes, spaces, invisible characters, labels, bracketed remarks and
extensions are removed. Two numbers in one field are refused, since a guess could accuse the wrong one.
"""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum
from typing import Final


class NumberProblem(StrEnum):
    """Why a text is not a number. An empty text is no problem: it means that the caller withheld the number."""

    NOT_A_NUMBER = "not_a_number"
    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    AREA_CODE_NEEDED = "area_code_needed"
    SEVERAL_NUMBERS = "several_numbers"
    UNKNOWN_REGION = "unknown_region"


class NumberError(ValueError):
    """No caller ID can be read from a text. The message is the code of the problem, never the text."""

    def __init__(self, problem: NumberProblem) -> None:
        super().__init__(problem.value)
        self.problem = problem


MAX_TEXT: Final = 200  # far longer than any labelled number, far shorter than what would take time

_FOLD: Final[dict[int, str | None]] = {
    **{code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)},  # full-width ASCII
    **dict.fromkeys(map(ord, "‐‑‒–—―−ー﹘﹣"), "-"),
    # Soft hyphen, zero-width, direction marks: address books paste them in.
    **dict.fromkeys((0x00AD, 0x180E, 0xFEFF, *range(0x200B, 0x2010), *range(0x202A, 0x202F)), None),
    **dict.fromkeys(range(0x2060, 0x2070), None),
}

# As phones, exchanges and people write it, without spaces and in lower case.
# fmt: off
_WITHHELD: Final = frozenset(
    {
        "",
        "withheld", "anonymous", "unknown", "unknownnumber", "private", "privatenumber",
        "privatecaller", "restricted", "unavailable", "nocallerid", "callerunknown", "blocked",
        "hidden", "none", "null", "n/a", "na",
        "未知", "未知号码", "未知来电", "无", "无号码", "没有号码", "隐藏", "隐藏号码",
        "号码隐藏", "私人号码", "匿名", "匿名来电", "未显示", "未显示号码", "无法显示",
        "不显示号码", "无主叫号码", "保密", "保密号码", "空",
    }
)
# fmt: on
_BLANK: Final = re.compile(r"[\s\-_\"'.]+")

_FOREIGN_DIGIT: Final = re.compile(r"[^\D0-9]")
_BRACKETED: Final = re.compile(r"[(\[{<【〔〈《「][^()\[\]{}<>【】〔〕〈〉《》「」]*[)\]}>】〕〉》」]")
_LETTER: Final = re.compile(r"[^\W\d_]")
_EXTENSION: Final = re.compile(
    r"(?<=[0-9])[\s)\-]*(?:转接?|轉|分机号?|内线|(?:;\s*)?ext(?:ension)?\b\.?|x|#)[\s:=.\-]*[0-9]{1,6}(?![0-9])",
    re.IGNORECASE,
)
_HOST: Final = re.compile(r"(?<=[0-9])@.*", re.DOTALL)
_SPREADSHEET_TAIL: Final = re.compile(r"(?<=[0-9]{5})\.0+$")
_INNER_TRUNK_ZERO: Final = re.compile(r"(?<=[0-9])\s*\(0\)")
_JOINED: Final = re.compile(r"[0-9]\)?\s*(?:[/、,;|&]|或|和|及|\bor\b|\band\b)\s*[+(]*[0-9]", re.IGNORECASE)
_LETTERS_INSIDE: Final = re.compile(r"[0-9][A-Za-z]+\+?[0-9]")
# Brackets and spaces before the first digit belong to it only behind a +: each would be tried as a beginning otherwise.
_RUN: Final = re.compile(r"(?:\+[\s(]*)?[0-9](?:[\s().\-·•_]*[0-9])*")
_NOT_SHOWN: Final = re.compile(r"[^0-9+]+")
_BOUNDARIES: Final = (re.compile(r"\s+"), re.compile(r"[\s\-]+"))
_LAST_GROUP: Final = re.compile(r"(.*[0-9]{5})[\s\-]+[0-9]{1,6}", re.DOTALL)
_LATIN: Final = re.compile(r"[A-Za-z]")
_LABEL: Final = re.compile(r"^(?:tel|phone|mobile|call|from|no)\b", re.IGNORECASE)


def fold(text: str) -> str:
    """Return the text in half-width characters and ASCII digits, without invisible characters."""
    folded = text.translate(_FOLD)
    if folded.isascii():
        return folded
    return _FOREIGN_DIGIT.sub(lambda match: str(unicodedata.decimal(match[0])), folded)


def written_number(text: str) -> str | None:
    """Return the one number in a folded text as it is written, with its separators; None for a withheld number.

    Raise `NumberError` if there is none, or more than one.
    """
    if _BLANK.sub("", text).casefold() in _WITHHELD:
        return None
    bare = _without_remarks(text)
    if _JOINED.search(bare):
        raise NumberError(NumberProblem.SEVERAL_NUMBERS)
    if _LETTERS_INSIDE.search(bare):
        raise NumberError(NumberProblem.NOT_A_NUMBER)
    runs: list[str] = _RUN.findall(bare)
    long_runs = [run for run in runs if _count_digits(run) >= 5]
    if len(long_runs) > 1:
        raise NumberError(NumberProblem.SEVERAL_NUMBERS)
    if long_runs:
        return long_runs[0]
    # So few digits beside letters are a number only behind a label: 电话110, tel:110, but not 1-800-FLOWERS.
    if len(runs) == 1 and not _LATIN.search(_LABEL.sub("", bare)):
        if _count_digits(runs[0]) >= 3:
            return runs[0]
        if not _LETTER.search(bare):
            raise NumberError(NumberProblem.TOO_SHORT)
    raise NumberError(NumberProblem.NOT_A_NUMBER)


def shown_digits(written: str) -> str:
    """Return the digits of a written number, with a leading + if it has one."""
    return _NOT_SHOWN.sub("", written)


def holds_several(written: str) -> bool:
    """Return whether spaces or dashes separate two possible numbers; meant for digits that no plan knows."""
    return any(
        sum(_count_digits(group) >= 7 for group in boundary.split(written)) > 1 for boundary in _BOUNDARIES
    )


def without_extension(written: str) -> str | None:
    """Return ``010-82345678-801`` without its last group, read as an extension; None if there is none."""
    match = _LAST_GROUP.fullmatch(written)
    return match[1] if match else None


def _without_remarks(text: str) -> str:
    bare = _BRACKETED.sub(_keep_digits, text.strip())
    for remark in (_HOST, _EXTENSION, _SPREADSHEET_TAIL, _INNER_TRUNK_ZERO):
        bare = remark.sub("", bare)
    return bare


def _keep_digits(bracketed: re.Match[str]) -> str:
    """Keep brackets around an area code or a second number; remove brackets around a remark."""
    remark = bracketed[0]
    return " " if _LETTER.search(remark) and _count_digits(remark) < 5 else remark


def _count_digits(text: str) -> int:
    return sum(character.isdigit() for character in text)
