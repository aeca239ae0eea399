"""Violation types as the service uses them; `ml.words.VIOLATION_TYPES` lists them."""

from collections.abc import Mapping
from typing import Final, Literal

from ml.words import VIOLATION_TYPES, VIOLATIONS

Violation = Literal[VIOLATIONS]  # type: ignore[valid-type]  # mypy reads no tuple here; pydantic does

#: id -> (Chinese, English)
VIOLATION_NAMES: Final[Mapping[str, tuple[str, str]]] = {
    violation: (named.zh, named.en) for violation, named in VIOLATION_TYPES.items()
}
