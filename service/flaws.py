"""Flaws: what is wrong with exported files, in the words shown to whoever checks them."""

from collections.abc import Mapping
from typing import NamedTuple, Self

#: Code of each flaw -> (Chinese, English); braces are filled in with what was found.
Wordings = Mapping[str, tuple[str, str]]


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
