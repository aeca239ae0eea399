"""Problems of reporters: signing up, reports, evidence, and restricting the use of one's data."""

from service.edge.problems.document import Problem

PROOF_OF_WORK_WRONG = Problem(
    code="proof_of_work_wrong",
    status=403,
    title_zh="工作量证明无效",
    title_en="proof of work wrong",
    zh="工作量证明不正确、已过期或已被使用，请重新获取题目。",
    en="The proof of work is wrong, has expired or was already used; get a new challenge.",
    advice_zh="请用 GET /v1/reporters/challenge 获取新题目，在十分钟内求解并提交；每个答案只能用一次。",
    advice_en="Get a new challenge with GET /v1/reporters/challenge, solve it and send the solution within ten minutes. "
    "Each solution counts once.",
)
TOO_MANY_LINES = Problem(
    code="too_many_lines",
    status=413,
    title_zh="行数过多",
    title_en="too many lines",
    zh="一批最多 {limit} 行；没有保存。",
    en="A batch has at most {limit} lines. Nothing was saved.",
    advice_zh="请分成几批发送。",
    advice_en="Split it into several batches.",
    example={"limit": 10000},
)
LINE_TOO_LONG = Problem(
    code="line_too_long",
    status=413,
    title_zh="一行过长",
    title_en="line too long",
    zh="这一行超过 {limit} 字节；没有读取，也没有保存。",
    en="This line is longer than {limit} bytes. It was not read and not saved.",
    advice_zh="请检查换行是否丢失，或缩短这条举报的内容。",
    advice_en="Check whether line breaks were lost, or shorten what this report says.",
    example={"limit": 65536},
)
REPORT_RETRACTED = Problem(
    code="report_retracted",
    status=409,
    title_zh="举报已撤回",
    title_en="report retracted",
    zh="这条举报已撤回，不能再补充。",
    en="This report was retracted; nothing can be added to it.",
    advice_zh="如需继续，请就同一次来电重新举报。",
    advice_en="To go on, report the same call again.",
)
TOO_MANY_SUPPLEMENTS = Problem(
    code="too_many_supplements",
    status=409,
    title_zh="补充次数已满",
    title_en="too many supplements",
    zh="一条举报最多补充 {limit} 次。",
    en="A report can be supplemented at most {limit} times.",
    advice_zh="不能再补充这条举报；新的来电请另行举报。",
    advice_en="This report cannot be extended further; report new calls on their own.",
    example={"limit": 20},
)
EVIDENCE_FORM_INVALID = Problem(
    code="evidence_form_invalid",
    status=400,
    title_zh="上传格式不正确",
    title_en="evidence form invalid",
    zh="请以 multipart/form-data 上传一个完整的文件，字段名为 file；没有保存。",
    en="Upload exactly one complete file as multipart/form-data, in a field named file. Nothing was saved.",
    advice_zh="表单中只能有一个名为 file 的文件，另可有 caption 和 made_at；如果上传中途断开，请重新上传，或改用分段上传。",
    advice_en="The form must have one file, named file, and may have the fields caption and made_at. If the upload was "
    "interrupted, "
    "start it again, or upload in parts.",
)
UPLOAD_TOO_SLOW = Problem(
    code="upload_too_slow",
    status=408,
    title_zh="上传太慢",
    title_en="upload too slow",
    zh="上传超过 {seconds} 秒仍未完成；请在网络较好时重试，或分段上传：已收到的部分不会丢失。",
    en="The upload was not complete after {seconds} s; try again on a better connection, or upload in parts: what has "
    "arrived "
    "of these stays.",
    advice_zh="请换用更快的网络，或用 POST /v1/reports/{report_id}/uploads 分段上传。请不要为此剪辑或压缩原件。",
    advice_en="Use a faster connection, or upload in parts with POST /v1/reports/{report_id}/uploads. Do not cut or "
    "shrink the "
    "original for that.",
    example={"seconds": 300},
)
EVIDENCE_EMPTY = Problem(
    code="evidence_empty",
    status=422,
    title_zh="文件是空的",
    title_en="evidence empty",
    zh="文件是空的，没有保存；请确认选对了文件。",
    en="The file is empty and was not saved; check that you chose the right one.",
    advice_zh="请打开文件确认有内容，再重新选择并上传。",
    advice_en="Open the file to see that it has content, then choose it and upload it again.",
)
EVIDENCE_TOO_LARGE = Problem(
    code="evidence_too_large",
    status=413,
    title_zh="文件过大",
    title_en="evidence too large",
    zh="文件超过 {limit} MB，没有保存。请保留原件，不要剪辑、压缩或转换：改动过的文件证明力更弱。",
    en="The file is larger than {limit} MB and was not saved. Keep the original and do not cut, shrink or convert it: "
    "a changed "
    "file proves less.",
    advice_zh="请把原件留在原来的设备上，另拷贝一份到硬盘、U 盘或光盘，在举报中写明有这份原件；受理机关需要时，"
    "当面出示原件或交付拷贝。"
    "视频的上限比其他文件高。",
    advice_en="Leave the original on the device that made it, put a copy on a drive or disc, and say in the report "
    "that there is one. "
    "Show the original or hand over the copy when the authority asks for it. Videos may be larger than other files.",
    example={"limit": "25"},
)
EVIDENCE_TYPE_REFUSED = Problem(
    code="evidence_type_refused",
    status=415,
    title_zh="不接受的文件类型",
    title_en="evidence type refused",
    zh="按内容判断，这是{found_zh}，没有保存；请上传录音、视频、图片、PDF、短信或邮件原文，"
    "或通话记录（表格、CSV、XML），不要打包。",
    en="By its content this file is {found_en}; it was not saved. Upload a recording, video, picture, PDF, message, "
    "mail, or call log (spreadsheet, CSV, XML), and no archive.",
    advice_zh="文件类型按内容判断，与文件名无关；请导出或转换为所列类型之一。",
    advice_en="The type of a file is decided by its content, whatever its name; export or convert it to one of these "
    "types.",
    example={"found_zh": "压缩包", "found_en": "an archive"},
)
EVIDENCE_BEYOND_BOUNDS = Problem(
    code="evidence_beyond_bounds",
    status=422,
    title_zh="文件超出可读取的范围",
    title_en="evidence beyond bounds",
    zh="无法读取这个文件：{reason_zh}；没有保存，请只保留有关的部分，或分成几个文件上传。",
    en="This file cannot be read: {reason_en}. It was not saved; keep only the part that matters, or upload several files.",
    advice_zh="请只保留与被举报号码有关的行或段落，再重新上传。",
    advice_en="Keep only the lines or paragraphs about the reported number, then upload the file again.",
    example={"reason_zh": "它超过 100000 行", "reason_en": "it has more than 100000 lines"},
)
TOO_MUCH_EVIDENCE = Problem(
    code="too_much_evidence",
    status=409,
    title_zh="证据已达上限",
    title_en="too much evidence",
    zh="{reason_zh}，没有保存；请先删除不再需要的证据。",
    en="{reason_en}; the file was not saved. First delete evidence that you no longer need.",
    advice_zh="请用 DELETE /v1/reports/{report_id}/evidence/{evidence_id} 删除不再需要的证据，再重新上传。",
    advice_en="Delete evidence that you no longer need with DELETE /v1/reports/{report_id}/evidence/{evidence_id}, "
    "then upload again.",
    example={
        "reason_zh": "一条举报最多附 20 份证据",
        "reason_en": "A report takes at most 20 pieces of evidence",
    },
)
EVIDENCE_NO_ROOM = Problem(
    code="evidence_no_room",
    status=507,
    title_zh="暂不接收证据",
    title_en="evidence no room",
    zh="存放证据的空间已到预留界限，暂时不接收证据，没有保存。举报不受影响，请照常举报，并保留好原件，以后再传。",
    en="The space for evidence is used up to its reserve: evidence is not taken for now, and nothing was saved. "
    "Reports are still "
    "taken: report as usual, keep the original, and upload it later.",
    advice_zh="请保留原件，过几小时再上传；受理机关需要时，可当面出示原件。",
    advice_en="Keep the original and upload it in a few hours. You can also show it to the authority in person.",
    headers=("Retry-After",),
)
EVIDENCE_OF_NETWORK = Problem(
    code="evidence_of_network",
    status=429,
    title_zh="今日上传已达上限",
    title_en="evidence of network",
    zh="今天从您所在网络上传的证据已达 {limit} MB 的上限，没有保存。举报不受影响，请保留原件，明天再传。",
    en="Your network has uploaded as much evidence today as one may, {limit} MB; nothing was saved. Reports are still "
    "taken: "
    "keep the original and upload it tomorrow.",
    advice_zh="请明天再传，或换用其他网络（例如手机流量）。",
    advice_en="Upload it tomorrow, or from another network, such as that of your mobile telephone.",
    headers=("Retry-After",),
    example={"limit": "4096"},
)
UPLOAD_OFFSET_WRONG = Problem(
    code="upload_offset_wrong",
    status=409,
    title_zh="续传位置不符",
    title_en="upload offset wrong",
    zh="这次上传已收到前 {offset} 字节，请从这里继续。",
    en="The first {offset} bytes of this upload have arrived: go on from there.",
    advice_zh="请用 GET 查询 received，再从该位置发送其余部分。",
    advice_en="Ask with GET how many bytes were `received`, and send the rest from there.",
    headers=("Upload-Offset",),
    example={"offset": 8388608},
)
UPLOAD_BEYOND_SIZE = Problem(
    code="upload_beyond_size",
    status=422,
    title_zh="超过所报大小",
    title_en="upload beyond size",
    zh="这一段超出了开始时所报的 {size} 字节，这一段没有保存。",
    en="This part goes beyond the {size} bytes that were announced; it was not saved.",
    advice_zh="请确认文件没有改动；如果文件变大了，请重新开始上传。",
    advice_en="Check that the file has not changed. If it has grown, begin a new upload.",
    example={"size": 104857600},
)
EVIDENCE_DIGEST_WRONG = Problem(
    code="evidence_digest_wrong",
    status=422,
    title_zh="文件与摘要不符",
    title_en="evidence digest wrong",
    zh="收到的文件与开始时所报的 SHA-256 不符，没有保存；请重新上传原件。",
    en="What arrived is not the file whose SHA-256 was announced; it was not saved. Upload the original again.",
    advice_zh="请重新计算原件的 SHA-256，再重新开始上传。",
    advice_en="Compute the SHA-256 of the original again, then begin a new upload.",
)
EVIDENCE_DAMAGED = Problem(
    code="evidence_damaged",
    status=500,
    title_zh="证据已损坏",
    title_en="evidence damaged",
    zh="这份证据缺失或已损坏；如果还有原件，请删除后重新上传。",
    en="This piece of evidence is missing or damaged; if you still have the original, delete this one and upload it again.",
    advice_zh="请同时告知运营方，以便检查证据存储。",
    advice_en="Please tell the operator as well, who has to check the evidence store.",
)
EVIDENCE_UNAVAILABLE = Problem(
    code="evidence_unavailable",
    status=503,
    title_zh="证据存储不可用",
    title_en="evidence unavailable",
    zh="证据存储暂时不可用，没有保存任何内容，请稍后重试。",
    en="The evidence store is temporarily unavailable. Nothing was saved; please try again.",
    advice_zh="请等待 Retry-After 所示的秒数，再原样发送同一请求。",
    advice_en="Wait as many seconds as Retry-After says, then send the same request again.",
    headers=("Retry-After",),
)
RESTRICTED = Problem(
    code="restricted",
    status=409,
    title_zh="已限制使用",
    title_en="restricted",
    zh="您已限制使用自己的举报，请先用 DELETE /v1/me/restriction 恢复；没有保存。",
    en="You restricted the use of your reports; end that first with DELETE /v1/me/restriction. Nothing was saved.",
    advice_zh="限制期间不接收新的举报、补充、证据和案卷。解除限制后即可继续。",
    advice_en="During a restriction no reports, supplements, evidence or cases are taken. End it to go on.",
)
RESTRICTED_BY_DISPUTE = Problem(
    code="restricted_by_dispute",
    status=409,
    title_zh="机主请提出异议",
    title_en="restricted by dispute",
    zh="机主通过提出异议来限制处理：异议期间号码不会列入，请使用 POST /v1/disputes。",
    en="Owners restrict processing by a dispute: while it is open, the number is not listed. Use POST /v1/disputes.",
    advice_zh="请用机主令牌 POST /v1/disputes 提出异议。",
    advice_en="Open a dispute with POST /v1/disputes and your owner's token.",
)
SCREEN_REFUSED = Problem(
    code="screen_refused",
    status=422,
    title_zh="截图无法读取",
    title_en="screen refused",
    zh="这张截图没有读取：{reason_zh}。",
    en="This screenshot was not read: {reason_en}.",
    advice_zh="请发送手机截图的原图（PNG、JPEG 或 WebP，不超过 10 MB），请求正文就是文件本身；也可以手工填写。",
    advice_en="Send the screenshot as the telephone made it (PNG, JPEG or WebP, at most 10 MB); the body of the request is "
    "the file. The report can also be filled in by hand.",
    example={"reason_zh": "它不是 PNG、JPEG 或 WebP 图片", "reason_en": "it is no PNG, JPEG or WebP picture"},
)
SCREENS_UNAVAILABLE = Problem(
    code="screens_unavailable",
    status=501,
    title_zh="未安装截图读取功能",
    title_en="screens unavailable",
    zh="此服务没有安装截图读取功能；其他功能不受影响。",
    en="This service cannot read screenshots: the reader is not installed. Everything else works.",
    advice_zh="请手工填写举报，截图可作为证据上传。运营者可按 requirements-screens.lock 安装该功能。",
    advice_en="Fill in the report by hand, and attach the screenshot as evidence. The operator can install the reader from "
    "requirements-screens.lock.",
)
