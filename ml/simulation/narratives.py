"""Narratives of simulated reporters: invented Chinese texts that all start with 【模拟】 ("simulated")."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Final

MARK: Final = "【模拟】"

_ABUSIVE_OPENINGS: Final = (
    "对方自称{institution}，",
    "来电人说是{institution}委托的催收，",
    "接通后直接报出我的姓名，自称{institution}，",
    "一上来就说我在{institution}逾期了，",
)
_PLAIN_OPENINGS: Final = (
    "这个号码打来电话，",
    "接到一个陌生来电，",
    "近来常接到这个号码，",
    "来电没有说明身份，",
)
_PHRASES: Final = {
    "threat": ("威胁说让我走着瞧", "扬言要让我全家不得安宁"),
    "insult": ("全程辱骂，语言不堪入耳", "骂我是老赖，态度极其恶劣"),
    "frequency": ("一天打了十几通", "每隔半小时就打一次"),
    "third_party": ("还打给我的父母和同事", "把通讯录里的亲友挨个打了一遍"),
    "impersonation": ("冒充法院工作人员", "自称律师，说马上立案"),
    "disclosure": ("把我的欠款情况告诉了单位同事", "在亲友群里公开我的个人信息"),
    "quiet_hours": ("深夜还在打", "清早六点就打来"),
    "forged_document": ("发来一份假的传票照片", "发来盖着假公章的律师函"),
    "fees_rollover": ("要我先交手续费才肯延期", "劝我再借一笔来还这一笔"),
    "visit_threat": ("说今天就派人上门", "扬言去我老家找人"),
    "image_abuse": ("把我的照片P成通缉令到处发", "群发拼接过的照片"),
    "call_bombing": ("几分钟内打进来上百个电话，手机没法用", "用呼死你软件轰炸"),
    "robocall": ("接起来是机器人录音", "是自动语音，无法对话"),
    "wrong_person": ("欠款的人我根本不认识", "说过多次打错了仍然继续打"),
    "fraud": ("要求把钱转到个人账户", "让我下载软件并共享屏幕"),
    "spoofed_caller": ("显示的号码回拨是空号", "每次换一个号码显示"),
    "after_refusal": ("明确拒绝后仍继续来电", "要求停止联系，对方不理"),
}
_HARMLESS: Final = (
    "是送快递的，没有催收，应当是误报",
    "是门店回访电话，说明后就挂了，不是催收",
    "是正常的业务通知，态度客气，没有骚扰",
)
_NOTHING_SAID: Final = "没有说清楚什么事就挂断了，感觉受到打扰"


def institution_name(place: int) -> str:
    """Return the name of an institution that cannot be mistaken for one that exists."""
    return f"虚构信贷{place:03d}号"


def write_abusive(rng: Random, *, violations: Sequence[str], institution: str | None) -> str:
    """Return the text of a report that complains about these violations, of 15 to 200 characters."""
    if institution is None:
        opening = rng.choice(_PLAIN_OPENINGS)
    else:
        opening = rng.choice(_ABUSIVE_OPENINGS).format(institution=institution)
    complaint = "，".join(rng.choice(_PHRASES[violation]) for violation in violations)
    return f"{MARK}{opening}{complaint or _NOTHING_SAID}。"


def write_legitimate(rng: Random) -> str:
    """Return the text of a report that calls a number legitimate."""
    return f"{MARK}{rng.choice(_HARMLESS)}。"
