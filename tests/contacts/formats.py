"""One file of each real form of a call log, made here: what they say is the same, and nobody's."""

import json
from collections.abc import Callable
from typing import NamedTuple

from tests.contacts.workbooks import xls, xlsx

ANSWERED = "2026-03-01 21:30:05"
MISSED = "2026-03-02 09:15:40"
WRITTEN = "19790001234"
SHEET_DAY = 46082.89589120370  # the first of these moments, in days of a sheet


class Form(NamedTuple):
    """A form of logs: its row in docs/formats.md, its file, and which calls it tells: `a` answered, `m` missed."""

    name: str
    file_name: str
    content: Callable[[], bytes]
    tells: str = "am"


def _gb(text: str) -> Callable[[], bytes]:
    return lambda: text.encode("gb18030")


def _utf(text: str) -> Callable[[], bytes]:
    return text.encode


def _html(rows: str, title: str = "通话详单") -> str:
    return (
        "<html><head><meta http-equiv='Content-Type' content='text/html; charset=GBK'></head><body>"
        f"<table border=1><tr><td colspan=6>{title}</td></tr>{rows}</table></body></html>"
    )


_MOBILE_ROWS = [
    ["中国移动通信客户语音详单"],
    ["客户姓名：", "某某", "手机号码：", "19790009999"],
    ["查询时间段：", "2026-03-01至2026-03-31"],
    ["起始时间", "通信地点", "通信方式", "对方号码", "通信时长", "通信类型", "套餐优惠", "实收通信费(元)"],
    ["03-01 21:30:05", "杭州", "被叫", WRITTEN, "1分5秒", "本地", "", "0.00"],
    ["合计", "", "", "", "1分5秒", "", "", "0.00"],
]
_ANDROID_JSON = [
    {"number": WRITTEN, "date": 1772371805000, "type": 1, "duration": 65, "name": None},
    {"number": WRITTEN, "date": 1772414140000, "type": 3, "duration": 0, "name": None},
]

FORMS = [
    Form("中国移动 详单 CSV", "list.csv", _gb("\r\n".join(",".join(row) for row in _MOBILE_ROWS)), "a"),
    Form(
        "中国移动 详单 HTML 的 .xls",
        "list.xls",
        _gb(
            _html(
                "<tr><th>起始时间</th><th>通信地点</th><th>通信方式</th><th>对方号码</th><th>通信时长</th></tr>"
                "<tr><td>2026-03-01 21:30:05</td><td>杭州</td><td>本地(非漫游、被叫)</td><td>19790001234</td>"
                "<td>1分5秒</td></tr>"
            )
        ),
        "a",
    ),
    Form("中国移动 详单 .xlsx", "list.xlsx", lambda: xlsx({"语音": _MOBILE_ROWS}), "a"),
    Form(
        "中国联通 详单 CSV",
        "list.csv",
        _gb(
            "序号,通话起始时间,通话时长,呼叫类型,对方号码,本机通话地,对方归属地,通话类型,小计\r\n"
            "1,2026年03月01日 21:30:05,1分5秒,被叫,19790001234,杭州,杭州,国内通话,0.00\r\n"
        ),
        "a",
    ),
    Form(
        "中国联通 详单 .xls",
        "list.xls",
        lambda: xls(
            [
                ["中国联通语音详单"],
                ["起始时间", "呼叫类型", "对方号码", "通话时长", "通话类型"],
                [ANSWERED, "被叫", WRITTEN, "00:01:05", "国内通话"],
            ]
        ),
        "a",
    ),
    Form(
        "中国联通 详单 .xlsx",
        "list.xlsx",
        lambda: xlsx(
            {
                "202602": [["起始时间", "呼叫类型", "对方号码", "通话时长"]],
                "202603": [
                    ["起始时间", "呼叫类型", "对方号码", "通话时长"],
                    [SHEET_DAY, "被叫", float(WRITTEN), 65 / 86_400],
                ],
            },
            dates=[0],
            durations=[3],
        ),
        "a",
    ),
    Form(
        "中国电信 详单 CSV",
        "list.csv",
        _gb(
            "呼叫类型,对方号码,起始时间,通话时长(秒),费用(元)\r\n省内漫游被叫,19790001234,2026-03-01 21:30:05,65,0.00\r\n"
        ),
        "a",
    ),
    Form(
        "中国电信 详单 HTML 的 .xls",
        "list.xls",
        _gb(
            _html(
                "<tr><td>序号</td><td>主叫号码</td><td>被叫号码</td><td>开始时间</td><td>通话时长</td></tr>"
                "<tr><td>1</td><td>19790001234</td><td>19790009999</td><td>2026-03-01-21:30:05</td><td>65</td></tr>"
                "<tr><td>2</td><td>19790009999</td><td>19790005678</td><td>2026-03-01-22:30:05</td><td>9</td></tr>"
            )
        ),
        "a",
    ),
    Form(
        "中国电信 详单 .xls",
        "list.xls",
        lambda: xls(
            [["呼叫类型", "对方号码", "起始时间", "通话时长(秒)"], ["被叫", float(WRITTEN), "20260301213005", 65.0]]
        ),
        "a",
    ),
    Form(
        "SMS Backup & Restore calls-*.xml",
        "calls-20260310.xml",
        _utf(
            "<?xml version='1.0' encoding='UTF-8' standalone='yes' ?>\n"
            '<?xml-stylesheet type="text/xsl" href="calls.xsl"?>\n<calls count="2">\n'
            '<call number="+8619790001234" duration="65" date="1772371805000" type="1" presentation="1" '
            'readable_date="2026年3月1日 下午9:30:05" contact_name="(Unknown)" />\n'
            '<call number="19790001234" duration="0" date="1772414140000" type="3" presentation="1" '
            'readable_date="2026年3月2日 上午9:15:40" contact_name="(Unknown)" />\n</calls>'
        ),
    ),
    Form(
        "Super Backup XML",
        "calllogs.xml",
        _utf(
            '<?xml version="1.0" encoding="UTF-8"?><alllogs count="2">'
            '<log number="19790001234" time="2026-03-01 21:30:05" date="1772371805000" type="1" name="" new="1" dur="65" />'
            '<log number="19790001234" time="2026-03-02 09:15:40" date="1772414140000" type="3" name="" new="1" dur="0" />'
            "</alllogs>"
        ),
    ),
    Form(
        "Android CallLog CSV",
        "calls.csv",
        _utf(
            "_id,number,date,duration,type,name\n1,19790001234,1772371805000,65,7,\n2,19790001234,1772414140000,0,3,\n"
        ),
    ),
    Form("Android CallLog JSON", "calls.json", lambda: json.dumps({"calls": _ANDROID_JSON}).encode()),
    Form(
        "Fossify / Simple Dialer JSON",
        "call-history.json",
        lambda: json.dumps(
            [
                {"phoneNumber": WRITTEN, "name": "x", "startTS": 1772371805, "duration": 65, "type": 1},
                {"phoneNumber": WRITTEN, "name": "x", "startTS": 1772414140, "duration": 0, "type": 5},
            ]
        ).encode(),
    ),
    Form(
        "JSON lines",
        "calls.ndjson",
        lambda: "\n".join(json.dumps(one) for one in _ANDROID_JSON).encode(),
    ),
    Form(
        "adb shell content query",
        "calls.txt",
        _utf(
            "Row: 0 _id=1, number=19790001234, date=1772371805000, duration=65, type=1, name=NULL\n"
            "Row: 1 _id=2, number=19790001234, date=1772414140000, duration=0, type=3, name=NULL\n"
        ),
    ),
    Form(
        "小米 通话记录 CSV",
        "通话记录.csv",
        _utf("姓名,电话号码,通话类型,通话时间,通话时长(秒)\n未知,197 9000 1234,呼入,2026/3/1 21:30:05,65\n"
             "未知,197 9000 1234,响铃未接,2026/3/2 9:15:40,18\n"),
    ),
    Form(
        "华为 通话记录 .xls",
        "calllog.xls",
        lambda: xls(
            [
                ["联系人", "号码", "类型", "时间", "持续时间"],
                ["", WRITTEN, "已接来电", "2026/03/01 21:30:05", "00:01:05"],
                ["", WRITTEN, "未接来电", "2026/03/02 09:15:40", "00:00:00"],
            ]
        ),
    ),
    Form(
        "三星 通话记录 CSV",
        "calllog.csv",
        _utf("号码,日期,时间,类型,时长\n19790001234,2026年3月1日 星期日,下午 9:30:05,来电,1分5秒\n"
             "19790001234,2026年3月2日 星期一,上午 9:15:40,未接,0秒\n"),
    ),
    Form(
        "iMazing CSV",
        "Call history.csv",
        _utf(
            "Call type,Date,Duration,Number,Contact,Location,Service\n"
            "Incoming,2026-03-01 21:30:05,00:01:05,+86 197 9000 1234,,,Telephony\n"
            "Missed,2026-03-02 09:15:40,,+86 197 9000 1234,,,Telephony\n"
        ),
    ),
    Form(
        "iPhone CallHistory.storedata CSV",
        "ZCALLRECORD.csv",
        _utf(
            "Z_PK,ZADDRESS,ZDATE,ZDURATION,ZORIGINATED,ZANSWERED\n1,+8619790001234,794064605.25,65.4,0,1\n"
            "2,+8619790001234,794106940,0,0,0\n"
        ),
    ),
    Form(
        "iPhone English CSV",
        "calls.csv",
        _utf(
            'Date,Name,Phone Number,Type,Length\n"Sunday, March 1, 2026 at 9:30:05 PM",,+86 197 9000 1234,Received,01:05.0\n'
            '"Monday, March 2, 2026 at 9:15:40 AM",,+86 197 9000 1234,Declined,\n'
        ),
    ),
    Form(
        "Google Takeout HTML",
        "+8619790001234 - Received - 2026-03-01T13_30_05Z.html",
        _utf(
            '<!DOCTYPE html><html><body><div class="haudio"><span class="fn">Received call from</span>'
            '<div class="contributor vcard"><a class="tel" href="tel:+8619790001234"><span class="fn"></span></a></div>'
            '<abbr class="published" title="2026-03-01T13:30:05.000Z">Mar 1</abbr>'
            '<abbr class="duration" title="PT1M5S">(00:01:05)</abbr></div></body></html>'
        ),
        "a",
    ),
    Form(
        '="…" 单元格 CSV',
        "calls.csv",
        _utf('号码,时间,类型,时长\n="19790001234",="2026-03-01 21:30:05",呼入,="65"\n'
             '="19790001234",="2026-03-02 09:15:40",未接,=""\n'),
    ),
    Form(
        "制表符 UTF-16",
        "calls.txt",
        lambda: "对方号码\t通话时间\t呼叫类型\t通话时长\n'19790001234\t2026-03-01 21:30:05\t呼入\t65\n"
        "'19790001234\t2026-03-02 09:15:40\t未接\t\n".encode("utf-16"),
    ),
    Form(
        "分号 CSV",
        "calls.csv",
        _utf("Number;Date;Time;Direction;Duration\n+8619790001234;01.03.2026;21:30:05;in;0:01:05\n"
             "+8619790001234;02.03.2026;09:15:40;missed;0:00:00\n+8619790005678;31.01.2026;09:15:40;in;0:00:10\n"),
    ),
    Form(
        "Unix 秒 CSV",
        "calls.csv",
        _utf("number,timestamp,direction,duration\n19790001234,1772371805,inbound,65\n"
             "19790001234,1772414140,missed,0\n"),
    ),
    Form(
        "Excel 天数 CSV",
        "calls.csv",
        _utf(f"号码,时间,类型,时长\n19790001234,{SHEET_DAY},呼入,65\n"),
        "a",
    ),
    Form(
        "带时区的 ISO 8601 CSV",
        "calls.csv",
        _utf("phone_number,started_at,call_type,talk_time\n19790001234,2026-03-01T13:30:05.123+00,incoming,65\n"
             "19790001234,2026-03-02 09:15:40+08,missed,\n"),
    ),
    Form(
        "Java 日期 GMT+08:00 CSV",
        "calls.csv",
        _utf("Phone Number,Call Date,Call Type,Duration\n19790001234,Sun Mar 01 21:30:05 GMT+08:00 2026,INCOMING,65\n"
             "19790001234,Mon Mar 02 09:15:40 GMT+08:00 2026,MISSED,0\n"),
    ),
    Form(
        "主叫、被叫两列的话单 CSV",
        "cdr.csv",
        _utf("caller,callee,start_time,duration,disposition\n19790001234,19790009999,2026-03-01 21:30:05,65,ANSWERED\n"
             "19790001234,19790009999,2026-03-02 09:15:40,20,NO ANSWER\n"),
    ),
]  # fmt: skip
