"""Lines of banks, operators and offices: neither what they look like nor fresh reports get them listed."""

import pytest

from ml.classifier import Classifier
from ml.day_rows import DayRow
from ml.trust import BARE_LOG, PAYMENT_OR_CALL_BACK, reporter_weight
from service.numbers.parse import Number, parse_number
from service.scoring.assess import assess
from service.scoring.store import KnownNumber
from tests.places import DATA, csv_rows

LIST = DATA / "cn/legitimate_service_numbers.csv"
TODAY = 20_000
FRESH = reporter_weight(confirmed=0, overturned=0)
THREATENED = (1, 0, 0, 1)


def fresh(reports: int, evidence: float) -> list[DayRow]:
    """Reports of fresh accounts, each from another cluster, all of them about threats to third parties."""
    return [
        DayRow(
            day=TODAY, cluster=cluster, reports=1, reporters=1, messages=0, automated=0, one_ring=0, connected=1,
            quiet_hours=1, third_party=1, wrong_person=0, evidence=int(evidence >= 1), legitimate=0,
            seasoned_for=0.0, fresh_for=FRESH * evidence, seasoned_against=0.0, fresh_against=0.0,
            violations=THREATENED,
        )
        for cluster in range(reports)
    ]  # fmt: skip


@pytest.fixture(scope="module")
def lines() -> list[Number]:
    if not LIST.exists():
        pytest.skip("the list of legitimate service numbers is not beside this checkout")
    return [parse_number(row["number"]) for row in csv_rows(LIST)]


@pytest.mark.parametrize(("reports", "evidence"), [(1, BARE_LOG), (50, BARE_LOG), (50, PAYMENT_OR_CALL_BACK)])
def test_fresh_reports_list_none_of_the_known_lines(
    lines: list[Number], model: Classifier, reports: int, evidence: float
) -> None:
    verdicts = {
        number.key: assess(
            KnownNumber(number.kind.value, False, fresh(reports, evidence)),
            model,
            previous="unknown",
            today=TODAY,
        ).verdict
        for number in lines
    }
    assert len(verdicts) > 200
    assert set(verdicts.values()) == {"unknown"}
