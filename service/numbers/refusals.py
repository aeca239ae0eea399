"""Refuses what is no whole number: masked digits, letters for digits, two country codes.

What is left of such a text is another number or none, and would accuse somebody else.
"""

from __future__ import annotations

import re
from typing import Final

from service.numbers.remarks import COUNTERS, NUMERALS, Bare
from service.numbers.text import NumberError, NumberProblem, count_digits

_I: Final = re.IGNORECASE
# Any letter besides those of East Asia, whose words may stand beside a number without a space.
_ALPHA: Final = rf"[^\W\d_{COUNTERS}\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]"
_LOOKALIKES: Final = "OoQlIi|ОоІіΟοӀㄧ丨ㅣ│┃"
_SIGNS: Final = "*✱∗⁎﹡※●◯⬤◉■□▪▫█▇░▒▓•◦○"
#: They stand before numbers as bullets, and one behind a number is a mark; more, or one between digits, hide digits.
_SHAPES: Final = "☆★◇◆△▲▽▼♢♦✦✧✳✴❖⚪⚫⭕❌⭐✖✘♥♡"
#: Nobody marks a number with them.
_BLOCKS: Final = "◻◼◽◾⬛⬜▢▣▤▥▦▧▨▩▬▭▮▯☐☒⬚🔲🔳🟥🟦🟧🟨🟩🟪🟫�"
_GAP: Final = r"[\s\-.()]*"

_MASKED: Final = (
    re.compile(rf"(?<=[0-9]){_GAP}[{_SIGNS}]{{2,}}|[{_SIGNS}]{{2,}}(?={_GAP}[0-9])"),
    re.compile(rf"(?<=[0-9])[{_SIGNS}]|[{_SIGNS}](?=[0-9])"),
    re.compile(rf"(?<=[0-9])\s*[{_SIGNS}]\s*(?=[0-9])"),
    re.compile(rf"(?<=[0-9])\s?[{_BLOCKS}]|[{_BLOCKS}](?=\s?[0-9])"),
    re.compile(rf"(?<=[0-9])\s?[{_SHAPES}](?:\ufe0f?[{_SHAPES}])+|(?<=[0-9])[{_SHAPES}](?=\s?[0-9])"),
    re.compile(r"(?<=[0-9])[口囗](?:[口囗]|(?!\w))"),
    re.compile(r"(?<![\w.\-…·?#])(?:[?#…_某]|\.\.|·{2}|-{3})+\s?(?=[0-9]{4})"),
    re.compile(
        rf"[(\[{{<【]\s*[{_SIGNS}xX×?_…]+\s*[)\]}}>】]{_GAP}(?=[0-9])|(?<=[0-9]){_GAP}[(\[{{<【]\s*[{_SIGNS}?_…]+\s*[)\]}}>】]"
    ),
    re.compile(rf"(?<=[0-9])[×✕✖]+(?={_GAP}[0-9])|(?<![a-z])[x×✕✖](?=[0-9])", _I),
    re.compile(rf"(?<=[0-9])[x×✕✖]+(?!{_ALPHA})|(?<!\w)[x×✕✖]{{2,}}(?=[0-9])", _I),
    re.compile(rf"(?<=[0-9]){_GAP}(?<!\w)[x×✕✖]{{2,}}(?!\w)|(?<!\w)[x×✕✖]{{2,}}(?={_GAP}[0-9])", _I),
    re.compile(r"(?<=[0-9])\s*(?:[?#]+|…+|\.{2,}|_+|-{3,}|·{2,}|~{2,}|某+)\s*(?=[0-9])"),
)
_LETTERS: Final = (
    re.compile(rf"(?<=[0-9])[{_LOOKALIKES}]+(?!{_ALPHA})|(?<!\w)[{_LOOKALIKES}]+(?=[0-9])"),
    re.compile(rf"(?<!\w)[OoIlQ](?={_GAP}[0-9])|(?<=[0-9])[\s\-.]+[OoIlQ](?={_GAP}(?:[0-9]|$))"),
    re.compile(rf"(?<=[0-9])[{NUMERALS}{COUNTERS}]+(?=[0-9])"),
    re.compile(rf"(?<=[0-9])[{NUMERALS}]+(?!\w)|(?<!\w)[{NUMERALS}]+(?=[0-9])"),
)
_ROUNDED: Final = re.compile(r"(?<=[0-9])e(?=\+?[0-9]{1,2}(?![0-9a-z]))", _I)
_LETTERS_INSIDE: Final = re.compile(rf"(?<=[0-9]){_ALPHA}+(?=\+?[0-9])")
_SHORT_WORD: Final = re.compile(
    rf"(?<!\w)({_ALPHA}{{1,2}})(?=[0-9]{{4}})|(?<=[0-9]{{4}})({_ALPHA}{{1,2}})(?!\w)"
)
_SHORT_LABELS: Final = frozenset({"no", "nr", "ph", "hp"})
_SECOND_PLUS: Final = re.compile(r"(?<=[0-9])[\s\-.()]*(\+)\s*[(]?[0-9]")
_PLUS_A_FEW: Final = re.compile(r"(?<=[0-9])\s*\+\s*[0-9]{1,2}(?![0-9])")
_DIGITS_BEFORE: Final = re.compile(r"[0-9][0-9\s\-.()]*$")
_COUNTRY_CODE: Final = re.compile(r"(?:00)?[1-9][0-9]{0,2}")
_OTHER_SIGN: Final = re.compile(r"(?<=[0-9])[~=\\!^%$@`'\"]{1,2}(?=\+?[0-9])")


def refuse_incomplete(bare: Bare) -> None:
    """Raise `NumberError` with the place of what is no digit where one belongs."""
    text = bare.text
    _refuse(NumberProblem.ROUNDED, _ROUNDED, text)
    for pattern in _MASKED:
        _refuse(NumberProblem.MASKED, pattern, text)
    for pattern in _LETTERS:
        _refuse(NumberProblem.LETTER_FOR_DIGIT, pattern, text)
    _refuse(NumberProblem.NOT_A_NUMBER, _LETTERS_INSIDE, text)
    for word in _SHORT_WORD.finditer(text):
        if word[0].casefold() not in _SHORT_LABELS:
            raise NumberError(NumberProblem.LETTER_FOR_DIGIT, position=word.start())
    _refuse(NumberProblem.NOT_A_NUMBER, _OTHER_SIGN, text)
    _refuse_second_plus(bare)


def _refuse_second_plus(bare: Bare) -> None:
    """Refuse a + behind digits: they are a country code, or another number."""
    plus = _SECOND_PLUS.search(bare.text)
    if plus is None:
        return
    before = _DIGITS_BEFORE.search(bare.text[: plus.start(1)])
    written = re.sub(r"[^0-9]", "", before[0]) if before else ""
    if _COUNTRY_CODE.fullmatch(written):
        raise NumberError(NumberProblem.TWO_COUNTRY_CODES, position=plus.start(1))
    if count_digits(written) >= 5:
        bare.blank(_PLUS_A_FEW)
        if _SECOND_PLUS.search(bare.text):
            raise NumberError(NumberProblem.SEVERAL_NUMBERS)
        return
    raise NumberError(NumberProblem.NOT_A_NUMBER)


def _refuse(problem: NumberProblem, pattern: re.Pattern[str], text: str) -> None:
    if match := pattern.search(text):
        sign = re.search(r"[^\s\-.()\[\]{}<>【】]", match[0])
        raise NumberError(problem, position=match.start() + (sign.start() if sign else 0))
