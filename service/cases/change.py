"""Changes the draft of a case: a new respondent or statement replaces the earlier one."""

from dataclasses import replace
from datetime import datetime

from service.cases import store
from service.cases.gathered import GatheredCase
from service.cases.schemas import CaseChange
from service.cases.sealing import CaseSecrets, seal_case
from service.database import Connection
from service.rules.respondents import Respondent
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
    respondent, secrets = changed(case, change)
    if (respondent, secrets) == (case.respondent, case.secrets):
        return
    sealed = seal_case(secrets, keys, case.case_id)
    await store.change_case(
        connection, reporter, case.case_id, respondent_kind=respondent.value, sealed=sealed, now=now
    )


def changed(case: GatheredCase, change: CaseChange) -> tuple[Respondent, CaseSecrets]:
    """Return the respondent's kind and the secrets of a case as they are after a change."""
    respondent, secrets = case.respondent, case.secrets
    if "respondent" in change.model_fields_set:
        respondent = change.respondent.kind
        secrets = replace(secrets, respondent_name=change.respondent.name or None)
    if "statement" in change.model_fields_set:
        secrets = replace(secrets, statement=change.statement or None)
    return respondent, secrets
