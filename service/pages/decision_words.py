"""What moderators choose from: each decision with its key, its name, and the sentence that owner and reporters read."""

from typing import Final, NamedTuple

from ml.reviews import ReviewReason
from service.decisions.decide import DecisionKind


class Text(NamedTuple):
    """A text in Chinese and English."""

    zh: str
    en: str


class Choice(NamedTuple):
    """A decision: its name, what it does, and the reason that is told where a moderator writes none."""

    value: str
    name: Text
    does: Text
    says: str


#: In the order of the digits that choose them.
DECISIONS: Final = (
    Choice(
        DecisionKind.ABUSIVE,
        Text("违规", "Abusive"),
        Text("公布为“确认”", "It is published as confirmed"),
        "人工核对了举报，确认存在违规催收。A person checked the reports and confirms illegal collection.",
    ),
    Choice(
        DecisionKind.CLEARED,
        Text("澄清", "Cleared"),
        Text("不再公布，以后的举报也不会使它公布", "It is not listed, also not by further reports"),
        "人工核对后，没有理由公布这个号码。A person checked it: there is no reason to list this number.",
    ),
    Choice(
        DecisionKind.PROTECTED,
        Text("受保护", "Protected"),
        Text(
            "机构的已核实线路，举报永不公布它", "A verified line of an organisation, which reports never list"
        ),
        "人工核对后，它属于公共服务或已核实的机构。A person checked it: it belongs to a public service or a verified "
        "organisation.",
    ),
    Choice(
        DecisionKind.RELEASED,
        Text("解除", "Released"),
        Text("此前的裁定结束，举报重新计入", "An earlier decision ends; reports count again"),
        "此前的裁定不再适用，重新按举报判断。The earlier decision no longer applies; reports decide again.",
    ),
    Choice(
        DecisionKind.RECYCLED,
        Text("换了机主", "New owner"),
        Text(
            "此前的举报不再计入；须填新机主的起始日期",
            "Earlier reports count no more; needs the owner's first day",
        ),
        "号码已换新机主，此前的举报不再计入。The number has a new owner; earlier reports no longer count.",
    ),
)
REJECTED: Final = Choice(
    "rejected",
    Text("驳回异议", "Reject the dispute"),
    Text("号码的结论不变", "What is published stays"),
    "人工核对了您的说明和举报，没有理由更改。A person read your statement and the reports; there is no reason to "
    "change it.",
)
#: How disputes end, in the order of the digits.
OUTCOMES: Final = (*DECISIONS[1:3], DECISIONS[4], DECISIONS[3], REJECTED)
SAYS: Final = {one.value: one.says for one in (*DECISIONS, REJECTED)}

REASONS: Final = {
    ReviewReason.OPPOSED: Text("已确认，但很多人说它正当", "Confirmed, but many call it legitimate"),
    ReviewReason.TAKEN_BACK: Text("确认它的举报已被撤回", "The reports that confirmed it were taken back"),
    ReviewReason.BURST: Text(
        "许多新账户同时举报，举报暂不计入", "Many fresh accounts at once; their reports wait"
    ),
    ReviewReason.ORGANISATION: Text(
        "机构线路，若是手机号就会确认", "An organisation's line; a mobile would be confirmed"
    ),
    ReviewReason.DISAGREEMENT: Text(
        "举报人会确认它，模型却不怀疑", "Reporters would confirm it; the model does not suspect it"
    ),
    ReviewReason.REPORTED_AGAIN: Text(
        "裁定之后又有足以确认的举报", "Reports since the decision would confirm it"
    ),
    ReviewReason.CONTRADICTED: Text("部门的处理结果与结论不同", "An agency found otherwise than the verdict"),
}
VERDICTS: Final = {
    "unknown": Text("不公布", "not published"),
    "suspected": Text("疑似", "suspected"),
    "confirmed": Text("确认", "confirmed"),
    "disputed": Text("异议处理中", "disputed"),
    "cleared": Text("已澄清", "cleared"),
    "protected": Text("受保护", "protected"),
}
GROUNDS: Final = {
    "recycled": Text("号码换过机主", "The number had another owner before"),
    "legitimate_business": Text("正当业务来电", "Its calls are lawful business"),
    "never_called": Text("我没有打过，号码被冒用", "I never called; others forge it"),
    "other": Text("其他", "Something else"),
}
