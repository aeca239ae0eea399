"""An answer tells no more than its verdict, in every form, whatever the feed holds."""

from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

import httpx
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml.reasons import REASON_CODES
from ml.words import VIOLATIONS, Verdict
from service.explanations.withheld import withheld
from service.lookup.answer import VERDICT_NAMES, plain_line, stored_answer, unknown_answer
from service.numbers.parse import parse_number
from service.verdicts.store import Published, publish
from service.verdicts.verdict import BANDS, NumberVerdict, is_told, is_told_alike, lists, nothing_known, told
from service.violations import VIOLATION_NAMES
from tests.clients import Api, replica_content

NOW = datetime.now(UTC)
STRANGER = "+8619790009999"
UNTOLD: dict[str, Any] = {
    "score": None, "category": None, "reasons": [], "reports_at_least": 0, "reporters_at_least": 0,
    "opposed_by_at_least": 0, "first_reported_on": None, "last_reported_on": None, "model": None, "campaign_id": None,
}  # fmt: skip
ACCUSING_WORDS = [
    name for names in [*VIOLATION_NAMES.values(), *map(tuple, REASON_CODES.values())] for name in names
]
DAYS = st.none() | st.dates(date(2020, 1, 1), date(2026, 12, 31))
VERDICTS = st.builds(
    NumberVerdict,
    number=st.integers(0, 9999).map(lambda place: f"+861979000{place:04}"),
    verdict=st.sampled_from([verdict.value for verdict in Verdict]),
    kind=st.just("mobile"),
    score=st.none() | st.floats(0.01, 0.99),
    category=st.none() | st.sampled_from(VIOLATIONS),
    reasons=st.lists(st.sampled_from(sorted(REASON_CODES)), max_size=3).map(tuple),
    reports_at_least=st.sampled_from([0, *BANDS]),
    reporters_at_least=st.sampled_from([0, *BANDS]),
    first_reported_on=DAYS,
    last_reported_on=DAYS,
    suspected_spoofing=st.booleans(),
    is_simulated=st.booleans(),
    trust_probability=st.none() | st.floats(0.0, 1.0),
    trust_without_strongest=st.none() | st.floats(0.0, 1.0),
    effective_clusters=st.none() | st.floats(0.0, 100.0),
    model_version=st.none() | st.just("some-model"),
    ruled_at=st.none() | st.just(NOW),
    campaign_id=st.none() | st.just("c-0123456789"),
    opposed_by_at_least=st.sampled_from([0, *BANDS]),
)


@given(verdict=VERDICTS, revision=st.integers(1, 10**12))
def test_no_answer_tells_more_than_its_verdict(verdict: NumberVerdict, revision: int) -> None:
    answer = stored_answer(Published(revision, verdict, NOW))
    document = orjson.loads(answer + b"}")
    lines = [plain_line(answer, "zh"), plain_line(answer, "en")]
    if lists(verdict.verdict):
        assert (document["score"], document["category"]) == (verdict.score, verdict.category)
        assert document["opposed_by_at_least"] == verdict.opposed_by_at_least
        return
    assert {name: document[name] for name in UNTOLD} == UNTOLD
    names = VERDICT_NAMES[verdict.verdict]
    is_unknown = verdict.verdict == "unknown"
    assert lines == ["unknown"] * 2 if is_unknown else [f"{verdict.verdict} {name}" for name in names]
    assert not any(word in answer.decode() for word in ACCUSING_WORDS)
    if is_unknown:  # such an answer is not even stored
        number = parse_number(verdict.number)
        assert not is_told(verdict)
        assert told(verdict) == nothing_known(verdict.number, verdict.kind)
        assert orjson.loads(unknown_answer(number) + b"}")["verdict"] == "unknown"


@given(verdict=VERDICTS, other=VERDICTS, revisions=st.tuples(st.integers(1, 10**12), st.integers(1, 10**12)))
def test_the_whole_answer_changes_only_with_what_is_told(
    verdict: NumberVerdict, other: NumberVerdict, revisions: tuple[int, int]
) -> None:
    hidden = other._replace(
        number=verdict.number,
        verdict=verdict.verdict,
        suspected_spoofing=verdict.suspected_spoofing,
        is_simulated=verdict.is_simulated,
    )
    before, after = [
        Published(revision, one, NOW) for revision, one in zip(revisions, (verdict, hidden), strict=True)
    ]
    number = parse_number(verdict.number)
    assert is_told_alike(verdict, verdict)
    if lists(verdict.verdict):
        assert orjson.loads(stored_answer(before) + b"}")["revision"] == revisions[0]
    elif is_told_alike(verdict, hidden):
        assert stored_answer(before) == stored_answer(after)
        assert withheld(number, before) == withheld(number, after)
    assert is_told_alike(verdict, hidden) or lists(verdict.verdict)


def invented(seed: int) -> list[NumberVerdict]:
    """A verdict of every sort, each for a number of its own, as accusing as can be; `cleared` ones are no exception."""
    draw = Random(seed)
    return [
        NumberVerdict(
            number=f"+861979{place:07}",
            verdict=verdict.value,
            kind="mobile",
            score=draw.choice([0.99, 0.5, None]),
            category=draw.choice([*VIOLATIONS, None]),
            reasons=tuple(draw.sample(sorted(REASON_CODES), draw.randrange(4))),
            reports_at_least=draw.choice(BANDS),
            reporters_at_least=draw.choice(BANDS),
            first_reported_on=NOW.date() - timedelta(days=draw.randrange(9)),
            last_reported_on=NOW.date(),
            suspected_spoofing=False,
            is_simulated=False,
            trust_probability=draw.random(),
            trust_without_strongest=draw.random(),
            effective_clusters=3.0,
            model_version="some-model",
            ruled_at=None,
            campaign_id=draw.choice([None, "c-0123456789"]),
            opposed_by_at_least=draw.choice([0, *BANDS]),
        )
        for place, verdict in enumerate([*Verdict] * 4)
    ]


async def all_forms(client: httpx.AsyncClient, number: str) -> dict[str, Any]:
    """What is answered about a number in every form, without the number and what passes with time."""
    address = f"/v1/numbers/{number}"
    single, head = await client.get(address), await client.head(address)
    assert head.content == b""
    document = single.json()
    document.pop("age_seconds")
    bulk = (await client.post("/v1/numbers:lookup", json={"numbers": [number]})).json()["answers"][0]
    assert bulk == {name: value for name, value in document.items() if name != "stale"}
    explained = await client.get(f"{address}/explanation")
    lines = [(await client.get(f"{address}?format=plain&lang={lang}")).text for lang in ("zh", "en")]
    return {
        "answer": {**document, "number": ""},
        "headers": sorted(name for name in single.headers if name != "content-length"),
        "plain": lines,
        "explanation": {**explained.json(), "number": ""},
        "explanation headers": sorted(explained.headers),
    }


async def test_below_suspected_every_form_is_that_of_a_stranger(api: Api) -> None:
    client = await api.partner()
    verdicts = invented(7)
    async with api.database.connection() as connection:
        await publish(connection, verdicts, NOW)
    await api.follow()
    stranger = await all_forms(client, STRANGER)
    for verdict in verdicts:
        forms = await all_forms(client, verdict.number)
        answer, explanation = forms["answer"], forms["explanation"]
        assert answer["verdict"] == explanation["verdict"] == verdict.verdict
        if verdict.verdict == "unknown":
            assert forms == stranger
        elif not lists(verdict.verdict):
            assert {name: answer[name] for name in UNTOLD} == UNTOLD
            assert (explanation["classifier"], explanation["trust"], explanation["conditions"]) == (
                None,
                None,
                [],
            )
            assert not any(word in str(forms) for word in ACCUSING_WORDS)
            assert "99" not in forms["plain"][0]


@pytest.mark.parametrize("verdict", ["unknown", "disputed", "cleared", "protected"])
async def test_no_form_changes_with_what_is_hidden(api: Api, verdict: str) -> None:
    client = await api.partner()
    seen = []
    for place, one in enumerate(invented(10)[:8]):
        hidden = one._replace(number=STRANGER, verdict=verdict, score=0.1 * place)
        async with api.database.connection() as connection:
            await publish(connection, [hidden], NOW)
        await api.follow()
        head = await client.head(f"/v1/numbers/{STRANGER}")
        forms = await all_forms(client, STRANGER)
        seen.append((forms, head.headers["content-length"]))
    assert all(one == seen[0] for one in seen)
    assert seen[0][0]["answer"]["revision"] is None


async def test_what_may_not_be_told_does_not_reach_the_host(api: Api) -> None:
    verdicts = invented(8)
    async with api.database.connection() as connection:
        await publish(connection, verdicts, NOW)
    await api.follow()
    answers = replica_content(api.settings.replica_dir)["answers"]
    assert set(answers) == {one.number.encode() for one in verdicts if one.verdict != "unknown"}
    for verdict in verdicts:
        if not lists(verdict.verdict) and verdict.verdict != "unknown":
            text = answers[verdict.number.encode()].decode()
            assert not any(word in text for word in ("some-model", "c-0123456789", *ACCUSING_WORDS))


async def test_an_explanation_below_suspected_names_what_is_not_met_without_a_value(api: Api) -> None:
    client = await api.partner()
    found = (await client.get(f"/v1/numbers/{STRANGER}/explanation")).json()
    assert [(one["verdict"], one["code"]) for one in found["conditions"]] == [
        ("suspected", "trust"),
        ("suspected", "classifier"),
    ]
    assert {(one["value"], one["is_met"]) for one in found["conditions"]} == {(None, False)}
    assert [one["code"] for one in found["remarks"]] == ["nothing_published"]
    line = (await client.get("/v1/numbers/95588/explanation")).json()
    assert (line["conditions"], [one["code"] for one in line["remarks"]]) == (
        [],
        ["nothing_published", "organisation"],
    )


@pytest.mark.parametrize("verdict", ["disputed", "cleared", "protected"])
async def test_no_plain_line_of_a_number_that_is_not_listed_has_a_score(api: Api, verdict: str) -> None:
    client = await api.partner()
    (one, *_) = [one for one in invented(9) if one.verdict == verdict]
    async with api.database.connection() as connection:
        await publish(connection, [one._replace(score=0.99, category="threat")], NOW)
    await api.follow()
    line = (await client.get(f"/v1/numbers/{one.number}?format=plain")).text
    assert line == f"{verdict} {VERDICT_NAMES[verdict][0]}\n"
