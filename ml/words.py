"""The closed vocabularies: violation types, kinds of caller IDs, verdicts.

Stored counts, models and rows refer to positions and to the words themselves: append, never move, rename or remove.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final, NamedTuple


class ViolationType(NamedTuple):
    """What a violation type is called in Chinese and English.

    `is_severe`: its first channel is the police, whatever kind of number was reported.
    """

    zh: str
    en: str
    is_severe: bool = False


VIOLATION_TYPES: Final[Mapping[str, ViolationType]] = MappingProxyType(
    {
        "threat": ViolationType("恐吓威胁", "threats", is_severe=True),
        "insult": ViolationType("侮辱辱骂", "insults"),
        "frequency": ViolationType("高频骚扰", "calls at high frequency"),
        "third_party": ViolationType("骚扰第三人、爆通讯录", "harassment of third parties"),
        "impersonation": ViolationType(
            "冒充公检法、律师", "impersonation of officials or lawyers", is_severe=True
        ),
        "disclosure": ViolationType("泄露隐私", "disclosure of private matters", is_severe=True),
        "quiet_hours": ViolationType("22:00–8:00来电", "calls between 22:00 and 8:00"),
        "forged_document": ViolationType("伪造法律文书", "forged legal documents", is_severe=True),
        "fees_rollover": ViolationType("违规收费、诱导借新还旧", "unlawful fees, inducement to new loans"),
        "visit_threat": ViolationType("上门威胁", "threats to visit", is_severe=True),
        "image_abuse": ViolationType("P图群发", "manipulated pictures sent to groups", is_severe=True),
        "call_bombing": ViolationType("呼死你", "call bombing", is_severe=True),
        "robocall": ViolationType("机器人外呼", "robocalls"),
        "wrong_person": ViolationType("非本人债务", "another person's debt"),
        "fraud": ViolationType("诈骗伪装催收", "fraud posing as collection", is_severe=True),
        "spoofed_caller": ViolationType("改号、匿名", "forged or hidden caller ID"),
        "after_refusal": ViolationType("拒绝后继续", "continued calls after a refusal"),
    }
)
"""The violation types by id. Stored counts refer to their positions: append, never move or remove."""

VIOLATIONS: Final[tuple[str, ...]] = tuple(VIOLATION_TYPES)
"""Ids of the violation types, in the order of their positions."""

SEVERE_VIOLATIONS: Final = frozenset(
    violation for violation, named in VIOLATION_TYPES.items() if named.is_severe
)
"""Ids of the severe violation types."""


class Kind(StrEnum):
    """The kinds of caller IDs."""

    MOBILE = "mobile"
    FIXED = "fixed"
    SERVICE_400 = "service_400"  # 400, 800, 10800 and leased 101xxxxx codes, which are free or shared-cost
    SERVICE_95 = "service_95"
    SERVICE_96 = "service_96"
    PUBLIC_SERVICE = "public_service"
    SMS_PORT = "sms_port"
    INTERNATIONAL = "international"
    WITHHELD = "withheld"
    IMPOSSIBLE = "impossible"


KINDS: Final[tuple[str, ...]] = tuple([kind.value for kind in Kind])

LONG_LIVED_KINDS: Final = frozenset(
    {Kind.FIXED, Kind.SERVICE_400, Kind.SERVICE_95, Kind.SERVICE_96, Kind.PUBLIC_SERVICE}
)
"""Lines of organisations, which seldom change hands."""

PROTECTED_KINDS: Final = frozenset({Kind.SERVICE_400, Kind.SERVICE_95, Kind.SERVICE_96, Kind.PUBLIC_SERVICE})
"""Kinds of numbers that only a person can list."""

UNSCORED_KINDS: Final = frozenset({Kind.WITHHELD, Kind.PUBLIC_SERVICE})
"""Kinds whose reports are stored and counted, but never lead to a verdict."""

UNLEARNED_KINDS: Final = UNSCORED_KINDS | {Kind.IMPOSSIBLE}
"""Kinds that nothing is learned from, because the numbers are never listed or cannot exist."""


class Verdict(StrEnum):
    """The verdicts that can be published about a number."""

    UNKNOWN = "unknown"
    SUSPECTED = "suspected"
    CONFIRMED = "confirmed"
    DISPUTED = "disputed"
    CLEARED = "cleared"
    PROTECTED = "protected"


PUBLISHED: Final = frozenset({Verdict.SUSPECTED, Verdict.CONFIRMED})
"""Verdicts that list a number."""

DECIDED_BY_PEOPLE: Final = frozenset({Verdict.DISPUTED, Verdict.CLEARED, Verdict.PROTECTED})
"""Verdicts that reports alone can neither give nor take away."""
