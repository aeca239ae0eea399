"""Whatever a report says, a form gets what its fields can hold."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from service.cases.form import fill_forms
from service.cases.gathered import CaseReport, GatheredCase
from service.cases.sealing import CaseSecrets
from tests.cases.case_material import CASE, CATALOGUE, NOW, REPORT, material_of

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=2000)


def filled(report: CaseReport, case: GatheredCase = CASE, channel: str = "12321") -> dict[str, str | None]:
    """The channel's form for one report, by its fields."""
    material = material_of(channel, case, [report], counted=())
    (form,) = fill_forms(material)
    return {entry.field.id: entry.value for entry in form.fields}


def test_a_change_of_the_case_counts_for_when_the_newest_was_said() -> None:
    later = NOW + timedelta(days=3)
    for case, moment in ((CASE, NOW), (replace(CASE, changed_at=later), later)):
        material = material_of("police", case, [REPORT], counted=())
        assert material.as_of == moment


@settings(deadline=None)
@given(st.lists(TEXTS, max_size=3), st.none() | TEXTS)
def test_the_content_of_12321_always_keeps_its_limits(narratives: list[str], statement: str | None) -> None:
    case = replace(CASE, secrets=CaseSecrets(None, statement))
    content = filled(replace(REPORT, narratives=tuple(narratives)), case)["content"]
    assert content is not None
    assert 15 <= len(content) <= 1000


@settings(deadline=None)
@given(st.integers(0, 86_400))
def test_every_duration_has_its_class(seconds: int) -> None:
    expected = "0" if seconds < 180 else "1" if seconds < 300 else "2" if seconds <= 600 else "3"
    assert filled(replace(REPORT, duration_seconds=seconds))["duration"] == expected
    assert filled(replace(REPORT, duration_seconds=seconds, connected=False))["duration"] == "4"


@settings(deadline=None)
@given(
    st.datetimes(datetime(2000, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),
    st.sampled_from(["+8619790001234", "withheld", "95588", "!+008613800138000"]),
)
def test_date_time_and_number_are_written_as_the_form_wants_them(moment: datetime, number: str) -> None:
    form = filled(replace(REPORT, occurred_at=moment, number=number))
    assert datetime.fromisoformat(f"{form['call_date']}T{form['call_time']}:00+08:00") == moment.replace(
        second=0, microsecond=0
    )
    assert form["number"] == "未知号码" or not set(form["number"] or "") - set("0123456789-")


@settings(deadline=None)
@given(st.sampled_from(sorted(CATALOGUE.channels)), TEXTS)
def test_what_only_the_person_knows_stays_blank(channel: str, statement: str) -> None:
    case = replace(CASE, secrets=CaseSecrets("某公司", statement))
    known = CATALOGUE.channels[channel]
    if known.form is None:
        return
    form = filled(REPORT, case, channel)
    for field in known.form.fields:
        if field.filled_from.value == "person":
            assert form[field.id] is None
