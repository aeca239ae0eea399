"""What is wrong with files that were handed over, as it is told to whoever checks them."""

from collections.abc import Mapping
from typing import NamedTuple, Self

#: Code of each flaw -> what to tell people in Chinese and English; braces are filled where it is found.
Wordings = Mapping[str, tuple[str, str]]


class Flaw(NamedTuple):
    """One thing that is wrong: a stable code, the file it concerns, and what to tell people."""

    code: str
    file: str
    zh: str
    en: str

    @classmethod
    def of(cls, wordings: Wordings, code: str, file: str, **values: object) -> Self:
        """The flaw of a code, with what was found filled in."""
        zh, en = wordings[code]
        return cls(code, file, zh.format(**values), en.format(**values))

    def __str__(self) -> str:
        return f"{self.file}: {self.zh} / {self.en}"
