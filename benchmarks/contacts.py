"""False findings and missed calls over simulated pairs of call logs: a telephone's and a carrier's of the same calls.

Run with ``python -m benchmarks.contacts --pairs 2000 --seed 1``. In each pair one clock is up to 90 seconds off and the
carrier counts from the answer; minutes are cut, a spreadsheet has saved one of them again, one is in another zone, rows are
missing, several reports name a call, or one log is attached twice. A finding is false if the calls that were made do not
exceed the limit; a call is missed if two calls that were made are counted as one.
"""

import argparse
import csv
import io
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, timezone
from typing import NamedTuple

from service.contacts.call_log import About, read_call_log
from service.contacts.counting import EFFECTIVE_SECONDS, Contact
from service.contacts.matching import Known, number_calls
from service.days import CHINA

NUMBER = "+8619790001234"
WRITTEN = "19790001234"
BEGIN = datetime(2026, 9, 1, 8, tzinfo=CHINA)
NOW = datetime(2026, 11, 30, tzinfo=UTC)
LIMITS = {"effective": 3, "unanswered": 6}
MOST_SKEW = 90


class Made(NamedTuple):
    """A call as it was made: when it began to ring, for how long, and how long people spoke; 0 if nobody answered."""

    at: datetime
    rings: int
    spoken: int


@dataclass
class Outcome:
    """What was counted over all pairs."""

    pairs: int = 0
    made: int = 0
    missed: int = 0
    extra: int = 0
    false_findings: int = 0
    pairs_with_extra: list[int] = field(default_factory=list)

    @property
    def missed_share(self) -> float:
        """Missed calls as a share of all."""
        return self.missed / max(1, self.made)


def measure(pairs: int, seed: int) -> Outcome:
    """Return what is counted over so many pairs drawn from a seed."""
    outcome = Outcome()
    for pair in range(pairs):
        rng = random.Random(f"{seed}/{pair}")
        made = _calls(rng)
        logs, told = _logs(rng, made)
        _judge(outcome, pair, [made[place] for place in sorted(told)], _counted(logs))
    return outcome


def _calls(rng: random.Random) -> list[Made]:
    """Return the calls of one to six days: single ones, runs of redials, and several within one minute."""
    made: list[Made] = []
    for day in range(rng.randint(1, 6)):
        at = BEGIN + timedelta(days=day, seconds=rng.randrange(3600))
        for _ in range(rng.choice((1, 2, 3, 4, 6, 7, 9, 12))):
            rings = rng.randrange(3, 30)
            spoken = rng.choice((0, 0, 0, rng.randrange(1, 12), rng.randrange(10, 400)))
            made.append(Made(at, rings, spoken))
            pause = rng.choice((rng.randrange(4, 20), rng.randrange(20, 120), rng.randrange(300, 3600)))
            at += timedelta(seconds=rings + spoken + pause)
            if at.hour >= 21:
                break
    return made


class _Style(NamedTuple):
    skew: int
    knows_seconds: bool
    zone: timezone | None
    from_answer: bool
    slash: bool
    length: str


def _logs(rng: random.Random, made: Sequence[Made]) -> tuple[list[bytes], set[int]]:
    """Return the files, and the places of the calls that any of them tells."""
    everything = list(range(len(made)))
    answered = [place for place in everything if made[place].spoken]
    phone = _Style(
        0, rng.random() < 0.8, None, False, False, rng.choice(("seconds", "seconds", "words", "none"))
    )
    carrier = _Style(
        rng.randint(-MOST_SKEW, MOST_SKEW),
        rng.random() < 0.6,
        rng.choice((None, None, UTC, timezone(timedelta(hours=9)))),
        rng.random() < 0.5,
        rng.random() < 0.5,
        rng.choice(("seconds", "words", "words", "minutes")),
    )
    carried = answered if rng.random() < 0.4 else everything
    lost, unlisted = rng.choice((0.0, 0.0, 0.05)), rng.choice((0.0, 0.0, 0.05))
    kept = [place for place in everything if rng.random() >= lost]
    carried = [place for place in carried if rng.random() >= unlisted]
    logs = [_file(rng, made, kept, phone), _file(rng, made, carried, carrier)]
    if rng.random() < 0.3:  # the same log, saved again by a spreadsheet
        again = phone._replace(knows_seconds=False, slash=True)
        logs.append(_file(rng, made, kept, again))
    rng.shuffle(logs)
    return logs, {*kept, *carried}


def _file(rng: random.Random, made: Sequence[Made], places: Sequence[int], style: _Style) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["对方号码", "起始时间", "呼叫类型", "通话时长"])
    rows = []
    for place in places:
        call = made[place]
        at = call.at + timedelta(seconds=style.skew)
        if style.from_answer:
            at += timedelta(seconds=call.rings)
        at = at.astimezone(style.zone or CHINA)
        form = "%Y/%m/%d %H:%M" if style.slash else "%Y-%m-%d %H:%M"
        written = f"{at:{form}{':%S' if style.knows_seconds else ''}}" + (f"{at:%z}" if style.zone else "")
        spoken = (
            _written(
                call.spoken + (rng.choice((0, 0, 1)) if call.spoken >= EFFECTIVE_SECONDS else 0), style.length
            )
            if call.spoken
            else ""
        )
        rows.append([WRITTEN, written, "被叫" if call.spoken else "未接", spoken])
    rng.shuffle(rows)
    writer.writerows(rows)
    return text.getvalue().encode()


def _written(spoken: int, length: str) -> str:
    match length:
        case "words":
            return f"{spoken // 60}分{spoken % 60}秒"
        case "minutes":
            return f"{-(-spoken // 60)}分钟"
        case "none":
            return ""
        case _:
            return str(spoken)


def _counted(logs: Sequence[bytes]) -> list[Contact]:
    """Return the calls that the logs together are counted as, as PostgreSQL merges them."""
    known: list[Known] = []
    for content in logs:
        log = read_call_log(content.decode(), content, About(NUMBER, NOW))
        numbered = number_calls(known, log.calls)
        known = [
            Known(one.calls, [numbered.renamed.get(number, number) for number in one.numbers])
            for one in known
        ]
        known.append(Known(log.calls, numbered.numbers))
    return merged(known)


def merged(known: Sequence[Known]) -> list[Contact]:
    """Return each call of numbered logs once, as PostgreSQL does; the first log tells when it was."""
    rows: dict[int, list[Contact]] = {}
    for log in known:
        for call, number in zip(log.calls, log.numbers, strict=True):
            rows.setdefault(number, []).append(call)
    calls = []
    for same in rows.values():
        said = {call.is_answered for call in same} - {None}
        exact = [call.seconds for call in same if call.seconds is not None and not call.is_rounded]
        lengths = exact or [call.seconds for call in same if call.seconds is not None]
        calls.append(
            same[0]._replace(
                is_answered=next(iter(said)) if len(said) == 1 else None,
                seconds=min(lengths) if lengths else None,
            )
        )
    return calls


def _judge(outcome: Outcome, pair: int, made: Sequence[Made], counted: Sequence[Contact]) -> None:
    true = [Contact(one.at, is_answered=one.spoken > 0, seconds=one.spoken or None) for one in made]
    outcome.pairs += 1
    outcome.made += len(made)
    outcome.missed += max(0, len(made) - len(counted))
    if len(counted) > len(made):
        outcome.extra += len(counted) - len(made)
        outcome.pairs_with_extra.append(pair)
    truth, found = _exceeded(true), _exceeded(counted)
    outcome.false_findings += len(found - truth)


def _exceeded(calls: Sequence[Contact]) -> set[tuple[str, date]]:
    counts: Counter[tuple[str, date]] = Counter()
    for call in calls:
        on = call.at.astimezone(CHINA).date()
        if call.is_answered and (call.seconds or 0) >= EFFECTIVE_SECONDS:
            counts["effective", on] += 1
        elif call.is_answered is False:
            counts["unanswered", on] += 1
    return {counter for counter, count in counts.items() if count > LIMITS[counter[0]]}


def main() -> None:
    """Print what is counted over simulated pairs; fail if a finding is false or more than 0.5 % of calls are missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    outcome = measure(asked.pairs, asked.seed)
    print(f"pairs of logs: {outcome.pairs}; calls made: {outcome.made}")
    print(f"false findings: {outcome.false_findings}; calls counted twice: {outcome.extra}")
    print(f"missed calls: {outcome.missed} ({outcome.missed_share:.3%})")
    if outcome.false_findings or outcome.missed_share > 0.005:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
