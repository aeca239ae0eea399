"""A narrative is answered with what it suggests, and nothing of it stays."""

import pytest

from service.reports.schemas import NARRATIVE_LIMIT
from tests.clients import Api, text_of_everything

PATH = "/v1/violations:suggest"


async def test_violations_come_with_the_words_that_led_to_them(api: Api) -> None:
    reporter = await api.reporter()
    narrative = "  😀半夜打给我，说明天上门；没有骂人"
    answer = await reporter.post(PATH, json={"narrative": narrative})
    assert answer.status_code == 200
    assert answer.json() == {
        "suggestions": [
            {"violation": "quiet_hours", "words": [{"text": "半夜", "start": 3, "end": 5}]},
            {"violation": "visit_threat", "words": [{"text": "上门", "start": 12, "end": 14}]},
        ]
    }
    assert "明天上门" not in await text_of_everything(api.database)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"narrative": ""}, "string_too_short"),
        ({"narrative": " \n"}, "string_too_short"),
        ({"narrative": "x" * (NARRATIVE_LIMIT + 1)}, "string_too_long"),
        ({"narrative": "\0"}, "not_storable"),
        ({}, "missing"),
        ({"narrative": "威胁", "number": "1"}, "extra_forbidden"),
    ],
)
async def test_an_empty_or_overlong_narrative_is_refused(api: Api, body: dict[str, str], code: str) -> None:
    answer = await (await api.reporter()).post(PATH, json=body)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, code)


async def test_only_reporters_are_answered(api: Api) -> None:
    for token in (None, "dw_rep_nobody", "dw_key_nobody"):
        answer = await (await api.client(token)).post(PATH, json={"narrative": "威胁"})
        assert answer.status_code == 401
