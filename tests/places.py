"""Where tests find the checkout, and data beside it that may be absent."""

from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
DATA: Final = ROOT.parent / "shared" / "data"
SPECS: Final = ROOT / "api_specs"
