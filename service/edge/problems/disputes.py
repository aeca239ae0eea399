"""Problems of owners and moderators: codes, disputes, decisions."""

from service.edge.problems.document import Problem

CODES_OFF = Problem(
    code="codes_off",
    status=409,
    title_zh="未开通验证码",
    title_en="codes off",
    zh="本服务未设置验证码发送方式，请直接联系运营者提出异议。",
    en="This service has no way to send codes; contact its operator to dispute a number.",
    advice_zh="请联系运营者，由人工核实后处理异议。",
    advice_en="Contact the operator, who can verify you and take your dispute by hand.",
)
CODE_NOT_SENT = Problem(
    code="code_not_sent",
    status=503,
    title_zh="验证码未发出",
    title_en="code not sent",
    zh="验证码暂时无法发出，请稍后重新获取。",
    en="The code could not be sent at the moment; request another one later.",
    advice_zh="请等待 Retry-After 所示的秒数，重新求解题目并获取验证码。",
    advice_en="Wait as many seconds as Retry-After says, then solve a new challenge and request a new code.",
    headers=("Retry-After",),
)
NUMBER_WITHOUT_OWNER = Problem(
    code="number_without_owner",
    status=422,
    title_zh="号码没有机主",
    title_en="number without owner",
    zh="这类号码没有可以接收验证码的机主。",
    en="A number of this kind has no owner who could receive a code.",
    advice_zh="紧急电话、公共服务号码和隐藏号码不能验证；如有疑问请联系运营者。",
    advice_en="Emergency, public service and withheld numbers cannot be verified; contact the operator with questions.",
)
OWNERSHIP_ENDED = Problem(
    code="ownership_ended",
    status=403,
    title_zh="号码已换机主",
    title_en="ownership ended",
    zh="该号码自 {since} 起登记为新机主使用。如果您是现机主，请重新获取验证码。",
    en="This number has been registered to a new owner since {since}. If that is you, request a new code.",
    advice_zh="现机主请用 POST /v1/numbers/{number}/owner-codes 重新获取验证码，取得新的令牌。",
    advice_en="If you are the present owner, request a code with POST /v1/numbers/{number}/owner-codes and get a new token.",
    example={"since": "2026-03-01"},
)
TOO_MANY_CODES = Problem(
    code="too_many_codes",
    status=429,
    title_zh="验证码发送过多",
    title_en="too many codes",
    zh="已向这个号码发送过多验证码；已发出的验证码仍然有效，或在 {hours} 小时后再试。",
    en="Too many codes were sent to this number; codes already sent stay valid, or try again in {hours} h.",
    advice_zh="请使用已收到的验证码，或等待 Retry-After 所示的秒数。",
    advice_en="Use a code that has already arrived, or wait as many seconds as Retry-After says.",
    example={"hours": 1},
    headers=("Retry-After",),
)
CODE_WRONG = Problem(
    code="code_wrong",
    status=403,
    title_zh="验证码不正确",
    title_en="code wrong",
    zh="验证码不正确，{next_zh}。",
    en="The code is wrong; {next_en}.",
    advice_zh="请核对最近一条短信中的六位数字；一个验证码最多尝试五次。",
    advice_en="Check the six digits in the newest message; each code can be tried five times.",
    example={"next_zh": "还可以尝试 4 次", "next_en": "tries left: 4"},
)
CODE_GONE = Problem(
    code="code_gone",
    status=403,
    title_zh="验证码已失效",
    title_en="code gone",
    zh="验证码尝试次数过多、已过期或已被使用，请重新获取。",
    en="The code was tried too often, has expired or was already used; request a new one.",
    advice_zh="验证码十分钟内有效，只能使用一次；请重新获取。",
    advice_en="A code is valid for ten minutes and can be used once; request a new one.",
)
DISPUTE_OPEN = Problem(
    code="dispute_open",
    status=409,
    title_zh="异议正在处理",
    title_en="dispute open",
    zh="这个号码已有一件处理中的异议，请等待处理结果；本人提出的可以补充或撤回。",
    en="A dispute about this number is open. Wait for its decision; if it is yours, you can add to it or withdraw it.",
    advice_zh="请用 GET /v1/disputes 查看进展，用 PATCH /v1/disputes/{dispute_id} 补充。",
    advice_en="See how it stands with GET /v1/disputes, and add to it with PATCH /v1/disputes/{dispute_id}.",
)
DISPUTE_CLOSED = Problem(
    code="dispute_closed",
    status=409,
    title_zh="异议已结束",
    title_en="dispute closed",
    zh="这件异议已结束（{state_zh}），不能再更改。",
    en="This dispute has ended ({state}) and can no longer be changed.",
    advice_zh="请用 GET /v1/disputes/{dispute_id} 查看结果和理由。",
    advice_en="Read the outcome and its reason with GET /v1/disputes/{dispute_id}.",
    example={"state_zh": "已驳回", "state": "rejected"},
)
DISPUTE_NOT_NEW = Problem(
    code="dispute_not_new",
    status=409,
    title_zh="须有新的事实",
    title_en="dispute not new",
    zh="这个号码的异议不久前被驳回；{until} 之前再次提出，须在 new_facts 中写明新的事实。",
    en="A dispute about this number was rejected recently. Until {until}, a further dispute must state the new facts "
    "in `new_facts`.",
    advice_zh="请填写 new_facts，说明上次异议之后出现或当时没有提出的事实。",
    advice_en="Fill in `new_facts` with what has happened or come to light since the last dispute.",
    example={"until": "2026-06-01"},
)
TOO_MANY_DISPUTES = Problem(
    code="too_many_disputes",
    status=409,
    title_zh="异议次数已满",
    title_en="too many disputes",
    zh="一个号码一年内最多提出 {limit} 次异议，请直接联系运营者。",
    en="A number can be disputed at most {limit} times a year; contact the operator.",
    advice_zh="请直接联系运营者。",
    advice_en="Contact the operator directly.",
    example={"limit": 3},
)
TOO_MANY_STATEMENTS = Problem(
    code="too_many_statements",
    status=409,
    title_zh="陈述次数已满",
    title_en="too many statements",
    zh="一件异议最多陈述 {limit} 次。",
    en="A dispute can hold at most {limit} statements.",
    advice_zh="请等待处理结果；已写的陈述都会被阅读。",
    advice_en="Wait for the decision; everything that you stated will be read.",
    example={"limit": 20},
)
DECISION_REFUSED = Problem(
    code="decision_refused",
    status=422,
    title_zh="不能这样裁定",
    title_en="decision refused",
    zh="不能这样裁定：{reason_zh}。",
    en="This decision is not possible: {reason_en}.",
    advice_zh="请按所述理由修改 decision 或日期后重新提交。",
    advice_en="Change `decision` or the date as the reason says, and send it again.",
    example={
        "reason_zh": "异议成立时不能同时认定为违规",
        "reason_en": "an upheld dispute cannot find the number abusive",
    },
)
PROOF_REFUSED = Problem(
    code="proof_refused",
    status=422,
    title_zh="证明文件不符合要求",
    title_en="proof refused",
    zh="证明文件没有保存：{reason_zh}。",
    en="The proof was not saved: {reason_en}.",
    advice_zh="请上传营业执照等的照片、截图或 PDF，每份不超过 5 MB，请求正文就是文件本身。",
    advice_en="Upload a picture or a PDF of at most 5 MB, such as a business licence; the body of the request is the file.",
    example={"reason_zh": "它不是图片或 PDF", "reason_en": "it is neither a picture nor a PDF"},
)
TOO_MANY_PROOFS = Problem(
    code="too_many_proofs",
    status=409,
    title_zh="证明文件过多",
    title_en="too many proofs",
    zh="一个异议最多附 {limit} 份证明文件。",
    en="A dispute can have at most {limit} proofs.",
    advice_zh="请先用 DELETE /v1/disputes/{dispute_id}/proofs/{proof_id} 删除不需要的一份。",
    advice_en="Delete one that is not needed first, with DELETE /v1/disputes/{dispute_id}/proofs/{proof_id}.",
    example={"limit": 5},
)
NOT_AN_ORGANISATION = Problem(
    code="not_an_organisation",
    status=403,
    title_zh="不是已核验的机构",
    title_en="not an organisation",
    zh="此令牌不属于已核验号码段的机构。",
    en="This token is not that of an organisation whose lines were verified.",
    advice_zh="单个号码请用 POST /v1/disputes；号码段请先联系运营者核验。",
    advice_en="Dispute a single number with POST /v1/disputes; for a range, have the operator verify it first.",
)
