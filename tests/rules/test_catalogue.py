"""The shipped catalogue holds together, and a broken one is refused with file and place."""

import json
import re
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from ml.words import VIOLATIONS
from service.rules.catalogue import FILES, SHIPPED, Catalogue, json_schema, load_catalogue, read_sources
from service.rules.facts import Fact, Status
from service.rules.reading import CatalogueError
from service.rules.references import unused
from service.rules.sources import stated_facts
from service.rules.unverified import unverified
from service.violations import VIOLATION_NAMES
from tests.places import published_document

Change = Callable[[str, Callable[[dict[str, Any]], object]], Path]


def all_facts() -> list[Fact]:
    return [stated.fact for stated in stated_facts(read_sources(SHIPPED))]


def test_its_violations_are_those_of_reports_in_the_same_words(shipped: Catalogue) -> None:
    assert set(shipped.violations) == set(VIOLATIONS) == set(VIOLATION_NAMES)
    names = {id_: (violation.name.zh, violation.name.en) for id_, violation in shipped.violations.items()}
    assert names == VIOLATION_NAMES, "violations.yaml and ml/words.py name a violation differently"


def test_every_seed_authority_is_a_channel(shipped: Catalogue) -> None:
    seeds = {"nifa", "12321", "pboc", "nfra_complaint", "nfra_report", "police", "samr"}
    assert seeds <= set(shipped.channels)


def test_every_fact_says_how_sure_it_is_and_only_what_was_read_is_verified() -> None:
    facts = all_facts()
    assert len(facts) > 230
    for fact in facts:
        assert date(2026, 11, 25) <= fact.recorded_on <= date(2026, 12, 1)
        assert (fact.status is Status.VERIFIED) == (fact.verified_on == date(2026, 11, 25))
        assert fact.status_name.zh == {"verified": "已核实", "to_be_verified": "待核实"}[fact.status]
    assert {fact.status for fact in facts} == set(Status)


@pytest.mark.parametrize(
    "rule", ["card.68", "card.69", "cfc2024", "nifa2018.13", "gbt45251", "cba2026", "cl.266"]
)
def test_what_was_not_read_in_the_official_text_is_to_be_verified(shipped: Catalogue, rule: str) -> None:
    assert shipped.rules[rule].status is Status.TO_BE_VERIFIED


def test_texts_are_chinese_and_english(shipped: Catalogue) -> None:
    for fact in all_facts():
        assert not fact.source.zh.isascii()
        assert fact.source.en.isascii()
    for rule in shipped.rules.values():
        assert not re.search("[\u4e00-\u9fff]", rule.title.en + rule.says.en), rule.id
        assert re.search("[\u4e00-\u9fff]", rule.says.zh), rule.id


def test_norms_are_never_called_law(shipped: Catalogue) -> None:
    norms = {"gbt45251", "cba2026"} | {rule for rule in shipped.rules if rule.startswith("nifa2018")}
    assert {rule.id for rule in shipped.rules.values() if rule.basis == "norm"} == norms
    for violation in shipped.violations.values():
        assert not norms & set(violation.legal_basis), violation.id


@pytest.mark.parametrize(
    ("days", "age"), [(-1, "today"), (0, "today"), (1, "1 day"), (2, "2 days"), (400, "400 days")]
)
def test_a_fact_is_as_old_as_the_days_that_have_passed(days: int, age: str) -> None:
    sources = read_sources(SHIPPED)
    newest = unverified(sources, date(2026, 12, 1))[-1].stated.fact.recorded_on
    line = unverified(sources, newest + timedelta(days=days))[-1].in_words
    assert re.split(r" {2,}", line)[1] == age


def test_something_leads_to_every_channel_rule_and_demand() -> None:
    assert unused(read_sources(SHIPPED)) == []


@pytest.mark.parametrize(
    ("file", "key", "entry", "told"),
    [
        ("channels", "channels", "hotline", "channel 'hotline'"),
        ("rules", "rules", "cc.1", "rule 'cc.1'"),
        ("violations", "demands", "flowers", "demand 'flowers'"),
    ],
)
def test_an_entry_that_nothing_leads_to_is_named_with_its_place(
    change: Change, file: str, key: str, entry: str, told: str
) -> None:
    def add(content: dict[str, Any]) -> None:
        content[key].append(content[key][-1] | {"id": entry})

    (found,) = unused(read_sources(change(file, add)))
    assert re.fullmatch(rf"{file}\.yaml:\d+:\d+: {key}\[\d+\]\.id: nothing refers to the {told}", found)


@pytest.mark.parametrize("name", FILES)
def test_the_json_schemas_are_those_of_the_code_and_fit_the_shipped_files(name: str) -> None:
    kept = published_document(f"catalogue-{name}.schema.json")
    assert kept == json_schema(name), "make openapi writes it again"
    content = yaml.safe_load((SHIPPED / f"{name}.yaml").read_text("utf-8"))
    plain = json.loads(json.dumps(content, default=str))
    jsonschema.Draft202012Validator(kept).validate(plain)


def test_the_version_tells_one_catalogue_from_another(own: Path, shipped: Catalogue) -> None:
    assert load_catalogue(own).version == shipped.version
    with (own / "rules.yaml").open("a") as file:
        file.write("# reviewed\n")
    assert load_catalogue(own).version != shipped.version


def refusal(directory: Path) -> str:
    """What is said of a catalogue that cannot be used."""
    with pytest.raises(CatalogueError) as caught:
        load_catalogue(directory)
    return str(caught.value)


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        ("rules", "kind: public_order", "kind: custom", r"rules\.yaml:\d+:11: rules\[0\]\.kind: "),
        ("rules", "basis: legal", "basis: norm", r"rules\.yaml:\d+:5: rules\[0\]: standards and self-regulation"),
        ("rules", "verified_on: 2026-11-25", "verified_on: null", r"rules\[0\]: verified_on goes with"),
        ("rules", "verified_on: 2026-11-25", "verified_on: '2026-11-25'", r"rules\[0\]\.verified_on: "),
        ("rules", "effective_to: null", "effective_to: 2026-02-30", r"rules\.yaml:\d+:19: there is no day 2026-02-30"),
        ("rules", "effective_to: null", "effective_to: 2025-01-01", "effective_to lies before effective_from"),
        ("rules", "    kind: public_order\n", "", r"rules\.yaml:4:5: rules\[0\]\.kind: Field required"),
        ("rules", "id: psapl.50.2", "id: psapl.50.1", r"rules\[1\]\.id: 'psapl.50.1' appears twice"),
        ("rules", "    basis: legal\n", "    basis: legal\n    law: x\n", r"rules\[0\]\.law: Extra inputs"),
        ("rules", "    basis: legal\n", "    basis: legal\n    basis: norm\n", r"the key 'basis' appears twice"),
        ("rules", "rules:\n", "rules: [\n", r"rules\.yaml:\d+:\d+: "),
        ("rules", "rules:\n", "rules: !!python/object/apply:os.system [ls]\n", r"rules\.yaml:\d+:\d+: "),
        ("rules", "respondents: [unlicensed_lender]", "respondents: [bank]", "unlicensed lenders only"),
        ("rules", "    respondents: [unlicensed_lender]\n", "", "unlicensed lenders only"),
        ("violations", "cba2026, ", "cba2025, ", r"violations\[0\]\.norm_basis\[0\]: there is no rule 'cba2025'"),
        ("violations", "legal_basis: [", "legal_basis: [gbt45251, ", "'gbt45251' is a norm rule: move it to norm_basis"),
        ("violations", "norm_basis: [", "norm_basis: [cc.1033, ", "'cc.1033' is a legal rule: move it to legal_basis"),
        ("violations", "channel: police", "channel: army", r"first\[0\]: there is no channel 'army'"),
        ("violations", "id: threat", "id: threats", "the violation 'threat' is missing"),
        ("violations", "id: threat", "id: threats", "reports know no violation 'threats'"),
        ("channels", 'id: "12321"', "id: 12321", r"channels\[0\]\.id: Input should be a valid string"),
        ("channels", "after: [institution]", "after: [nobody]", "there is no channel 'nobody'"),
        ("channels", "after: [institution]", "after: [nfra_complaint]", "would come before itself"),
        ("channels", "min_length: 15", "min_length: 1500", "max_length is less than min_length"),
        ("channels", 'default: "9"', 'default: "99"', "default must be the code of a choice"),
        ("channels", 'code: "7"', 'code: "9"', "a code appears twice"),
        ("channels", "id: call_time", "id: call_date", "a field appears twice"),
        ("channels", "effective_from: 2026-04-15", "effective_from: 2026-04-01", "hold at the same time"),
        ("channels", "web: https://www.12321.cn", "web: www.12321.cn", r"channels\[0\]\.web: "),
        ("routing", "respondent: bank", "respondent: insurer", "the respondent 'bank' is missing"),
        ("routing", "respondent: bank", "respondent: insurer", "'insurer' appears twice"),
        ("routing", "channels: [police]", "channels: [polizei]", r"emergencies\[0\]\.channels\[0\]: there is no channel"),
        ("routing", "likely_with: [fraud]", "likely_with: [rain]", r"likely_with\[0\]: there is no violation"),
        ("routing", "id: entered", "id: left", "the question 'entered' is missing"),
        ("routing", "id: entered", "id: left", "routing has no parameter 'left'"),
        ("routing", "relation: owner", "relation: debtor", "the relation 'owner' is missing"),
        ("routing", "governed_by: [card.69", "governed_by: [card.70", r"governed_by\[0\]: there is no rule 'card.70'"),
        ("violations", "rule: cl.274", "rule: cl.999", r"if_so\[\d\]: there is no rule 'cl.999'"),
        ("violations", "demands: [stop", "demands: [bow", r"demands\[0\]: there is no demand 'bow'"),
        ("channels", "points_to: [pipl.50]", "points_to: [pipl.99]", "there is no rule 'pipl.99'"),
        ("channels", "channels: [telecom]", "channels: [radio]", "there is no channel 'radio'"),
        ("channels", "follows: review_request", "follows: nothing", "there is no review 'nothing' among its follow-ups"),
        ("channels", "recorded_on: 2026-11-25\n", "recorded_on: null\n", r"recorded_on: "),
        ("routing", "channels: [petition]", "channels: [letter]", r"last_resort\.channels\[0\]: there is no channel"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_file_and_place(
    own: Path, file: str, old: str, new: str, told: str
) -> None:
    path = own / f"{file}.yaml"
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")
    said = refusal(own)
    assert re.search(told, said), said
    assert said.startswith(f"{file}.yaml:")


def test_the_line_is_that_of_the_mistake(own: Path) -> None:
    path = own / "channels.yaml"
    lines = path.read_text("utf-8").splitlines()
    line = next(place for place, text in enumerate(lines) if text.strip() == "unit: working")
    lines[line] = lines[line].replace("working", "lunar")
    path.write_text("\n".join(lines), "utf-8")
    assert refusal(own).startswith(f"channels.yaml:{line + 1}:15: channels[1].deadlines[0].unit: ")


def test_everything_that_is_wrong_is_told_at_once(own: Path) -> None:
    (own / "rules.yaml").unlink()
    (own / "routing.yaml").write_text("")
    (own / "violations.yaml").write_bytes(b"\xff\xfe")
    assert refusal(own).splitlines() == [
        "rules.yaml: cannot be read: No such file or directory",
        "violations.yaml: is not UTF-8 text",
        "routing.yaml: is empty",
    ]


def test_a_file_that_nests_without_end_is_refused(own: Path) -> None:
    (own / "rules.yaml").write_text("[" * 5000)
    assert refusal(own).startswith("rules.yaml")


def test_a_rule_by_another_name_cannot_turn_the_crime_on_a_licensed_lender(change: Change) -> None:
    def rename(content: dict[str, Any]) -> None:
        rule = next(one for one in content["rules"] if one["id"] == "cl.293-1")
        rule |= {"id": "harmless", "respondents": ["bank"]}

    directory = change("rules", rename)
    assert "unlicensed lenders only" in refusal(directory)


def test_papers_name_the_party_and_the_authority_as_the_channel_does(shipped: Catalogue) -> None:
    words = {one.id: one.respondent_word for one in shipped.channels.values() if one.accepts}
    assert (words["police"], words["12321"], words["nfra_report"]) == ("被举报人",) * 3
    assert (words["nfra_complaint"], words["local_finance"], words["petition"]) == ("被投诉人",) * 3
    for channel in ("police", "petition", "local_finance", "procuratorate"):
        form = shipped.channels[channel].form
        assert form is not None
        assert form.addressee is not None
        assert form.addressee.zh == "提交机关：________"
    police = shipped.channels["police"].form
    assert police is not None
    assert "请携带本人身份证原件及复印件" in {field.how.zh for field in police.fields if field.how}


def test_every_channel_that_takes_filings_in_writing_has_a_form(shipped: Catalogue) -> None:
    without = {one.id for one in shipped.channels.values() if one.accepts and one.form is None}
    assert without == {"anti_fraud", "illegal_content"}, "a telephone and a site whose fields nobody has read"
