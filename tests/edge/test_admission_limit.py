"""How many requests may be under way follows from how much slower than alone callers are answered."""

from dataclasses import replace

import pytest

from service.edge.admission import MOST, QUICK_SECONDS, SLOWER, Limit
from tests.clients import Api
from tests.edge.test_admission import REPORTS


@pytest.mark.parametrize(("times", "falls"), [(SLOWER * 2, True), (SLOWER / 2, False)])
def test_answers_much_slower_than_alone_lower_the_limit(times: float, falls: bool) -> None:
    limit, alone = Limit(), 0.004
    for _ in range(100):
        limit.note_answered(REPORTS, alone, "one", is_alone=True)
    limit.judge(1)
    for _ in range(20):
        limit.note_answered(REPORTS, alone * times, "one", is_alone=False)
    limit.judge(100)
    assert (limit.most < MOST) is falls


def test_operations_that_take_long_anyway_and_unknown_ones_tell_nothing() -> None:
    limit, other = Limit(), replace(REPORTS, path="/v1/other")
    limit.note_answered(REPORTS, QUICK_SECONDS * 10, "one", is_alone=True)
    for operation in (REPORTS, other):
        limit.note_answered(operation, QUICK_SECONDS * 1000, "one", is_alone=False)
    limit.judge(100)
    assert limit.most == MOST


def test_few_whose_own_requests_wait_do_not_outweigh_many_who_are_well_served() -> None:
    """One who makes own requests wait for each other has one voice, however many and however slow they are."""
    limit = Limit()
    limit.note_answered(REPORTS, 0.004, "one", is_alone=True)
    for _ in range(MOST):
        limit.note_answered(REPORTS, 0.5, "one", is_alone=False)
    for place in range(4):
        limit.note_answered(REPORTS, 0.004, f"other {place}", is_alone=False)
    limit.judge(100)
    assert limit.most == MOST
    assert not limit._slowness, "nobody is remembered"


async def test_refusals_do_not_tell_how_long_an_operation_takes(api: Api) -> None:
    """Else whoever is refused quickly, or late by design, decides what counts as slow for all."""
    client, limit = await api.client(), api.state["admission"].limit
    for _ in range(5):
        assert (await client.post("/v1/owners", json={"x": 1})).status_code == 422
        assert (await client.get("/v1/reports")).status_code == 401
    assert limit._alone == {}
    assert (await client.get("/v1/rules")).status_code == 200
    assert {operation.path for operation in limit._alone} == {"/v1/rules"}
