"""Problems that many or all operations may answer with: the form of requests, keys, limits, unavailable parts."""

from service.edge.problems.document import Problem

INVALID_REQUEST = Problem(
    code="invalid_request",
    status=422,
    title_zh="请求内容有误",
    title_en="invalid request",
    zh="部分内容不正确，见 errors；没有保存。",
    en="Some of the values are not valid; see errors. Nothing was saved.",
    advice_zh="errors 逐项列出有误的字段、代码和说明；请全部改正后重新发送。",
    advice_en="`errors` lists each wrong field with a code and a sentence. Correct all of them and send the request again.",
)
INVALID_JSON = Problem(
    code="invalid_json",
    status=400,
    title_zh="正文不是 JSON",
    title_en="invalid json",
    zh="请求正文不是合法的 JSON：{reason_zh}。",
    en="The body is not valid JSON: {reason_en}.",
    advice_zh="请按提示的位置检查引号、逗号和括号，并以 UTF-8 编码发送。",
    advice_en="Check quotes, commas and brackets at the place named, and send the text as UTF-8.",
    example={"reason_zh": "第 1 行第 9 列有误", "reason_en": "expected value at line 1 column 9"},
)
INVALID_NUMBER = Problem(
    code="invalid_number",
    status=422,
    title_zh="无法识别的号码",
    title_en="invalid number",
    zh="无法识别这个号码：{reason_zh}。",
    en="This telephone number cannot be read: {reason_en}.",
    advice_zh="请按来电显示的原样填写一个号码；固定电话须带区号，如 010-12345678。",
    advice_en="Write one number as it was displayed; a landline number needs its area code, as in 010-12345678.",
    example={"reason_zh": "号码太短", "reason_en": "The number is too short"},
)
BODY_TOO_LARGE = Problem(
    code="body_too_large",
    status=413,
    title_zh="请求正文过大",
    title_en="body too large",
    zh="请求正文超过 {limit} 字节。",
    en="The body is larger than {limit} bytes.",
    advice_zh="请缩短内容，或分成几次发送。",
    advice_en="Shorten the content, or split it into several requests.",
    example={"limit": 65536},
)
TOO_MANY_VALUES = Problem(
    code="too_many_values",
    status=413,
    title_zh="请求中的值过多",
    title_en="too many values",
    zh="请求正文中的值超过 {limit} 个；没有读取，也没有保存。",
    en="The body holds more than {limit} values. It was not read and nothing was saved.",
    advice_zh="请去掉多余的字段，或分成几次发送。文中的逗号和方括号也计算在内。",
    advice_en="Leave out fields that are not needed, or split it into several requests. Commas and brackets inside texts "
    "count as well.",
    example={"limit": 2500},
)
REQUEST_TIMEOUT = Problem(
    code="request_timeout",
    status=408,
    title_zh="请求正文未按时送达",
    title_en="request timeout",
    zh="请求正文没有在 {seconds} 秒内送达；没有保存。",
    en="The body did not arrive within {seconds} s. Nothing was saved.",
    advice_zh="请检查网络后重新发送；内容较多时请分成几次发送。",
    advice_en="Check the connection and send the request again; split a large one into several.",
    example={"seconds": 30},
)
HEADER_REPEATED = Problem(
    code="header_repeated",
    status=400,
    title_zh="请求头重复",
    title_en="header repeated",
    zh="请求头 {name} 只能出现一次。",
    en="The header {name} may appear only once.",
    advice_zh="请检查客户端和代理是否各加了一个，只保留一个。",
    advice_en="Check whether the client and a proxy each add one, and keep only one.",
    example={"name": "Authorization"},
)
UNSUPPORTED_MEDIA_TYPE = Problem(
    code="unsupported_media_type",
    status=415,
    title_zh="不支持的内容类型",
    title_en="unsupported media type",
    zh="请使用 Content-Type: {expected}。",
    en="Use Content-Type: {expected}.",
    advice_zh="请把请求头 Content-Type 改为所要求的类型，正文也须是这种格式。",
    advice_en="Set the header Content-Type to the type named, and write the body in that format.",
    example={"expected": "application/json"},
)
UNSUPPORTED_CONTENT_ENCODING = Problem(
    code="unsupported_content_encoding",
    status=415,
    title_zh="不支持的内容编码",
    title_en="unsupported content encoding",
    zh="不支持 Content-Encoding: {encoding}；没有读取正文，也没有保存。",
    en="Content-Encoding: {encoding} is not supported. The body was not read and nothing was saved.",
    advice_zh="请不要压缩请求正文，并去掉请求头 Content-Encoding。",
    advice_en="Send the body without compression, and leave the header Content-Encoding out.",
    example={"encoding": "gzip"},
    headers=("Accept-Encoding",),
)
MISSING_KEY = Problem(
    code="missing_key",
    status=401,
    title_zh="缺少密钥或令牌",
    title_en="missing key",
    zh="请在请求头 Authorization: Bearer 中提供所需的密钥或令牌。",
    en="This endpoint needs a key or a token in the header Authorization: Bearer.",
    advice_zh="举报人令牌由 POST /v1/reporters 发放，机主令牌由 POST /v1/owners 发放，API 密钥由运营方发放。",
    advice_en="POST /v1/reporters issues reporters' tokens, POST /v1/owners issues owners' tokens, "
    "and the operator issues API keys.",
    headers=("WWW-Authenticate",),
)
WRONG_KEY = Problem(
    code="wrong_key",
    status=401,
    title_zh="密钥或令牌无效",
    title_en="wrong key",
    zh="密钥或令牌不正确、已过期或已撤销。",
    en="The key or token is wrong, has expired or was revoked.",
    advice_zh="请检查是否完整复制。令牌遗失无法找回：举报人和机主可以重新取得，API 密钥请联系运营方。",
    advice_en="Check that it was copied whole. A lost token cannot be recovered: reporters and owners can get a new one; "
    "ask the operator for a new API key.",
    headers=("WWW-Authenticate",),
)
OTHER_KEY_KIND = Problem(
    code="other_key_kind",
    status=401,
    title_zh="令牌种类不符",
    title_en="other key kind",
    zh="此处需要{needed_zh}，您提供的是另一种。",
    en="This endpoint needs {needed_en}; you sent a different kind of token.",
    advice_zh="请使用所要求的那一种；三种令牌的开头分别是 dw_key_、dw_rep_ 和 dw_own_。",
    advice_en="Send a token of the kind named. The three kinds begin with dw_key_, dw_rep_ and dw_own_.",
    example={"needed_zh": "API 密钥（dw_key_…）", "needed_en": "an API key (dw_key_…)"},
    headers=("WWW-Authenticate",),
)
MISSING_SCOPE = Problem(
    code="missing_scope",
    status=403,
    title_zh="密钥没有权限",
    title_en="missing scope",
    zh="此密钥没有 {scope} 权限。",
    en="This key lacks the scope {scope}.",
    advice_zh="请使用有此权限的密钥，或请运营方另发一把。",
    advice_en="Use a key that has this scope, or ask the operator for one.",
    example={"scope": "lookup"},
    headers=("WWW-Authenticate",),
)
TOO_MANY_REQUESTS = Problem(
    code="too_many_requests",
    status=429,
    title_zh="请求过于频繁",
    title_en="too many requests",
    zh="请求过于频繁，请在 {seconds} 秒后重试。",
    en="Too many requests were sent; try again in {seconds} s.",
    advice_zh="请等待 Retry-After 所示的秒数再重试；RateLimit 响应头说明还剩多少次。",
    advice_en="Wait as many seconds as Retry-After says, then try again. RateLimit says how many requests are left.",
    example={"seconds": 12},
    headers=("Retry-After", "RateLimit", "RateLimit-Policy"),
)
TOO_MANY_AT_ONCE = Problem(
    code="too_many_at_once",
    status=429,
    title_zh="同时进行的请求过多",
    title_en="too many at once",
    zh="正在进行的请求、上传、材料生成或数据副本已达上限（可能是您自己的），请几秒后重试。",
    en="Too many requests, uploads, packages or copies are in progress, perhaps your own; try again in a few seconds.",
    advice_zh="请等已经开始的请求、上传或下载结束，或等待 Retry-After 所示的秒数再重试。",
    advice_en="Wait until requests, uploads or downloads that you started have ended, or as many seconds as Retry-After "
    "says.",
    headers=("Retry-After",),
)
NOT_FOUND = Problem(
    code="not_found",
    status=404,
    title_zh="没有找到",
    title_en="not found",
    zh="没有找到所请求的内容。",
    en="Nothing was found at this address.",
    advice_zh="请检查地址和编号。属于他人的内容也按不存在回答，请确认使用的是自己的令牌。",
    advice_en="Check the address and the id. What belongs to somebody else is answered as if it did not exist, so check "
    "that you sent the right token.",
)
METHOD_NOT_ALLOWED = Problem(
    code="method_not_allowed",
    status=405,
    title_zh="不支持的方法",
    title_en="method not allowed",
    zh="此地址不支持该方法。",
    en="This address does not support that method.",
    advice_zh="请改用响应头 Allow 列出的方法。",
    advice_en="Use one of the methods that the header Allow lists.",
    headers=("Allow",),
)
IDEMPOTENCY_KEY_INVALID = Problem(
    code="idempotency_key_invalid",
    status=400,
    title_zh="Idempotency-Key 格式不正确",
    title_en="idempotency key invalid",
    zh='Idempotency-Key 须为 1 至 255 个可见 ASCII 字符；写在双引号内时还可以有空格，其中的 " 和 \\ 前须加 \\。',
    en="Idempotency-Key must be 1 to 255 visible ASCII characters; between double quotes it may also hold spaces, "
    'and \\ must stand before each " and \\.',
    advice_zh='请使用 UUID 这样的随机值，如 Idempotency-Key: "8e03978e-40d5-43dd-bc93-6894a57f9324"。',
    advice_en='Use a random value such as a UUID: Idempotency-Key: "8e03978e-40d5-43dd-bc93-6894a57f9324".',
)
IDEMPOTENCY_KEY_REUSED = Problem(
    code="idempotency_key_reused",
    status=422,
    title_zh="Idempotency-Key 已被使用",
    title_en="idempotency key reused",
    zh="这个 Idempotency-Key 已用于内容不同的请求。",
    en="This Idempotency-Key was already used for a request with different content.",
    advice_zh="重复同一请求时，正文须一字不差；新的请求请使用新的值。",
    advice_en="Repeat a request with exactly the same body; use a new value for a new request.",
)
IDEMPOTENCY_IN_FLIGHT = Problem(
    code="idempotency_in_flight",
    status=409,
    title_zh="同一请求正在处理",
    title_en="idempotency in flight",
    zh="使用同一 Idempotency-Key 的请求仍在处理，请稍后重试。",
    en="A request with the same Idempotency-Key is still being processed; try again shortly.",
    advice_zh="请等待 Retry-After 所示的秒数，再原样发送同一请求。",
    advice_en="Wait as many seconds as Retry-After says, then send the same request again.",
    headers=("Retry-After",),
)
DATABASE_UNAVAILABLE = Problem(
    code="database_unavailable",
    status=503,
    title_zh="数据库不可用",
    title_en="database unavailable",
    zh="数据库暂时不可用，没有保存任何内容，请稍后重试。",
    en="The database is temporarily unavailable. Nothing was saved; please try again.",
    advice_zh="请等待 Retry-After 所示的秒数，再原样发送同一请求。号码查询不受影响。",
    advice_en="Wait as many seconds as Retry-After says, then send the same request again. Look-ups go on meanwhile.",
    headers=("Retry-After",),
)
OVERLOADED = Problem(
    code="overloaded",
    status=503,
    title_zh="服务繁忙",
    title_en="overloaded",
    zh="请求过多，本次没有处理，也没有保存；请稍后重试。",
    en="There are more requests than can be served. This one was not processed and nothing was saved; please try again.",
    advice_zh="请等待 Retry-After 所示的秒数，再原样发送同一请求。号码查询最后才受影响。",
    advice_en="Wait as many seconds as Retry-After says, then send the same request again. Look-ups are the last to be "
    "refused.",
    headers=("Retry-After",),
)
REPLICA_UNAVAILABLE = Problem(
    code="replica_unavailable",
    status=503,
    title_zh="查询副本未就绪",
    title_en="replica unavailable",
    zh="本机的查询副本尚未就绪，请稍后重试。",
    en="This host's copy of the published data is not ready yet; try again.",
    advice_zh="请等待 Retry-After 所示的秒数再重试；/readyz 说明本机何时可以查询。",
    advice_en="Wait as many seconds as Retry-After says, then try again; /readyz says when this host is ready.",
    headers=("Retry-After",),
)
INTERNAL_ERROR = Problem(
    code="internal_error",
    status=500,
    title_zh="服务内部错误",
    title_en="internal error",
    zh="服务内部出错，已记录（编号 {request_id}）。",
    en="Something failed inside the service; it was logged under the id {request_id}.",
    advice_zh="请稍后用同一 Idempotency-Key 重试；如果再次出错，请把编号告诉运营方。",
    advice_en="Try again later with the same Idempotency-Key. If it fails again, give the id to the operator.",
    example={"request_id": "5f0c1f6f3d4e4b0e9d0a3f0f6f1c2d3e"},
)
