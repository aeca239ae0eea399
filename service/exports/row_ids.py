"""Opaque ids of rows, with which an agency sends its outcomes back.

A row's id is a keyed hash of what the row is about, under a key of the agency's own: the same report keeps its id in
every export to one agency, so that late outcomes and deltas find it, while two agencies cannot see from their ids
that they hold the same report. An id starts with a letter, or a spreadsheet would take some ids for numbers.
"""

import hmac
from hashlib import blake2b, sha256

from service.secrets import KeyRing

ID_BYTES = 16


class RowIds:
    """The ids of one agency's rows."""

    def __init__(self, keys: KeyRing, agency: str) -> None:
        key = hmac.digest(keys.pseudonym_key, b"row ids\0" + agency.encode(), sha256)
        self._keyed = blake2b(
            digest_size=ID_BYTES, key=key
        )  # copied for each id, so that the key is absorbed once

    def of_report(self, report_id: str) -> str:
        """Return the id of a row about one report."""
        return "r" + self._of(report_id)

    def of_number(self, number: str) -> str:
        """Return the id of a row about a whole number."""
        return "n" + self._of(number)

    def _of(self, text: str) -> str:
        digest = self._keyed.copy()
        digest.update(text.encode())
        return digest.hexdigest()
