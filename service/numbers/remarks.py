"""Takes away what stands around a number: hours, counts, labels, list numbers, extensions.

Everything here replaces what it takes away by as many spaces, so that places in a text stay what they were.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import unquote

from service.numbers.labelled import LABELLED
from service.numbers.text import NumberError, NumberProblem, count_digits

NUMERALS: Final = "零〇一二三四五六七八九十百两幺壹贰叁肆伍陆柒捌玖拾"
# Characters of no decimal value that count or number things: ² ① ⑴ ⒈ ⓪ ❶ ㈠ ㉑ ㊀ ㊱
COUNTERS: Final = (
    r"\u00b2\u00b3\u00b9\u2070-\u209c\u2460-\u249b\u24ea-\u24ff\u2776-\u2793\u3220-\u3229\u3251-\u325f"
    r"\u3280-\u3289\u32b1-\u32bf"
)


@dataclass(slots=True)
class Bare:
    """A folded text without what stands around its number.

    A doubt is about something that was taken away as a remark, although it may hide a digit: the problem is raised, if
    without it there is no valid number. An open end is raised also if the number might go on.
    """

    text: str
    doubts: list[NumberError] = field(default_factory=list)
    #: What may stand for further digits of a number whose length is not fixed: 95588…, 955886__
    open_end: NumberError | None = None

    def blank(self, pattern: re.Pattern[str], doubt: NumberProblem | None = None) -> None:
        """Replace what matches by spaces."""

        def spaces(match: re.Match[str]) -> str:
            if doubt is not None:
                self.doubts.append(NumberError(doubt, position=match.start()))
            return " " * len(match[0])

        self.text = pattern.sub(spaces, self.text)

    def blank_all(self, patterns: tuple[re.Pattern[str], ...]) -> None:
        """Replace what matches one pattern after the other."""
        for pattern in patterns:
            self.blank(pattern)

    def blank_brackets(self) -> None:
        """Replace remarks and counts in brackets."""
        if _BRACKET.search(self.text):
            self.text = _INNERMOST.sub(lambda match: _without_remark(self.text, match), self.text)


_I: Final = re.IGNORECASE
_HOUR: Final = r"(?:[01]?[0-9]|2[0-4]):[0-5][0-9](?::[0-5][0-9](?:\.[0-9]+)?)?(?![0-9:])"
_ZONE: Final = r"(?:\s?(?:GMT|UTC)?[+\-](?:0[0-9]|1[0-4])(?::?[0-5][05])?(?![0-9]))"
_BYTE: Final = r"(?:25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])"
_DAY: Final = r"(?:19|20)[0-9]{2}[-/.][01]?[0-9][-/.][0-3]?[0-9]"
_SHORT: Final = r"(?<![0-9])(?:[0-9]{1,3}\s*[-~至到]\s*)?[0-9]{1,3}(?:\.[0-9])?"

# What digits, spaces, dots, hyphens and brackets alone can be besides a number.
_OF_DIGITS: Final = (
    re.compile(
        rf"(?<![0-9.@]){_BYTE}(?:\.{_BYTE}){{3}}(?![0-9.])(?::[0-9]{{1,5}})?"
    ),  # an address of the internet
    re.compile(r"^\s*[0-9]{1,7}\.[0-9]{2}\s*$"),  # an amount
    re.compile(rf"(?<![0-9.\-]){_DAY}(?![0-9\-])(?:T(?={_HOUR}))?", _I),
    re.compile(r"^\s*(?:[0-9]{2}[-.])?(?:0?[1-9]|1[0-2])[-.](?:0?[1-9]|[12][0-9]|3[01])(?=\s+\+?[0-9]{5})"),
    re.compile(
        r"(?:^|(?<=[\n。;]))\s*(?:(?:0?[1-9]|[1-9][0-9])(?:\.(?=\s)|[、:>】\]}])|(?!1[12])[0-9]{3}\.(?=\s))"
    ),
    re.compile(r"(?<=[0-9]{5})\.0$"),  # of a spreadsheet; an amount has two decimals
    re.compile(r"(?<=[0-9])\s*\(0\)"),
)
_OF_WORDS: Final = (
    # what follows a URI's number
    re.compile(r"(?<=[0-9])@.*", re.DOTALL),
    # times: 7x24, a day's or month's time, a span of hours
    re.compile(r"(?<![0-9])7\s*[x×*]\s*24(?![0-9])\s*(?:小时|h(?:ours?)?\b)?", _I),
    re.compile(
        rf"(?<![0-9:\-/.])(?:[01]?[0-9][-/][0-3]?[0-9]\s+)?{_HOUR}(?:{_ZONE}|\s*(?:Z|[ap]\.?m\b\.?))?"
        rf"(?:\s*[-~至到]\s*{_HOUR}(?:\s*[ap]\.?m\b\.?)?)?",
        _I,
    ),
    re.compile(r"(?<![0-9])(?:(?:19|20)[0-9]{2}年)?[01]?[0-9]月(?:[0-3]?[0-9][日号])?|(?<![0-9])[0-9]{4}年"),
    # 14点05, and how long a call took, in minutes and seconds
    re.compile(r"(?<![0-9])(?:[01]?[0-9]|2[0-4])\s?[点时]\s?[0-5][0-9](?![0-9])\s?分?"),
    re.compile(r"(?<![0-9])[0-9]{1,3}\s?[′']\s?[0-5]?[0-9]\s?(?:″|\"|'{2}|′{2})(?![0-9])"),
    # counts: 3次, 第3个, 3 calls, 2nd
    re.compile(r"第\s*[0-9]{1,3}(?![0-9])\s*[次个条通号页行位]?"),
    re.compile(
        rf"{_SHORT}\s*[多余几]?\s*(?:次|遍|回|个|通|条|分钟?|秒钟?|小时|点钟?|时|天|日|周|人|封|声|岁|千|星|%)"
    ),
    re.compile(
        rf"{_SHORT}\s*(?:times?|calls?|missed|unanswered|rings?|messages?|texts?|sms|min(?:ute)?s?|sec(?:ond)?s?|"
        r"hours?|hrs?|h|s|k|w|g|days?|weeks?|am|pm|st|nd|rd|th)\b(?![0-9])",
        _I,
    ),
    # pauses of telephone books before what is dialled behind a whole number: ,801 ;801 p801 w801
    re.compile(
        r"(?<=[0-9]{8})(?:[,;]{1,3}(?!1[12][0-9]\s*$)[0-9]{3,4}#?|[pw][0-9]{1,4}#?)\s*$",
        _I,
    ),
    # labels of SIM cards and lines
    re.compile(
        r"(?<![a-z])(?:e?sim|usim|slot|card|line|[主副双]?卡|卡槽|线路|线)\s*(?:卡|no\.?|#|:|-)?\s*[0-9]{1,2}(?![0-9])",
        _I,
    ),
    re.compile(r"(?<![a-z])(?:e?sim|[主副双]?卡)\s*[1-4](?=(?:\+?86)?1[3-9][0-9]{9}(?![0-9]))", _I),
    # counts in brackets, extensions, circled numbers
    re.compile(r"[\[{<【〔〈《「]\s*(?:sim|卡)?\s*[0-9]{1,2}\s*(?:次|x)?\s*[\]}>】〕〉》」]", _I),
    re.compile(
        r"(?<=[0-9])[\s)\-]*(?:转接?|轉|分机号?|内线|(?:;\s*)?ext(?:ension)?\b\.?)[\s:=.\-]*[0-9]{1,6}(?![0-9])",
        _I,
    ),
    re.compile(rf"(?<![0-9])[{COUNTERS}]+|[{COUNTERS}]+(?![0-9])"),
)
_PLAIN: Final = re.compile(r"\+?[0-9\s().\-]+")
_REPEATED: Final = re.compile(r"-{3}|\.{2}")
_MAY_HIDE_DIGITS: Final = (
    (re.compile(r"(?<=[0-9])\s+[0-9]{1,2}\s*[x×](?![0-9a-z*×])", _I), NumberProblem.MASKED),
    (re.compile(r"(?<=[0-9])[\s)]*[×*✕✖]\s*[0-9]{1,2}(?![0-9*x×✕✖])", _I), NumberProblem.MASKED),
    (re.compile(r"(?<=[0-9])[\s)]*x[\s:.]*[0-9]{1,6}(?![0-9*x×])", _I), NumberProblem.MASKED),
    (re.compile(r"(?<=[0-9])[\s)\-]*#[\s:=.\-]*[0-9]{1,6}(?![0-9*#])"), NumberProblem.MASKED),
    (
        re.compile(r"(?<=[0-9])\s*(?:[?#!]++|…++|\.{2,}+|_{2,}+|-{3,}+|某++)(?!\s*[0-9])"),
        NumberProblem.MASKED,
    ),
    (
        re.compile(rf"(?<=[0-9]{{5}})[{NUMERALS}]{{2,}}+(?=[^\W\d_])"),
        NumberProblem.LETTER_FOR_DIGIT,
    ),
)
_OPEN_END: Final = re.compile(
    r"(?<=[0-9])\s*(?:[?#]{2,}+|…++|\.{2,}+|_{2,}+|-{2,}+|={2,}+|~{2,}+|某++)(?!\s*\w)"
)
_WHICH_DIGITS: Final = (
    rf"[前末后最][后末几]?\s*[0-9{NUMERALS}几]\s*位(?:数字?|号码)?|(?:last|first)\s+(?:[0-9]|\w+)\s+digits?"
)
#: What is said of digits that a number begins with, or has in its middle.
_BEGINNING: Final = re.compile(
    rf"(?:前缀|号段|(?:前面|后面|中间|开头)(?:几位|[0-9{NUMERALS}]位)?(?=\s*[是为:=])|\b(?:prefix|begin(?:s|ning)\s+with|"
    r"start(?:s|ing)\s+with))\s*(?:是|为|:|=|are|is)?\s*[0-9]{1,8}(?![0-9])|(?<![0-9])(?<![0-9][\s\-.])[0-9]{1,8}\s*"
    r"(?:开头|打头|起头|号段|系列|字头|等(?:号|多|电话|来电|一系列|\s*$)|(?:后面|之后|后边|剩下|其余)\S{0,4}(?:忘|记不|没记|不记|看不|不清))",
    _I,
)
_TAIL: Final = re.compile(
    rf"(?:尾号|尾数|末尾|结尾|{_WHICH_DIGITS}|\bending(?:\s+(?:in|with))?|\bends\s+(?:in|with)|\blast\s+[0-9](?=\s*[:=]))"
    r"\s*(?:是|为|:|=|are|is)?\s*[0-9]{1,8}(?![0-9])|(?<![0-9])(?<![0-9][\s\-.])[0-9]{1,8}\s*(?:结尾|收尾)",
    _I,
)
# RFC 3966: a local number says what is dialled before it.
_LOCAL: Final = re.compile(r"tel:([0-9().\-]+);(?:[^;]*;)*?phone-context=(\+[0-9.\-]+)", re.IGNORECASE)
_SCHEME: Final = re.compile(r"^\W*(?:tel|sips?|sms(?:to)?|callto|mms)\s*:", _I)
_PARAMETERS: Final = re.compile(r"(?<=[0-9])(?:;|\?).*", re.DOTALL)
_INNERMOST: Final = re.compile(r"[(\[{<【〔〈《「][^()\[\]{}<>【】〔〕〈〉《》「」]*[)\]}>】〕〉》」]")
_LETTER: Final = re.compile(r"[^\W\d_]")
_BRACKET: Final = re.compile(r"[(\[{<【〔〈《「]")
_AREA: Final = re.compile(r"[\[{<【〔]0[0-9]{2,3}[\]}>】〕]")
_SHORT_CODE: Final = re.compile(r"(?<![0-9])1[12][0-9]\s*$")
_MASK_ALONE: Final = re.compile(r".\s*[*x×●■□○█•?_…]+\s*.", _I)
_MASKING: Final = re.compile(r"[*x×●■□○█•]{2}", _I)


def is_plain(text: str) -> bool:
    """Return whether a text has nothing but digits, spaces, dots, hyphens, round brackets and one + before them."""
    return _PLAIN.fullmatch(text) is not None and _REPEATED.search(text) is None


def without_remarks(folded: str) -> Bare:
    """Return a folded text without what stands around the number."""
    bare = Bare(folded)
    if is_plain(folded):
        bare.blank_brackets()
        bare.blank_all(_OF_DIGITS)
        return bare
    if _SCHEME.match(folded):
        bare.text = unquote(folded)
        if local := _LOCAL.search(bare.text):
            return Bare(f"{local[2]} {local[1]}")
        bare.blank(_PARAMETERS)
    bare.blank_all(LABELLED)
    bare.blank(_TAIL, NumberProblem.ONLY_A_TAIL)
    bare.blank(_BEGINNING, NumberProblem.ONLY_A_TAIL)
    if end := _OPEN_END.search(bare.text):
        bare.open_end = NumberError(NumberProblem.MASKED, position=_first_sign(end))
    bare.blank_brackets()
    bare.blank_all(_OF_WORDS)
    bare.blank_all(_OF_DIGITS)
    bare.blank_brackets()
    for pattern, problem in _MAY_HIDE_DIGITS:
        bare.blank(pattern, problem)
    return bare


def _first_sign(match: re.Match[str]) -> int:
    return match.end() - len(match[0].lstrip())


def _without_remark(text: str, match: re.Match[str]) -> str:
    """Keep brackets around an area code, a masked part or a second number; blank those around a remark or a count."""
    inside, digits = match[0], count_digits(match[0])
    if _AREA.fullmatch(inside):
        return f"({inside[1:-1]})"
    if _MASK_ALONE.fullmatch(inside):
        return inside
    if _MASKING.search(inside) and not _LETTER.search(re.sub(r"[xX]", "", inside)):
        return inside
    is_remark = digits < 5 if _LETTER.search(inside) else not digits
    is_count = 0 < digits <= 3 and "+" not in inside and _ends_a_number(text, match)
    return " " * len(inside) if is_remark or is_count else inside


def _ends_a_number(text: str, match: re.Match[str]) -> bool:
    """Return whether brackets follow five digits or more, or a code of three, and no digit follows them."""
    before, behind = text[: match.start()], text[match.end() :].lstrip(" -.)")
    return (count_digits(before) >= 5 or bool(_SHORT_CODE.search(before))) and not behind[:1].isdigit()
