"""The encrypted parts of a case: names, statements, query codes and notes."""

from dataclasses import asdict, dataclass
from uuid import UUID

import orjson

from service.cases.filing_schemas import NewEvent
from service.secrets import KeyRing


@dataclass(frozen=True, slots=True)
class CaseSecrets:
    """The parts of a case that only its reporter sees."""

    respondent_name: str | None
    statement: str | None
    demand: str | None = None


@dataclass(frozen=True, slots=True)
class EventSecrets:
    """The parts of an event that only its reporter sees."""

    query_code: str | None = None
    note: str | None = None


def seal_case(secrets: CaseSecrets, keys: KeyRing, case_id: UUID) -> bytes:
    """Encrypt the secrets of a case, bound to its id.

    A demand that nobody made is left out: the release before this one knows of none, and may run beside it.
    """
    said = {name: value for name, value in asdict(secrets).items() if name != "demand" or value}
    return keys.seal(orjson.dumps(said), case_id.bytes)


def unseal_case(sealed: bytes, keys: KeyRing, case_id: UUID) -> CaseSecrets:
    """Decrypt what `seal_case` encrypted."""
    return CaseSecrets(**orjson.loads(keys.unseal(sealed, case_id.bytes)))


def seal_event(new: NewEvent, keys: KeyRing, case_id: UUID) -> bytes | None:
    """Encrypt the secrets of an event; return None if it has none."""
    secrets = EventSecrets(new.query_code or None, new.note or None)
    return keys.seal(orjson.dumps(secrets), case_id.bytes) if secrets != EventSecrets() else None


def unseal_event(sealed: bytes | None, keys: KeyRing, case_id: UUID) -> EventSecrets:
    """Decrypt what `seal_event` encrypted."""
    return EventSecrets(**orjson.loads(keys.unseal(sealed, case_id.bytes))) if sealed else EventSecrets()
