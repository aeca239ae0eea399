"""Problems of the API in words for pages: what to press, where the API speaks of methods, headers and fields."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from service.edge.problems import BY_CODE, Problem, ProblemError
from service.pages.staff_words import WORDS as STAFF_WORDS

#: code -> what is said and what to do, in Chinese and English; None leaves the API's own sentence.
_WORDS: Final[Mapping[str, tuple[str | None, str | None, str, str]]] = {
    **STAFF_WORDS,
    "too_many_requests": (
        None,
        None,
        "请过一会儿再试。着急的话，可以先看“去哪里投诉”，有危险就拨打 110。",
        "Try again in a while. Meanwhile see where to turn; in danger, call 110.",
    ),
    "too_many_at_once": (
        "同时在做的事太多了（可能是您自己的）。",
        "Too much is being done at once (perhaps by yourself).",
        "请等前一个上传或下载做完，再试一次。",
        "Wait until the upload or download before it is done, then try again.",
    ),
    "idempotency_in_flight": (
        "同一个表单正在处理。",
        "The same form is being worked on.",
        "请等几秒，再刷新这一页。",
        "Wait some seconds, then reload this page.",
    ),
    "database_unavailable": (
        "暂时无法读取和保存，没有保存任何内容。",
        "Nothing can be read or saved just now; nothing was saved.",
        "请过一会儿再试。查号不受影响。",
        "Try again in a while. Look-ups go on.",
    ),
    "overloaded": (None, None, "请过几秒再试一次。", "Try again in some seconds."),
    "evidence_form_invalid": (
        "没有收到完整的文件，没有保存。",
        "The file did not arrive whole; nothing was saved.",
        "请在网络好的地方，重新选一次文件再上传。",
        "Choose the file again and upload it where the network is good.",
    ),
    "upload_too_slow": (
        "上传超过 {seconds} 秒还没有完成，没有保存。",
        "The upload was not complete after {seconds} seconds; nothing was saved.",
        "请换用更快的网络再试。不要为此剪辑或压缩原件。",
        "Try again on a faster network. Do not edit or compress the original for it.",
    ),
    "too_much_evidence": (
        None,
        None,
        "请先销毁不再需要的证据，再上传。",
        "Destroy evidence that you no longer need, then upload.",
    ),
    "evidence_unavailable": (
        None,
        None,
        "请过一会儿再上传一次。",
        "Upload it again in a while.",
    ),
    "restricted": (
        "您已暂停使用自己的举报，没有保存。",
        "You restricted the use of your reports; nothing was saved.",
        "请到“我的”里恢复使用，再继续。",
        "End the restriction under “Mine”, then go on.",
    ),
    "case_withdrawn": (None, None, "请用同样的举报新建案卷。", "Make a new case of the same reports."),
    "case_without_reports": (None, None, "请用没有撤回的举报新建案卷。", "Make a new case of other reports."),
    "channel_does_not_fit": (
        "这个渠道不适合这个案卷。",
        "This channel does not fit the case.",
        "请回到案卷，从列出的渠道里选。",
        "Go back to the case and choose one of the channels listed.",
    ),
    "package_beyond_bounds": (
        None,
        None,
        "请把举报分成几个案卷。",
        "Divide the reports among several cases.",
    ),
    "status_not_allowed": (
        "现在的状态是“{status_zh}”，不能这样记。",
        "The filing is “{status_en}” now; that cannot follow.",
        "请刷新这一页，从列出的进展里选；记错了可以用“上一条记错了”。",
        "Reload this page and choose from what is listed; a wrong entry can be taken back.",
    ),
}


def _worded(problem: Problem) -> Problem:
    zh, en, advice_zh, advice_en = _WORDS[problem.code]
    return replace(
        problem, zh=zh or problem.zh, en=en or problem.en, advice_zh=advice_zh, advice_en=advice_en
    )


#: code -> the problem as pages show it.
PROBLEMS: Final = {code: _worded(BY_CODE[code]) for code in _WORDS}


def for_people(error: ProblemError) -> ProblemError:
    """Return a problem as a page shows it."""
    worded = PROBLEMS.get(error.problem.code)
    if worded is None:
        return error
    return ProblemError(worded, fields=error.fields, headers=error.headers, **error.values)
