"""Documentation and code say the same."""

import re

import pytest
from prometheus_client import CollectorRegistry

from service.app import load_api
from service.edge.messages import MESSAGES
from service.edge.problems import CATALOGUE
from service.metrics import Metrics
from service.settings import Settings
from tests.places import ROOT, published_document

#: Told by checks that need more than the field itself (service/reports/schemas.py).
CHECKED_LATER = {"in_the_future", "too_long_ago"}


def rows(name: str, columns: int) -> dict[str, list[str]]:
    """Rows of a document's tables of so many columns, by their first cell without its backticks."""
    text = (ROOT / "docs" / name).read_text("utf-8")
    lines = (line.strip().strip("|").split(" | ") for line in text.splitlines() if line.startswith("| `"))
    table = [[cell.strip() for cell in cells] for cells in lines if len(cells) == columns]
    assert len(table) == len({cells[0] for cells in table}), "a row stands there twice"
    return {cells[0].strip("`"): cells[1:] for cells in table}


def test_every_setting_is_documented_as_it_is() -> None:
    documented = rows("settings.md", 3)
    fields = {f"DUNWATCH_{name.upper()}": field for name, field in Settings.model_fields.items()}
    assert set(documented) == set(fields)
    for name, field in fields.items():
        default, meaning = documented[name]
        expected = "empty" if field.default in (None, ()) else f"`{field.default}`"
        assert (default, meaning) == (expected, field.description), name


def metrics() -> dict[str, tuple[str, tuple[str, ...], str]]:
    """Kind, labels and meaning of every metric, by its name as it is exposed."""
    registry = CollectorRegistry()
    declared = vars(Metrics(registry)).values()
    return {
        metric._name + ("_total" if metric._type == "counter" else ""): (
            metric._type,
            metric._labelnames,
            metric._documentation,
        )
        for metric in declared
    }


def test_every_metric_is_documented_as_it_is() -> None:
    documented = {
        name: (kind, tuple(re.findall(r"`(\w+)`", labels)), meaning)
        for name, (kind, labels, meaning) in rows("metrics.md", 4).items()
    }
    assert documented == metrics()


def test_no_metric_has_a_label_that_could_name_anybody() -> None:
    labels = {label for _, labels, _ in metrics().values() for label in labels}
    assert labels <= {
        "verdict",
        "route",
        "status",
        "source",
        "result",
        "code",
        "reason",
        "feature",
        "serving",
        "shadow",
    }


def test_every_problem_is_documented_as_it_is() -> None:
    assert rows("problems.md", 4) == {
        problem.code: [str(problem.status), problem.zh, problem.en] for problem in CATALOGUE
    }


def test_every_code_of_a_field_is_documented_as_it_is() -> None:
    documented = rows("problems.md", 3)
    assert set(documented) == set(MESSAGES) | CHECKED_LATER
    for code, texts in MESSAGES.items():
        assert documented[code] == list(texts)


def test_each_code_of_a_field_stands_in_the_table_of_its_kind() -> None:
    text = (ROOT / "docs/problems.md").read_text("utf-8")
    beside = text.partition("## Codes of fields\n")[0] + text.partition("## Whether to try again")[2]
    assert [code for code in MESSAGES if f"| `{code}` | {MESSAGES[code][0]} |" in beside] == []


def test_the_openapi_document_is_the_one_that_is_served() -> None:
    kept = published_document("openapi.json")
    api = load_api()
    assert kept == api.openapi(), "make openapi writes it again"


@pytest.mark.parametrize("readme", ["README.md", "README.zh.md"])
def test_a_readme_names_only_files_that_exist(readme: str) -> None:
    text = (ROOT / readme).read_text("utf-8")
    links = re.findall(r"\]\(([^)#]+)\)", text)
    assert links
    for link in links:
        assert "://" in link or (ROOT / link).exists(), link


def test_documents_link_only_to_what_exists() -> None:
    for document in (ROOT / "docs").rglob("*.md"):
        for link in re.findall(r"\]\(([^)#\s]+)\)", document.read_text("utf-8")):
            assert "://" in link or (document.parent / link).exists(), f"{document.name}: {link}"
