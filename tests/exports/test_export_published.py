"""The schemas of exports in api_specs/, and the documents that name the layouts, say what the code does."""

import json
import re
from typing import get_args

import pytest

from service.exports.layouts import LAYOUTS
from service.exports.published import published_schemas
from service.exports.words import LAYOUT_ROWS, LayoutName
from tests.places import ROOT, SPECS

HOW = "`make openapi` writes it anew"


@pytest.mark.parametrize("name", published_schemas())
def test_a_published_schema_is_what_the_code_writes(name: str) -> None:
    path = SPECS / f"{name}.schema.json"
    assert path.is_file(), f"{path.name} is missing: {HOW}"
    assert json.loads(path.read_text("utf-8")) == published_schemas()[name], (
        f"{path.name} is not up to date: {HOW}"
    )


def test_no_schema_of_an_export_is_left_over() -> None:
    stored = {path.name.removesuffix(".schema.json") for path in SPECS.glob("export-*.schema.json")}
    assert stored == set(published_schemas()), "remove the files of layouts that are no more"


@pytest.mark.parametrize("name", LAYOUTS)
def test_every_member_of_a_row_is_described(name: LayoutName) -> None:
    properties = published_schemas()[f"export-{name.replace('_', '-')}"]["properties"]
    bare = [member for member, schema in properties.items() if not schema.get("description")]
    assert bare == [], "give each a description where the row is declared"


def test_every_layout_has_rows_and_a_description() -> None:
    names = get_args(LayoutName)
    assert tuple(LAYOUTS) == names, "each name in LayoutName has its entry in service/exports/layouts.py"
    assert tuple(LAYOUT_ROWS) == names, (
        "each name in LayoutName has its description in service/exports/words.py"
    )


def test_the_table_of_layouts_names_each_of_them() -> None:
    text = (ROOT / "docs/formats.md").read_text("utf-8")
    rows = re.findall(
        r"^\| `([a-z0-9_]+)` \| an? (?:report|number|institution in a month) \|.*?api_specs/([a-z0-9-]+)\.schema",
        text,
        re.MULTILINE,
    )
    expected = [(name, f"export-{name.replace('_', '-')}") for name in LAYOUTS]
    assert rows == expected, (
        "the table under 'Files that are handed over' in docs/formats.md has a row for each layout"
    )
