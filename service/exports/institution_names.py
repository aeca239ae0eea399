"""Brings the names together under which callers claim to act for the same institution. Pure.

`中国工商银行股份有限公司（深圳分行）`, `工行信用卡中心` and `我是工商银行的客服` are one name after the rules and the list.
The rules only take away what is no part of a name; which names mean the same, only a list can say, and an operator adds to
it.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from service.masking.mask import masked_once
from service.numbers.text import fold

MOST_NAME: Final = 60
_BRACKETS: Final = re.compile(r"[(\[{<《【「『〈][^()\[\]{}<>《》【】「」『』〈〉]*[)\]}>》】」』〉]")
_MARKS: Final = re.compile(r"[\s\-_·•.,，。、;；:：!！?？'\"“”‘’()\[\]{}<>《》【】「」『』〈〉/\\|*~]+")
_BEFORE: Final = re.compile(
    r"^(?:对方|他们|她|他)?(?:自称|声称|冒充|说是|称是|我们是|我是|这里是|来自)(?:是)?"
)
#: Company forms, departments and remarks behind a name, longest first.
_BEHIND: Final = re.compile(
    r"(?:股份有限责任公司|股份有限公司|有限责任公司|集团有限公司|有限公司|集团公司|控股公司|分公司|公司|集团|"
    r"的?(?:官方客服|客服中心|客服部|客服|催收部门|催收部|催收员|催收|贷后管理部|贷后部|贷后|法务部|法务|委外|外包|"
    r"信用卡中心|信用卡部|信用卡|工作人员|员工|人员)|(?<=银行)[一-鿿]{1,8}(?:分行|支行)|总行|app|平台|官方|的|"
    r"co|ltd|inc|corp|corporation|company|limited|llc)$"
)
#: Short names that mean a bank and nothing else, and brands of a bank; an operator's list goes before this one. 平安, 中信
#: and the like are groups, which lend by other companies too: such a name stays what it is.
_KNOWN: Final[Mapping[str, str]] = {
    "工行": "工商银行", "中国工商银行": "工商银行", "农行": "农业银行", "中国农业银行": "农业银行", "中行": "中国银行",
    "建行": "建设银行", "中国建设银行": "建设银行", "交行": "交通银行", "招行": "招商银行", "邮储": "邮政储蓄银行",
    "邮储银行": "邮政储蓄银行", "中国邮政储蓄银行": "邮政储蓄银行", "浦发": "浦发银行",
    "上海浦东发展银行": "浦发银行",
    "中国民生银行": "民生银行", "中国光大银行": "光大银行", "微粒贷": "微众银行",
    "前海微众银行": "微众银行", "深圳前海微众银行": "微众银行", "网商贷": "网商银行", "浙江网商银行": "网商银行",
}  # fmt: skip


@lru_cache(maxsize=16_384)
def written_name(text: str) -> str:
    """Return an institution's name as the rules leave it, empty where nothing is left.

    `某某金融（上海）有限公司` is 某某金融.
    """
    folded = fold(text[:200]).strip().lower()
    name = _MARKS.sub("", _BRACKETS.sub("", folded)) or _MARKS.sub("", folded)
    name = _BEFORE.sub("", name) or name
    while (shorter := _BEHIND.sub("", name)) != name and len(shorter) >= 2:
        name = shorter
    return name[:MOST_NAME]


def institution_of(text: str | None, names: Mapping[str, str]) -> str:
    """Return the institution that a claim names, by the rules, an operator's list and our own; empty where it names none."""
    if not text:
        return ""
    written = written_name(text)
    name = names.get(written) or _KNOWN.get(written) or written
    return masked_once(name, frozenset())
