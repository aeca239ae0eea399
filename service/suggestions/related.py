"""Leaves out words that other words of the text explain: a picture in a group is no disclosure of the debt."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from service.suggestions.patterns import unreal


class Mention(NamedTuple):
    """Words of a plain text that mention a violation."""

    violation: str
    start: int
    end: int


class Told:
    """A plain text with what it mentions."""

    def __init__(self, text: str, mentions: list[Mention]) -> None:
        self.text = text
        self.mentioned = frozenset(one.violation for one in mentions)
        self.visits = frozenset(one.start for one in mentions if one.violation == "visit_threat")
        self._said: dict[re.Pattern[str], bool] = {}

    def says(self, pattern: re.Pattern[str]) -> bool:
        """Return whether the text has a pattern anywhere; it is searched for once."""
        if pattern not in self._said:
            self._said[pattern] = pattern.search(self.text) is not None
        return self._said[pattern]

    def before(self, one: Mention, letters: int) -> str:
        """Return the letters before words."""
        return self.text[max(0, one.start - letters) : one.start]

    def words(self, one: Mention, *, before: int = 0, after: int = 0) -> str:
        """Return words, with letters before and after them."""
        return self.text[max(0, one.start - before) : one.end + after]


_NAMED: Final = unreal("NAMED")
_POSTED_NUMBER: Final = re.compile("[挂放]到")
_NOT_CALLS: Final = re.compile("骂|短信|验证码|信息")
_CALLS: Final = re.compile("打|电话|call|来电|响")
_HOW_OFTEN: Final = unreal("HOW_OFTEN")
_PAPER_IN_PICTURE: Final = re.compile(
    "判决|传票|公章|律师函|执照|征信|文书|截图|warrant|证件|工作证|公告|通知|p的$|p了$"
)
_FACE: Final = re.compile("photo(?!shop)|照片|头像|我的照|我p|脸")
_OWN_CALL: Final = re.compile("我[^,。]{0,6}打(?:过去|给|去)")
_REMINDER: Final = re.compile("还款日|账单日|帮我(?:查|改|办)")
_THOSE: Final = re.compile("(?:这帮|这群|这些|那帮|那群|一群|这个|那个|遇到个)$")
_CALLED_SO: Final = re.compile("的?(?:催收|打|讲|说|天天|半夜|发个)")
_THREATENED: Final = frozenset(
    {"threatened", "threatens", "threatening", "威胁", "扬言", "恐吓", "吓唬", "要挟", "放话"}
)
_KEPT: Final = unreal("KEPT")
_TOOK: Final = unreal("TOOK")
_MISTAKEN: Final = re.compile("打错|找错|搞错|认错|弄错")
_WAS_NOT: Final = re.compile("(?:没有?|不是|并未)$")
_JUST_A_FRIEND: Final = re.compile("just (?:his|her|a|their)")
_FREELY: Final = re.compile("主动|自愿")
_PAPER: Final = unreal("PAPER")
_SENT: Final = re.compile("电话|短信|打|寄|发|传|拨|邮")
_ABUSE_BEFORE: Final = re.compile("骂|说我|叫我|我家|我全家|称我|喊我|当我|是$")
_REFUSED: Final = re.compile("黑|封|屏蔽|拦|拒|别|不要|投诉|举报|报警")
_BARE_HOUR: Final = re.compile("[四五六七4-7]点")
_AFTERNOON: Final = re.compile("下午|傍晚|午后|放学|下班|晚上")
_CALL: Final = unreal("CALL")
_NO_CALL: Final = unreal("NO_CALL")


def _disclosure(told: Told, one: Mention) -> bool:
    words = told.words(one)
    if words.startswith("发来") or ("call_bombing" in told.mentioned and _POSTED_NUMBER.search(words)):
        return False
    return "image_abuse" not in told.mentioned or bool(_NAMED.search(told.words(one, before=8, after=8)))


def _frequency(told: Told, one: Mention) -> bool:
    words = told.words(one)
    if _NOT_CALLS.search(told.words(one, after=3)) and not _CALLS.search(words):
        return False
    return "call_bombing" not in told.mentioned or bool(_HOW_OFTEN.search(words))


def _image_abuse(told: Told, one: Mention) -> bool:
    is_paper = "forged_document" in told.mentioned and _PAPER_IN_PICTURE.search(told.words(one, after=16))
    return not is_paper or told.says(_FACE)


def _insult(told: Told, one: Mention) -> bool:
    is_by_the_writer = _THOSE.search(told.before(one, 3)) or _CALLED_SO.match(told.text, one.end)
    return not is_by_the_writer or "骂" in told.words(one)


def _threat(told: Told, one: Mention) -> bool:
    """A threat to visit is a threat besides only if it says more than that."""
    is_about_a_visit = any(place in told.visits for place in range(one.end, one.end + 17))
    return told.words(one) not in _THREATENED or not is_about_a_visit


def _fees_rollover(told: Told, one: Mention) -> bool:
    is_fraud = "fraud" in told.mentioned and told.says(_TOOK)
    return not is_fraud and not _KEPT.search(told.words(one, before=4, after=12))


def _wrong_person(told: Told, one: Mention) -> bool:
    words = told.words(one)
    return not (
        (_MISTAKEN.match(words) and _WAS_NOT.search(told.before(one, 3)))
        or (words == "查无此人" and told.mentioned & {"forged_document", "impersonation"})
        or _FREELY.search(told.words(one, before=4))
        or told.says(_JUST_A_FRIEND)
    )


def _visit_threat(told: Told, one: Mention) -> bool:
    clause = told.before(one, 16).rpartition(",")[2]
    return told.text[one.start] not in "到去上来" or not _SENT.search(clause)


def _quiet_hours(told: Told, one: Mention) -> bool:
    words = told.words(one)
    if _BARE_HOUR.match(words) and _AFTERNOON.search(told.before(one, 10)):
        return False
    return told.says(_CALL) or (not told.says(_NO_CALL) and len(told.text) <= len(words) + 8)


_STAYS: Final[Mapping[str, Callable[[Told, Mention], bool]]] = MappingProxyType(
    {
        "disclosure": _disclosure,
        "frequency": _frequency,
        "image_abuse": _image_abuse,
        "insult": _insult,
        "threat": _threat,
        "fees_rollover": _fees_rollover,
        "wrong_person": _wrong_person,
        "visit_threat": _visit_threat,
        "quiet_hours": _quiet_hours,
        "spoofed_caller": lambda told, one: told.before(one, 1) != "案" and "回复" not in told.words(one),
        "third_party": lambda told, one: "当成" not in told.words(one),
        "robocall": lambda told, one: (
            not (told.words(one) == "ai" and "image_abuse" in told.mentioned)
            and not told.says(_OWN_CALL)
            and not told.says(_REMINDER)
        ),
        "forged_document": lambda told, one: (
            told.says(_PAPER)
            and not (
                told.words(one) in {"假律", "派出所说假", "派出所说假的"}
                and "impersonation" in told.mentioned
            )
        ),
        "fraud": lambda told, one: (
            "骗子" not in told.words(one) or not _ABUSE_BEFORE.search(told.before(one, 7))
        ),
        "after_refusal": lambda told, one: told.text[one.start] != "换" or told.says(_REFUSED),
    }
)


def unexplained(text: str, mentions: list[Mention]) -> list[Mention]:
    """Return the mentions of a plain text without those that other words of it explain."""
    told = Told(text, mentions)
    return [one for one in mentions if one.violation not in _STAYS or _STAYS[one.violation](told, one)]
