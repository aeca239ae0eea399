"""Rows as Parquet: all members of a row, typed, in groups that are written as soon as they are full."""

from collections.abc import Sequence
from types import UnionType
from typing import Annotated, Any, BinaryIO, Final, Union, get_args, get_origin

import msgspec
import pyarrow as pa
from pyarrow.parquet import ParquetWriter

from service.exports.layouts import Table

GROUP_ROWS: Final = 20_000
TYPES: Final = {str: pa.string(), int: pa.int64(), float: pa.float64(), bool: pa.bool_()}


class ParquetRows:
    """Writes rows as Parquet, with at most one group of them in memory."""

    def __init__(self, file: BinaryIO, layout: Table) -> None:
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


def arrow_schema(layout: Table) -> pa.Schema:
    """Return the members of a row as Arrow types, nullable where a member can be without a value."""
    return pa.schema([_arrow_field(member) for member in msgspec.structs.fields(layout.row)])


def _arrow_field(member: msgspec.structs.FieldInfo) -> pa.Field:
    kinds = _kinds_of(member.type)
    kind, *_ = [*(TYPES[one] for one in kinds if one is not type(None)), pa.string()]
    return pa.field(member.encode_name, kind, nullable=type(None) in kinds)


def _kinds_of(annotation: Any) -> set[type]:
    """Return the plain types of an annotation: `Annotated[int, …] | None` gives int and NoneType."""
    if get_origin(annotation) is Annotated:
        return _kinds_of(get_args(annotation)[0])
    if get_origin(annotation) in (Union, UnionType):
        return set().union(*map(_kinds_of, get_args(annotation)))
    return {annotation if annotation in TYPES or annotation is type(None) else str}
