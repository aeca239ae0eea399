"""Rows as Parquet: all members of a row, typed, in groups that are written as they fill."""

from collections.abc import Sequence
from typing import BinaryIO, Final, get_args

import msgspec
import pyarrow as pa
from pyarrow.parquet import ParquetWriter

from service.exports.layouts import Layout

GROUP_ROWS: Final = 20_000
TYPES: Final = {str: pa.string(), int: pa.int64(), float: pa.float64(), bool: pa.bool_()}


class ParquetRows:
    """Keeps at most one group of rows in memory."""

    def __init__(self, file: BinaryIO, layout: Layout) -> None:
        self._schema = arrow_schema(layout)
        self._writer = ParquetWriter(file, self._schema, compression="zstd")
        self._pending: list[msgspec.Struct] = []

    def write(self, rows: Sequence[msgspec.Struct]) -> None:
        """Append rows."""
        self._pending += rows
        if len(self._pending) >= GROUP_ROWS:
            self._flush()

    def close(self) -> None:
        """Write the last group and the footer."""
        self._flush()
        self._writer.close()

    def _flush(self) -> None:
        if self._pending:
            columns = zip(*map(msgspec.structs.astuple, self._pending), strict=True)
            arrays = [
                pa.array(column, field.type) for column, field in zip(columns, self._schema, strict=True)
            ]
            self._writer.write_table(pa.table(arrays, schema=self._schema))
            self._pending.clear()


def arrow_schema(layout: Layout) -> pa.Schema:
    """The members of a row as Arrow types; null where a member can be without a value."""
    return pa.schema([_arrow_field(member) for member in msgspec.structs.fields(layout.row)])


def _arrow_field(member: msgspec.structs.FieldInfo) -> pa.Field:
    kinds = set(get_args(member.type)) or {member.type}
    (kind,) = [TYPES.get(one, pa.string()) for one in kinds if one is not type(None)][:1]
    return pa.field(member.encode_name, kind, nullable=type(None) in kinds)
