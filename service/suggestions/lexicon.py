"""Finds the violation types that a narrative mentions, with the words that mention them.

It is a lexicon of what people write, with patterns for each violation. Words that are denied just before (没有威胁我,
并未上门) are ignored, unless denying is their meaning (不是我借的). It suggests; the person who reports decides.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, NamedTuple

from ml.words import VIOLATIONS

#: Parts that several patterns share, by the names that stand for them in patterns.
_PARTS: Final[Mapping[str, str]] = {
    "<PEOPLE>": "(?:"
    "家人|家里人|父母|爸妈|爸爸|妈妈|老婆|妻子|丈夫|老公|孩子|子女|亲戚|亲友|亲属|朋友|同学|同事|领导|"
    "老板|单位|公司|邻居|村委|通讯录|联系人|第三人)",
    "<MANY>": r"(?:\d+|[两三四五六七八九十百几数好多]+)[多余来]?",
    "<AUTHORITIES>": "(?:"
    "公安|警察|民警|派出所|法院|法官|检察|公检法|司法|律师|法务|政府|仲裁|银保监|监管|官方)",
    "<DOCUMENTS>": "(?:"
    "传票|律师函|公章|法律文书|文书|起诉书|起诉状|判决书|裁定书|通缉令|立案通知|拘留证|逮捕证|公函|"
    "红头文件)",
}
#: The patterns of each violation, separated by white space.
_LEXICON: Final[Mapping[str, str]] = {
    "threat": """
        威胁 恐吓 恫吓 要挟 扬言 走着瞧 等着瞧 弄死 打死 砍死 杀了?你 杀我?全家 灭门 全家不得安宁 不得好死
        后果自负 (?:要|叫|让)你(?:好看|后悔|活不|混不|身败名裂) 不会放过 卸(?:胳膊|腿|你)
        (?:小心|当心)(?:点|你)
    """,
    "insult": """
        辱骂 侮辱 谩骂 破口大骂 骂(?:我|人|得|了|他|她|街|脏) 脏话 粗口 不堪入耳 老赖 不要脸 人渣 畜生 王八
        混蛋 傻[逼比叉] 去死 死全家 骗子(?=.{0,3}骂)
    """,
    "frequency": """
        一天(?:之内|内|里|就|要|给我)?(?:打|来|拨)了?(?:我)?<MANY>[个]?(?:次|通|遍|个?电话)
        每天(?:都)?(?:打|来电|拨)
        (?:不停|不断|反复|频繁|连续|轮番|接二连三|没完没了)地?(?:给我)?(?:打|拨|来电|呼|骚扰)
        每隔.{1,8}(?:打|来|拨) 高频 打了?<MANY>(?:次|通|遍)
    """,
    "third_party": """
        (?:打|发|联系|骚扰|通知|告知|告诉|找|闹).{0,4}(?:我|本人|的|给|到|了|过|所有|其他|他|她)*<PEOPLE>
        爆通讯录 (?:转告|代还|替.{1,4}还) <PEOPLE>(?:也|都)?(?:被骚扰|接到|收到)
        把<PEOPLE>.{0,8}(?:打了?一遍|挨个|逐个) (?:把|将|对).{0,6}<PEOPLE>.{0,6}(?:挨个|逐个|都打|轮流)
    """,
    "impersonation": """
        (?:自称|冒充|假冒|假装|声称|谎称|冒用)(?:是|为|自己是)?.{0,8}<AUTHORITIES>
    """,
    "disclosure": """
        泄露 泄漏 曝光 公开(?:我|本人|他|她)?的?.{0,4}(?:信息|隐私|欠款|照片|身份证)
        (?:把|将).{0,8}(?:欠款|欠债|债务|逾期|贷款|个人信息|隐私|身份证).{0,6}(?:告诉|发|透露|说给|散布)
        (?:告诉|透露).{0,10}(?:欠款|欠债|欠钱|债务|逾期) 发(?:到|在).{0,6}群
    """,
    "quiet_hours": """
        半夜 深夜 午夜 凌晨 夜里 清早 清晨 一大早 天没亮
        (?:晚上|夜间|夜晚)(?:十点|十一点|十二点|1[0-2]点|2[23][:点]) (?:早上|早晨)(?:[四五六七4-7])点
    """,
    "forged_document": """
        (?:假|伪造|虚假|编造|冒牌|盖着假).{0,5}<DOCUMENTS> <DOCUMENTS>.{0,6}(?:是假的|系伪造|不真实)
    """,
    "fees_rollover": """
        手续费 展期费 续期费 服务费 砍头息 利滚利 高利贷 借新还旧 以贷养贷 (?:再|另)借(?:一笔|钱|款)
        (?:违约金|利息|滞纳金).{0,4}(?:高|太|翻|涨) 才肯延期
    """,
    "visit_threat": """
        上门 (?:去|到)(?:我|你|他|她|老)(?:的)?(?:家|单位|公司|老家|学校|村).{0,4}(?:找|闹|堵|坐|拉|要|贴)?
        去老家 派人 堵(?:门|在|我) 贴大字报 拉横幅
    """,
    "image_abuse": """
        [Pp][Ss]?(?:图|成|了我|照) (?:合成|拼接|修改)过?的?.{0,4}(?:照片|图片|头像)
        (?:照片|头像|身份证照).{0,8}(?:群发|到处发|发到|P成|散布) 遗像 裸照
    """,
    "call_bombing": """
        呼死你 (?:电话|短信|信息|软件)轰炸 轰炸(?:我|电话|机)
        (?:上百|几百|成百|数百|上千|几千)(?:个|通|条|次) 手机(?:都)?(?:没法|无法|不能)用
        几分钟.{0,6}<MANY>(?:个|通)
    """,
    "robocall": """
        机器人 自动语音 语音播报 智能语音 电子语音 [Aa][Ii](?:语音|电话|外呼|客服) 播放?录音 自动外呼
        无法对话
    """,
    "wrong_person": """
        打错 不认识(?:欠|借|这个|此|该|那个|他|她|债) (?:根本|完全|并)不认识
        不是(?:我|本人)(?:欠|借|贷|的债|办) 查无此人
        (?:我|本人)?(?:没有?|从未|从没|从来没有?|并未|没)(?:在.{0,8})?(?:借过|贷过|欠过|借款|贷款|借钱|欠款|欠钱|借这)
        与我无关 不是本人
    """,
    "fraud": """
        (?:个人|私人|陌生|安全)(?:账户|账号|银行卡) 共享屏幕 屏幕共享 下载.{0,10}(?:软件|[Aa][Pp][Pp]|会议)
        刷流水 解冻费 诈骗 套取.{0,4}验证码 (?:要|索要|问).{0,4}验证码
    """,
    "spoofed_caller": """
        空号 改号 虚拟号 伪造号码 隐藏号码 匿名来电 (?:换|变换|更换).{0,6}号码?
        回拨.{0,6}(?:不通|不存在|停机|空) 号码.{0,4}(?:不存在|都不一样)
    """,
    "after_refusal": """
        (?:拒绝|要求(?:对方)?停止|要求不要|明确(?:说|表示|告知)|(?:说|讲)(?:过|了).{0,4}(?:不要再|别再)|让.{0,4}(?:不要再|别再)).{0,14}(?:仍|还是|还在|还继续|继续|又|不理|照样|照打)
    """,
}
#: Violations whose words deny something themselves.
_DENYING: Final = frozenset({"wrong_person", "after_refusal"})
_DENIED: Final = re.compile(
    r"(?:(?<!有)没有?|(?<![从])未|并未|从未|不曾|并非|并不是|不是|没人|无人|不存在|不算|谈不上|不会|没再|不再|(?<![不再])没)"
    r"(?:再|去|来|被|受到?|任何|过|说|出现|发生|对我|进行|什么|人)*$"
)
_CLAUSE: Final = re.compile(r"[，。！？；、,.!?;\n]")
LOOKED_BACK: Final = 10  # characters of the same clause that are searched for a denial


def _compiled(violation: str) -> re.Pattern[str]:
    pattern = "|".join(_LEXICON[violation].split())
    for name, part in _PARTS.items():
        pattern = pattern.replace(name, part)
    return re.compile(pattern)


_WORDS: Final = {violation: _compiled(violation) for violation in VIOLATIONS if violation in _LEXICON}


class Word(NamedTuple):
    """Words of a narrative, with their place in it, counted in characters (code points)."""

    text: str
    start: int
    end: int


class Suggestion(NamedTuple):
    """A violation that a narrative mentions, and the words that mention it."""

    violation: str
    words: tuple[Word, ...]


def suggest(narrative: str) -> list[Suggestion]:
    """Return the violations that a narrative mentions, those with more words first.

    For 深夜打来骂我，没有威胁 they are quiet_hours (深夜) and insult (骂我), but not threat.
    """
    suggestions = []
    for violation, pattern in _WORDS.items():
        words = tuple(
            Word(found[0], found.start(), found.end())
            for found in pattern.finditer(narrative)
            if violation in _DENYING or not is_denied(narrative, found.start())
        )
        if words:
            suggestions.append(Suggestion(violation, words))
    return sorted(suggestions, key=lambda suggestion: -len(suggestion.words))


def is_denied(narrative: str, start: int) -> bool:
    """Return whether the words at a place are denied in their own clause: 没有|威胁 is, 不停地打 is not."""
    before = narrative[max(0, start - LOOKED_BACK) : start]
    return _DENIED.search(_CLAUSE.split(before)[-1]) is not None
