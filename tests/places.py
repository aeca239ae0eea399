"""Where tests find the checkout, and data beside it that may be absent."""

import csv
import json
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parent.parent
DATA: Final = ROOT.parent / "shared" / "data"
SPECS: Final = ROOT / "api_specs"


def published_document(name: str) -> dict[str, Any]:
    """A document of `api_specs/`: a JSON schema, or the OpenAPI document."""
    document: dict[str, Any] = json.loads((SPECS / name).read_text("utf-8"))
    return document


def csv_rows(path: Path) -> list[dict[str, str]]:
    """The rows of a table by the names of its columns."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
