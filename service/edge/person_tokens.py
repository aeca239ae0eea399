"""Tokens of reporters and of owners: issued with a mark, stored only as the pseudonym that is derived from them."""

import hmac
import secrets
import unicodedata
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Final

from service.edge.access import OWNER_PREFIX, REPORTER_PREFIX
from service.secrets import KeyRing

#: How a token begins -> the purpose under which its pseudonym is derived.
PURPOSES: Final = {REPORTER_PREFIX: "reporter", OWNER_PREFIX: "owner"}
RANDOM_BYTES: Final = 24
#: Digits and letters of which none looks like another (Crockford's base 32); 26 of them are 130 bits.
CROCKFORD: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
MISREAD: Final = str.maketrans("OIL", "011")
RECOVERY_LETTERS: Final = 26
MARK_BYTES: Final = 8  # with those of the prefix, a token is as long as an API key


def issue_token(keys: KeyRing, prefix: str) -> str:
    """Return a new token of 192 random bits and a mark, by which `is_issued` knows it."""
    return _text(keys, prefix, secrets.token_bytes(RANDOM_BYTES))


def recovery_token(keys: KeyRing, seed: bytes, prefix: str = REPORTER_PREFIX) -> str:
    """Return the token that belongs to a seed only its browser knows, in an alphabet that people can copy."""
    drawn = int.from_bytes(hmac.digest(keys.pseudonym_key, b"recovery\0" + seed, "sha256"), "big")
    letters = [CROCKFORD[drawn >> 5 * place & 31] for place in range(RECOVERY_LETTERS)]
    return prefix + "".join(letters)


def recovery_code(token: str) -> str:
    """Return the code by which a person finds back to a token: its letters in groups of four."""
    letters = token.rpartition("_")[2]  # none of them is this
    return "-".join(letters[start : start + 4] for start in range(0, len(letters), 4))


def token_of_code(code: str, prefix: str = REPORTER_PREFIX) -> str | None:
    """Return the token that a person's code stands for, whatever stands between its letters; None where it is no code."""
    letters = unicodedata.normalize("NFKC", code).upper().translate(MISREAD)
    drawn = "".join(letter for letter in letters if letter in CROCKFORD)
    return prefix + drawn if len(drawn) == RECOVERY_LETTERS else None


def is_issued(keys: KeyRing, token: str) -> bool:
    """Return whether this service issued a token, without asking the database; tokens from before the mark lack it."""
    prefix = _prefix_of(token)
    try:
        content = urlsafe_b64decode(token[len(prefix) :] + "=")
    except ValueError:
        return False
    drawn = content[:RANDOM_BYTES]
    # the whole text, since many are decoded alike: each would be a pseudonym of its own
    return hmac.compare_digest(_text(keys, prefix, drawn).encode(), token.encode("utf-8", "surrogateescape"))


def pseudonym_of(keys: KeyRing, token: str) -> bytes:
    """Return the pseudonym under which the holder of a reporter's or an owner's token is stored; KeyError for others."""
    return keys.pseudonym(PURPOSES[_prefix_of(token)], token.encode("utf-8", "surrogateescape"))


def _prefix_of(token: str) -> str:
    return token[: len(REPORTER_PREFIX)]  # both are of one length


def _text(keys: KeyRing, prefix: str, drawn: bytes) -> str:
    """Return the one token that these random bytes make."""
    mark = keys.pseudonym("token", prefix.encode("utf-8", "surrogateescape") + drawn)[:MARK_BYTES]
    return prefix + urlsafe_b64encode(drawn + mark).decode().rstrip("=")
