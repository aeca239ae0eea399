"""An explanation tells nothing of what few people say, also to a source that listed the number by its own groups."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml.conditions import conditions_of
from ml.day_rows import DayRow
from ml.explanation import explain_trust
from ml.trust import assess_trust
from service.edge.access import Scope
from service.explanations.people import told_rows
from service.reports.store import NewReport
from service.scoring.assess import THRESHOLDS
from tests.clients import NUMBER, Api, report_row
from tests.ml.number_rows import TODAY, day_rows, repeatable, row
from tests.reports.test_vetting import lines, send

LEAST = 3


def told_of(rows: list[DayRow]) -> tuple[object, ...]:
    """Everything that an explanation tells of trust."""
    told = told_rows(rows, min_reporters=LEAST)
    trust = assess_trust(told.rows, kind="mobile", today=TODAY)
    terms = explain_trust(told.rows, kind="mobile", today=TODAY)
    conditions = conditions_of(trust, 1.0, THRESHOLDS) if told.has_accusers else ()
    return trust, terms, conditions, told.has_accusers, told.has_opposers


@st.composite
def few_people(draw: st.DrawFn) -> list[DayRow]:
    """Fewer accusers than may be told, and fewer opposers; who share a cluster and a day share a row."""
    accusers, opposers = draw(st.integers(0, LEAST - 1)), draw(st.integers(0, LEAST - 1))
    people = [("for", n) for n in range(accusers)] + [("against", n) for n in range(opposers)]
    rows = []
    for side, n in people:
        weight, is_seasoned = draw(st.floats(0.1, 3.0)), draw(st.booleans())
        name = f"{'seasoned' if is_seasoned else 'fresh'}_{side}"
        weights: dict[str, Any] = {name: weight, "legitimate": int(side == "against")}
        rows.append(row(day=TODAY - draw(st.integers(0, 90)), cluster=1000 + n, **weights))
    return rows


@repeatable
@given(by_source=day_rows(), people=few_people())
def test_few_people_change_nothing_of_what_is_told(by_source: list[DayRow], people: list[DayRow]) -> None:
    source = [one._replace(is_vetted=False) for one in by_source]
    assert told_of([*source, *people]) == told_of(source)


@repeatable
@given(rows=day_rows())
def test_where_enough_people_stand_on_each_side_all_is_told(rows: list[DayRow]) -> None:
    sides = sum(one.reporters - one.legitimate for one in rows), sum(one.legitimate for one in rows)
    told = told_rows(rows, min_reporters=LEAST)
    assert (told.has_accusers, told.has_opposers) == (sides[0] >= LEAST, sides[1] >= LEAST)
    if min(sides) >= LEAST:
        assert list(told.rows) == rows


@repeatable
@given(opposers=st.integers(0, 60))
def test_invented_opposers_do_not_show_the_vote_of_an_owner(opposers: int) -> None:
    accused = [row(cluster=n, seasoned_for=3.0) for n in range(5)]
    invented = [
        row(cluster=100 + n, legitimate=1, fresh_against=0.8, is_vetted=False) for n in range(opposers)
    ]
    owner = row(cluster=99, legitimate=1, fresh_against=0.8)
    assert told_of([*accused, *invented, owner]) == told_of([*accused, *invented]) == told_of(accused)


async def explained(api: Api) -> dict[str, Any]:
    client = await api.partner(Scope.LOOKUP)
    found: dict[str, Any] = (await client.get(f"/v1/numbers/{NUMBER}/explanation")).json()
    return found


def person(*, opinion: str = "abusive", is_seasoned: bool) -> NewReport:
    violations = ("threat",) if opinion == "abusive" else ()
    return report_row(opinion=opinion, violations=violations, is_seasoned=is_seasoned, weight=1.5)


@pytest.mark.parametrize("opinion", ["abusive", "legitimate"])
@pytest.mark.parametrize("is_seasoned", [True, False])
async def test_a_partner_that_lists_a_number_does_not_see_who_else_reports_it(
    api: Api, opinion: str, is_seasoned: bool
) -> None:
    await send(api, "partner", lines())
    await api.publish()
    before = await explained(api)
    assert (before["verdict"], before["trust"]["opposition"]) == ("suspected", None)
    conditions = {one["code"]: one for one in before["conditions"] if one["verdict"] == "confirmed"}
    assert {
        conditions[code]["value"]
        for code in ("vetted", "without_strongest", "effective_clusters", "third_seasoned")
    } == {None}
    for _ in range(LEAST - 1):
        await api.insert([person(opinion=opinion, is_seasoned=is_seasoned)])
        await api.publish()
        after = await explained(api)
        assert after["trust"] == before["trust"]
        told = [
            [one for one in found["conditions"] if one["code"] != "classifier"] for found in (before, after)
        ]
        assert told[0] == told[1]
        assert "opposing_share" not in str(after["classifier"])
        assert after["remarks"] == before["remarks"]


async def test_from_the_least_number_of_people_on_their_side_is_told(api: Api) -> None:
    await send(api, "partner", lines())
    await api.insert([person(is_seasoned=False) for _ in range(LEAST)])
    await api.insert([person(opinion="legitimate", is_seasoned=False) for _ in range(LEAST)])
    await api.publish()
    found = await explained(api)
    assert found["trust"]["opposition"]["fresh"] > 0.0
    conditions = {one["code"]: one for one in found["conditions"] if one["verdict"] == "confirmed"}
    assert conditions["vetted"]["value"] > 0.2
