"""Reasons for a score: which signals raise it, in sentences for people."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple


class Sentence(NamedTuple):
    """One reason in Chinese and in English."""

    zh: str
    en: str


REASON_CODES: Final[Mapping[str, Sentence]] = MappingProxyType(
    {
        "reported_repeatedly": Sentence("在多个日期被举报", "It was reported on several days."),
        "reported_recently": Sentence("近期有人举报", "It was reported recently."),
        "independent_reporters": Sentence(
            "多名互不关联的用户举报", "Several reporters without ties to each other reported it."
        ),
        "automated_calls": Sentence("有机器人外呼", "Some of its calls are automated."),
        "one_ring_calls": Sentence("有响一声就挂断的来电", "It rings once and hangs up."),
        "night_calls": Sentence("在 22:00 至次日 8:00 之间来电", "It calls between 22:00 and 8:00."),
        "third_parties_called": Sentence(
            "联系与债务无关的第三人", "It contacts third parties who do not owe the debt."
        ),
        "wrong_person_called": Sentence(
            "向并非债务人的人催收", "It demands payment from people who do not owe the debt."
        ),
        "evidence_kept": Sentence(
            "举报附有短信、录音或付款等证据", "Reports include messages, recordings or proof of payment."
        ),
        "severe_violations": Sentence(
            "被举报有威胁、冒充、泄露隐私等严重行为",
            "Reports describe severe misconduct, such as threats, impersonation or disclosure of private information.",
        ),
        "violations_named": Sentence(
            "举报中列明了违规行为", "Reports name specific violations of the rules."
        ),
        "busy_block": Sentence(
            "同号段的其他号码也被举报", "Other numbers in the same block have also been reported."
        ),
    }
)
"""Every reason code an answer can carry. Stored verdicts refer to codes: append to this table, never remove."""

_REASONS_BY_PREFIX: Final = (
    ("reports_", "reported_recently"),
    ("recency_", "reported_recently"),
    ("days_active", "reported_repeatedly"),
    ("active_recency_", "reported_repeatedly"),
    ("days_since_last", "reported_recently"),
    ("rate_", "reported_recently"),
    ("busy_days_", "reported_repeatedly"),
    ("reporters", "independent_reporters"),
    ("clusters", "independent_reporters"),
    ("automated_share", "automated_calls"),
    ("one_ring_share", "one_ring_calls"),
    ("quiet_hours_share", "night_calls"),
    ("third_party_share", "third_parties_called"),
    ("wrong_person_share", "wrong_person_called"),
    ("evidence_share", "evidence_kept"),
    ("severe_per_report", "severe_violations"),
    ("violations_per_report", "violations_named"),
    ("block_", "busy_block"),
)


def reason_of(feature: str) -> str | None:
    """Return the reason code a feature stands for, or None if the feature is not a reason.

    Only features whose tables training keeps monotone are reasons: of any other feature, a high term does not tell
    whether its value was large or small.
    """
    return next((code for prefix, code in _REASONS_BY_PREFIX if feature.startswith(prefix)), None)
