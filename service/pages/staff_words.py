"""Problems of owners, moderators and agencies in words for pages, as `in_words` takes them."""

from collections.abc import Mapping
from typing import Final

#: code -> what is said and what to do, in Chinese and English; None leaves the API's own sentence.
WORDS: Final[Mapping[str, tuple[str | None, str | None, str, str]]] = {
    "missing_scope": (
        "您的密钥不能打开这一部分（需要 {scope}）。",
        "Your key does not open this part; it needs {scope}.",
        "请用另一个密钥登录，或请运营者发放。",
        "Sign in with another key, or ask the operator for one.",
    ),
    "code_not_sent": (
        None,
        None,
        "请过一分钟，再点“获取验证码”。",
        "Wait a minute, then request a code again.",
    ),
    "too_many_codes": (
        None,
        None,
        "请使用已收到的验证码，或过一会儿再获取。",
        "Use a code that has already arrived, or request one later.",
    ),
    "number_without_owner": (
        None,
        None,
        "紧急电话、公共服务号码和隐藏号码不能验证；如有疑问请联系运营者。",
        "Emergency, public service and withheld numbers cannot be verified; ask the operator.",
    ),
    "ownership_ended": (
        None,
        None,
        "如果您是现机主，请退出后重新获取验证码。",
        "If you are the present owner, sign out and request a new code.",
    ),
    "dispute_open": (None, None, "请看已提出的异议。", "See the dispute that is open."),
    "dispute_closed": (
        "这件异议已结束（{state_zh}），不能再更改。",
        "This dispute has ended and can no longer be changed.",
        "请看这一页上的结果和理由。",
        "Read the outcome and its reason on this page.",
    ),
    "dispute_not_new": (
        "这个号码的异议不久前被驳回；{until} 之前再次提出，须写明新的事实。",
        "A dispute about this number was rejected recently. Until {until}, a further one must state new facts.",
        "请在“新的事实”中写明上次之后出现、或当时没有提出的事实。",
        "Write under “New facts” what has happened or come to light since.",
    ),
    "decision_refused": (
        None,
        None,
        "请按所述理由修改后再提交。",
        "Change it as the reason says, then send it again.",
    ),
    "proof_refused": (
        None,
        None,
        "请上传营业执照等的照片、截图或 PDF，每份不超过 5 MB。",
        "Upload a picture or a PDF of at most 5 MB, such as a business licence.",
    ),
    "too_many_proofs": (None, None, "请先删除不需要的一份。", "Delete one that is not needed first."),
    "own_export": (None, None, "请由其他审核员处理。", "Another moderator has to decide."),
    "export_decided": (
        "此导出申请已处理，不能再审批或撤回（状态：{state_zh}）。",
        "This request was decided or withdrawn meanwhile and can no longer be changed.",
        "请看申请现在的状态；如有需要请重新申请。",
        "See how it stands now; make a new request if you need one.",
    ),
    "export_not_ready": (
        "导出尚未完成（状态：{state_zh}）。",
        "The export is not finished.",
        "请过一会儿刷新这一页。",
        "Reload this page in a while.",
    ),
    "export_expired": (
        None,
        None,
        "请重新申请；清单仍在这一页。",
        "Request a new export; the manifest stays on its page.",
    ),
    "key_without_agency": (
        "此密钥未绑定机构和用途。",
        "This key is not bound to an agency and a purpose.",
        "请向运营方申请绑定了机构和用途的密钥。",
        "Ask the operator for a key that is bound to your agency and a purpose.",
    ),
    "period_open": (
        None,
        None,
        "请把结束日改为今天或更早，或写明法律依据。",
        "Let the period end today or earlier, or state a legal basis.",
    ),
}
