"""Digits that say what they are, and are no telephone number: amounts, counts, case numbers, accounts, codes of messages.

Many of them are as long as a service code. `本金10000` left as it is would accuse the carrier whose line 10000 is.
"""

from __future__ import annotations

import re
from typing import Final

_I: Final = re.IGNORECASE
_IS: Final = r"\s?[:=#]?\s?(?:[是为约共]\s?)?"  # one space at most: what was taken away before is spaces
_UNIT: Final = r"(?:元|块|万(?![达科象])|rmb\b|cny\b|usd\b|yuan\b)"
#: Not 010-82345678, and not 197 9000 1234.
_AMOUNT: Final = rf"[1-9][0-9,]{{0,9}}(?:\.[0-9]+)?(?![0-9]|[\s\-][0-9]{{3}})(?:\s?[多余来几]?\s?{_UNIT})?"
#: A card's groups of four, or letters and digits without a space between.
_ID: Final = r"(?:[0-9]{4}(?:[ \-][0-9]{4}){2,}(?:[ \-][0-9]{1,3})?|[0-9a-z][0-9a-z\-]*)"
_PROVINCES: Final = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"

#: Providers of mail whose addresses are often digits; what precedes another @ may be a caller (SIP).
_MAIL: Final = (
    r"(?:qq|foxmail|163|126|yeah|139|189|wo|sina|sohu|gmail|outlook|hotmail|icloud)\.(?:com|cn|net|com\.cn)"
)

LABELLED: Final = (
    re.compile(rf"(?:https?://|www\.)\S+|(?<![\w.\-])[\w.\-]{{1,64}}@{_MAIL}\b|wxid_\w+", _I),
    # (2026)京0105民初12345号; not 2026年…, which is a day
    re.compile(
        r"[(\[〔【]?(?:19|20)[0-9]{2}[)\]〕】]?\s*(?!年)[\u4e00-\u9fff]{1,3}[0-9]{0,4}[\u4e00-\u9fff]{1,6}\s*第?\s*"
        r"[0-9]{1,7}号(?!码)"
    ),
    re.compile(rf"[{_PROVINCES}][A-Z]\s*[·.]?\s*[0-9A-Z]{{5,6}}(?![0-9A-Za-z])"),
    re.compile(
        r"(?:(?:员工|案件|合同|订单|协议|借据|客户|会员|证件)?编号|[员职]?工号|案号|订单(?:编)?号?|单号|流水号?|合同号|借据号|协议号|"
        r"保单号|"
        r"(?<![话机主副])卡号|(?:信用|银行|储蓄|社保|借记)卡(?=[\s:]*[0-9]{4}[ \-]?[0-9]{4}[ \-]?[0-9]{4}[ \-]?[0-9])|"
        r"[账帐]号|户号|客户号|会员号|学号|警号|扣扣号?|微信号|"
        r"(?<![a-z])qq号?|身份证(?:号码?)?|证件号码?|护照号?|验证码|校验码|动态码|密码|口令|取件码|邮编|邮政编码|车牌号?|"
        r"房间号|座位号|门牌号|页码|车次|航班号?|股票(?:代码)?|基金(?:代码)?|举报数|标记数|热度|"
        rf"(?<![a-z])(?:order|invoice|account|case|employee|card)\s*(?:no\.?|number|id)|verification\s+code|password|zip\s*code)"
        rf"{_IS}{_ID}",
        _I,
    ),
    re.compile(
        r"(?:(?<![a-z])(?:rmb|cny|usd|hkd|eur)|[¥￥$€£]|人民币|金额|欠款?|本金|利息|余额|应还|已还|还了|罚息|费用|手续费|违约金|"
        rf"滞纳金|总额|共计|合计|额度|借了|借我|借给){_IS}{_AMOUNT}",
        _I,
    ),
    re.compile(
        r"(?<![0-9])(?<![0-9]-)[0-9][0-9,]{0,9}(?:\.[0-9]+)?\s?[多余来几]{0,2}\s?"
        rf"(?:{_UNIT}|人(?![工员員])|名(?![称字单片])|次(?![日要数])|遍)",
        _I,
    ),
)
