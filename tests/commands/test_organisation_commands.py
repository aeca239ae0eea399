"""Organisations, names of institutions and proofs of disputes on the command line."""

from datetime import UTC, date, datetime
from pathlib import Path
from uuid import uuid4

from service.database import Database
from service.disputes.proof_store import ProofRow, insert_proof
from service.disputes.store import DisputeRow, insert_dispute
from service.secrets import load_key_ring
from service.settings import Settings
from tests.clients import NUMBER
from tests.command_line import Dunwatch
from tests.disputes.dispute_requests import PNG

NOW = datetime.now(UTC)


def test_an_organisation_is_verified_listed_and_ended(dunwatch: Dunwatch) -> None:
    verify = ("organisations", "verify", "某某银行", "--range", "95500", "--range", "19790001200~19790001299")
    reasons = ("--complaints", "95500 转 9", "--reason", "licence seen", "--by", "somebody")
    done = dunwatch(*verify, *reasons)
    assert (done.returncode, done.stdout.startswith("dw_own_")) == (0, True), done.stderr
    listed = dunwatch("organisations", "list").stdout.splitlines()
    assert ["某某银行" in line and "95500 转 9" in line for line in listed] == [True, True]
    again = dunwatch(*verify, *reasons)
    assert (again.returncode, "Nothing was verified" in again.stderr) == (2, True)
    assert dunwatch("organisations", "end", "某某银行", "--reason", "given up").returncode == 0
    assert dunwatch("organisations", "end", "某某银行", "--reason", "given up").returncode == 2


def test_names_of_institutions_are_added_listed_and_removed(dunwatch: Dunwatch) -> None:
    added = dunwatch("institutions", "add", "某某消费金融", "某某贷App", "某某分期有限公司")
    assert (added.returncode, "3 names" in added.stderr) == (0, True)
    assert "某某贷  ->  某某消费金融" in dunwatch("institutions", "list").stdout
    assert dunwatch("institutions", "remove", "某某贷").returncode == 0
    assert dunwatch("institutions", "remove", "某某贷").returncode == 2


async def test_what_an_owner_attached_is_written_for_who_decides(
    dunwatch: Dunwatch, database: Database, settings: Settings, tmp_path: Path
) -> None:
    dispute = DisputeRow(
        number=NUMBER, dispute_id=uuid4(), owner=b"x", kind="mobile", reason="other", brings_new=False, opened_at=NOW,
        due_on=date(2026, 12, 21), state="open", closed_at=None, explanation=None, decided_by=None,
    )  # fmt: skip
    assert dunwatch("disputes", "proofs", dispute.dispute_id, tmp_path / "none").returncode == 1
    keys = load_key_ring(settings.keys_dir)
    proof_id = uuid4()
    proof = ProofRow(proof_id, "image/png", len(PNG), b"d", NOW, keys.seal(PNG, proof_id.bytes))
    async with database.connection() as connection:
        await insert_dispute(connection, dispute)
        await insert_proof(connection, dispute, proof)
    done = dunwatch("disputes", "proofs", dispute.dispute_id, tmp_path / "licence")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "licence" / f"{proof_id}.png").read_bytes() == PNG
