"""What an export may be asked for."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from service.exports.schemas import ExportRequest

Wanted = Callable[..., ExportRequest]


def test_a_day_is_its_midnight_in_china(wanted: Wanted) -> None:
    assert wanted().start == datetime(2026, 2, 28, 16, tzinfo=UTC)


def test_a_time_keeps_its_zone(wanted: Wanted) -> None:
    request = wanted(**{"from": "2026-03-01T00:00:00Z", "to": "2026-03-01T08:00:01+08:00"})
    assert (request.end - request.start).total_seconds() == 1


def test_contested_numbers_are_exported_only_by_name(wanted: Wanted) -> None:
    assert wanted().verdicts == ("unknown", "suspected", "confirmed")
    assert wanted(verdicts=["cleared"]).verdicts == ("cleared",)


def test_what_is_named_twice_is_exported_once(wanted: Wanted) -> None:
    request = wanted(verdicts=["confirmed", "confirmed"], formats=["csv", "csv"])
    assert (request.verdicts, request.formats) == (("confirmed",), ("csv",))


def test_a_request_survives_storing(wanted: Wanted) -> None:
    request = wanted(formats=["ndjson"])
    assert ExportRequest.model_validate_json(request.model_dump_json(by_alias=True)) == request


@pytest.mark.parametrize(
    ("members", "field", "code"),
    [
        ({"from": "2026-03-01T00:00:00"}, "from", "not_a_moment"),
        ({"from": "2026-02-30"}, "from", "not_a_moment"),
        ({"from": "20260301"}, "from", "not_a_moment"),
        ({"from": "２０２６-03-01"}, "from", "not_a_moment"),
        ({"from": 1772323200}, "from", "not_a_moment"),
        ({"to": "2100-01-01"}, "to", "not_a_moment"),
        ({"to": "0001-01-01"}, "to", "not_a_moment"),
        ({"to": "2026-03-01"}, "to", "not_after_from"),
        ({"verdicts": []}, "verdicts", "too_short"),
        ({"verdicts": ["guilty"]}, "verdicts", "literal_error"),
        ({"formats": ["pdf"]}, "formats", "literal_error"),
        ({"formats": []}, "formats", "too_short"),
        ({"layout": "12377"}, "layout", "literal_error"),
        ({"legal_basis": "short"}, "legal_basis", "string_too_short"),
        ({"legal_basis": "某法第某条\0，某号文书"}, "legal_basis", "not_storable"),
        ({"columns": []}, "columns", "extra_forbidden"),
    ],
)
def test_a_wrong_request_is_refused_by_field(
    wanted: Wanted, members: dict[str, object], field: str, code: str
) -> None:
    with pytest.raises(ValidationError) as refused:
        wanted(**members)
    errors = refused.value.errors()
    assert {error["loc"][0] for error in errors} == {field}
    assert [error["type"] for error in errors] == [code]
