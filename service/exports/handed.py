"""What an agency is handed, row by row: a file of the export holds it until the export is recorded as done."""

import os
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta, timezone
from hashlib import blake2b
from operator import itemgetter
from pathlib import Path
from typing import Final, Self

import msgspec

from service.exports.columns import names_of
from service.exports.files import told_as_write_error
from service.exports.handed_store import HandedRow
from service.exports.layouts import Table

#: In the directory of the export, so that it appears together with the rows it lists, even if others write the same export.
HANDED_NAME: Final = ".handed"
DIGEST_BYTES: Final = 8
CHINA_CLOCK: Final = timezone(timedelta(hours=8))
#: Members that came later: rows in which they say nothing are those that were handed over before.
LATER: Final = frozenset({"证据", "涉嫌违规人数", "未指明违规人数"})
#: Members that change although the report has not changed: the day of the export, and what decays by itself.
VOLATILE: Final = frozenset({"下发日期", "change", "score", "revision"})


def digest_of(layout: Table) -> Callable[[msgspec.Struct], bytes]:
    """Return the function that gives a row of this layout its digest: 64 bits, equal for rows with equal content."""
    names = names_of(layout.row)
    content_of = itemgetter(*[place for place, name in enumerate(names) if name not in VOLATILE | LATER])
    later_of = [place for place, name in enumerate(names) if name in LATER]
    encode = msgspec.msgpack.Encoder().encode

    def digest(row: msgspec.Struct) -> bytes:
        members = msgspec.structs.astuple(row)
        later = [members[place] for place in later_of]
        content = content_of(members) + (tuple(later) if any(later) else ())
        return blake2b(encode(content), digest_size=DIGEST_BYTES).digest()

    return digest


class HandedFile:
    """The rows of one export on their way to the table; times without a zone are clocks in China."""

    def __init__(self, path: Path) -> None:
        self._encoder = msgspec.json.Encoder()
        with told_as_write_error():
            self._file = path.open("xb")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._file.close()

    def write(self, rows: Sequence[HandedRow]) -> None:
        """Append rows."""
        with told_as_write_error():
            self._file.write(self._encoder.encode_lines(rows))

    def close(self) -> None:
        """Make the rows durable, so that the export may be recorded as done."""
        with told_as_write_error():
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()


def read_handed(path: Path) -> Iterator[HandedRow]:
    """Return the rows of a file that was closed."""
    decoder = msgspec.json.Decoder(HandedRow)
    with path.open("rb") as file:
        for line in file:
            row = decoder.decode(line)
            at = row.reported_at
            yield row if at.tzinfo else row._replace(reported_at=at.replace(tzinfo=CHINA_CLOCK))
