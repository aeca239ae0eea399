"""What the API's document says before its operations, in Chinese first: `/docs` begins with it."""

from typing import Final

DESCRIPTION: Final = (
    "**催收电话号码情报服务。**\n\n"
    "被催收电话骚扰的人和被无故牵连的亲友可以举报号码；服务汇总、评分，在电话还在响的时候给出查询结果，"
    "并向监管部门提供带签名、可核验的举报数据。\n\n"
    "- **举报人**先用 `POST /v1/reporters` 注册，取得令牌（`dw_rep_…`），即可举报、附上证据、整理投诉材料。"
    "不需要姓名和手机号；令牌只显示一次，请妥善保存。\n"
    "- **号码的机主**用验证码证明号码由自己使用，取得令牌（`dw_own_…`），可对公开的结论提出异议。\n"
    "- **程序和机构**使用运营方发放的 API 密钥（`dw_key_…`）查询号码、批量举报、申请导出。\n"
    "- 规则与渠道、错误说明、个人信息处理规则（`GET /v1/privacy`）对所有人公开，不需要密钥。\n\n"
    "令牌或密钥放在请求头 `Authorization: Bearer …` 中；在 `/docs` 点击 Authorize 填写后即可试用。"
    "每个操作的标题中英文对照，参数和字段的说明为英文。"
    "出错时返回问题文档（RFC 9457），按 `Accept-Language` 用中文或英文说明；其中的 `type` 是网页地址，说明怎样处理。"
    "本服务提供信息，不构成法律意见，也不代任何人提交投诉。\n\n"
    "**Open number intelligence against illegal debt-collection calls in China.**\n\n"
    "Every error is a problem document (RFC 9457) in Chinese or English, as `Accept-Language` asks; its `type` "
    "is the address of a page that explains it. Every address that answers GET answers HEAD as well."
)
#: Tag -> what its operations are about.
TAGS: Final = {
    "reports": "举报：注册、举报电话和短信，查看、补充、撤回自己的举报；合作方可批量提交。"
    "Reporters sign up, report calls and messages, and see, supplement and retract their own reports. "
    "Partners hand in many reports at once.",
    "evidence": "证据：录音、短信、图片和通话记录附在举报上，只有举报人本人能看到。"
    "Recordings, messages, pictures and call logs belong to a report; only its reporter sees them.",
    "cases": "投诉案卷：把举报整理成投诉材料，跟踪到期事项；由本人提交，不代任何人提交。"
    "A case gathers reports to file with an authority, keeps what is due and prepares the papers. "
    "Nothing is filed for anybody.",
    "webhooks": "提醒：把到期事项发送到举报人自己的程序。Webhooks remind a reporter's own program of what is due.",
    "look-up": "号码查询：查询公布的结论，并说明理由。"
    "Look-ups tell what is published about a number, and explanations tell why.",
    "disputes": "机主异议：机主用验证码证明号码由自己使用，对公布的结论提出异议。"
    "The owner of a number shows control of it by a code and disputes what is published about it.",
    "moderation": "人工审核：查看等待人工处理的事项，作出裁定。Moderators see what waits for a person, and decide.",
    "rights": "个人权利：复制、限制处理、删除自己的数据。"
    "Reporters and owners copy, restrict and delete what is stored about them.",
    "exports": "导出：接收机构申请、跟踪、下载带签名的导出，并回报处理结果。"
    "Agencies request signed exports, follow and fetch them, and give back what became of the rows.",
    "log": "台账：记录导出的每一个步骤，无法暗中篡改。"
    "A tamper-evident log records everything that was done about exports.",
    "catalogue": "规则与渠道：催收电话可能违反哪些规定、可向哪些部门投诉举报，所有人都可以查阅。"
    "Everybody may read which rules collection calls can break and which authorities take filings.",
    "figures": "公开数据：每周以区间公布举报、列入的号码、异议和导出的数量，所有人都可以查阅。"
    "Everybody may read the figures of each week, in bands.",
    "problems": "错误说明：每种错误都有一个网页，说明含义和怎样处理。"
    "Each problem has a page that says what it means and what to do.",
    "system": "运行状态：一台主机是否正常，以及监控指标。"
    "These operations report the health and the metrics of one host.",
}
