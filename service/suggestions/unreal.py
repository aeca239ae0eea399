"""Tells what is said to have happened from what is denied, feared, asked, read, done by the writer, or no collection."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from service.suggestions.patterns import unreal

LOOKED_BACK: Final = 14  # letters before words, in their clause, that are searched for what denies them
LOOKED_BACK_IN_ENGLISH: Final = 28

#: Violations whose words deny something themselves.
_DENYING: Final = frozenset({"wrong_person", "after_refusal"})
#: Violations that the writer's own deeds could be taken for.
_OWN_DEEDS: Final = frozenset(
    {
        "threat",
        "insult",
        "frequency",
        "third_party",
        "disclosure",
        "quiet_hours",
        "visit_threat",
        "call_bombing",
        "fees_rollover",
    }
)
#: Violations of which the announcement is a threat.
_ANNOUNCED_AS_THREAT: Final = frozenset({"third_party", "disclosure", "image_abuse", "call_bombing"})
#: Violations that are none where an office or a paper was found to be what it seemed.
_GENUINE_OR_NOT: Final = frozenset({"impersonation", "forged_document"})

_CLAUSE: Final = re.compile(r"[,。!?;\n]|(?<=[一-龥])\.|但是?|可是|不过|而是|就是|只是|(?<!知)道是")
_CLAUSE_END: Final = re.compile(r"[,。!?;\n]")
_DENIAL: Final = re.compile("[没不别无]")
_ENGLISH: Final = re.compile("[a-z]{4}")
_DENIED: Final = unreal("DENIED")
_DENIED_EN: Final = unreal("DENIED_EN")
_IMAGINED: Final = unreal("IMAGINED")
_SUPPOSED: Final = unreal("SUPPOSED")
_SAID: Final = unreal("SAID")
_AFTER_ALL: Final = unreal("AFTER_ALL")
_ASKED: Final = unreal("ASKED")
_MINE: Final = unreal("MINE")
_HAPPENED: Final = unreal("HAPPENED")
_OWN: Final = unreal("OWN")
_OTHERS_ACT: Final = unreal("OTHERS_ACT")
_OTHER_MATTER: Final = unreal("OTHER_MATTER")
_PERSON: Final = unreal("PERSON")
_OTHER_BILL: Final = unreal("OTHER_BILL")
_OTHER_BILL_NOT: Final = unreal("OTHER_BILL_NOT")
_COLLECTION: Final = unreal("COLLECTION")
_FAMILY: Final = unreal("FAMILY")
_COLLECTORS: Final = unreal("COLLECTORS")
_NO_COLLECTION: Final = unreal("NO_COLLECTION")
_GENUINE: Final = unreal("GENUINE")
_ANNOUNCED: Final = unreal("ANNOUNCED")
_DONE_ALREADY: Final = unreal("DONE_ALREADY")


class Extent(NamedTuple):
    """A stretch of a text, from its first letter to behind its last."""

    start: int
    end: int


class Unreal:
    """What of a plain text is not said to have happened."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._imagined = _inside(_imagined(text), len(text))
        self._own = _inside(_own(text), len(text))
        self._is_genuine = _GENUINE.search(text) is not None

    def meant(self, violation: str, start: int, end: int) -> str | None:
        """Return the violation that words mean: their own, a threat if they only announce it, or None."""
        text = self._text
        if (
            (violation not in _DENYING and is_denied(text, start))
            or self._imagined[start]
            or (violation in _OWN_DEEDS and self._own[start])
            or (violation in _GENUINE_OR_NOT and self._is_genuine)
        ):
            return None
        announced = (
            violation in _ANNOUNCED_AS_THREAT
            and _ANNOUNCED.search(text[max(0, start - 24) : start])
            and not _DONE_ALREADY.search(text[start : end + 2])
        )
        return "threat" if announced else violation


def signs(text: str) -> tuple[bool, ...]:
    """Return what else a text tells of itself: imagined, the writer's deeds, genuine, denial, English, a question."""
    unreal_parts = Unreal(text)
    return (
        any(unreal_parts._imagined),
        any(unreal_parts._own),
        unreal_parts._is_genuine,
        _DENIED.search(text) is not None,
        _DENIAL.search(text) is not None,
        _ENGLISH.search(text) is not None,
        text.endswith(("?", "吗")),
    )


def is_denied(text: str, start: int) -> bool:
    """Return whether the words at a place are denied in their own clause: 没有|威胁 is, 不停地|打 is not."""
    before = text[max(0, start - LOOKED_BACK_IN_ENGLISH) : start]
    clause = _CLAUSE.split(before)[-1][-LOOKED_BACK:]
    return _DENIED.search(clause) is not None or _DENIED_EN.search(before) is not None


def is_other_matter(text: str) -> bool:
    """Return whether a text speaks of callers or matters that are no collection, and of no collection."""
    speaks_of_collection = _COLLECTION.search(text) is not None
    if not _COLLECTORS.search(text) and (
        _FAMILY.match(text) or (_PERSON.search(text) and not speaks_of_collection)
    ):
        return True
    if _OTHER_BILL.search(text) and not _OTHER_BILL_NOT.search(text):
        return True
    return _NO_COLLECTION.search(text) is not None or (
        _OTHER_MATTER.search(text) is not None and not speaks_of_collection
    )


def _inside(extents: list[Extent], length: int) -> bytearray:
    """Return for each place of a text, and the one behind it, whether it lies in one of the extents."""
    inside = bytearray(length + 1)
    for one in extents:
        inside[one.start : one.end] = b"\1" * (one.end - one.start)
    return inside


def _imagined(text: str) -> list[Extent]:
    """Return where a text speaks of what is feared, supposed, read of or asked in general.

    A condition that a collector states (他说要是不还) is meant, and so is a question by one to whom it happened.
    """
    found = [
        _cut(one.start(), one.end(), one.start() + 1, one, _AFTER_ALL)
        for one in _IMAGINED.finditer(text)
        if not (_SUPPOSED.match(one[0]) and _SAID.search(text[max(0, one.start() - 10) : one.start()]))
    ]
    if not _MINE.search(text):
        found += [Extent(*one.span()) for one in _ASKED.finditer(text) if not _HAPPENED.search(one[0])]
    return found


def _own(text: str) -> list[Extent]:
    """Return where a text says what the writer does, up to where somebody else acts or the clause ends."""
    found = []
    for one in _OWN.finditer(text):
        end = _CLAUSE_END.search(text, one.end())
        found.append(_cut(one.start(), end.start() if end else len(text), one.end(), one, _OTHERS_ACT))
    return found


def _cut(start: int, end: int, since: int, found: re.Match[str], ending: re.Pattern[str]) -> Extent:
    """Return an extent of a text, ended earlier where an ending begins."""
    cut = ending.search(found.string, since, end)
    return Extent(start, cut.start() if cut else end)
