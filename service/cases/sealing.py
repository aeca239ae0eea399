"""What of a case is encrypted: names, statements, query codes and notes."""

from dataclasses import dataclass
from uuid import UUID

import orjson

from service.cases.schemas import NewEvent
from service.secrets import KeyRing


@dataclass(frozen=True, slots=True)
class CaseSecrets:
    """What only the reporter sees of a case."""

    respondent_name: str | None
    statement: str | None


@dataclass(frozen=True, slots=True)
class EventSecrets:
    """What only the reporter sees of an event."""

    query_code: str | None = None
    note: str | None = None


def seal_case(secrets: CaseSecrets, keys: KeyRing, case_id: UUID) -> bytes:
    """The secrets of a case, bound to its id."""
    return keys.seal(orjson.dumps(secrets), case_id.bytes)


def unseal_case(sealed: bytes, keys: KeyRing, case_id: UUID) -> CaseSecrets:
    """Inverse of `seal_case`."""
    return CaseSecrets(**orjson.loads(keys.unseal(sealed, case_id.bytes)))


def seal_event(new: NewEvent, keys: KeyRing, case_id: UUID) -> bytes | None:
    """The secrets of an event; None where it has none."""
    secrets = EventSecrets(new.query_code or None, new.note or None)
    return keys.seal(orjson.dumps(secrets), case_id.bytes) if secrets != EventSecrets() else None


def unseal_event(sealed: bytes | None, keys: KeyRing, case_id: UUID) -> EventSecrets:
    """Inverse of `seal_event`."""
    return EventSecrets(**orjson.loads(keys.unseal(sealed, case_id.bytes))) if sealed else EventSecrets()
