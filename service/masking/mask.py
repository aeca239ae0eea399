"""Masks numbers that identify people in a text before it leaves the service.

It masks identity cards, bank cards and telephone numbers other than those the text is about, also in full width, in
Chinese numerals and with separators. A card number after a word that names it is masked even if its check digit is wrong,
because people mistype. Digits that cannot be told from others stay: a landline without its area code, or an unnamed card
number with a wrong check digit. Numbers of organisations (95…, 96…, 400, 800, 106…) stay too: reports are about them.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from ml.words import Kind
from service.masking.digit_runs import Group, Window, digit_runs, may_hold_numbers, windows
from service.masking.identifiers import is_bank_card, is_identity_card
from service.numbers.parse import NumberError, parse_number

IDENTITY_CARD: Final = "[身份证号]"
BANK_CARD: Final = "[银行卡号]"
TELEPHONE: Final = "[电话号码]"

#: Words that name a card, shortly before its digits; no other digits, new sentence or masked number may come between.
_BETWEEN: Final = r"[^\d\n\],，;；。、]{0,8}$"
_NAMED: Final = (
    (
        re.compile(rf"(?:身份证|证件号|\bid(?:entity)?[ -]?(?:card|no\b|number)){_BETWEEN}", re.I),
        IDENTITY_CARD,
    ),
    (
        re.compile(
            rf"(?:银行卡|储蓄卡|信用卡|卡号|[账帐][号户]|\b(?:bank|debit|credit) card"
            rf"|\b(?:card|account) (?:no\b|number)){_BETWEEN}",
            re.I,
        ),
        BANK_CARD,
    ),
)
_LONGEST_BEFORE: Final = 24  # characters: the longest of those words and what may come between
_CARD_DIGITS: Final = re.compile(r"(?!106)[0-9]{15,19}X?")  # 106… are SMS ports
_TELEPHONE_DIGITS: Final = 11

_MOBILE: Final = re.compile(r"(?:(?:00)?86|0)?(1[3-9][0-9]{9})")
_AREA_AND_REST: Final = r"((?:10|2[0-9])[0-9]{8}|[3-9][0-9]{2}[0-9]{7,8})"
_FIXED: Final = re.compile(rf"(?:0086|0){_AREA_AND_REST}")
_FIXED_ABROAD: Final = re.compile(rf"86{_AREA_AND_REST}")
#: How people part eleven digits; other sizes are dates, times and amounts that stand side by side.
_MOBILE_GROUPS: Final = frozenset(
    {
        (11,),
        (3, 4, 4),
        (4, 4, 3),
        (3, 8),
        (7, 4),
        (5, 6),
        (6, 5),
        (3, 3, 5),
        (4, 3, 4),
        (3, 5, 3),
        (5, 3, 3),
        (3, 4, 2, 2),
        (2, 3, 3, 3),
        (3, 2, 2, 2, 2),
        (1,) * 11,
    }
)
_FIXED_GROUPS: Final = frozenset({(8,), (7,), (4, 4), (3, 4), (3, 5), (4, 3)})  # behind an area code


class Span(NamedTuple):
    """A part of a text that is replaced by `name`, or kept if that is None."""

    start: int
    end: int
    name: str | None

    def overlaps(self, other: "Span") -> bool:
        """Return whether both have a character in common."""
        return self.start < other.end and other.start < self.end


def mask(text: str, *, keep: frozenset[str] = frozenset()) -> str:
    """Return the text with such numbers replaced by what they are; numbers whose keys are in `keep` stay."""
    if not may_hold_numbers(text):
        return text
    taken: list[Span] = []
    for run in digit_runs(text):
        telephones = list(_telephones(run, text, keep))
        kept = [
            span for span in telephones if span.name is None
        ]  # first, so that their digits are not read as a card
        for span in (*kept, *_named_cards(run, text, keep), *_cards(run, keep), *telephones):
            if not any(map(span.overlaps, taken)):
                taken.append(span)
    masked = text
    for span in sorted(taken, reverse=True):
        if span.name is not None:
            masked = masked[: span.start] + span.name + masked[span.end :]
    return masked


def _cards(run: Sequence[Group], keep: frozenset[str]) -> Iterator[Span]:
    kept = _digits_of(keep)
    found = [window for window in windows(run, least=12, most=19) if window.digits not in kept]
    for is_card, name in ((is_identity_card, IDENTITY_CARD), (is_bank_card, BANK_CARD)):
        yield from (Span(window.start, window.end, name) for window in found if is_card(window))


def _named_cards(run: Sequence[Group], text: str, keep: frozenset[str]) -> Iterator[Span]:
    kept = _digits_of(keep)
    for window in windows(run, least=15, most=20):
        if window.digits not in kept and _may_be_mistyped_card(window):
            before = text[max(0, window.start - _LONGEST_BEFORE) : window.start]
            names = (name for words, name in _NAMED if words.search(before))
            yield from (Span(window.start, window.end, name) for name in names)


def _may_be_mistyped_card(window: Window) -> bool:
    """Return whether digits after a word for a card may be one, rather than a telephone number and an amount."""
    begins_with_telephone = len(window.sizes) > 1 and window.sizes[0] == _TELEPHONE_DIGITS
    return _CARD_DIGITS.fullmatch(window.digits) is not None and not begins_with_telephone


def _digits_of(keep: frozenset[str]) -> set[str]:
    return {re.sub(r"\D", "", key) for key in keep}


def _telephones(run: Sequence[Group], text: str, keep: frozenset[str]) -> Iterator[Span]:
    for window in windows(run, least=8, most=18):
        has_plus = window.start > 0 and text[window.start - 1] in "+＋"
        key = _telephone_key(window, has_plus=has_plus)
        if key is not None:
            start = window.start - (has_plus or _opens_bracket(text, window))
            yield Span(start, window.end, None if key in keep else TELEPHONE)


def _telephone_key(window: Window, *, has_plus: bool) -> str | None:
    """Return the key of a subscriber's number; None for other digits and for numbers of organisations."""
    digits = window.digits.rstrip("X")
    if mobile := _MOBILE.fullmatch(digits):
        return f"+86{mobile[1]}" if _sizes_behind(window, len(digits) - 11) in _MOBILE_GROUPS else None
    if fixed := (_FIXED_ABROAD if has_plus else _FIXED).fullmatch(digits):
        is_one = len(window.sizes) == 1 or set(window.sizes) == {1} or has_plus
        return f"+86{fixed[1]}" if is_one or window.sizes[1:] in _FIXED_GROUPS else None
    return f"+{digits}" if has_plus and _is_abroad(digits) else None


def _opens_bracket(text: str, window: Window) -> bool:
    """Return whether a number begins with an area code in brackets, so that the opening bracket belongs to it."""
    opening = text[window.start - 1 : window.start]
    return opening in ("(", "（") and any(sign in text[window.start : window.end] for sign in ")）")


def _sizes_behind(window: Window, prefix: int) -> tuple[int, ...]:
    """Return the sizes of the groups after a prefix of that many digits, which may be a group of its own."""
    first, *others = window.sizes
    return (first - prefix, *others) if first > prefix else tuple(others) if first == prefix else ()


def _is_abroad(digits: str) -> bool:
    try:
        return parse_number(f"+{digits}").kind is Kind.INTERNATIONAL
    except NumberError:
        return False
