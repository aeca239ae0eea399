"""The closed vocabularies of exports."""

from collections.abc import Mapping
from typing import Final, Literal

VerdictName = Literal["unknown", "suspected", "confirmed", "disputed", "cleared", "protected"]
Format = Literal["csv", "ndjson", "xlsx", "parquet"]
LayoutName = Literal["12321", "12321_extended", "numbers", "institutions"]
#: What a row of each layout is; `service.exports.layouts` has its members and columns.
LAYOUT_ROWS: Final[Mapping[LayoutName, str]] = {
    "12321": "a report in the columns of 12321",
    "12321_extended": "the same with carriers, provinces and the institution",
    "numbers": "a number with counts of persons",
    "institutions": "an institution in a month with counts of persons",
}
Headings = Literal["zh", "names"]
ExportState = Literal[
    "requested", "refused", "queued", "running", "done", "failed", "expired", "lapsed", "withdrawn"
]

MEDIA_TYPES: Final[Mapping[Format, str]] = {
    "csv": "text/csv; charset=utf-8",
    "ndjson": "application/x-ndjson",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "parquet": "application/vnd.apache.parquet",
}
#: Headings in Chinese of members that have a name in English, because programs read them by it.
HEADINGS_ZH: Final = {"row_id": "行编号", "change": "变更"}
#: The states in Chinese.
STATES_ZH: Final[Mapping[ExportState, str]] = {
    "requested": "待审批",
    "refused": "未批准",
    "queued": "已批准，待生成",
    "running": "正在生成",
    "done": "已完成",
    "failed": "失败",
    "expired": "已过保存期",
    "lapsed": "无人审批，已失效",
    "withdrawn": "已撤回",
}
