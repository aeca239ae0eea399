"""What releases before the package rfc8785 signed is checked as before: `stored/` was written by one of them."""

import json
from datetime import UTC, datetime
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.exports.manifest import MANIFEST_NAME, parse_manifest
from service.exports.verify import verify_export
from service.ledger.entry import Action, Entry
from service.ledger.verify import ENTRIES, is_in_log, verify_log
from service.signed import load_public_key
from tests.places import ROOT

STORED = ROOT / "tests/exports/stored"
KEY = load_public_key("A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg=")
LINES = (STORED / "log" / ENTRIES).read_text("utf-8").splitlines()


def test_a_stored_export_is_whole_and_unaltered() -> None:
    assert verify_export(STORED / "export", KEY) == []


def test_a_stored_ledger_holds_and_tells_of_the_export() -> None:
    assert verify_log(STORED / "log", KEY) == []
    assert is_in_log(STORED / "log", (STORED / "export" / MANIFEST_NAME).read_bytes())


def test_the_stored_manifest_says_what_it_takes_care_to_spell() -> None:
    manifest = parse_manifest((STORED / "export" / MANIFEST_NAME).read_bytes())
    assert "😀" in manifest.purpose
    assert {"\u2028", "\x7f", "\x1f", '"', "\\"} <= set(manifest.request.legal_basis or "")
    assert manifest.revision == 2**53 - 1


@pytest.mark.parametrize("line", LINES)
def test_a_stored_entry_is_written_as_it_was(line: str) -> None:
    text = json.loads(line)["entry"]
    assert msgspec.json.decode(text, type=Entry).render() == text


@given(text=st.text(st.characters(codec="utf-8")), rows=st.integers(0, 2**53 - 1))
def test_an_entry_is_spelt_as_earlier_releases_spelt_it(text: str, rows: int) -> None:
    entry = Entry(
        action=Action.FAILED,
        at=datetime(2026, 3, 1, tzinfo=UTC),
        export_id=UUID(int=1),
        agency=text,
        problem=text,
        rows=rows,
    )
    assert entry.render() == msgspec.json.encode(entry, order="sorted").decode()
