"""Traits of the calls of simulated callers, as reports show them. Rates were chosen, not measured."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from types import MappingProxyType
from typing import Final

from ml.simulation.crowd import Role
from ml.words import VIOLATIONS


@dataclass(frozen=True, slots=True)
class Style:
    """The share, from 0 to 1, of the reports about a caller that show each trait."""

    violations: Mapping[str, float]  # by id; shares of the reports that complain
    message: float = 0.1
    automated: float = 0.1
    one_ring: float = 0.03
    connected: float = 0.7
    quiet_hours: float = 0.05
    third_party: float = 0.05
    wrong_person: float = 0.05
    evidence: float = 0.15  # share of calls; a message is evidence by itself


ROLE_STYLES: Final[Mapping[Role, Style]] = MappingProxyType(
    {
        "courier": Style(
            message=0.25,
            violations={
                "frequency": 0.25,
                "after_refusal": 0.05,
                "insult": 0.08,
                "threat": 0.03,
                "fraud": 0.06,
            },
        ),
        "shop": Style(
            message=0.3,
            automated=0.35,
            violations={"robocall": 0.3, "frequency": 0.3, "after_refusal": 0.2, "fraud": 0.12},
        ),
        # a lawful lender's calls: the hard case, since they do demand money
        "reminder": Style(
            message=0.3,
            automated=0.4,
            wrong_person=0.15,
            third_party=0.12,
            violations={
                "frequency": 0.4,
                "robocall": 0.3,
                "wrong_person": 0.15,
                "after_refusal": 0.15,
                "threat": 0.1,
                "disclosure": 0.06,
                "impersonation": 0.05,
            },
        ),
        "private": Style(
            message=0.05,
            automated=0.02,
            one_ring=0.08,
            quiet_hours=0.12,
            violations={"insult": 0.15, "threat": 0.06, "fraud": 0.06},
        ),
    }
)

HOSTILE: Final = Style(
    quiet_hours=0.2,
    third_party=0.25,
    wrong_person=0.1,
    evidence=0.08,
    violations={"threat": 0.5, "insult": 0.5, "fraud": 0.4, "third_party": 0.3, "disclosure": 0.3},
)
"""What rings claim about a number that they want to get listed."""

_GANG_BASE: Final = {
    "threat": 0.28,
    "insult": 0.28,
    "frequency": 0.45,
    "third_party": 0.3,
    "impersonation": 0.15,
    "disclosure": 0.15,
    "quiet_hours": 0.12,
    "forged_document": 0.06,
    "fees_rollover": 0.12,
    "visit_threat": 0.12,
    "image_abuse": 0.03,
    "call_bombing": 0.05,
    "robocall": 0.15,
    "wrong_person": 0.15,
    "fraud": 0.08,
    "spoofed_caller": 0.08,
    "after_refusal": 0.2,
}

SIMULATED: Final = tuple(violation for violation in VIOLATIONS if violation in _GANG_BASE)
"""Violations that simulated crowds report: others may be added without changing a crowd that was drawn from a seed."""


def draw_gang_style(rng: Random) -> Style:
    """Draw a gang's own style: some are crude and call at night, some stay close to what is lawful."""
    crudeness = rng.lognormvariate(-0.2, 0.6)
    return Style(
        message=rng.betavariate(1.5, 5),
        automated=rng.betavariate(1.0, 4),
        one_ring=rng.betavariate(1.0, 20),
        connected=rng.betavariate(8, 4),
        quiet_hours=rng.betavariate(1.2, 9),
        third_party=rng.betavariate(2, 6),
        wrong_person=rng.betavariate(1.5, 10),
        evidence=rng.betavariate(3, 9),
        violations={
            violation: min(0.95, _GANG_BASE[violation] * crudeness * rng.lognormvariate(0.0, 0.4))
            for violation in SIMULATED
        },
    )
