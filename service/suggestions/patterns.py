"""Reads the files of `words/`: the patterns of violations, the parts that they share, and what makes words unreal.

Patterns are written for plain text (`plain.py`). In the file of a violation each line is a pattern; in other files a name
stands before it. `<NAME>` stands for a part of `parts.txt`. `~`, `~~` and `≈` are gaps: of six letters, of fourteen, and of
twenty-four that also pass commas; none passes a denial or the end of a sentence. `…` is a gap of English words, `_` a space.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Final

_GAPS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "~~": "[^,。!?;\n没未]{0,14}?",
        "~": "[^,。!?;\n没未]{0,6}?",
        "≈": "(?:(?!没(?![完用过几停消])|不再)[^。!?;\n]){0,24}?",
        "…": "[^.!?;\n]{0,30}?",
        "_": " ",
    }
)
#: So that no text keeps a pattern at work, nothing is repeated more often than this: words, and letters of a Latin word.
_TIMES: Final = 4
_LETTERS: Final = 16


def lines_of(name: str) -> list[str]:
    """Return the lines of a file of `words/`, without comments."""
    text = files("service.suggestions").joinpath("words", f"{name}.txt").read_text("utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


@cache
def named(name: str) -> Mapping[str, str]:
    """Return what stands behind the names in a file of `words/`."""
    return MappingProxyType(dict(line.split(" ", 1) for line in lines_of(name)))


def of_violation(violation: str) -> re.Pattern[str]:
    """Return one pattern for all patterns of a violation."""
    pattern = _with_parts("|".join(lines_of(violation)))
    for name, gap in _GAPS.items():
        pattern = pattern.replace(name, gap)
    return re.compile(bounded(pattern), re.ASCII)


def part(name: str) -> re.Pattern[str]:
    """Return a pattern of `parts.txt`."""
    return re.compile(bounded(_with_parts(named("parts")[name])), re.ASCII)


def _with_parts(pattern: str) -> str:
    for _ in range(2):  # parts stand in parts
        for name, written in named("parts").items():
            pattern = pattern.replace(f"<{name}>", written)
    return pattern


def unreal(name: str) -> re.Pattern[str]:
    """Return a pattern of `unreal.txt`."""
    return re.compile(bounded(named("unreal")[name]), re.ASCII)


def bounded(pattern: str) -> str:
    """Return a pattern in which `*` and `+` stand for a few times: (?:的|了)* becomes (?:的|了){0,4}."""
    pattern = re.sub(r"(?<=\\w)([*+])", lambda sign: f"{{{int(sign[1] == '+')},{_LETTERS}}}", pattern)
    return re.sub(r"(?<!\\)([*+])", lambda sign: f"{{{int(sign[1] == '+')},{_TIMES}}}", pattern)
