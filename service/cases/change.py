"""Changes the draft of a case: respondent and statement take the place of what was there, unlike follow-up."""

from dataclasses import replace
from datetime import datetime

from service.cases import store
from service.cases.gathered import Gathered
from service.cases.schemas import CaseChange
from service.cases.sealing import CaseSecrets, seal_case
from service.database import Connection
from service.rules.respondents import Respondent
from service.secrets import KeyRing


async def change_draft(
    connection: Connection,
    reporter: bytes,
    *,
    case: Gathered,
    change: CaseChange,
    keys: KeyRing,
    now: datetime,
) -> None:
    """Store what a change makes of a case; what changes nothing leaves the case, and with it its packages, as it was."""
    respondent, secrets = changed(case, change)
    if (respondent, secrets) == (case.respondent, case.secrets):
        return
    sealed = seal_case(secrets, keys, case.case_id)
    await store.change_case(
        connection, reporter, case.case_id, respondent_kind=respondent.value, sealed=sealed, now=now
    )


def changed(case: Gathered, change: CaseChange) -> tuple[Respondent, CaseSecrets]:
    """Kind of respondent and secrets of a case with what a change names in their place."""
    respondent, secrets = case.respondent, case.secrets
    if "respondent" in change.model_fields_set:
        respondent = change.respondent.kind
        secrets = replace(secrets, respondent_name=change.respondent.name or None)
    if "statement" in change.model_fields_set:
        secrets = replace(secrets, statement=change.statement or None)
    return respondent, secrets
