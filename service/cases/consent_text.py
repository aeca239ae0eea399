"""The text people consent to before a package is put together; any change of it needs a new version."""

from typing import Final

from service.rules.facts import Text

VERSION: Final = "2026-11-2"
TEXT: Final = Text(
    zh="我同意本服务为我向所选渠道投诉或举报而整理本案：把我的举报、陈述、按举报和通话记录所作的统计以及证据清单"
    "汇成一份材料，由我下载并自行提交。"
    "本服务不会代我提交，也不会把材料交给该渠道或任何他人。材料中的他人信息仅限本次投诉举报使用。我可以随时撤回同意，撤回后不再生成材料，已由我提交的不受影响。",
    en="I agree that this service puts this case together for the chosen channel: my reports, my statement, what my reports "
    "and call logs add up to, and the list of my evidence in one package, which I download and file myself. The service "
    "files nothing for me and gives the package to nobody. What it holds about others serves this filing only. I may take "
    "my consent back at any time; no package is made from then on, and what I filed stays filed.",
)
