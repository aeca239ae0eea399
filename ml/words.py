"""The closed vocabularies, each once: violation types, kinds of caller IDs, verdicts.

Stored counts, models and rows refer to positions and to the words themselves: append, never move, rename or remove.
"""

from enum import StrEnum
from typing import Final

VIOLATIONS: Final[tuple[str, ...]] = (
    "threat",
    "insult",
    "frequency",
    "third_party",
    "impersonation",
    "disclosure",
    "quiet_hours",
    "forged_document",
    "fees_rollover",
    "visit_threat",
    "image_abuse",
    "call_bombing",
    "robocall",
    "wrong_person",
    "fraud",
    "spoofed_caller",
    "after_refusal",
)
"""Ids of the violation types. Stored counts refer to positions: append, never move or remove."""

SEVERE_VIOLATIONS: Final = frozenset(
    {
        "threat",
        "impersonation",
        "disclosure",
        "forged_document",
        "visit_threat",
        "image_abuse",
        "call_bombing",
        "fraud",
    }
)
"""Those whose first channel is the police whatever their number."""


class Kind(StrEnum):
    """What a caller ID can be."""

    MOBILE = "mobile"
    FIXED = "fixed"
    SERVICE_400 = "service_400"  # 400, 800, 10800 and leased 101xxxxx codes: cost shared or free
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
"""Lines of organisations, which change hands seldom."""

PROTECTED_KINDS: Final = frozenset({Kind.SERVICE_400, Kind.SERVICE_95, Kind.SERVICE_96, Kind.PUBLIC_SERVICE})
"""Kinds that only a person can list."""

UNSCORED_KINDS: Final = frozenset({Kind.WITHHELD, Kind.PUBLIC_SERVICE})
"""Reports of these are stored and counted, and never make a verdict."""

UNLEARNED_KINDS: Final = UNSCORED_KINDS | {Kind.IMPOSSIBLE}
"""Nothing is learned from reports of these: they are nobody's numbers, or never listed."""


class Verdict(StrEnum):
    """What is published about a number."""

    UNKNOWN = "unknown"
    SUSPECTED = "suspected"
    CONFIRMED = "confirmed"
    DISPUTED = "disputed"
    CLEARED = "cleared"
    PROTECTED = "protected"


PUBLISHED: Final = frozenset({Verdict.SUSPECTED, Verdict.CONFIRMED})
"""Verdicts that list a number."""

DECIDED_BY_PEOPLE: Final = frozenset({Verdict.DISPUTED, Verdict.CLEARED, Verdict.PROTECTED})
"""Verdicts that reports alone neither give nor take away."""
