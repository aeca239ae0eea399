"""Codes that prove control of a number: six digits, sent to it, valid for ten minutes and five tries.

The requester receives the code's id and needs it to use the code: others cannot use up its tries, and a further code
leaves it valid. What one network may request is limited more strictly than what a number may be sent, so that no network
uses up the codes of a number's owner. With `MOST_A_DAY` codes of `MOST_TRIES` tries, guessing finds one of a million
codes with a probability of 1 in 10,000 a day, and the owner is sent a code each time.
"""

import hmac
import secrets
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID, uuid4

from ml.words import Kind
from service.database import Connection
from service.disputes import store
from service.edge.problems import CODE_GONE, CODE_WRONG, TOO_MANY_CODES, ProblemError
from service.numbers.parse import Number
from service.secrets import KeyRing

DIGITS: Final = 6
VALID_FOR: Final = timedelta(minutes=10)
MOST_TRIES: Final = 5
MOST_AN_HOUR: Final = 10  # to one number, twice what one network may request
MOST_A_DAY: Final = 20
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
#: Kinds with an owner who can be reached at the number.
OWNED: Final = frozenset(
    {Kind.MOBILE, Kind.FIXED, Kind.SERVICE_400, Kind.SERVICE_95, Kind.SERVICE_96, Kind.INTERNATIONAL}
)


async def keep_code(connection: Connection, keys: KeyRing, number: Number, now: datetime) -> tuple[UUID, str]:
    """Make a code for a number and store its hash; return its id and the code, which still has to be sent.

    Raises the problem too_many_codes.
    """
    await store.lock_number(connection, number.key)
    sent = await store.count_codes(connection, number.key, now - HOUR, now - DAY)
    if sent.lately >= MOST_AN_HOUR or sent.in_all >= MOST_A_DAY:
        wait = HOUR if sent.in_all < MOST_A_DAY else DAY
        raise ProblemError(
            TOO_MANY_CODES,
            headers={"Retry-After": str(int(wait.total_seconds()))},
            hours=wait // HOUR,
        )
    code_id, code = uuid4(), f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"
    code_hash, expires_at = _hash(keys, number, code_id, code), now + VALID_FOR
    await store.insert_code(
        connection, number.key, code_id, code_hash=code_hash, now=now, expires_at=expires_at
    )
    return code_id, code


async def check_code(
    connection: Connection, keys: KeyRing, number: Number, code_id: UUID, *, code: str, now: datetime
) -> ProblemError | None:
    """Use a code up; return None if it is right, else the problem.

    The problem is returned, not raised: the transaction that counts the try must be committed.
    """
    tried = await store.try_code(connection, number.key, code_id, now=now, at_most=MOST_TRIES)
    if tried is None:
        return ProblemError(CODE_GONE)
    if not hmac.compare_digest(tried.code_hash, _hash(keys, number, code_id, code)):
        return _wrong(MOST_TRIES - tried.tries)
    await store.use_code(connection, number.key, code_id, now)
    return None


def _hash(keys: KeyRing, number: Number, code_id: UUID, code: str) -> bytes:
    """Return a hash bound to number and id, so that equal codes have different hashes."""
    return keys.pseudonym("owner-code", f"{number.key} {code_id} {code}".encode())


def _wrong(left: int) -> ProblemError:
    if left == 0:
        return ProblemError(CODE_WRONG, next_zh="请重新获取", next_en="request a new one")
    return ProblemError(CODE_WRONG, next_zh=f"还可以尝试 {left} 次", next_en=f"tries left: {left}")
