"""The region of Chinese mobile prefixes and area codes, and the network that a prefix was allocated to.

The data is ``phone.dat`` of the ``phone`` package: 499,527 seven-digit mobile prefixes, each with
``province|city|postcode|area code`` and a network byte. It has every mobile prefix and every area code
that the geocoder of phonenumbers can name in Chinese (a test compares them), so that geocoder, which takes
100 MB of memory, is never loaded.
"""

from __future__ import annotations

import functools
import struct
from array import array
from collections import Counter
from importlib import resources
from typing import NamedTuple

_HEADER = struct.Struct("<4si")  # version, offset of the first prefix
_PREFIX = struct.Struct("<iiB")  # seven digits, offset of the place, network
_LOWEST, _HIGHEST = 1_300_000, 1_999_999

_HOSTS = {1: "移动", 2: "联通", 3: "电信", 4: "电信", 5: "联通", 6: "移动", 7: "广电", 8: "广电"}
_RESELLERS = frozenset({4, 5, 6, 8})


class Attribution(NamedTuple):
    """What is known from the allocation of a mobile prefix; a ported number may have changed its carrier since."""

    region: str
    carrier: str | None
    virtual_operator: bool


class AttributionTable:
    """A directly addressed table of prefixes: 1.4 MB per process, 0.1 µs per look-up."""

    def __init__(self, data: bytes) -> None:
        """Index the bytes of a ``phone.dat``; raise `struct.error` or `ValueError` if they are damaged."""
        _version, first = _HEADER.unpack_from(data)
        self._positions = array("H", bytes(2 * (_HIGHEST - _LOWEST + 1)))
        self._entries: list[Attribution | None] = [None]
        places: Counter[int] = Counter()
        position_of: dict[tuple[int, int], int] = {}
        for prefix, place, network in _PREFIX.iter_unpack(memoryview(data)[first:]):
            places[place] += 1
            position = position_of.get((place, network))
            if position is None:
                position = position_of[place, network] = len(self._entries)
                region, _area = _read_place(data, place)
                self._entries.append(Attribution(region, _HOSTS.get(network), network in _RESELLERS))
            self._positions[prefix - _LOWEST] = position
        self._areas = _main_regions(data, places)

    def of_mobile(self, national: str) -> Attribution | None:
        """Return the attribution of an eleven-digit mobile number starting with 13 to 19; None if its prefix is unknown."""
        return self._entries[self._positions[int(national[:7]) - _LOWEST]]

    def region_of_area(self, area: str) -> str | None:
        """Return the region of an area code without its trunk 0, such as ``10`` or ``755``; None if it is unknown."""
        return self._areas.get(area)


@functools.cache
def attribution_table() -> AttributionTable:
    """Return the table of the installed ``phone`` package; the first call reads it (about 0.2 s)."""
    return AttributionTable(resources.files("phone").joinpath("phone.dat").read_bytes())


def _read_place(data: bytes, offset: int) -> tuple[str, str]:
    """Return the region in our spelling and the area code without its trunk 0."""
    text = data[offset : data.index(b"\0", offset)].decode()
    province, city, _postcode, area = text.split("|")
    return (province if city == province else province + city), area.removeprefix("0")


def _main_regions(data: bytes, places: Counter[int]) -> dict[str, str]:
    """Return one region per area code: of cities that share one (024, 028), the one with the most mobile prefixes."""
    regions: dict[str, str] = {}
    for place, _count in places.most_common():
        region, area = _read_place(data, place)
        regions.setdefault(area, region)
    return regions
