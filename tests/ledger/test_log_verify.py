"""Whatever is changed in a copy of the ledger is found and named."""

import json
import random
from base64 import b64decode, b64encode
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from service.ledger.checkpoint import Checkpoint, CheckpointError, key_id, read_checkpoint
from service.ledger.merkle import leaf_hash
from service.ledger.verify import LEDGER_FLAWS, verify_log


def codes(log: Path, signer: Ed25519PrivateKey) -> list[str]:
    return [finding.code for finding in verify_log(log, signer.public_key())]


def test_a_copy_that_nobody_touched_has_nothing_wrong(log: Path, signer: Ed25519PrivateKey) -> None:
    assert codes(log, signer) == []


@pytest.mark.parametrize("name", ["entries.ndjson", "checkpoints.json"])
def test_every_altered_byte_is_found_and_named(log: Path, signer: Ed25519PrivateKey, name: str) -> None:
    chance = random.Random(name)
    content = (log / name).read_bytes()
    for position in range(len(content)):
        altered = bytearray(content)
        altered[position] ^= chance.randrange(1, 256)
        (log / name).write_bytes(altered)
        findings = verify_log(log, signer.public_key())
        assert name in {finding.file for finding in findings}, position
    (log / name).write_bytes(content)
    assert codes(log, signer) == []


def test_the_altered_entry_is_named(log: Path, signer: Ed25519PrivateKey) -> None:
    path = log / "entries.ndjson"
    lines = path.read_text().splitlines(keepends=True)
    lines[4] = lines[4].replace("12321", "12322")
    path.write_text("".join(lines))
    findings = verify_log(log, signer.public_key())
    assert [(one.code, one.en) for one in findings] == [
        ("entry_altered", "entry 4 was altered"),
        (
            "entries_rewritten",
            "entries 3 to 6 do not match the signed checkpoint: one or more of them were rewritten",
        ),
    ]


def test_an_entry_rewritten_together_with_its_hash_does_not_fit_what_was_signed(
    log: Path, signer: Ed25519PrivateKey
) -> None:
    path = log / "entries.ndjson"
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    lines[1]["entry"] = lines[1]["entry"].replace("approved", "refused")
    lines[1]["leaf_hash"] = leaf_hash(lines[1]["entry"].encode()).hex()
    path.write_text("".join(json.dumps(line, separators=(",", ":")) + "\n" for line in lines))
    assert codes(log, signer) == ["entries_rewritten", "entries_rewritten"]


@pytest.mark.parametrize(
    ("dropped", "expected"),
    [
        (0, ["entry_missing", "entries_rewritten", "entries_cut"]),
        (2, ["entry_missing", "entries_rewritten", "entries_cut"]),
        (6, ["entries_cut"]),
    ],
)
def test_a_dropped_entry_is_missed(
    log: Path, signer: Ed25519PrivateKey, dropped: int, expected: list[str]
) -> None:
    path = log / "entries.ndjson"
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(lines[:dropped] + lines[dropped + 1 :]))
    assert codes(log, signer) == expected


def test_entries_in_another_order_are_found(log: Path, signer: Ed25519PrivateKey) -> None:
    path = log / "entries.ndjson"
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join([lines[1], lines[0], *lines[2:]]))
    assert "entry_altered" in codes(log, signer)


def test_checkpoints_of_another_signer_are_found(log: Path) -> None:
    other = Ed25519PrivateKey.from_private_bytes(bytes(32))
    assert codes(log, other) == ["checkpoint_altered", "checkpoint_altered"]


def test_checkpoints_of_two_logs_do_not_make_one(log: Path, signer: Ed25519PrivateKey) -> None:
    path = log / "checkpoints.json"
    document = json.loads(path.read_bytes())
    foreign = Checkpoint("dunwatch/another", 7, bytes(32), "2026-03-17T04:00:00+00:00")
    document["checkpoints"][1]["note"] = foreign.signed(signer)
    path.write_text(json.dumps(document, separators=(",", ":"), ensure_ascii=False) + "\n", "utf-8")
    assert codes(log, signer) == ["other_log"]


@pytest.mark.parametrize("name", ["entries.ndjson", "checkpoints.json"])
def test_a_missing_file_is_named(log: Path, signer: Ed25519PrivateKey, name: str) -> None:
    (log / name).unlink()
    assert [(one.code, one.file) for one in verify_log(log, signer.public_key())] == [("log_missing", name)]


def test_a_checkpoint_is_a_signed_note_with_the_id_of_its_key(signer: Ed25519PrivateKey) -> None:
    checkpoint = Checkpoint("dunwatch/x", 3, bytes(32), "2026-03-13T04:00:00+00:00")
    note = checkpoint.signed(signer)
    head, signature = note.split("\n\n")
    assert head.split("\n") == ["dunwatch/x", "3", b64encode(bytes(32)).decode(), "2026-03-13T04:00:00+00:00"]
    assert signature.startswith("— dunwatch/x ")
    content = b64decode(signature.split(" ")[2])
    assert content[:4] == key_id("dunwatch/x", signer.public_key())
    signer.public_key().verify(content[4:], f"{head}\n".encode())
    assert read_checkpoint(note, signer.public_key()) == checkpoint


@pytest.mark.parametrize("note", ["", "dunwatch/x\n3\n", "x" * 10_000])
def test_what_is_no_checkpoint_is_refused(note: str, signer: Ed25519PrivateKey) -> None:
    with pytest.raises(CheckpointError):
        read_checkpoint(note, signer.public_key())


def test_every_finding_is_told_in_both_languages() -> None:
    for zh, en in LEDGER_FLAWS.values():
        assert en.isascii()
        assert not zh.isascii()
