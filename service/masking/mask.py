"""Masks numbers that identify people in a text before it leaves the service.

It masks identity cards, bank cards and telephone numbers other than those the text is about, also in full width, in
Chinese numerals and with separators. A card number after a word that names it is masked even if its check digit is wrong,
because people mistype. Digits that cannot be told from others stay: a landline without its area code, or an unnamed card
number with a wrong check digit. Numbers of organisations (95…, 96…, 400, 800, 106…) stay too: reports are about them.
"""

import re
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from typing import Final, NamedTuple

from ml.words import Kind
from service.masking.digit_runs import (
    Candidate,
    Group,
    Window,
    candidates,
    digit_runs,
    may_hold_numbers,
    window_of,
)
from service.masking.identifiers import is_bank_card, is_identity_card, may_be_card
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
_LONGEST_TELEPHONE: Final = 18
MOST_KEPT: Final = 1024  # texts of at most some thousand characters: a few megabytes a process

_MOBILE: Final = re.compile(r"(?:(?:00)?86|0)?(1[3-9][0-9]{9})")
_AREA_AND_REST: Final = r"((?:10|2[0-9])[0-9]{8}|[3-9][0-9]{2}[0-9]{7,8})"
_FIXED: Final = re.compile(rf"(?:0086|0){_AREA_AND_REST}")
_FIXED_ABROAD: Final = re.compile(rf"86{_AREA_AND_REST}")
#: Any of them without a plus; digits may end in the X of an identity card that was read along.
_SUBSCRIBER: Final = re.compile(rf"(?=[018][0-9]{{10,14}}X*$)(?:{_MOBILE.pattern}|{_FIXED.pattern})X*")
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


def mask(text: str, *, keep: frozenset[str] = frozenset()) -> str:
    """Return the text with such numbers replaced by what they are; numbers whose keys are in `keep` stay.

    The work grows with the length of the text and no faster.
    """
    if not may_hold_numbers(text):
        return text
    kept_digits = frozenset(re.sub(r"\D", "", key) for key in keep)
    taken: list[Span] = []
    is_taken = bytearray(len(text))
    for run in digit_runs(text):
        found = candidates(run, least=8, most=20)
        telephones = list(_telephones(run, found, text, keep))
        kept = [
            span for span in telephones if span.name is None
        ]  # first, so that their digits are not read as a card
        cards = (*_named_cards(run, found, text, kept_digits), *_cards(run, found, kept_digits))
        for span in (*kept, *cards, *telephones):
            if is_taken.find(1, span.start, span.end) < 0:
                taken.append(span)
                is_taken[span.start : span.end] = b"\1" * (span.end - span.start)
    return _replaced(text, sorted(taken))


@lru_cache(maxsize=MOST_KEPT)
def masked_once(text: str, keep: frozenset[str]) -> str:
    """Return what `mask` does, kept in memory for the next time that the same text is asked for with the same numbers."""
    return mask(text, keep=keep)


def _replaced(text: str, spans: Sequence[Span]) -> str:
    parts: list[str] = []
    at = 0
    for span in spans:
        if span.name is not None:
            parts += [text[at : span.start], span.name]
            at = span.end
    return "".join([*parts, text[at:]])


def _cards(run: Sequence[Group], found: Sequence[Candidate], kept: frozenset[str]) -> Iterator[Span]:
    windows = [
        window_of(run, one)
        for one in found
        if len(one.digits) <= 19 and may_be_card(one.digits) and one.digits not in kept
    ]
    for is_card, name in ((is_identity_card, IDENTITY_CARD), (is_bank_card, BANK_CARD)):
        yield from (Span(window.start, window.end, name) for window in windows if is_card(window))


def _named_cards(
    run: Sequence[Group], found: Sequence[Candidate], text: str, kept: frozenset[str]
) -> Iterator[Span]:
    @cache
    def names_before(start: int) -> list[str]:
        before = text[max(0, start - _LONGEST_BEFORE) : start]
        return [name for words, name in _NAMED if words.search(before)]

    for one in found:
        if len(one.digits) < 15 or not _CARD_DIGITS.fullmatch(one.digits) or one.digits in kept:
            continue
        names = names_before(run[one.first].start)
        window = window_of(run, one) if names else None
        if window and not _begins_with_telephone(window):
            yield from (Span(window.start, window.end, name) for name in names)


def _begins_with_telephone(window: Window) -> bool:
    """Return whether digits after a word for a card are a telephone number and an amount, rather than a mistyped card."""
    return len(window.sizes) > 1 and window.sizes[0] == _TELEPHONE_DIGITS


def _telephones(
    run: Sequence[Group], found: Sequence[Candidate], text: str, keep: frozenset[str]
) -> Iterator[Span]:
    for one in found:
        if len(one.digits) > _LONGEST_TELEPHONE:
            continue
        start = run[one.first].start
        has_plus = start > 0 and text[start - 1] in "+＋"
        if not has_plus and not _SUBSCRIBER.fullmatch(one.digits):
            continue
        window = window_of(run, one)
        key = _telephone_key(window, has_plus=has_plus)
        if key is not None:
            opens = has_plus or _opens_bracket(text, window)
            yield Span(start - opens, window.end, None if key in keep else TELEPHONE)


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
