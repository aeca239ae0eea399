"""What is wrong with a field, in words for people: one table a kind of error, in Chinese and English.

`docs/problems.md` lists the codes, and a test compares the two.
"""

from collections.abc import Mapping
from typing import Final

#: Of pydantic's kinds of error, and one of ours about each type. Braces are filled from the error's context.
_OF_TYPES: Final[Mapping[str, tuple[str, str]]] = {
    "missing": ("缺少此字段", "This field is missing"),
    "extra_forbidden": ("没有这个字段", "There is no such field"),
    "json_invalid": ("不是合法的 JSON：{error}", "This is not valid JSON: {error}"),
    "json_type": ("应为 JSON 文本", "This must be JSON text"),
    "model_type": ("应为 JSON 对象", "This must be a JSON object"),
    "model_attributes_type": ("应为 JSON 对象", "This must be a JSON object"),
    "dict_type": ("应为 JSON 对象", "This must be a JSON object"),
    "list_type": ("应为数组", "This must be an array"),
    "string_type": ("应为文本", "This must be a string"),
    "string_too_long": ("最多 {max_length} 个字符", "This must have at most {max_length} characters"),
    "string_too_short": ("至少 {min_length} 个字符", "This must have at least {min_length} characters"),
    "string_pattern_mismatch": ("格式不正确", "This does not have the expected form"),
    "string_unicode": ("不是合法的 UTF-8 文本", "This is not valid UTF-8 text"),
    "too_long": ("最多 {max_length} 项", "At most {max_length} items"),
    "too_short": ("至少 {min_length} 项", "At least {min_length} items"),
    "int_type": ("应为整数", "This must be an integer"),
    "int_parsing": ("应为整数", "This must be an integer"),
    "int_from_float": ("应为整数", "This must be an integer"),
    "int_parsing_size": ("整数过大", "This integer is too large"),
    "bool_type": ("应为 true 或 false", "This must be true or false"),
    "bool_parsing": ("应为 true 或 false", "This must be true or false"),
    "greater_than_equal": ("不得小于 {ge}", "This must be at least {ge}"),
    "less_than_equal": ("不得大于 {le}", "This must be at most {le}"),
    "literal_error": ("应为以下之一：{expected}", "This must be one of: {expected}"),
    "enum": ("应为以下之一：{expected}", "This must be one of: {expected}"),
    "timezone_aware": (
        "须带时区，如 2026-11-24T21:30:00+08:00",
        "This time needs a time zone, as in …+08:00",
    ),
    "datetime_type": ("应为 RFC 3339 时间", "This must be an RFC 3339 time"),
    "datetime_parsing": ("应为 RFC 3339 时间", "This must be an RFC 3339 time"),
    "datetime_from_date_parsing": ("应为 RFC 3339 时间", "This must be an RFC 3339 time"),
    "datetime_object_invalid": ("应为 RFC 3339 时间", "This must be an RFC 3339 time"),
    "date_from_datetime_parsing": ("应为日期", "This must be a date"),
    "uuid_type": ("应为 UUID", "This must be a UUID"),
    "uuid_parsing": ("应为 UUID", "This must be a UUID"),
    "not_a_moment": (
        "应为日期或带时区的 RFC 3339 时间",
        "This must be a date, or an RFC 3339 time with its time zone",
    ),
    "not_storable": ("含有不是文本的字符", "This contains characters that are not text"),
}
#: Of what a request says, and of what the service knows.
_OF_MEANING: Final[Mapping[str, tuple[str, str]]] = {
    "not_after_from": ("须晚于 from", "This must be later than from"),
    "no_changes": ("这种版式没有增量导出", "An export of this layout cannot have changes only"),
    "contradiction": ("合法来电不应选择违规类型", "A legitimate call cannot have violations"),
    "outcome_without_decision": (
        "异议成立须填写 decision，驳回则不填",
        "An upheld dispute needs a decision; a rejected one must have none",
    ),
    "not_handed_over": (
        "没有向该机构移交过这一行，请核对 row_id",
        "This agency did not receive such a row; check the row_id",
    ),
    "report_not_own": (
        "您没有这条举报，或已撤回，请核对 report_id",
        "You have no such report, or you retracted it; check the report_id",
    ),
    "in_the_future": ("时间在将来", "This time is in the future"),
    "too_long_ago": ("时间早于 2000 年", "This time is before 2000"),
    "day_in_the_future": ("日期在将来", "This day is in the future"),
    "day_before_last_event": ("早于上一步的日期", "This day is before the day of the last event"),
    "empty": ("没有可补充的内容", "There is nothing to add"),
    "nothing_to_change": ("没有可修改的内容", "There is nothing to change"),
}
_OF_NUMBERS: Final[Mapping[str, tuple[str, str]]] = {
    "number_area_code_needed": (
        "缺少区号，请写成 010-12345678 的形式",
        "Area code needed, as in 010-12345678",
    ),
    "number_not_a_number": ("这不是电话号码", "This is not a telephone number"),
    "number_too_short": ("号码太短", "The number is too short"),
    "number_too_long": ("号码太长", "The number is too long"),
    "number_several_numbers": ("一次只能填写一个号码", "One number at a time can be given"),
    "number_two_readings": (
        "这样写可以读成两个不同的号码，请只填写号码本身，数字之间不留空格或其他符号；座机请带区号前的 0，境外号码请带 +",
        "This can be read as two different numbers; give only the number, without spaces or signs between its digits; a "
        "landline with the 0 of its area code, a foreign number with its +",
    ),
    "number_wrong_length": (
        "{form}应为 {expected} 位，您写了 {given} 位；请核对，如果电话上显示的就是这样，请将 number_from 填为 telephone",
        "{form} has {expected} digits; you wrote {given}. Check it; if a telephone showed exactly this, set number_from to "
        "telephone",
    ),
    "number_wrong_length_local": (
        "区号 {area} 后的号码应为 {expected} 位，您写了 {given} 位；请核对，如果电话上显示的就是这样，请将 number_from 填为 "
        "telephone",
        "A number behind the area code {area} has {expected} digits; you wrote {given}. Check it; if a telephone showed "
        "exactly this, set number_from to telephone",
    ),
    "number_no_such_number": (
        "没有这样的号码；请核对，如果电话上显示的就是这样，请将 number_from 填为 telephone",
        "There is no such number. Check it; if a telephone showed exactly this, set number_from to telephone",
    ),
    "number_masked": (
        "第 {position} 个字符处有数字被遮住或缺少，请填写完整号码",
        "At character {position}, digits are masked or missing; give the whole number",
    ),
    "number_letter_for_digit": (
        "第 {position} 个字符不是数字（如把 0 写成 O、把 1 写成 l），请改正",
        "Character {position} is not a digit, such as O for 0 or l for 1; correct it",
    ),
    "number_rounded": (
        "第 {position} 个字符处是科学计数法，表格软件已丢失后面的数字；请把该列设为文本后重新填写",
        "At character {position} is scientific notation, in which a spreadsheet has lost digits; format the column as text "
        "and enter the number again",
    ),
    "number_two_country_codes": (
        "第 {position} 个字符处有第二个国家代码，请只保留一个",
        "At character {position} there is a second country code; keep one of them",
    ),
    "number_only_a_tail": (
        "第 {position} 个字符处只是号码的一部分（如尾号、开头几位），请填写完整号码",
        "At character {position} there is only a part of a number, such as its last digits; give the whole number",
    ),
    "number_unknown_region": ("没有这个国家或地区代码", "There is no such region"),
}
_OF_CALL_LOGS: Final[Mapping[str, tuple[str, str]]] = {
    "call_log_columns": (
        "没有找到通话记录的表头（号码、时间、呼叫类型），因此没有计数；文件已原样保存",
        "There is no header of a call log (number, time, call type), so nothing was counted; the file is kept as it is",
    ),
    "call_log_without_number": (
        "第 {line} 行的表头之后没有被举报号码的通话；文件已原样保存",
        "Below the header in line {line} there is no call with the reported number; the file is kept as it is",
    ),
    "call_log_damaged": (
        "表格已损坏、有密码或展开后过大，没有计数；文件已原样保存",
        "The spreadsheet is damaged, has a password or is too large once unpacked; nothing was counted, the file is kept",
    ),
    "call_log_beyond": (
        "记录太多，超出部分没有计数；文件已原样保存",
        "The log is too long: what is beyond the bounds was not counted; the file is kept as it is",
    ),
    "call_log_lines": (
        "第 {line} 行之后没有读取；文件已原样保存",
        "What follows line {line} was not read; the file is kept as it is",
    ),
    "call_log_too_long": (
        "被举报号码的通话太多，超出部分没有计数",
        "There are too many calls with the reported number; those beyond the bound were not counted",
    ),
    "call_log_line": (
        "第 {line} 行过长、列数过多，或有引号没有成对",
        "Line {line} is too long, has too many columns, or has a quote that is not closed",
    ),
    "call_log_shifted": (
        "第 {line} 行的列与表头对不上",
        "The columns of line {line} do not fit the header",
    ),
    "call_log_number_lost": (
        "第 {line} 行第 {column} 列的号码被表格软件写成了科学计数法，无法还原",
        "The number in line {line}, column {column} was turned into a power of ten by a spreadsheet and cannot be restored",
    ),
    "call_log_number_masked": (
        "第 {line} 行第 {column} 列的号码有几位被隐去，无法确定是不是被举报号码",
        "Digits of the number in line {line}, column {column} are masked: it may or may not be the reported number",
    ),
    "call_log_time": (
        "第 {line} 行第 {column} 列读不出日期和时间",
        "Line {line}, column {column} has no date and time that can be read",
    ),
    "call_log_year": (
        "第 {line} 行第 {column} 列的日期没有年份，文件里也没有写：请告知是哪一年",
        "The date in line {line}, column {column} has no year, and the file does not tell it: please say which year it is",
    ),
    "call_log_order": (
        "第 {line} 行第 {column} 列的日期分不清日和月的先后",
        "The date in line {line}, column {column} may be day and month or month and day",
    ),
    "call_log_half": (
        "第 {line} 行第 {column} 列的时段和钟点对不上，无法确定是几点或哪一天",
        "In line {line}, column {column} the part of the day and the hour do not fit: hour or day cannot be known",
    ),
    "call_log_moment": (
        "第 {line} 行第 {column} 列的时间在将来或早于 2000 年",
        "The time in line {line}, column {column} is in the future or before 2000",
    ),
    "call_log_people": (
        "第 {line} 行：按这份记录，该号码打给了几个不同的号码，无法确定哪些是打给本人的，因此没有计数",
        "In line {line}: by this log the number called several telephones; which calls came to you cannot be known, "
        "so none is counted",
    ),
    "call_log_direction": (
        "第 {line} 行第 {column} 列看不出是来电还是去电",
        "Line {line}, column {column} does not say whether the call came in or went out",
    ),
    "call_log_length": (
        "第 {line} 行第 {column} 列读不出通话时长",
        "Line {line}, column {column} has no duration that can be read",
    ),
}
#: The forms of numbers that messages name, in English -> Chinese.
FORMS: Final[Mapping[str, str]] = {
    "A mobile number": "手机号码",
    "A 400 or 800 number": "400/800 号码",
    "An SMS port": "短信端口号",
    "A 95 number": "95 号码",
    "A 96 number": "96 号码",
    "A short number that begins with 1": "1 开头的短号",
}
#: Of files in which an agency has filled in what it found; the field is the address of the cell.
_OF_RETURNED_FILES: Final[Mapping[str, tuple[str, str]]] = {
    "outcome_file": ("文件无法读取：{reason}", "The file cannot be read: {reason}"),
    "outcome_row_missing": (
        "缺少行编号，也没有可辨认的被举报号码",
        "The row has neither a row id nor a number that can be read",
    ),
    "outcome_row_id": (
        "这不是行编号：应为 r 或 n 加 32 位字母数字，请从移交的文件中原样复制",
        "This is no row id; copy it as it stands in the file that was handed over",
    ),
    "outcome_row_needed": (
        "移交过几行都是这个号码，请补上行编号",
        "Several rows about this number were handed over; add the row id",
    ),
    "outcome_number_rounded": (
        "表格软件把号码改成了科学计数，丢失了数字，无法得知原号码；请补上行编号，或把该列设为文本后重填",
        "A spreadsheet has rounded this number, and its digits are lost; add the row id, or set the column to text and "
        "fill it in again",
    ),
    "outcome_number_differs": (
        "号码与行编号不是同一行，可能只对部分列排过序",
        "The number is not that of this row id: perhaps only some of the columns were sorted",
    ),
    "outcome_result": (
        "这不是处理结果，请写 属实、部分属实、不属实 或 无法核实",
        "This is no result; write upheld, rejected or no_finding",
    ),
    "outcome_day": (
        "这不是能确定的日期，请写成 2026-11-30",
        "This is no day that can be told for certain; write it as 2026-11-30",
    ),
    "outcome_more": (
        "还有 {count} 处错误没有列出",
        "{count} more errors are not listed",
    ),
    "outcome_twice": (
        "同一行填了不同的处理结果，请只保留一个",
        "The same row has different results; keep one of them",
    ),
}
#: code -> (Chinese, English)
MESSAGES: Final[Mapping[str, tuple[str, str]]] = {
    **_OF_TYPES,
    **_OF_MEANING,
    **_OF_NUMBERS,
    **_OF_CALL_LOGS,
    **_OF_RETURNED_FILES,
}
