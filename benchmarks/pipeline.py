"""The whole way of two million real complaints: import, score, publish, export, verify."""

import subprocess
import time
from pathlib import Path

from benchmarks.rig import Measurement, Rig, dunwatch, rig, run_measured, running, wait_until
from service.lookup.replica import ReplicaReader

COMPLAINTS = Path(__file__).resolve().parents[2] / "shared/data/ftc/complaints_2020-02-14_2020-10-31.csv.gz"
IMPORT_FLOOR = 15_000
IMPORT_MEMORY_MB = 600
SCORING_SECONDS = 240


def measure(complaints: Path = COMPLAINTS) -> list[Measurement]:
    """Import, scoring and export; with every reported number published, which is the worst case."""
    if not complaints.exists():
        return [
            Measurement(
                f"the pipeline on the complaints ({complaints.name})",
                "",
                "not measured",
                False,
                "no such file",
            )
        ]
    with rig(publish_min_reporters=1, log_format="json") as rigged:
        return [_import(rigged, complaints), _score_and_publish(rigged), _export_and_verify(rigged)]


def _import(rigged: Rig, complaints: Path) -> Measurement:
    rejected = rigged.directory / "rejected.ndjson"
    command = dunwatch(
        "import", str(complaints), "--format", "ftc", "--source", "ftc", "--rejected", str(rejected)
    )
    started = time.perf_counter()
    memory = run_measured(rigged, command)
    seconds = time.perf_counter() - started
    lines = rigged.scalar("SELECT lines_done FROM import_runs WHERE finished_at IS NOT NULL")
    rate = lines / seconds
    return Measurement(
        "import of all complaints on two cores, within 600 MB",
        f"{IMPORT_FLOOR:,}/s",
        f"{rate:,.0f}/s",
        rate >= IMPORT_FLOOR and memory.with_server < IMPORT_MEMORY_MB,
        f"{lines:,} lines in {seconds:,.0f} s; the importing process used at most {memory.alone:,.0f} MB, "
        f"with PostgreSQL {memory.with_server:,.0f} MB",
    )


def _score_and_publish(rigged: Rig) -> Measurement:
    numbers = rigged.scalar("SELECT count(*) FROM changed_numbers")
    with running(dunwatch("follow"), rigged.environment):
        replica = ReplicaReader(rigged.settings.replica_dir)
        wait_until(lambda: replica.refresh() and replica.is_ready)
        started = time.perf_counter()
        subprocess.run(dunwatch("score"), env=rigged.process_environment, check=True, capture_output=True)
        scored = time.perf_counter() - started
        head = rigged.scalar("SELECT revision FROM feed_head")
        wait_until(lambda: replica.revision() >= head)
        seconds = time.perf_counter() - started
        sample = rigged.column("SELECT DISTINCT number FROM verdicts TABLESAMPLE SYSTEM (1)")
        found = sum(answer is not None for answer in replica.get_many(number.encode() for number in sample))
        replica.close()
    published = rigged.scalar("SELECT count(DISTINCT number) FROM verdicts")
    return Measurement(
        "scoring all 1.45 M numbers and publishing them to the replica",
        f"{SCORING_SECONDS} s",
        f"{seconds:,.0f} s",
        seconds < SCORING_SECONDS and found == len(sample),
        f"{numbers:,} numbers scored in {scored:,.0f} s by one scorer; {published:,} published; "
        f"of a sample of {len(sample):,} numbers, look-ups found {found:,}",
    )


def _export_and_verify(rigged: Rig) -> Measurement:
    out = rigged.directory / "handed-over"
    period = ("--from", "2020-01-01", "--to", "2021-01-01")
    started = time.perf_counter()
    subprocess.run(
        dunwatch("export", str(out), *period), env=rigged.process_environment, check=True, capture_output=True
    )
    seconds = time.perf_counter() - started
    verified = subprocess.run(dunwatch("verify", str(out)), env=rigged.process_environment, check=False)
    rows = rigged.scalar("SELECT count(*) FROM reports WHERE retracted_at IS NULL")
    return Measurement(
        "export of all reports as CSV and NDJSON, with verification",
        "verifies",
        "verified" if verified.returncode == 0 else "does not verify",
        verified.returncode == 0,
        f"{rows:,} rows in {seconds:,.0f} s ({rows / seconds:,.0f}/s)",
    )


if __name__ == "__main__":
    for result in measure():
        print(result)
