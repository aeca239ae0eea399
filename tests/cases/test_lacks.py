"""What a filing lacks is told in words that fit every channel: not all of them have a page to fill in."""

from dataclasses import replace
from datetime import date

import pytest

from service.cases.fitting import fitting
from service.rules.catalogue import shipped_catalogue
from service.rules.respondents import Respondent
from tests.cases.case_material import CASE, REPORT

ON_A_PAGE = {"12321"}


@pytest.mark.parametrize("respondent", Respondent)
def test_nobody_is_sent_to_a_page_by_a_channel_that_has_none(respondent: Respondent) -> None:
    case = replace(CASE, respondent=respondent)
    report = replace(REPORT, violations=("threat", "frequency", "third_party"), relation="debtor")
    fits = fitting(case, [report], shipped_catalogue(), counted=(), evidence=0, today=date(2026, 11, 30))
    assert "police" in {fit.step.channel.id for fit in fits}
    for fit in fits:
        words = "".join(f"{lack.text.zh} {lack.text.en}" for lack in fit.missing)
        if fit.step.channel.id not in ON_A_PAGE:
            assert "渠道页面" not in words, fit.step.channel.id
            assert "the form" not in words, fit.step.channel.id
    police = next(fit for fit in fits if fit.step.channel.id == "police")
    assert "请携带本人身份证原件及复印件" in "".join(lack.text.zh for lack in police.missing)
