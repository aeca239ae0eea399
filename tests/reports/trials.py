"""How tests read a file as an import would, without a database."""

from pathlib import Path

from service.reports.importing import ImportFile, Trial, try_file
from service.reports.sources_store import Source
from service.secrets import passing_keys


def tried(tmp_path: Path, content: bytes, file_format: str = "csv") -> Trial:
    path = tmp_path / "file"
    path.write_bytes(content)
    source = Source(source_id=0, name="feed", weight=1.0, simulated=False)
    return try_file(ImportFile(path, file_format, path), source, passing_keys())


def kinds(trial: Trial) -> list[tuple[str, int, int]]:
    return [(reason.first.kind, reason.lines, reason.first.line) for reason in trial.reasons]
