"""What the documents of one package are made from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from service.cases.fitting import Lack
from service.cases.material import Material


@dataclass(frozen=True, slots=True)
class Printing:
    """A case for a channel, what its filing lacks, and the pictures of its annex by the names of their files."""

    material: Material
    missing: Sequence[Lack] = ()
    pictures: Mapping[str, bytes] = field(default_factory=dict)
    operator: str | None = None  # name and address, as the privacy notice shows them
