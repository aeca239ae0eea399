"""Messages of simulated collectors: each gang sends its own script with varying names and amounts; reports quote it."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Final

from ml.simulation.narratives import MARK

QUOTED_IN_PART: Final = 0.3  # share of quotations

_CLAUSES: Final = (
    "您的借款已严重逾期",
    "请于今日{hour}点前处理欠款{amount}元",
    "否则我们将通知您的通讯录联系人",
    "我司将派外访人员上门核实",
    "已将您的材料移交法务部门准备立案",
    "届时将申请冻结您的银行账户",
    "您的征信将受到严重影响",
    "请勿心存侥幸逃避还款",
    "不还将列入失信名单",
    "我们会联系您的单位说明情况",
    "现为您申请减免部分利息",
    "仅需先还{amount}元即可延期",
    "请立即回电否则后果自负",
    "这是最后通知",
    "您的父母也将收到催告函",
    "户籍地协查函已经寄出",
    "我司多次联系您未果",
    "您提供的紧急联系人有转告的义务",
    "如对账单有疑问请联系客服",
    "今日为最后还款期限",
)
_SURNAMES: Final = "王李张刘陈杨黄赵吴周"
_GIVEN: Final = "伟芳敏静磊洋勇艳杰娟涛明超兰霞平"


def draw_script(rng: Random) -> tuple[str, ...]:
    """Return a gang's script: four to six clauses of the stock that all gangs draw from."""
    return tuple(rng.sample(_CLAUSES, rng.randint(4, 6)))


def quote_message(rng: Random, script: Sequence[str]) -> str:
    """Return the narrative of a report that quotes a message of this script, sometimes only in part."""
    kept = max(2, len(script) // 2) if rng.random() < QUOTED_IN_PART else len(script)
    name = rng.choice(_SURNAMES) + "".join(rng.choices(_GIVEN, k=rng.randint(1, 2)))
    amount, hour = rng.randint(500, 30_000), rng.randint(9, 20)
    message = "，".join(script[:kept]).format(amount=amount, hour=hour)
    return f"{MARK}{name}{rng.choice(('先生', '女士'))}，{message}。"
