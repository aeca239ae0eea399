"""Problems that only pages have: their texts speak of pages, where those of the API speak of methods and headers."""

from typing import Final

from service.edge.problems import Problem

OTHER_SITE: Final = Problem(
    code="other_site",
    status=403,
    title_zh="这个表单不是从本站提交的",
    title_en="This form was not sent from this site",
    zh="为了您的安全，没有处理。",
    en="To keep you safe, nothing was done.",
    advice_zh="请从本站的首页重新打开这一页，再填写一次。",
    advice_en="Open the page again from this site's first page and fill it in once more.",
)
LINK_OVER: Final = Problem(
    code="link_over",
    status=410,
    title_zh="这个链接已失效",
    title_en="This link is over",
    zh="为了不在浏览记录中留下号码，查询结果的链接只在一小时内有效。",
    en="So that no number stays in the browser's history, the link to a result is good for an hour.",
    advice_zh="请再查一次。",
    advice_en="Look it up again.",
)
SIGN_IN: Final = Problem(
    code="signed_out",
    status=401,
    title_zh="请输入找回码",
    title_en="Enter your recovery code",
    zh="为了安全，已自动退出，或者您还没有在这部手机上登录。已提交的都还在。",
    en="You were signed out to be safe, or have not signed in on this telephone. What you sent is still there.",
    advice_zh="请输入举报后抄下的找回码。",
    advice_en="Enter the recovery code that you wrote down after a report.",
)
WRONG_CODE: Final = Problem(
    code="wrong_code",
    status=422,
    title_zh="找回码不对",
    title_en="The recovery code is wrong",
    zh="没有这个找回码。它有 26 个字母和数字，不分大小写。",
    en="There is no such code. It has 26 letters and digits; capitals do not matter.",
    advice_zh="请对照抄下的找回码，再输入一次。",
    advice_en="Compare it with what you wrote down and enter it again.",
)
TOO_EARLY: Final = Problem(
    code="too_early",
    status=425,
    title_zh="请再等一会儿",
    title_en="Please wait a little longer",
    zh="请再等 {seconds} 秒，再点“继续”。您填的内容还在。",
    en="Wait {seconds} seconds more, then press Continue. What you wrote is kept.",
    advice_zh="请稍候，再点“继续”。",
    advice_en="Wait, then press Continue.",
    example={"seconds": 12},
)
STAFF_SIGN_IN: Final = Problem(
    code="staff_signed_out",
    status=401,
    title_zh="请用密钥登录",
    title_en="Sign in with your key",
    zh="为了安全，已自动退出；或者密钥已被吊销、已到期，或者您还没有登录。已提交的都还在。",
    en="You were signed out to be safe, the key was revoked or has expired, or you have not signed in. What you sent is "
    "still there.",
    advice_zh="请输入运营者发给您的密钥。",
    advice_en="Enter the key that the operator issued to you.",
)
STAFF_KEY_WRONG: Final = Problem(
    code="staff_key_wrong",
    status=422,
    title_zh="密钥不对",
    title_en="The key is wrong",
    zh="没有这个密钥，或者它已被吊销或到期，或者它不能用于这些页面。",
    en="There is no such key, it was revoked or has expired, or it opens none of these pages.",
    advice_zh="请核对后再输入一次；密钥以 dw_key_ 开头。",
    advice_en="Compare it and enter it again; keys begin with dw_key_.",
)
DECIDED_MEANWHILE: Final = Problem(
    code="decided_meanwhile",
    status=409,
    title_zh="刚刚已有人裁定",
    title_en="Somebody decided meanwhile",
    zh="您打开这一页以后，已有人对这个号码作出裁定。您的裁定没有保存。",
    en="Somebody decided about this number after you opened this page. Your decision was not saved.",
    advice_zh="请看下面的裁定记录；如果仍要更改，请再裁定一次。",
    advice_en="Read the decisions below; decide again if it still has to change.",
)
OWNER_SIGN_IN: Final = Problem(
    code="owner_signed_out",
    status=401,
    title_zh="请再验证一次号码",
    title_en="Verify your number again",
    zh="为了安全，验证后 30 分钟自动退出，或者您还没有验证。已提交的异议还在处理。",
    en="You are signed out 30 minutes after verification to be safe, or have not verified yet. What you sent is being "
    "looked into.",
    advice_zh="请输入号码，获取新的验证码。",
    advice_en="Enter the number and request a new code.",
)
