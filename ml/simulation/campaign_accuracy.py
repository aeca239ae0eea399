"""How well campaigns are found in simulated crowds, whose gangs are known, even where blocks do not reveal them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from random import Random
from typing import Final, NamedTuple

from ml.campaigns.facts import FACTS_DAYS, Facts, FactTable, Mention, facts_of
from ml.campaigns.find import LEAST_NUMBERS, find_campaigns
from ml.classifier import Classifier
from ml.days import day_at
from ml.signals import compute_signals
from ml.simulation.crowd import Crowd, CrowdPlan, SimulatedReport, day_rows
from ml.simulation.messages import draw_script, quote_message
from ml.simulation.narratives import institution_name
from ml.simulation.scenes import BLOCK_SIZE
from ml.simulation.simulate import simulate_crowd
from ml.trust import Thresholds, assess_trust, decide
from ml.words import PUBLISHED, Verdict

PLAN: Final = CrowdPlan(first_day=20_000)
QUOTED: Final = 0.6  # share of the reported messages of gangs that are quoted
RESOLD: Final = 0.3  # share of gangs that use the script of another gang


@dataclass(frozen=True, slots=True)
class Variant:
    """How a crowd is changed before campaigns are searched for."""

    name: str
    gangs_a_block: int = 1  # more than 1: gangs and harmless numbers share blocks; 0: numbers lie in no block
    quotes: bool = False  # whether reports of messages quote the script of the gang
    institutions: int = 400  # institutions that exist to be claimed
    claims: int = 1  # institutions that each gang claims


VARIANTS: Final = (
    Variant("as simulated"),
    Variant("messages quoted", quotes=True),
    Variant("blocks shared", gangs_a_block=3),
    Variant("blocks shared, messages quoted", gangs_a_block=3, quotes=True),
    Variant("blocks shared, messages quoted, 20 institutions", gangs_a_block=3, quotes=True, institutions=20),
    Variant("blocks shared, messages quoted, 3 claims a gang", gangs_a_block=3, quotes=True, claims=3),
    Variant("blocks withheld", gangs_a_block=0),
    Variant("blocks withheld, messages quoted", gangs_a_block=0, quotes=True),
)


class Accuracy(NamedTuple):
    """Counts of listed numbers, pairs of them and campaigns, over all seeds of a variant."""

    variant: str
    numbers: int  # listed numbers
    in_campaigns: int  # listed numbers that are in a campaign
    pairs_found: int  # pairs of numbers in the same campaign
    pairs_right: int  # pairs in the same campaign that are of the same gang
    pairs_true: int  # pairs of the same gang, of gangs with at least three listed numbers
    campaigns: int
    pure: int  # campaigns whose numbers are all of the same gang

    @property
    def precision(self) -> float | None:
        """The share of pairs in the same campaign that are of the same gang."""
        return self.pairs_right / self.pairs_found if self.pairs_found else None

    @property
    def recall(self) -> float | None:
        """The share of pairs of the same gang that are in the same campaign."""
        return self.pairs_right / self.pairs_true if self.pairs_true else None


def measure_campaigns(
    classifier: Classifier, *, seeds: Sequence[int], plan: CrowdPlan = PLAN, progress: Callable[[], None]
) -> list[Accuracy]:
    """Return the accuracy of each variant over the crowds of these seeds.

    `progress` is called after each variant of each seed.
    """
    totals: dict[str, Counter[str]] = {variant.name: Counter() for variant in VARIANTS}
    for seed in seeds:
        crowd = simulate_crowd(plan, Random(seed))  # noqa: S311  a reproducible simulation, no secret
        listed = list_numbers(crowd, classifier, today=plan.end_day - 1)
        for variant in VARIANTS:
            rng = Random(f"{seed} {variant.name}")  # noqa: S311  the same
            facts, gangs = draw_facts(crowd, listed, variant, rng, today=plan.end_day - 1)
            totals[variant.name].update(_counts(find_campaigns(FactTable.of(facts)), gangs))
            progress()
    return [
        Accuracy(name, **{field: total[field] for field in Accuracy._fields[1:]})
        for name, total in totals.items()
    ]


def list_numbers(crowd: Crowd, classifier: Classifier, *, today: int) -> set[str]:
    """Return the numbers that gate and classifier list at the end of a day."""
    listed = set()
    for number, rows in day_rows(crowd.events, crowd.reporters).items():
        trust = assess_trust(rows, kind="mobile", today=today)
        if trust.probability < Thresholds().suspected:
            continue  # signals are expensive, and only computed where they can matter
        score = classifier.score(compute_signals(rows, kind="mobile", today=today))
        verdict = decide(trust, score.probability, Thresholds(), previous=Verdict.UNKNOWN, kind="mobile")
        if verdict in PUBLISHED:
            listed.add(number)
    return listed


def draw_facts(
    crowd: Crowd, listed: set[str], variant: Variant, rng: Random, *, today: int
) -> tuple[list[Facts], dict[str, int | None]]:
    """Return the facts of listed numbers from the reports of the last 90 days, and the gang of each number.

    The gang is None for a number that is not a collector's.
    """
    gang_of = {truth.number: truth.gang for truth in crowd.truths if truth.number in listed}
    moved = _move(gang_of, variant, rng)
    gangs = _draw_gangs(gang_of.values(), variant, rng)
    mentions: defaultdict[str, list[Mention]] = defaultdict(list)
    for event in crowd.events:
        day = day_at(event.occurred_at)
        if event.number in listed and event.opinion == "abusive" and today - FACTS_DAYS < day <= today:
            mention = _mention(event, day, gangs.get(gang_of[event.number]), rng)
            mentions[moved[event.number]].append(mention)
    facts = [facts_of(number, reported) for number, reported in mentions.items()]
    return facts, {moved[number]: gang for number, gang in gang_of.items() if moved[number] in mentions}


class _LiveGang(NamedTuple):
    """The institutions a gang claims to be, and the script of its messages if reports quote them."""

    institutions: list[str]
    script: tuple[str, ...] | None


def _draw_gangs(gang_of: Iterable[int | None], variant: Variant, rng: Random) -> dict[int | None, _LiveGang]:
    """Draw the claims and the script of each gang."""
    gangs: dict[int | None, _LiveGang] = {}
    for gang in sorted({gang for gang in gang_of if gang is not None}):
        places = rng.sample(range(1, variant.institutions + 1), variant.claims)
        is_resold = bool(gangs) and rng.random() < RESOLD
        script = rng.choice(list(gangs.values())).script if is_resold else draw_script(rng)
        gangs[gang] = _LiveGang(
            [institution_name(place) for place in places], script if variant.quotes else None
        )
    return gangs


def _mention(event: SimulatedReport, day: int, gang: _LiveGang | None, rng: Random) -> Mention:
    """Return what a report says about the caller, with the claims and the script of its gang."""
    message = event.narrative if event.medium == "sms" else None
    institution = event.claimed_institution
    if gang and institution:
        institution = rng.choice(gang.institutions)
    if gang and gang.script and message and rng.random() < QUOTED:
        message = quote_message(rng, gang.script)
    return Mention(day, event.cluster, institution, message)


def _move(gang_of: Mapping[str, int | None], variant: Variant, rng: Random) -> dict[str, str]:
    """Return new digits for numbers: unchanged, in no block, or in blocks that several gangs share."""
    if variant.gangs_a_block == 1:
        return {number: number for number in gang_of}
    if variant.gangs_a_block == 0:
        return {number: number.removeprefix("+") for number in gang_of}  # like a code, which lies in no block
    gangs = sorted({gang for gang in gang_of.values() if gang is not None})
    rng.shuffle(gangs)
    block_of = {gang: gangs[place - place % variant.gangs_a_block] for place, gang in enumerate(gangs)}
    places = {block: iter(rng.sample(range(BLOCK_SIZE), BLOCK_SIZE)) for block in set(block_of.values())}
    moved = {}
    for number, gang in sorted(gang_of.items()):
        block = rng.choice(gangs) if gang is None else gang
        moved[number] = f"+861979{block_of[block]:04d}{next(places[block_of[block]]):03d}"
    return moved


def _counts(campaigns: Iterable[Sequence[str]], gang_of: Mapping[str, int | None]) -> dict[str, int]:
    """Return the counts of one crowd, named as in `Accuracy`."""
    campaigns = list(campaigns)
    single_callers = count(-1, -1)  # each harmless number has a caller of its own
    caller_of = {number: next(single_callers) if gang is None else gang for number, gang in gang_of.items()}
    callers = [Counter([caller_of[number] for number in campaign]) for campaign in campaigns]
    sizes = [size for size in Counter(caller_of.values()).values() if size >= LEAST_NUMBERS]
    return {
        "numbers": len(gang_of),
        "in_campaigns": sum(map(len, campaigns)),
        "pairs_found": _count_pairs(map(len, campaigns)),
        "pairs_right": _count_pairs(size for numbers_of in callers for size in numbers_of.values()),
        "pairs_true": _count_pairs(sizes),
        "campaigns": len(campaigns),
        "pure": sum(len(numbers_of) == 1 for numbers_of in callers),
    }


def _count_pairs(sizes: Iterable[int]) -> int:
    """Return the number of pairs within groups of these sizes."""
    return sum(size * (size - 1) // 2 for size in sizes)
