"""Problems of exports, their files, and the ledger."""

from service.edge.problems.document import Problem

EXPORT_NOT_READY = Problem(
    code="export_not_ready",
    status=409,
    title_zh="导出尚未完成",
    title_en="export not ready",
    zh="导出尚未完成（状态：{state_zh}）。",
    en="The export is not finished (state: {state}).",
    advice_zh="请用 GET /v1/exports/{export_id} 查看进展，状态为 done 后再下载。",
    advice_en="Follow the export with GET /v1/exports/{export_id}, and download once its state is done.",
    example={"state_zh": "待审批", "state": "requested"},
)
EXPORT_EXPIRED = Problem(
    code="export_expired",
    status=410,
    title_zh="导出文件已删除",
    title_en="export expired",
    zh="导出文件已过保存期并已删除，请重新申请。",
    en="The files of this export were deleted at the end of their retention period; request a new export.",
    advice_zh="请用 POST /v1/exports 重新申请；清单仍可在导出状态中查看。",
    advice_en="Request a new export with POST /v1/exports. The manifest stays in the status of the old one.",
)
EXPORT_DECIDED = Problem(
    code="export_decided",
    status=409,
    title_zh="申请已处理",
    title_en="export decided",
    zh="此导出申请已处理，不能再审批或撤回（状态：{state_zh}）。",
    en="This request has already been decided and can no longer be changed or withdrawn (state: {state}).",
    advice_zh="请用 GET /v1/exports/{export_id} 查看处理结果；如有需要请重新申请。",
    advice_en="Read the decision with GET /v1/exports/{export_id}; make a new request if you need one.",
    example={"state_zh": "未批准", "state": "refused"},
)
OWN_EXPORT = Problem(
    code="own_export",
    status=403,
    title_zh="不能审批自己的申请",
    title_en="own export",
    zh="申请人所属机构不能审批自己的导出申请，请由他人审批。",
    en="An export must be decided by someone outside the agency that requested it.",
    advice_zh="请由其他机构或运营方的审批人处理。",
    advice_en="Ask a moderator of the operator or of another agency to decide.",
)
KEY_WITHOUT_AGENCY = Problem(
    code="key_without_agency",
    status=403,
    title_zh="密钥未绑定机构",
    title_en="key without agency",
    zh="此密钥未绑定机构和用途，请由运营方用 dunwatch keys create --agency --purpose 另发密钥。",
    en="This key is not bound to an agency and a purpose; ask the operator for one that is "
    "(dunwatch keys create --agency --purpose).",
    advice_zh="请向运营方申请绑定了机构和用途的密钥。",
    advice_en="Ask the operator for a key that is bound to your agency and a purpose.",
)
QUOTA_USED = Problem(
    code="quota_used",
    status=403,
    title_zh="导出额度不足",
    title_en="quota used",
    zh="该机构 30 天内的导出额度（{rows} 行）不足，请缩小范围、稍后再试，或请运营方调整额度。",
    en="The agency's quota of {rows} rows in 30 days is not sufficient; request less, wait, or ask the operator for more.",
    advice_zh="请缩小期间或条件，等待较早的导出超过 30 天，或请运营方调整额度。",
    advice_en="Narrow the period or the conditions, wait until earlier exports are 30 days old, "
    "or ask the operator to raise the quota.",
    example={"rows": 100000},
)
PERIOD_OPEN = Problem(
    code="period_open",
    status=409,
    title_zh="期间尚未结束",
    title_en="period open",
    zh="按号码的统计只能申请已经结束的期间：同一期间前后两次统计相减可推知个人。",
    en="Per-number counts are exported only for periods that have ended: subtracting two counts could reveal individuals.",
    advice_zh="请把 to 改为今天或更早，或注明法律依据（legal_basis）。",
    advice_en="Set `to` to today or earlier, or state a `legal_basis`.",
)
PERIOD_OVERLAPS = Problem(
    code="period_overlaps",
    status=409,
    title_zh="期间部分重叠",
    title_en="period overlaps",
    zh="所选期间（机构统计还包括所选判定）与导出 {export_id} 部分重叠，两者相减可推知个人。请申请同一期间或不重叠的期间，"
    "或注明法律依据。",
    en="The period, or for institutions the selection of verdicts, partly overlaps that of export {export_id}: subtracting "
    "the two counts could reveal individuals. Request the same period, one that does not overlap, or state a legal basis.",
    advice_zh="请申请与该导出完全相同或完全不重叠的期间；同一期间的机构统计，verdicts 须与其完全相同或没有共同的值；"
    "或注明法律依据（legal_basis）。",
    advice_en="Request exactly the period of that export or one that does not overlap it. For institutions in "
    "the same period, name exactly its `verdicts` or none of them. Or state a `legal_basis`.",
    example={"export_id": "0b9c9a5e-5a0e-4c43-8f5e-0d3c1a2b4c5d"},
)
PROOF_IMPOSSIBLE = Problem(
    code="proof_impossible",
    status=422,
    title_zh="无法给出证明",
    title_en="proof impossible",
    zh="无法给出这样的证明：日志有 {size} 条记录；请给出 place（小于 size）或 first（不大于 size）之一。",
    en="There is no such proof: the log has {size} entries. Name either place, less than size, or first, at most size.",
    advice_zh="请在 place 和 first 中只填一个，且 size 不大于日志的记录数。",
    advice_en="Name exactly one of `place` and `first`, and a `size` that is not larger than the log.",
    example={"size": 9},
)
RANGE_NOT_SATISFIABLE = Problem(
    code="range_not_satisfiable",
    status=416,
    title_zh="范围超出文件",
    title_en="range not satisfiable",
    zh="请求的范围超出文件（共 {size} 字节），请去掉 Range 或改用文件内的范围。",
    en="The range lies outside the file, which has {size} bytes; leave Range out, or name bytes within the file.",
    advice_zh="响应头 Content-Range 说明文件大小；请据此修改 Range。",
    advice_en="The header Content-Range says how large the file is; change Range to fit.",
    example={"size": 2282},
    headers=("Content-Range",),
)
