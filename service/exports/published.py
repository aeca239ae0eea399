"""The JSON Schemas of exports, as `api_specs/` publishes them: written from the rows and the manifest themselves."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from service.exports.layouts import LAYOUTS, Layout
from service.exports.manifest import Manifest

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
FILES: Final = """Lines of {stem}.ndjson end with LF; the file is UTF-8 without BOM. {stem}.parquet holds the same members \
as columns of the same names, typed as here.

{stem}.csv and {stem}.xlsx hold these members as columns, in this order and under a header of their names, null as an \
empty cell: {columns}. CSV: UTF-8 with BOM, comma, CRLF, RFC 4180, every text in quotes. So that no spreadsheet takes a \
field for a formula, a field that begins with = + - @ (also full-width ＝ ＋ － ＠), a tab, a line break or an apostrophe \
has one apostrophe put before it; remove one leading apostrophe to get the text. XLSX: every cell is a text and needs no \
such guard; line breaks are LF, characters that XML cannot hold are U+FFFD, a text over 32,767 characters is cut and says \
so, and from 1,048,576 rows on there are further sheets.

Rows come in the order of the canonical number. A report that was retracted, or that speaks for the number, is not in the \
export."""
PERSONS: Final = """

Counts are of persons; each counts once for a number, by the first report. A number that fewer than three persons \
reported has no row. Counts under ten are withheld, and with them as many others as are needed so that none can be \
worked out from a total."""
MANIFEST: Final = """manifest.json of an export. The signature is Ed25519 (RFC 8032) over the canonical JSON (RFC 8785) of \
every member but `signature`. The file holds the same members sorted, indented by two spaces and followed by LF; any other \
bytes count as altered. `dunwatch verify` checks all of it."""


def published_schemas() -> Mapping[str, dict[str, Any]]:
    """Return every published schema of exports by the name of its file."""
    layouts = {
        f"export-{name.replace('_', '-')}": _layout_schema(name, layout) for name, layout in LAYOUTS.items()
    }
    return {**layouts, "export-manifest": _manifest_schema()}


def _layout_schema(name: str, layout: Layout) -> dict[str, Any]:
    described = FILES.format(stem=layout.stem, columns=", ".join(layout.columns))
    (_, definitions) = msgspec.json.schema_components([layout.row])
    about = "number, with what persons reported about it" if layout.counts_persons else "report"
    return {
        "$schema": DIALECT,
        **definitions[layout.row.__name__],
        "title": f"Row of the layout {name}",
        "description": f"A row: one {about}. {described}{PERSONS if layout.counts_persons else ''}",
        "additionalProperties": False,
    }


def _manifest_schema() -> dict[str, Any]:
    definitions = msgspec.json.schema(Manifest)["$defs"]
    manifest = definitions.pop("Manifest")
    for member in manifest["properties"].values():
        member.pop("default", None)  # every member is required
    return {
        "$schema": DIALECT,
        **manifest,
        "title": "Export manifest",
        "description": MANIFEST,
        "required": sorted(manifest["properties"]),
        "additionalProperties": False,
        "$defs": definitions,
    }
