"""What the entries of the catalogue refer to: names that do not exist, and entries that nothing refers to."""

from collections.abc import Iterable, Iterator, Mapping

from service.rules.reading import Steps
from service.rules.situation import Circumstance, Relation, Situation
from service.rules.sources import Sources

Findings = Iterator[str]
#: A reference: the file, the place in it, what kind of entry is meant, and its id.
Reference = tuple[str, Steps, str, str]


def unknown_references(sources: Sources) -> list[str]:
    """Return a finding for each name of a channel, rule, violation, demand or question that does not exist.

    The channels of violations, parties and last resort, and the bases of violations, have checks of their own.
    """
    known: Mapping[str, set[str]] = {
        "channel": {one.id for one in sources.channels.content.channels},
        "rule": {one.id for one in sources.rules.content.rules},
        "violation": {one.id for one in sources.violations.content.violations},
        "demand": {one.id for one in sources.violations.content.demands},
    }
    found = [
        getattr(sources, file).finding(steps, f"there is no {kind} {one!r}")
        for file, steps, kind, one in (
            *_of_channels(sources),
            *_of_violations(sources),
            *_of_routing(sources),
        )
        if one not in known[kind]
    ]
    return [*found, *_questions(sources), *_people(sources)]


def unused(sources: Sources) -> list[str]:
    """Return a finding for each channel, rule and demand to which nothing leads."""
    references = (*_of_channels(sources), *_of_violations(sources), *_of_routing(sources))
    used = {(kind, one) for _, _, kind, one in references} | set(_led_to(sources))
    entries = (
        ("channels", "channels", "channel", [one.id for one in sources.channels.content.channels]),
        ("rules", "rules", "rule", [one.id for one in sources.rules.content.rules]),
        ("violations", "demands", "demand", [one.id for one in sources.violations.content.demands]),
    )
    return [
        getattr(sources, file).finding((key, place, "id"), f"nothing refers to the {kind} {one!r}")
        for file, key, kind, listed in entries
        for place, one in enumerate(listed)
        if (kind, one) not in used
    ]


def _led_to(sources: Sources) -> Iterator[tuple[str, str]]:
    """Return the channels and rules that violations and parties name themselves."""
    for violation in sources.violations.content.violations:
        yield from (("rule", one) for one in (*violation.legal_basis, *violation.norm_basis))
        yield from (("channel", way.channel) for way in (*violation.first, *violation.second))
    for route in sources.routing.content.respondents:
        yield from (("channel", one) for one in (*route.first, *route.fallback))
    yield from (("channel", one) for one in sources.routing.content.last_resort.channels)


def _named(file: str, steps: Steps, kind: str, ids: Iterable[str]) -> Iterator[Reference]:
    for place, one in enumerate(ids):
        yield file, (*steps, place), kind, one


def _of_channels(sources: Sources) -> Iterator[Reference]:
    for place, channel in enumerate(sources.channels.content.channels):
        yield from _named("channels", ("channels", place, "points_to"), "rule", channel.points_to)
        for nth, follow_up in enumerate(channel.follow_ups):
            steps = ("channels", place, "follow_ups", nth, "channels")
            yield from _named("channels", steps, "channel", follow_up.channels)


def _of_violations(sources: Sources) -> Iterator[Reference]:
    content = sources.violations.content
    for place, violation in enumerate(content.violations):
        steps = ("violations", place)
        yield from _named("violations", (*steps, "if_so"), "rule", [one.rule for one in violation.if_so])
        yield from _named("violations", (*steps, "demands"), "demand", violation.demands)
    for place, demand in enumerate(content.demands):
        yield from _named("violations", ("demands", place, "rules"), "rule", demand.rules)


def _of_routing(sources: Sources) -> Iterator[Reference]:
    content = sources.routing.content
    for place, route in enumerate(content.respondents):
        yield from _named("routing", ("respondents", place, "governed_by"), "rule", route.governed_by)
        for nth, others in enumerate(route.others):
            of_others = ("respondents", place, "others", nth)
            yield from _named("routing", (*of_others, "first"), "channel", others.first)
            yield from _named("routing", (*of_others, "fallback"), "channel", others.fallback)
    for place, emergency in enumerate(content.emergencies):
        steps = ("emergencies", place)
        yield from _named("routing", (*steps, "channels"), "channel", emergency.channels)
        yield from _named("routing", (*steps, "likely_with"), "violation", emergency.likely_with)
    for place, question in enumerate(content.questions):
        yield from _named(
            "routing", ("questions", place, "violations"), "violation", question.violations or ()
        )
    for place, advice in enumerate(content.before_filing):
        yield from _named("routing", ("before_filing", place, "rules"), "rule", advice.rules)
    for place, addition in enumerate(content.additions):
        yield from _named("routing", ("additions", place, "channels"), "channel", addition.channels)


def _questions(sources: Sources) -> Findings:
    questions = {question.id: question for question in sources.routing.content.questions}
    for missing in [name for name in Situation.model_fields if name not in questions]:
        yield sources.routing.finding(("questions",), f"the question {missing!r} is missing: add its entry")
    for place, question in enumerate(sources.routing.content.questions):
        if question.id not in Situation.model_fields:
            yield sources.routing.finding(
                ("questions", place, "id"), f"routing has no parameter {question.id!r}"
            )
        if question.id in set(Circumstance) and question.condition is None:
            yield sources.routing.finding(
                ("questions", place), f"the circumstance {question.id!r} needs its condition in words"
            )


def _people(sources: Sources) -> Findings:
    told = [kind.relation for kind in sources.routing.content.relations]
    for missing in [one for one in Relation if one not in told]:
        yield sources.routing.finding(
            ("relations",), f"the relation {missing.value!r} is missing: add its entry"
        )
