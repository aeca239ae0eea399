"""Where tests find the checkout, and data beside it that may be absent."""

import csv
import json
import os
import shutil
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parent.parent
DATA: Final = ROOT.parent / "shared" / "data"
SPECS: Final = ROOT / "api_specs"
MEMORY_NEEDED: Final = 6 * 1024**3  # bytes, for servers with their databases and for the files of tests


def room_in_memory() -> Path | None:
    """Where files cost no disk, if there is room and programs may stand there: a database copies three hundred files."""
    memory = Path("/dev/shm")
    has_room = memory.is_dir() and shutil.disk_usage(memory).free > MEMORY_NEEDED
    if not has_room or not os.access(memory, os.W_OK) or os.statvfs(memory).f_flag & os.ST_NOEXEC:
        return None
    return memory


def published_document(name: str) -> dict[str, Any]:
    """A document of `api_specs/`: a JSON schema, or the OpenAPI document."""
    document: dict[str, Any] = json.loads((SPECS / name).read_text("utf-8"))
    return document


def csv_rows(path: Path) -> list[dict[str, str]]:
    """The rows of a table by the names of its columns."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
