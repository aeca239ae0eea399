"""What a case and its reports say about the situation: what decides channels and rules."""

from collections import Counter
from collections.abc import Sequence

from service.cases.gathered import CaseReport, GatheredCase
from service.rules.situation import Relation, Reply, Situation

#: Violations for which it matters whether they were repeated: 治安管理处罚法 50(1)(5) is about several messages.
_REPEATABLE = ("threat", "insult")


def situation_of(case: GatheredCase, reports: Sequence[CaseReport]) -> Situation:
    """Return what is known: what the person said, and where nothing was said, what the reports say.

    The relation stays unknown where reports contradict each other or do not say.
    """
    said = case.answers.model_dump(exclude_defaults=True)
    relations = {report.relation for report in reports if report.relation}
    by_number = Counter(
        report.number for report in reports if not set(_REPEATABLE).isdisjoint(report.violations)
    )
    shown: dict[str, object] = {}
    if len(relations) == 1:
        shown["relation"] = Relation(*relations)
    if any(count > 1 for count in by_number.values()):
        shown["repeated"] = Reply.YES
    return Situation.model_validate({**shown, **said, "respondent": case.respondent})
