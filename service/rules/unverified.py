"""Facts whose official text nobody has read, by age: a list of work for people."""

from dataclasses import dataclass
from datetime import date

from service.rules.facts import Status
from service.rules.sources import Sources, StatedFact, stated_facts


@dataclass(frozen=True, slots=True)
class Unverified:
    """A fact that is to be verified, and for how many days it has been."""

    stated: StatedFact
    days: int

    @property
    def in_words(self) -> str:
        """Return the day, the age, the place, the name and the source in one line."""
        fact = self.stated.fact
        age = {0: "today", 1: "1 day"}.get(self.days, f"{self.days} days")
        return f"{fact.recorded_on}  {age:>9}  {self.stated.name}  ({self.stated.place})  {fact.source.en}"


def unverified(sources: Sources, today: date) -> list[Unverified]:
    """Return the facts that are to be verified, the oldest first, those of one day in the order of the files.

    A day is written without a zone: one that has only begun further east is no day ago.
    """
    waiting = [
        Unverified(stated, max(0, (today - stated.fact.recorded_on).days))
        for stated in stated_facts(sources)
        if stated.fact.status is Status.TO_BE_VERIFIED
    ]
    return sorted(waiting, key=lambda one: one.stated.fact.recorded_on)
