"""Where numbers come from: the prefix table, its gaps, and the geocoder it stands in for."""

from __future__ import annotations

import struct

import pytest
from phonenumbers.geodata import GEOCODE_DATA

from service.numbers.attribution import Attribution, AttributionTable, attribution_table
from service.numbers.parse import parse_number

PLACES = ["广东|深圳|518000|0755", "北京|北京|100000|010"]
PREFIXES = [(1979000, 0, 1), (1979001, 1, 5), (1979002, 0, 7)]


def phone_dat(places: list[str], prefixes: list[tuple[int, int, int]]) -> bytes:
    """A ``phone.dat`` of (prefix, index of its place, network byte)."""
    body, offsets = b"", []
    for place in places:
        offsets.append(8 + len(body))
        body += place.encode() + b"\0"
    records = b"".join(
        struct.pack("<iiB", prefix, offsets[place], network) for prefix, place, network in prefixes
    )
    return struct.pack("<4si", b"test", 8 + len(body)) + body + records


@pytest.mark.parametrize(
    ("national", "expected"),
    [
        ("19790001234", Attribution("广东深圳", "移动", False)),
        ("19790011234", Attribution("北京", "联通", True)),
        ("19790021234", Attribution("广东深圳", "广电", False)),
        ("19790031234", None),
        ("13000001234", None),
        ("19999991234", None),
    ],
)
def test_a_prefix_gives_region_carrier_and_reseller(national: str, expected: Attribution | None) -> None:
    assert AttributionTable(phone_dat(PLACES, PREFIXES)).of_mobile(national) == expected


def test_an_area_code_shared_by_cities_is_named_after_the_one_with_most_prefixes() -> None:
    places = ["四川|资阳|641300|028", "四川|成都|610000|028"]
    table = AttributionTable(phone_dat(places, [(1979000, 0, 1), (1979001, 1, 1), (1979002, 1, 1)]))
    assert table.region_of_area("28") == "四川成都"
    assert table.region_of_area("10") is None


def test_a_cut_off_table_is_refused() -> None:
    with pytest.raises(struct.error):
        AttributionTable(phone_dat(PLACES, PREFIXES)[:-4])


@pytest.mark.parametrize(
    ("text", "region", "carrier"),
    [
        ("13800138000", "北京", "移动"),
        ("010-82345678", "北京", None),
        ("0755-83765566", "广东深圳", None),
        ("0471-1234567", "内蒙古呼和浩特", None),
        ("0955-2812345", "宁夏中卫", None),
        ("021-962288", "上海", None),
        ("95588", None, None),
        ("4006998888", None, None),
        ("+85223456789", "HK", None),
        ("+14165550123", "CA", None),
        ("+80012345678", None, None),
    ],
)
def test_numbers_carry_region_and_carrier(text: str, region: str | None, carrier: str | None) -> None:
    number = parse_number(text)
    assert (number.region, number.carrier) == (region, carrier)


def test_phonenumbers_names_the_carrier_of_a_prefix_missing_from_the_table() -> None:
    assert attribution_table().of_mobile("19790001234") is None
    number = parse_number("19790001234")
    assert (number.region, number.carrier) == (None, "移动")


@pytest.mark.parametrize("prefix", ["170", "171", "162", "165", "167"])
def test_resale_prefixes_are_always_virtual_operators(prefix: str) -> None:
    number = parse_number(f"{prefix}12345678")
    assert number.virtual_operator
    assert number.carrier in ("移动", "联通", "电信", "广电")


def test_a_host_operator_is_not_virtual() -> None:
    assert not parse_number("13800138000").virtual_operator


def test_the_table_holds_every_mobile_prefix_that_the_geocoder_names() -> None:
    named = [key[2:] for key in GEOCODE_DATA if len(key) == 9 and key.startswith("861") and key[3] >= "3"]
    assert len(named) > 100_000
    table = attribution_table()
    assert [prefix for prefix in named if table.of_mobile(prefix + "0000") is None] == []


def test_the_table_agrees_with_the_geocoder_on_the_province_of_every_area_code() -> None:
    named = {
        key[2:]: names["zh"]
        for key, names in GEOCODE_DATA.items()
        if "zh" in names
        and key.startswith("86")
        and len(key) == (4 if key[2] in "12" else 5)
        and key[2:4] < "99"
    }
    areas = {area: name for area, name in named.items() if area == "10" or not area.startswith("1")}
    table = attribution_table()
    assert len(areas) > 300
    wrong = {
        area: name
        for area, name in areas.items()
        if not name.startswith((table.region_of_area(area) or "?")[:2])
    }
    assert wrong == {}
