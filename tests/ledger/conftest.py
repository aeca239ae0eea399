"""A ledger with entries, in a database or as a copy."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from service.ledger.checkpoint import Checkpoint, origin_of
from service.ledger.entry import Action, Entry
from service.ledger.merkle import leaf_hash, root_of
from service.ledger.verify import (
    CheckpointFile,
    CheckpointRow,
    EntryLine,
    render_checkpoints,
    render_entries,
)

NOW = datetime(2026, 3, 10, 4, 0, tzinfo=UTC)
FEED = UUID("01a20bae-3d26-405a-ac4c-d7d2abb499de")


@pytest.fixture
def signer() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(bytes(range(32)))


@pytest.fixture
def entry() -> Callable[..., Entry]:
    """An entry, but for what is named."""

    def made(**members: Any) -> Entry:
        plain: dict[str, Any] = {
            "action": Action.APPROVED,
            "at": NOW,
            "export_id": uuid4(),
            "agency": "12321",
            "by": "somebody",
        }
        return Entry(**(plain | members))

    return made


@pytest.fixture
def log(tmp_path: Path, signer: Ed25519PrivateKey, entry: Callable[..., Entry]) -> Path:
    """A copy of seven entries with checkpoints of three and of seven."""
    texts = [entry(rows=place).render() for place in range(7)]
    leaves = [leaf_hash(text.encode()) for text in texts]
    lines = [
        EntryLine(place, text, leaf.hex())
        for place, (text, leaf) in enumerate(zip(texts, leaves, strict=True))
    ]
    rows = [
        CheckpointRow(
            size,
            Checkpoint(
                origin_of(FEED), size, root_of(leaves[:size]), (NOW + timedelta(days=size)).isoformat()
            ).signed(signer),
        )
        for size in (3, 7)
    ]
    directory = tmp_path / "log"
    directory.mkdir()
    (directory / "entries.ndjson").write_bytes(render_entries(lines))
    (directory / "checkpoints.json").write_bytes(render_checkpoints(CheckpointFile(tuple(rows))))
    return directory
