"""The catalogue of errors, as RFC 9457 problem documents in Chinese and English.

A problem is raised as `ProblemError`; one handler in `app` turns it into a response in the language asked
for. `docs/problems.md` lists this catalogue and a test compares the two.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import orjson

Language = Literal["zh", "en"]
CONTENT_TYPE = "application/problem+json"


@dataclass(frozen=True, slots=True)
class Problem:
    """One kind of error: stable code, HTTP status, and what to tell the person in both languages."""

    code: str
    status: int
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class FieldError:
    """What is wrong with one field; `field` is its path in the body, such as `narrative` or `lines[3]`."""

    field: str
    code: str
    zh: str
    en: str


class ProblemError(Exception):
    """Raised anywhere to answer with a problem; `values` fill the braces of its texts."""

    def __init__(
        self,
        problem: Problem,
        *,
        fields: Sequence[FieldError] = (),
        headers: Mapping[str, str] | None = None,
        **values: object,
    ) -> None:
        super().__init__(problem.code)
        self.problem = problem
        self.fields = tuple(fields)
        self.headers = dict(headers or {})
        self.values = values

    def document(self, language: Language) -> dict[str, object]:
        """The problem document (RFC 9457, section 3) with the extension members `code` and `errors`."""
        problem = self.problem
        document: dict[str, object] = {
            "type": f"/problems/{problem.code}",
            "title": problem.code.replace("_", " "),
            "status": problem.status,
            "detail": getattr(problem, language).format(**self.values),
            "code": problem.code,
        }
        if self.fields:
            document["errors"] = [
                {"field": error.field, "code": error.code, "message": getattr(error, language)}
                for error in self.fields
            ]
        return document

    def body(self, language: Language) -> bytes:
        """The document as JSON."""
        return orjson.dumps(self.document(language))


def megabytes(size: int) -> str:
    """A size in bytes as people are told it, in MB of 1024 x 1024 bytes: 25, 0.5."""
    return f"{round(size / 1024**2, 3):.10g}"


def preferred_language(accept_language: str | None) -> Language:
    """`zh` or `en`, as `Accept-Language` (RFC 9110, section 12.5.4) prefers; `zh` without a preference."""
    best: Language = "zh"
    best_quality = 0.0
    for choice in (accept_language or "").lower().split(","):
        tag, _, parameter = choice.strip().partition(";")
        language = tag.split("-", 1)[0]
        try:
            quality = float(parameter.strip().removeprefix("q=")) if parameter else 1.0
        except ValueError:
            continue
        if language in ("zh", "en") and quality > best_quality:
            best, best_quality = ("zh" if language == "zh" else "en"), quality
    return best


INVALID_REQUEST = Problem(
    "invalid_request", 422,
    "有不正确的内容，见 errors；没有保存。",
    "Something is not right, see errors; it was not stored.",
)  # fmt: skip
INVALID_JSON = Problem(
    "invalid_json", 400,
    "请求正文不是合法的 JSON：{reason_zh}。",
    "The body is not valid JSON: {reason_en}.",
)  # fmt: skip
INVALID_NUMBER = Problem(
    "invalid_number", 422,
    "无法识别这个号码：{reason_zh}。",
    "This number cannot be read: {reason_en}.",
)  # fmt: skip
BODY_TOO_LARGE = Problem(
    "body_too_large", 413,
    "请求正文超过 {limit} 字节。",
    "The body is larger than {limit} bytes.",
)  # fmt: skip
UNSUPPORTED_MEDIA_TYPE = Problem(
    "unsupported_media_type", 415,
    "请使用 Content-Type: {expected}。",
    "Use Content-Type: {expected}.",
)  # fmt: skip
MISSING_KEY = Problem(
    "missing_key", 401,
    "请在 Authorization: Bearer 中提供所需的密钥或令牌。",
    "Give the key or token that this needs as Authorization: Bearer.",
)  # fmt: skip
WRONG_KEY = Problem(
    "wrong_key", 401,
    "密钥或令牌不正确、已过期或已撤销。",
    "The key or token is wrong, expired or revoked.",
)  # fmt: skip
OTHER_KEY_KIND = Problem(
    "other_key_kind", 401,
    "此处需要{needed_zh}，您提供的是另一种。",
    "This needs {needed_en}; what you gave is of another kind.",
)  # fmt: skip
MISSING_SCOPE = Problem(
    "missing_scope", 403,
    "此密钥没有 {scope} 权限。",
    "This key lacks the scope {scope}.",
)  # fmt: skip
TOO_MANY_REQUESTS = Problem(
    "too_many_requests", 429,
    "请求过于频繁，请在 {seconds} 秒后重试。",
    "Too many requests; try again in {seconds} s.",
)  # fmt: skip
TOO_MANY_AT_ONCE = Problem(
    "too_many_at_once", 429,
    "正在进行的上传或材料生成已达上限（可能是您自己的），请几秒后重试。",
    "As many uploads or packages are under way as there may be, perhaps your own; try again in a few seconds.",
)  # fmt: skip
NOT_FOUND = Problem(
    "not_found", 404,
    "没有找到所请求的内容。",
    "There is nothing here.",
)  # fmt: skip
METHOD_NOT_ALLOWED = Problem(
    "method_not_allowed", 405,
    "此地址不支持该方法。",
    "This address does not take that method.",
)  # fmt: skip
PROOF_OF_WORK_WRONG = Problem(
    "proof_of_work_wrong", 403,
    "工作量证明不正确、已过期或已被使用，请重新获取题目。",
    "The proof of work is wrong, expired or already used; ask for a new challenge.",
)  # fmt: skip
REPORT_RETRACTED = Problem(
    "report_retracted", 409,
    "这条举报已撤回，不能再补充。",
    "This report was retracted and takes no supplement.",
)  # fmt: skip
TOO_MANY_SUPPLEMENTS = Problem(
    "too_many_supplements", 409,
    "一条举报最多补充 {limit} 次。",
    "A report takes at most {limit} supplements.",
)  # fmt: skip
IDEMPOTENCY_KEY_INVALID = Problem(
    "idempotency_key_invalid", 400,
    "Idempotency-Key 须为 1 至 255 个可见 ASCII 字符。",
    "Idempotency-Key must be 1 to 255 visible ASCII characters.",
)  # fmt: skip
IDEMPOTENCY_KEY_REUSED = Problem(
    "idempotency_key_reused", 422,
    "这个 Idempotency-Key 已用于内容不同的请求。",
    "This Idempotency-Key was used for a request with another body.",
)  # fmt: skip
IDEMPOTENCY_IN_FLIGHT = Problem(
    "idempotency_in_flight", 409,
    "使用同一 Idempotency-Key 的请求仍在处理，请稍后重试。",
    "A request with the same Idempotency-Key is under way; try again shortly.",
)  # fmt: skip
CODES_OFF = Problem(
    "codes_off", 409,
    "本服务未设置验证码发送方式，请直接联系运营者提出异议。",
    "This service has no way to send codes; write to its operator to dispute.",
)  # fmt: skip
CODE_NOT_SENT = Problem(
    "code_not_sent", 503,
    "验证码暂时无法发出，请稍后重新获取。",
    "The code could not be sent for now; ask for another later.",
)  # fmt: skip
NUMBER_WITHOUT_OWNER = Problem(
    "number_without_owner", 422,
    "这类号码没有可以接收验证码的机主。",
    "Numbers of this kind have no owner who could be sent a code.",
)  # fmt: skip
OWNERSHIP_ENDED = Problem(
    "ownership_ended", 403,
    "该号码自 {since} 起登记为新机主使用。如果您是现机主，请重新获取验证码。",
    "This number is known as a new owner's since {since}. If that is you, ask for a new code.",
)  # fmt: skip
TOO_MANY_CODES = Problem(
    "too_many_codes", 429,
    "已向这个号码发送过多验证码；已发出的验证码仍然有效，或在 {hours} 小时后再试。",
    "This number was sent too many codes; those sent stay valid, or try again in {hours} h.",
)  # fmt: skip
CODE_WRONG = Problem(
    "code_wrong", 403,
    "验证码不正确，{next_zh}。",
    "The code is wrong; {next_en}.",
)  # fmt: skip
CODE_GONE = Problem(
    "code_gone", 403,
    "验证码尝试次数过多、已过期或已被使用，请重新获取。",
    "The code was tried too often, has expired or was used; ask for a new one.",
)  # fmt: skip
DISPUTE_OPEN = Problem(
    "dispute_open", 409,
    "这个号码已有一件处理中的异议，请等待处理结果；本人提出的可以补充或撤回。",
    "A dispute of this number is open: wait for its decision; add to it or withdraw it where it is yours.",
)  # fmt: skip
DISPUTE_CLOSED = Problem(
    "dispute_closed", 409,
    "这件异议已结束（{state_zh}），不能再更改。",
    "This dispute has ended ({state}) and cannot be changed.",
)  # fmt: skip
DISPUTE_NOT_NEW = Problem(
    "dispute_not_new", 409,
    "这个号码的异议不久前被驳回；{until} 之前再次提出，须在 new_facts 中写明新的事实。",
    "A dispute of this number was rejected; one before {until} must say in new_facts what is new.",
)  # fmt: skip
TOO_MANY_DISPUTES = Problem(
    "too_many_disputes", 409,
    "一个号码一年内最多提出 {limit} 次异议，请直接联系运营者。",
    "A number can be disputed {limit} times a year; write to the operator.",
)  # fmt: skip
TOO_MANY_STATEMENTS = Problem(
    "too_many_statements", 409,
    "一件异议最多陈述 {limit} 次。",
    "A dispute takes at most {limit} statements.",
)  # fmt: skip
RESTRICTED = Problem(
    "restricted", 409,
    "您已限制使用自己的举报，请先用 DELETE /v1/me/restriction 恢复；没有保存。",
    "You restricted the use of your reports: end that first by DELETE /v1/me/restriction. Nothing was stored.",
)  # fmt: skip
RESTRICTED_BY_DISPUTE = Problem(
    "restricted_by_dispute", 409,
    "机主通过提出异议来限制处理：异议期间号码不会列入，请使用 POST /v1/disputes。",
    "Owners restrict by a dispute: while it is open the number is not listed. Use POST /v1/disputes.",
)  # fmt: skip
DECISION_REFUSED = Problem(
    "decision_refused", 422,
    "不能这样裁定：{reason_zh}。",
    "This cannot be decided: {reason_en}.",
)  # fmt: skip
EVIDENCE_FORM_INVALID = Problem(
    "evidence_form_invalid", 400,
    "请以 multipart/form-data 上传一个完整的文件，字段名为 file；没有保存。",
    "Upload one whole file as multipart/form-data in a field named file; nothing was stored.",
)  # fmt: skip
UPLOAD_TOO_SLOW = Problem(
    "upload_too_slow", 408,
    "上传超过 {seconds} 秒仍未完成，没有保存；请在网络较好时重试，或压缩后再传。",
    "The upload was not whole after {seconds} s and was not stored; try again on a better line, or send a smaller file.",
)  # fmt: skip
EVIDENCE_EMPTY = Problem(
    "evidence_empty", 422,
    "文件是空的，没有保存；请确认选对了文件。",
    "The file is empty and was not stored; check that it is the right one.",
)  # fmt: skip
EVIDENCE_TOO_LARGE = Problem(
    "evidence_too_large", 413,
    "文件超过 {limit} MB，没有保存；请截取有关部分，或分成几个文件上传。",
    "The file is larger than {limit} MB and was not stored; cut out the part that matters or upload several files.",
)  # fmt: skip
EVIDENCE_TYPE_REFUSED = Problem(
    "evidence_type_refused", 415,
    "按内容判断，这是{found_zh}，没有保存；请上传录音、视频、图片、PDF、短信或邮件原文，或 CSV 通话记录，不要打包。",
    "By its content this is {found_en} and was not stored; upload a recording, video, picture, PDF, message or mail, "
    "or a call log as CSV, not packed into an archive.",
)  # fmt: skip
TOO_MUCH_EVIDENCE = Problem(
    "too_much_evidence", 409,
    "{reason_zh}，没有保存；请先删除不再需要的证据。",
    "{reason_en}; it was not stored. Delete evidence that is no longer needed first.",
)  # fmt: skip
CALL_LOG_INVALID = Problem(
    "call_log_invalid", 422,
    "这份通话记录无法使用，见 errors；没有保存，请改正后重新上传。",
    "This call log cannot be used, see errors; it was not stored. Correct it and upload it again.",
)  # fmt: skip
EVIDENCE_DAMAGED = Problem(
    "evidence_damaged", 500,
    "这份证据缺失或已损坏；如果还有原件，请删除后重新上传。",
    "This piece of evidence is missing or damaged; if you have the original, delete it and upload it again.",
)  # fmt: skip
EVIDENCE_UNAVAILABLE = Problem(
    "evidence_unavailable", 503,
    "证据存储暂时不可用，没有保存任何内容，请稍后重试。",
    "The store of evidence is away for the moment. Nothing was stored; try again.",
)  # fmt: skip
EXPORT_NOT_READY = Problem(
    "export_not_ready", 409,
    "导出尚未完成（状态：{state_zh}）。",
    "The export is not finished (state: {state}).",
)  # fmt: skip
EXPORT_EXPIRED = Problem(
    "export_expired", 410,
    "导出文件已过保存期并已删除，请重新申请。",
    "The files of this export were removed after their time; ask for it again.",
)  # fmt: skip
EXPORT_DECIDED = Problem(
    "export_decided", 409,
    "此导出申请已处理，不能再审批或撤回（状态：{state_zh}）。",
    "This export was decided about before, and can be neither decided nor withdrawn (state: {state}).",
)  # fmt: skip
OWN_EXPORT = Problem(
    "own_export", 403,
    "申请人所属机构不能审批自己的导出申请，请由他人审批。",
    "Whoever asks for an export, or is of the same agency, cannot approve it; somebody else has to.",
)  # fmt: skip
KEY_WITHOUT_AGENCY = Problem(
    "key_without_agency", 403,
    "此密钥未绑定机构和用途，请由运营方用 dunwatch keys create --agency --purpose 另发密钥。",
    "This key is bound to no agency and purpose; have the operator issue one: dunwatch keys create --agency --purpose.",
)  # fmt: skip
QUOTA_USED = Problem(
    "quota_used", 403,
    "该机构 30 天内的导出额度（{rows} 行）不足，请缩小范围、稍后再试，或请运营方调整额度。",
    "The agency's quota of {rows} rows in 30 days does not suffice; ask for less, later, or have the operator raise it.",
)  # fmt: skip
PERIOD_OPEN = Problem(
    "period_open", 409,
    "按号码的统计只能申请已经结束的期间：同一期间前后两次统计相减可推知个人。",
    "Counts by number are handed over of periods that have ended: one taken from a later one would tell of single persons.",
)  # fmt: skip
PERIOD_OVERLAPS = Problem(
    "period_overlaps", 409,
    "所选期间与导出 {export_id} 的期间部分重叠，两者相减可推知个人。请申请同一期间或不重叠的期间，或注明法律依据。",
    "The period overlaps that of export {export_id} in part: one taken from the other would tell of single persons. "
    "Ask for the same period, for one that does not overlap, or under a legal basis.",
)  # fmt: skip
PROOF_IMPOSSIBLE = Problem(
    "proof_impossible", 422,
    "无法给出这样的证明：日志有 {size} 条记录；请给出 place（小于 size）或 first（不大于 size）之一。",
    "No such proof: the log has {size} entries; give either place, below size, or first, up to size.",
)  # fmt: skip
RANGE_NOT_SATISFIABLE = Problem(
    "range_not_satisfiable", 416,
    "请求的范围超出文件（共 {size} 字节），请去掉 Range 或改用文件内的范围。",
    "The range lies outside the file ({size} bytes); leave Range out or ask for bytes of the file.",
)  # fmt: skip
CASE_WITHDRAWN = Problem(
    "case_withdrawn", 409,
    "这个案卷已撤回；如仍需投诉举报，请用这些举报新建案卷。",
    "This case was withdrawn. To file after all, make a new case from its reports.",
)  # fmt: skip
CASE_WITHOUT_REPORTS = Problem(
    "case_without_reports", 409,
    "这个案卷的举报都已撤回，没有可整理的内容；请用其他举报新建案卷。",
    "All reports of this case were retracted; make a new case from others.",
)  # fmt: skip
CONSENT_MISSING = Problem(
    "consent_missing", 403,
    "尚未同意为渠道 {channel} 整理材料；请先阅读 consent_text，再 POST 到 consents。",
    "There is no consent for the channel {channel}: read consent_text, then POST it to consents.",
)  # fmt: skip
CONSENT_TEXT_OUTDATED = Problem(
    "consent_text_outdated", 409,
    "同意书已更新；请阅读版本 {version} 后重新同意。",
    "The consent text has changed; read version {version} and consent to that.",
)  # fmt: skip
CHANNEL_DOES_NOT_FIT = Problem(
    "channel_does_not_fit", 409,
    "渠道 {channel} 不适合这个案卷；适合的渠道：{fitting}。",
    "The channel {channel} does not fit this case. These do: {fitting}.",
)  # fmt: skip
STATUS_NOT_ALLOWED = Problem(
    "status_not_allowed", 409,
    "目前状态为「{status_zh}」，下一步只能记录：{allowed_zh}。",
    "The filing is {status_en}; what may be recorded next: {allowed_en}.",
)  # fmt: skip
LIMIT_REACHED = Problem(
    "limit_reached", 409,
    "最多 {limit} 个；请先撤回或删除不再需要的。",
    "There are {limit} already, which is the limit; withdraw or remove one first.",
)  # fmt: skip
WEBHOOK_REFUSED = Problem(
    "webhook_refused", 422,
    "不能使用这个网址：{reason_zh}。请换成可从公网访问的 https 网址。",
    "This address cannot be used: {reason_en}. Give an https address on the public network.",
)  # fmt: skip
DATABASE_UNAVAILABLE = Problem(
    "database_unavailable", 503,
    "数据库暂时不可用，没有保存任何内容，请稍后重试。",
    "The database is away for the moment. Nothing was stored; try again.",
)  # fmt: skip
REPLICA_UNAVAILABLE = Problem(
    "replica_unavailable", 503,
    "本机的查询副本尚未就绪，请稍后重试。",
    "This host's replica is not ready yet; try again.",
)  # fmt: skip
INTERNAL_ERROR = Problem(
    "internal_error", 500,
    "服务内部出错，已记录（编号 {request_id}）。",
    "Something failed inside the service; it was recorded (id {request_id}).",
)  # fmt: skip

CATALOGUE: tuple[Problem, ...] = tuple(
    value for value in list(globals().values()) if isinstance(value, Problem)
)
