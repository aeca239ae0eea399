"""What evidence adds to the weight of a report: once, however much there is."""

import pytest

from ml.trust import BARE_LOG, MESSAGE_OR_RECORDING
from tests.clients import Api, new_report
from tests.evidence.evidence_files import MESSAGE, picture, recording
from tests.evidence.uploads import attached


async def weight(api: Api) -> float:
    """What the one report weighs."""
    ((found,),) = await api.fetch("SELECT evidence_weight FROM reports WHERE retracted_at IS NULL")
    return float(found)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (recording(1), MESSAGE_OR_RECORDING),
        (MESSAGE, MESSAGE_OR_RECORDING),
        (recording(0.1), BARE_LOG),
        ("别的号码 19790005678".encode(), BARE_LOG),
        (picture(), BARE_LOG),
    ],
    ids=["recording", "message", "too short", "another number", "picture"],
)
async def test_a_report_weighs_what_its_evidence_is_worth(api: Api, content: bytes, expected: float) -> None:
    reporter = await api.reporter()
    address = await new_report(reporter)
    assert await weight(api) == BARE_LOG
    piece = await attached(reporter, address, content)
    assert await weight(api) == expected
    ((evidence,),) = await api.fetch("SELECT evidence FROM daily_signals")
    assert evidence == (expected > 1)
    await reporter.delete(piece)
    assert await weight(api) == BARE_LOG
    assert (await api.fetch("SELECT evidence FROM daily_signals"))[0][0] == 0


async def test_one_recording_raises_one_report_of_a_number_and_of_a_reporter(api: Api) -> None:
    reporter, another = await api.reporter(), await api.reporter(cluster=2)
    await attached(reporter, await new_report(reporter))
    await attached(another, await new_report(another))
    await attached(reporter, await new_report(reporter, number="19790005678"))
    weights = [row[0] for row in await api.fetch("SELECT evidence_weight FROM reports")]
    assert sorted(weights) == [BARE_LOG, BARE_LOG, MESSAGE_OR_RECORDING]


async def test_evidence_counts_once_a_report_however_much_there_is(api: Api) -> None:
    reporter = await api.reporter()
    address = await new_report(reporter)
    for sound in range(3):
        await attached(reporter, address, recording(1, sound=sound))
    assert await weight(api) == MESSAGE_OR_RECORDING
    assert (await api.fetch("SELECT evidence FROM daily_signals"))[0][0] == 1
