"""Words about originals that a package cannot hold: which they are, by their digests, and how a person hands them over."""

from service.edge.problems import megabytes


def handed_over_apart(name: str, size: int, sha256: str) -> tuple[str, ...]:
    """Return the lines that name an original which is handed over by itself, in Chinese and English."""
    large = megabytes(size)
    return (
        f"- {name}（{large} MB）",
        f"  SHA-256：{sha256}",
        f"  {name} ({large} MB) is not in this package; its SHA-256 is the one above.",
    )


#: How to hand such originals over.
HOW: tuple[str, ...] = (
    "以下原件没有放入材料包（超过渠道限制、渠道不收附件，或材料包装不下）。文中以摘要值（SHA-256）指明每一份。",
    "请这样交付：一、从举报中下载原件，不要剪辑、压缩、转换或改动内容；二、拷贝到 U 盘或光盘，连同证据清单当面提交或邮寄，"
    "并请受理人员签收；三、受理人员计算文件的 SHA-256，与清单一致，即为同一文件；"
    "四、原始设备（如手机）上的原件请一直保留。",
    "These originals are not in this package: they are too large for the channel or for the package, or the channel "
    "takes no "
    "files. Each is named by its digest (SHA-256).",
    "Hand them over like this: download the original from your report and change nothing of it; copy it to a drive or "
    "disc, hand "
    "it in with the list of evidence, in person or by post, and ask for a receipt; whoever takes it computes the "
    "SHA-256 and finds "
    "the one of the list; keep the original on the device that made it.",
)
