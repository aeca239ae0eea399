"""API keys in PostgreSQL; serving hosts read them from their replica."""

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from service.database import Connection, load_queries
from service.edge.access import KEY_PREFIX, ApiKey, Scope, expiry_seconds, new_token, token_hash

QUERIES = load_queries(Path(__file__).parent)


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A key as its operator sees it; the key itself is not stored."""

    key_hash: bytes
    key_id: str
    label: str
    scopes: list[str]
    source_id: int | None
    limit_per_second: int | None
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    agency_id: int | None
    purpose: str | None

    def api_key(self) -> ApiKey:
        """Return the key as serving hosts know it."""
        scopes = frozenset(Scope(scope) for scope in self.scopes)
        return ApiKey(
            self.key_id, scopes, self.source_id, self.limit_per_second, expiry_seconds(self.expires_at)
        )


async def create_key(
    connection: Connection,
    *,
    label: str,
    scopes: Collection[Scope],
    now: datetime,
    source_id: int | None = None,
    limit_per_second: int | None = None,
    expires_at: datetime | None = None,
    agency_id: int | None = None,
    purpose: str | None = None,
) -> tuple[str, str]:
    """Make a key; returns its public id and the key itself, which is shown once and stored only as a hash.

    A key of an agency has the purpose for which it may ask for exports.
    """
    token = new_token(KEY_PREFIX)
    key_id = secrets.token_hex(6)
    values = (label, sorted(scopes), source_id, limit_per_second, now, expires_at, agency_id, purpose)
    await connection.execute(QUERIES["insert_api_key"], token_hash(token), key_id, *values)
    return key_id, token


async def revoke_key(connection: Connection, key_id: str, now: datetime) -> bool:
    """Revoke a key for good; returns False when there is no such valid key."""
    return await connection.fetchval(QUERIES["revoke_api_key"], key_id, now) is not None


async def list_keys(connection: Connection) -> list[KeyRow]:
    """Return all keys, the oldest first."""
    return [KeyRow(**row) for row in await connection.fetch(QUERIES["list_api_keys"])]
