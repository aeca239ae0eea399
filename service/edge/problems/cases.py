"""Problems of cases, their filings, and reminders."""

from service.edge.problems.document import Problem

CASE_WITHDRAWN = Problem(
    code="case_withdrawn",
    status=409,
    title_zh="案卷已撤回",
    title_en="case withdrawn",
    zh="这个案卷已撤回；如仍需投诉举报，请用这些举报新建案卷。",
    en="This case was withdrawn. If you still want to file, create a new case from the same reports.",
    advice_zh="请用 POST /v1/cases 以同样的举报新建案卷。",
    advice_en="Create a new case from the same reports with POST /v1/cases.",
)
CASE_WITHOUT_REPORTS = Problem(
    code="case_without_reports",
    status=409,
    title_zh="案卷没有举报",
    title_en="case without reports",
    zh="这个案卷的举报都已撤回，没有可整理的内容；请用其他举报新建案卷。",
    en="All reports of this case were retracted, so there is nothing to file; create a new case from other reports.",
    advice_zh="请用 POST /v1/cases 以未撤回的举报新建案卷。",
    advice_en="Create a new case from reports that are not retracted with POST /v1/cases.",
)
CONSENT_MISSING = Problem(
    code="consent_missing",
    status=403,
    title_zh="尚未同意",
    title_en="consent missing",
    zh="尚未同意为渠道 {channel} 整理材料；请先阅读 consent_text，再 POST 到 consents。",
    en="You have not consented to a package for the channel {channel}; read consent_text, then POST to consents.",
    advice_zh="案卷的 consent_text 说明材料包含什么；同意请 POST /v1/cases/{case_id}/consents。",
    advice_en="`consent_text` of the case says what a package holds; consent with POST /v1/cases/{case_id}/consents.",
    example={"channel": "12321"},
)
CONSENT_TEXT_OUTDATED = Problem(
    code="consent_text_outdated",
    status=409,
    title_zh="同意书已更新",
    title_en="consent text outdated",
    zh="同意书已更新；请阅读版本 {version} 后重新同意。",
    en="The consent text has changed; read version {version} and consent to that version.",
    advice_zh="请重新读取案卷中的 consent_text，并以其版本号再次提交。",
    advice_en="Read `consent_text` of the case again, and send its version.",
    example={"version": "2026-11-2"},
)
CHANNEL_DOES_NOT_FIT = Problem(
    code="channel_does_not_fit",
    status=409,
    title_zh="渠道不适合",
    title_en="channel does not fit",
    zh="渠道 {channel} 不适合这个案卷；适合的渠道：{fitting}。",
    en="The channel {channel} does not fit this case. These channels do: {fitting}.",
    advice_zh="请选用所列渠道之一；GET /v1/cases/{case_id} 说明各渠道适合的理由和尚缺的内容。",
    advice_en="Choose one of the channels listed; GET /v1/cases/{case_id} says why each fits and what it still lacks.",
    example={"channel": "pboc", "fitting": "police, 12321"},
)
PACKAGE_BEYOND_BOUNDS = Problem(
    code="package_beyond_bounds",
    status=422,
    title_zh="案卷过大",
    title_en="package beyond bounds",
    zh="这个案卷的文字太多，无法整理成材料；请把举报分成几个案卷。",
    en="The texts of this case are too long to be put together; divide its reports among several cases.",
    advice_zh="请用 POST /v1/cases 以其中一部分举报新建案卷。",
    advice_en="Create a case from some of the reports with POST /v1/cases.",
)
STATUS_NOT_ALLOWED = Problem(
    code="status_not_allowed",
    status=409,
    title_zh="不能记录这一步",
    title_en="status not allowed",
    zh="目前状态为「{status_zh}」，下一步只能记录：{allowed_zh}。",
    en="The filing is {status_en}; only these events can be recorded next: {allowed_en}.",
    advice_zh="请选择所列事件之一；记错的一步可以用 recorded_in_error 收回。",
    advice_en="Choose one of the events listed; take a wrong entry back with recorded_in_error.",
    example={
        "status_zh": "已提交",
        "status_en": "filed",
        "allowed_zh": "accepted（已受理）、rejected（不予受理或不支持）",
        "allowed_en": "accepted, rejected",
    },
)
LIMIT_REACHED = Problem(
    code="limit_reached",
    status=409,
    title_zh="数量已达上限",
    title_en="limit reached",
    zh="最多 {limit} 个；请先撤回或删除不再需要的。",
    en="The limit of {limit} is reached; first withdraw or remove what you no longer need.",
    advice_zh="请先撤回或删除不再需要的，再重新发送请求。",
    advice_en="Withdraw or remove what you no longer need, then send the request again.",
    example={"limit": 5},
)
WEBHOOK_REFUSED = Problem(
    code="webhook_refused",
    status=422,
    title_zh="网址不可用",
    title_en="webhook refused",
    zh="不能使用这个网址：{reason_zh}。请换成可从公网访问的 https 网址。",
    en="This address cannot be used: {reason_en}. Use an https address on the public internet.",
    advice_zh="请使用可从公网访问、端口合规的 https 网址；内网和特殊地址一律拒绝。",
    advice_en="Use an https address that is reachable from the public internet; private and special addresses are refused.",
    example={"reason_zh": "须以 https:// 开头", "reason_en": "it must begin with https://"},
)
