"""Opaque ids of rows, by which an agency gives its answers back.

A row's id is a keyed hash of what the row is about, under a key of the agency's own: the same report keeps its id in
every export to one agency, so that late answers and deltas find it, while two agencies cannot tell from their ids
that they hold the same report. An id starts with a letter, or a spreadsheet would take some for numbers.
"""

import hmac
from hashlib import blake2b, sha256

from service.secrets import KeyRing

ID_BYTES = 16


class RowIds:
    """The ids of one agency's rows."""

    def __init__(self, keys: KeyRing, agency: str) -> None:
        self._key = hmac.digest(keys.pseudonym_key, b"row ids\0" + agency.encode(), sha256)

    def of_report(self, report_id: str) -> str:
        """The id of a row about one report."""
        return "r" + blake2b(report_id.encode(), digest_size=ID_BYTES, key=self._key).hexdigest()

    def of_number(self, number: str) -> str:
        """The id of a row about a whole number."""
        return "n" + blake2b(number.encode(), digest_size=ID_BYTES, key=self._key).hexdigest()
