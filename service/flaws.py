"""Flaws: what is wrong with files that a manifest lists, in the words shown to whoever checks them."""

from collections.abc import Mapping
from typing import Final, NamedTuple, Self

#: Code of each flaw -> (Chinese, English); braces are filled in with what was found.
Wordings = Mapping[str, tuple[str, str]]
#: What can be wrong with any manifest, and with the files that it lists.
MANIFEST_FLAWS: Final[Wordings] = {
    "manifest_unreadable": ("清单无法读取：{reason}", "the manifest cannot be read: {reason}"),
    "manifest_altered": (
        "清单被改动，或签名与清单所列公钥不符",
        "the manifest was altered, or its signature is not by the key it names",
    ),
    "wrong_key": (
        "清单由另一把密钥签署：{found}",
        "the manifest is signed with another key: {found}",
    ),
    "unsafe_name": ("清单列出了不安全的文件名", "the manifest lists an unsafe file name"),
    "file_missing": ("缺少该文件", "the file is missing"),
    "file_extra": ("清单没有列出该文件", "the file is not in the manifest"),
    "file_unreadable": ("文件无法读取：{reason}", "the file cannot be read: {reason}"),
    "wrong_size": (
        "文件有 {found} 字节，清单记载 {expected} 字节",
        "the file has {found} bytes, the manifest says {expected}",
    ),
    "wrong_sha256": (
        "文件内容被改动（SHA-256 与清单不符）",
        "the content was altered (its SHA-256 is not the manifest's)",
    ),
}


class Flaw(NamedTuple):
    """One thing that is wrong: a stable code, the file, and the words for people in Chinese and English."""

    code: str
    file: str
    zh: str
    en: str

    @classmethod
    def of(cls, wordings: Wordings, code: str, file: str, **values: object) -> Self:
        """Return the flaw with this code, with what was found filled in."""
        zh, en = wordings[code]
        return cls(code, file, zh.format(**values), en.format(**values))

    def __str__(self) -> str:
        return f"{self.file}: {self.zh} / {self.en}"
