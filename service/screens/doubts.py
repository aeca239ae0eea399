"""What of a draft must be looked at, and what to say about it: the closed list of doubts."""

from collections.abc import Mapping
from typing import Final, Literal, get_args

from service.screens.when import At

Doubt = Literal[
    "number_unsure",
    "number_masked",
    "number_missing",
    "number_in_name",
    "count_unsure",
    "row_cut",
    "day_unknown",
    "day_assumed",
    "year_unknown",
    "time_missing",
    "time_rounded",
    "time_unsure",
    "direction_unknown",
    "direction_unsure",
    "length_unsure",
    "text_cut",
    "text_unsure",
]
#: Doubt -> what to tell the person, in Chinese and English.
DOUBTS: Final[Mapping[str, tuple[str, str]]] = {
    "number_unsure": (
        "号码可能没有读对，请对照原图",
        "The number may be misread; compare it with the picture.",
    ),
    "number_masked": ("号码不完整，有几位被遮住", "The number is incomplete; some of its digits are hidden."),
    "number_missing": ("这里显示的是名称，请填写号码", "A name is shown here; enter the number."),
    "number_in_name": (
        "号码写在名称里，不一定就是来电号码",
        "The number stands inside a name; the call may have come from another.",
    ),
    "count_unsure": ("次数可能没有读对", "The number of calls may be misread."),
    "row_cut": ("这一行在图片里不完整", "This row is cut off in the picture."),
    "day_unknown": ("不知道是哪一天", "The day is not known."),
    "day_assumed": (
        "只写了钟点，很可能是截图当天",
        "Only a time is shown; it is probably of the day of the screenshot.",
    ),
    "year_unknown": ("不知道是哪一年", "The year is not known."),
    "time_missing": ("没有写几点", "No time of day is shown."),
    "time_rounded": ("时间是按“几分钟前”推算的", "The time was worked out from “minutes ago”."),
    "time_unsure": ("时间可能没有读对", "The time may be misread."),
    "direction_unknown": (
        "看不出是打来还是打出",
        "Whether the call came in or went out is not shown in words.",
    ),
    "direction_unsure": ("是打来还是打出有矛盾", "What the row says about the direction contradicts itself."),
    "length_unsure": ("时长可能没有读对", "The length may be misread."),
    "text_cut": ("内容不完整", "The text is incomplete."),
    "text_unsure": ("内容可能有错字", "The text may have misread characters."),
}
KNOWN: Final = frozenset(get_args(Doubt))


def told(doubts: tuple[str, ...], at: At | None) -> list[Doubt]:
    """Return doubts without those that another one says already, each once."""
    found = dict.fromkeys(doubts)
    if at is not None and at.day is not None:
        found.pop("day_unknown", None)
    if "year_unknown" in found:
        found.pop("day_unknown", None)
    return [one for one in get_args(Doubt) if one in found]
