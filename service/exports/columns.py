"""The rows of the layouts about reports: the hand-over columns of 12321, each with what it is filled with.

`12321` has the columns of the bulk hand-over between carriers and 12321, with `row_id` and `change` behind them;
`12321_extended` has eight more before `row_id`. The files `api_specs/export-*.schema.json` are written from what stands
here (`make openapi`): a column is declared once, with its description.

A number that others display is a victim too. Where the verdict suspects spoofing or protects the number, or the
number is none that could have called (a public service, an impossible caller ID), the row accuses no number:
被举报号码 is 未知号码, 显示主叫号码 keeps what was displayed, and 不良类型 says 疑似改号.
"""

from typing import Annotated, Any, Final, Literal, NamedTuple, TypeAlias, get_args

import msgspec
from msgspec import Meta, field

from service.exports.cells import CALLERS, EVIDENCE_KINDS, MEDIA, RELATIONS, SUBJECTS
from service.exports.words import VerdictName

Cell: TypeAlias = str | int | None
Change: TypeAlias = Literal["added", "changed"]

#: Descriptions and patterns that rows of several layouts share.
CLOCK: Final = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"
ACCUSED_PATTERN: Final = "^([0-9][0-9-]*|未知号码)$"
RowChange: TypeAlias = Annotated[
    Change,
    Meta(
        description="Whether the agency receives this row for the first time, or with a content that differs from the "
        "earlier one; always added where no earlier export is compared with."
    ),
]
NumberKey: TypeAlias = Annotated[
    str,
    Meta(
        min_length=1,
        description="Canonical key of the number: E.164 with +, a bare service code, ! followed by an impossible caller "
        "ID, or withheld.",
    ),
]
RowVerdict: TypeAlias = Annotated[
    str,
    Meta(
        description="Current verdict on the number in the snapshot; unknown where there is none.",
        extra_json_schema={"enum": list(get_args(VerdictName))},
    ),
]
RowScore: TypeAlias = Annotated[
    Annotated[float, Meta(ge=0, le=1)] | None,
    Meta(
        description="Calibrated probability with four decimals; null unless the verdict is suspected or confirmed."
    ),
]
RowRevision: TypeAlias = Annotated[
    Annotated[int, Meta(ge=1)] | None,
    Meta(
        description="Revision of that verdict in the change feed of the manifest; null unless it lists the number."
    ),
]


def one_of(texts: Any, description: str) -> Meta:
    """Return the description of a text that is one of `texts`."""
    return Meta(description=description, extra_json_schema={"enum": list(texts)})


class Row(msgspec.Struct, frozen=True, gc=False):
    """A report: the columns in their order, then what NDJSON and Parquet add to join it to verdicts and the feed."""

    source: Annotated[
        str,
        Meta(
            pattern="^(【模拟数据】)?dunwatch/",
            description="dunwatch/ and the source of the report; preceded by 【模拟数据】 where the report was simulated.",
        ),
    ] = field(name="举报来源")
    reporter: Annotated[
        str,
        Meta(
            description="*** : masked. Under a legal basis, how the reporter wants to be reached; empty where that was not "
            "given."
        ),
    ] = field(name="举报号码")
    accused: Annotated[
        str,
        Meta(
            pattern=ACCUSED_PATTERN,
            description="The number as dialled inside China (19790001234, 010-82345678, 95588, 00852-98765432); 未知号码 "
            "where it was withheld or is suspected to be spoofed.",
        ),
    ] = field(name="被举报号码")
    handed_over_on: Annotated[
        str, Meta(description="Day of the export, Asia/Shanghai.", extra_json_schema={"format": "date"})
    ] = field(name="下发日期")
    recorded_at: Annotated[
        str, Meta(pattern=f"^{CLOCK}$", description="When the report was recorded, Asia/Shanghai.")
    ] = field(name="投诉时间")
    displayed: Annotated[
        str,
        Meta(
            min_length=1,
            description="The caller ID as it was displayed, where the reporter gave it in another form; else the number as "
            "dialled.",
        ),
    ] = field(name="显示主叫号码")
    medium: Annotated[
        str, one_of(MEDIA.values(), "What the report is about: a call, a text message or something else.")
    ] = field(name="业务类型")
    caller: Annotated[
        str,
        one_of(
            CALLERS.values(), "Who or what called: a person, a machine, or one ring; empty if not stated."
        ),
    ] = field(name="电话类型")
    callee: Annotated[
        str,
        Meta(
            description="*** : masked. Under a legal basis, the called number; empty where it was not given."
        ),
    ] = field(name="被叫号码")
    occurred_at: Annotated[
        str,
        Meta(
            pattern=r"^\d{4}-\d\d-\d\d( \d\d:\d\d:\d\d)?$",
            description="When the call or message came, Asia/Shanghai; the day alone where the hour is not known.",
        ),
    ] = field(name="来电时间")
    duration_seconds: Annotated[
        Annotated[int, Meta(ge=0, le=86_400)] | None,
        Meta(description="Seconds; 0 for a call that was not answered, null where the length is not known."),
    ] = field(name="通话时长(秒)")
    callee_company: Annotated[
        str, one_of([""], "Always empty: the people who report are natural persons.")
    ] = field(name="被叫企业")
    bad_types: Annotated[
        str,
        Meta(
            pattern=f"^({'|'.join(SUBJECTS.values())})(；.+)?$",
            description="欠款催收, or 未分类来电 for feeds about calls of any kind; then, joined by ；: 疑似改号… where the "
            "displayed number is suspected to be spoofed and must not be taken for the caller's; 号码异议处理中 or "
            "号码已澄清 where the number is disputed or cleared; the names of the violations reported.",
        ),
    ] = field(name="不良类型")
    content: Annotated[
        str,
        Meta(
            description="自称机构：… where the caller claimed to act for an institution, then the report's text and what "
            "was added later; what identifies other people is masked. Reporters wrote it: do not publish it."
        ),
    ] = field(name="举报内容")
    row_id: Annotated[
        str,
        Meta(
            pattern="^r[0-9a-f]{32}$",
            description="Opaque id of the row, the same in every export to one agency. Send outcomes back with it.",
        ),
    ]
    change: RowChange
    number: NumberKey
    verdict: RowVerdict
    score: RowScore
    revision: RowRevision
    is_simulated: Annotated[
        bool, Meta(description="Whether the report or the verdict comes from simulated data.")
    ]
    evidence: Annotated[
        str,
        Meta(
            pattern=f"^(({'|'.join(EVIDENCE_KINDS)}) [0-9]+(；|$))*$",
            description="Kinds of evidence that the reporter attached, each with its count, joined by ；: 录音 1；图片 2. "
            "The files are handed over with a case, never in bulk.",
        ),
    ] = field(name="证据")


class ExtendedRow(Row, frozen=True, gc=False):
    """A report with eight columns more, about the accused number, the called number and the debt."""

    accused_carrier: Annotated[
        str,
        Meta(
            description="Network that the number's prefix was allocated to; empty where it is not known or no number is "
            "accused."
        ),
    ] = field(name="被举报号码运营商")
    accused_province: Annotated[str, Meta(description="Province of that allocation.")] = field(
        name="被举报号码省份"
    )
    callee_carrier: Annotated[
        str,
        Meta(
            description="Network that the called number's prefix was allocated to, where the reporter gave the number; only "
            "with that number, under a legal basis."
        ),
    ] = field(name="被叫号码运营商")
    callee_province: Annotated[str, Meta(description="Province of that allocation.")] = field(
        name="被叫号码省份"
    )
    institution: Annotated[
        str, Meta(description="Whom the caller claimed to act for; empty where it was not stated.")
    ] = field(name="催收机构名称")
    overdue_days: Annotated[None, Meta(description="Always null: reporters are not asked for it.")] = field(
        name="逾期天数"
    )
    is_debtor: Annotated[
        str,
        one_of(dict.fromkeys(RELATIONS.values()), "Whether the reporter is the debtor; empty if not stated."),
    ] = field(name="是否本人")
    recording: Annotated[
        str,
        one_of(
            ["有", ""],
            "Whether the reporter attached a recording: it is handed over with a case, never in bulk.",
        ),
    ] = field(name="通话录音")


def names_of(row: type[msgspec.Struct]) -> tuple[str, ...]:
    """Return the names of a row's members, in their order."""
    return tuple(member.encode_name for member in msgspec.structs.fields(row))


BASE: Final = names_of(Row)[: names_of(Row).index("row_id")]
IDENTITY: Final = ("row_id", "change")
#: Columns that came later stand behind all others, since receivers read them by place.
LATER: Final = ("证据",)
COLUMNS: Final = BASE + IDENTITY + LATER
EXTENDED_COLUMNS: Final = BASE + names_of(ExtendedRow)[len(names_of(Row)) :] + IDENTITY + LATER


class Filled(NamedTuple):
    """A row and what it is about; times are clocks in China."""

    row: Any  # a struct of the layout
    number: str
    report_id: str | None
    reported_at: str
