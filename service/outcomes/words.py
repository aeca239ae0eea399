"""The words by which sheets name columns and results, in half width and lower case, without spaces."""

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from service.numbers.text import fold
from service.outcomes.store import OutcomeResult


class Column(StrEnum):
    """What a column of a returned file is read as."""

    ROW_ID = "row_id"
    NUMBER = "number"
    RESULT = "result"
    IS_TRUE = "is_true"  # the same as a yes or a no
    DECIDED_ON = "decided_on"
    NOTE = "note"


#: Headings of columns. 结论, 下发日期 and 举报内容 are columns of exports and mean something else.
_HEADINGS: Final[Mapping[Column, str]] = {
    Column.ROW_ID: "row_id rowid 行编号 行id 行标识 记录编号",
    Column.NUMBER: "number 被举报号码 被投诉号码 被举报电话",
    Column.RESULT: """
        result outcome 处理结果 核查结果 核实结果 调查结果 查处结果 处置结果 查证结果 认定结果 反馈结果 办理结果 结果
    """,
    Column.IS_TRUE: "是否属实 举报是否属实 是否查实",
    Column.DECIDED_ON: """
        decided_on decidedon 处理日期 处理时间 办结日期 办结时间 核查日期 核查时间 核实日期 核实时间 认定日期 认定时间
        处置日期 处置时间 查处日期 反馈日期 反馈时间 决定日期 结案日期 办理日期
    """,
    Column.NOTE: "note 备注 说明 处理说明 处理意见 处理情况 核查情况 处理备注 反馈意见",
}
HEADINGS: Final = {word: column for column, words in _HEADINGS.items() for word in words.split()}

#: Results as officers write them. What was right in part was right; what found nothing says nothing about the number.
_RESULTS: Final[Mapping[OutcomeResult, str]] = {
    OutcomeResult.UPHELD: """
        upheld 属实 基本属实 部分属实 情况属实 举报属实 投诉属实 经查属实 经核实属实 查证属实 核实属实
        已查实 查实 成立 投诉成立 举报成立 部分成立 确认违规 违规属实 存在违规 确有违规
        经核查属实 经调查属实 核查属实 调查属实 屬實
    """,
    OutcomeResult.REJECTED: """
        rejected 不属实 举报不属实 投诉不属实 情况不属实 经查不属实 经核实不属实 查证不属实 核实不属实
        不实 举报不实 投诉不实 失实 不成立 投诉不成立 举报不成立 误报 与事实不符
        经核查不属实 经调查不属实 核查不属实 调查不属实 不屬實
    """,
    OutcomeResult.NO_FINDING: """
        no_finding nofinding 无法核实 不能核实 未能核实 无法查实 未能查实 无法查证 无法认定 无法确认
        无法判断 查无结果 查无实据 证据不足 证据不充分 未发现违规 未发现违规行为 未发现问题 未见违规
        未查实 无法核查 无法调查 难以核实 难以认定 不予受理 未受理 不受理 未予受理 無法核實
    """,
}
RESULTS: Final = {word: result for result, words in _RESULTS.items() for word in words.split()}
YES_NO: Final = {
    **RESULTS,
    **dict.fromkeys(("是", "是的", "yes", "y", "true"), OutcomeResult.UPHELD),
    **dict.fromkeys(("否", "不是", "no", "n", "false"), OutcomeResult.REJECTED),
}
#: What says that nothing was found out yet.
_PENDING: Final = """
    正在办理 正在处理 正在核查 正在核实 处置中 待反馈 办理中 处理中 核查中 核实中 调查中 待核实 待核查 待处理 待办 待查
    未处理 未办结 pending - -- / 无
"""
PENDING: Final = frozenset(_PENDING.split())
_BLANKS: Final = re.compile(r"[\s*：:]+")
#: What contradicts a result that it stands behind: another result, longest words first, or that it is still open.
_IN_REST: Final = re.compile("|".join(sorted(map(re.escape, RESULTS), key=len, reverse=True)))
_OPEN_IN_REST: Final = re.compile(
    "待(?:复核|复查|核|查|定|确认)|(?:办理|核查|核实|复核|调查)中|有待|尚未|存疑"
)
#: What ends the result where more was written into the same cell.
_REST: Final = re.compile(r"[，,。；;：:（(、\n]")


def word_of(text: str) -> str:
    """Return a heading or a result as the tables have it: half width, lower case, without blanks."""
    return _BLANKS.sub("", fold(text)).lower()


def heading_of(text: str) -> Column | None:
    """Return what a column is read as by its heading, which may have a second one in brackets or on a second line."""
    parts = [text, *re.split(r"[\n(（/|]", text)]
    found = {HEADINGS[word] for part in parts if (word := word_of(part).rstrip(")")) in HEADINGS}
    return found.pop() if len(found) == 1 else None


def result_of(text: str, words: Mapping[str, OutcomeResult] = RESULTS) -> tuple[OutcomeResult, str] | None:
    """Return the result that a cell says, and what else it says; None if it cannot be told for certain.

    `属实，已处罚` is upheld with the rest 已处罚; a cell that names two results, as `属实，后查明不属实` does, names none.
    """
    whole = word_of(text)
    if whole in words:
        return words[whole], _kept(whole)
    head, *_ = _REST.split(text, maxsplit=1)
    found = words.get(word_of(head))
    rest = text[len(head) :].strip("，,。；;：:（()）、 \n")
    if found is None or _is_contradicted(found, word_of(rest)):
        return None
    return found, "，".join(part for part in (_kept(word_of(head)), rest) if part)


def _is_contradicted(found: OutcomeResult, rest: str) -> bool:
    """Return whether what stands behind a result names another one, in whatever words around it, or calls it open."""
    others = (RESULTS[word] is not found for word in _IN_REST.findall(rest))
    return any(others) or _OPEN_IN_REST.search(rest) is not None


def _kept(word: str) -> str:
    """Return a word that says more than its result, so that it is kept in the note."""
    return word if word.startswith(("部分", "基本")) else ""
