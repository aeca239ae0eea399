"""Changes the draft of a case: a new respondent, statement or situation replaces the earlier one."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from service.cases import store
from service.cases.gathered import GatheredCase
from service.cases.schemas import MOST_REPORTS, CaseChange
from service.cases.sealing import CaseSecrets, seal_case
from service.database import Connection
from service.edge.problems import LIMIT_REACHED, ProblemError
from service.rules.respondents import Respondent
from service.rules.situation import Answers
from service.secrets import KeyRing


async def change_draft(
    connection: Connection,
    reporter: bytes,
    *,
    case: GatheredCase,
    change: CaseChange,
    keys: KeyRing,
    now: datetime,
) -> None:
    """Store a changed case. A change that changes nothing stores nothing, so that packages keep their bytes."""
    respondent, secrets, answers = changed(case, change)
    if (respondent, secrets, answers) == (case.respondent, case.secrets, case.answers):
        return
    await store.change_case(
        connection,
        reporter,
        case.case_id,
        respondent_kind=respondent.value,
        sealed=seal_case(secrets, keys, case.case_id),
        situation=stored_answers(answers),
        now=now,
    )


async def add_reports(
    connection: Connection, reporter: bytes, *, case: GatheredCase, report_ids: Sequence[UUID], now: datetime
) -> None:
    """Add reports to a case, each once; raise limit_reached where they would be more than a case can hold."""
    united = list(dict.fromkeys([*case.report_ids, *report_ids]))
    if len(united) > MOST_REPORTS:
        raise ProblemError(LIMIT_REACHED, limit=MOST_REPORTS)
    if len(united) > len(case.report_ids):
        await store.set_reports(connection, reporter, case.case_id, united, now=now)


def changed(case: GatheredCase, change: CaseChange) -> tuple[Respondent, CaseSecrets, Answers]:
    """Return the respondent's kind, the secrets and the answers of a case as they are after a change."""
    respondent, secrets, answers = case.respondent, case.secrets, case.answers
    if "respondent" in change.model_fields_set:
        respondent = change.respondent.kind
        secrets = replace(secrets, respondent_name=change.respondent.name or None)
    if "statement" in change.model_fields_set:
        secrets = replace(secrets, statement=change.statement or None)
    if "demand" in change.model_fields_set:
        secrets = replace(secrets, demand=change.demand or None)
    if "situation" in change.model_fields_set:
        answers = Answers(**change.situation.model_dump())
    return respondent, secrets, answers


def stored_answers(answers: Answers) -> str:
    """Return what is known as JSON; what is not known is left out."""
    return answers.model_dump_json(exclude_defaults=True)
