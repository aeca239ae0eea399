"""`dunwatch rules`, `channels` and `route`: results on standard output, words on standard error."""

import json
import re
import shutil
from pathlib import Path

import pytest

from service.rules.catalogue import SHIPPED
from tests.command_line import Dunwatch, Forking


@pytest.fixture
def dunwatch(forking: Forking, tmp_path: Path) -> Dunwatch:
    """The command line without a database."""
    return Dunwatch(forking, {"DUNWATCH_DATA_DIR": str(tmp_path / "data"), "COLUMNS": "200"})


def test_rules_are_listed_in_both_languages(dunwatch: Dunwatch) -> None:
    zh, en = dunwatch("rules", "list"), dunwatch("rules", "list", "--lang", "en")
    assert (zh.returncode, en.returncode) == (0, 0), zh.stderr + en.stderr
    assert "待核实" in zh.stdout
    assert "不构成法律意见" in zh.stdout
    assert "to be verified" in en.stdout
    assert "not legal advice" in en.stdout


def test_rules_of_another_day_are_listed(dunwatch: Dunwatch) -> None:
    listed = json.loads(dunwatch("rules", "list", "--on", "2025-12-31", "--json").stdout)
    assert "psapl2012.42.1" in {rule["id"] for rule in listed["rules"]}


def test_an_entry_is_shown_with_its_sources(dunwatch: Dunwatch) -> None:
    assert json.loads(dunwatch("rules", "show", "cl.266").stdout)["status"] == "to_be_verified"
    assert json.loads(dunwatch("rules", "show", "12321").stdout)["form"]["fields"]
    assert json.loads(dunwatch("rules", "show", "threat").stdout)["first"]
    missing = dunwatch("rules", "show", "nothing")
    assert (missing.returncode, missing.stdout) == (2, "")
    assert "knows no rule, violation or channel 'nothing'" in missing.stderr


def test_channels_are_listed(dunwatch: Dunwatch) -> None:
    told = dunwatch("channels")
    assert told.returncode == 0
    assert "010-12321" in told.stdout
    assert json.loads(dunwatch("channels", "--json").stdout)["channels"][0]["id"] == "12321"


def test_where_to_turn_is_told_with_law_and_norm_apart(dunwatch: Dunwatch) -> None:
    told = dunwatch("route", "threat", "insult", "--respondent", "bank")
    assert told.returncode == 0, told.stderr
    for words in ("公安机关", "违反法律法规", "违反行业规范", "多次发生", "不构成法律意见"):
        assert words in told.stdout
    assert "二百九十三条之一" not in told.stdout
    steps = json.loads(dunwatch("route", "threat", "--respondent", "bank", "--json").stdout)["steps"]
    assert steps[0]["channel"] == "police"
    third = dunwatch("route", "threat", "--respondent", "bank", "--known", "relation=third_party")
    assert "违法行为举报" in third.stdout
    assert "消费投诉" not in third.stdout
    assert "怎样查明" in third.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ("route", "rudeness"),
        ("route", "threat", "--respondent", "landlord"),
        ("route", "threat", "--known", "relation=landlord"),
        ("route", "threat", "--known", "mood=bad"),
    ],
)
def test_what_does_not_exist_is_refused_with_what_does(
    dunwatch: Dunwatch, arguments: tuple[str, ...]
) -> None:
    refused = dunwatch(*arguments)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "does not know the " in refused.stderr
    assert "unlicensed_lender" in refused.stderr


def test_a_catalogue_is_checked_before_it_is_used(dunwatch: Dunwatch, tmp_path: Path) -> None:
    own = tmp_path / "own"
    shutil.copytree(SHIPPED, own)
    good = dunwatch("rules", "check", str(own))
    assert good.returncode == 0
    assert "nothing is wrong" in good.stderr
    days = [line.split()[0] for line in good.stdout.splitlines()]
    assert days == sorted(days), "the oldest first"
    assert len(days) > 100
    (line,) = [line for line in good.stdout.splitlines() if "  cl.266  " in line]
    assert re.search(
        r"^2026-11-25 +\d+ days  cl\.266  \(rules\.yaml:\d+:\d+: rules\[\d+\]\)  general knowledge", line
    )
    assert "  police/remarks[1]  " in good.stdout
    channels = own / "channels.yaml"
    whole = channels.read_text("utf-8")
    channels.write_text(re.sub(r"  - id: anti_fraud\n", "  - id: hotline\n", whole), "utf-8")
    routing = own / "routing.yaml"
    used = routing.read_text("utf-8")
    routing.write_text(used.replace(", anti_fraud]", "]"), "utf-8")
    violations = own / "violations.yaml"
    named = violations.read_text("utf-8")
    violations.write_text(named.replace("      - {channel: anti_fraud}\n", ""), "utf-8")
    unused = dunwatch("rules", "check", str(own))
    assert (unused.returncode, unused.stdout) == (1, "")
    assert "nothing refers to the channel 'hotline'" in unused.stderr
    (
        channels.write_text(whole, "utf-8"),
        routing.write_text(used, "utf-8"),
        violations.write_text(named, "utf-8"),
    )
    rules = own / "rules.yaml"
    rules.write_text(rules.read_text("utf-8").replace("basis: legal", "basis: norm", 1), "utf-8")
    for told in (
        dunwatch("rules", "check", str(own)),
        dunwatch("rules", "check", DUNWATCH_CATALOGUE_DIR=str(own)),
        dunwatch("serve", DUNWATCH_CATALOGUE_DIR=str(own)),
        dunwatch("api", DUNWATCH_CATALOGUE_DIR=str(own)),
    ):
        assert told.returncode == 2, told.stderr
        assert "The rule catalogue cannot be used:\nrules.yaml:4:5: rules[0]: standards" in told.stderr
        assert "Traceback" not in told.stderr


def test_a_directory_that_is_not_there_is_refused(dunwatch: Dunwatch, tmp_path: Path) -> None:
    assert dunwatch("rules", "check", str(tmp_path / "nowhere")).returncode == 2
    told = dunwatch("rules", "list", DUNWATCH_CATALOGUE_DIR=str(tmp_path / "nowhere"))
    assert told.returncode == 2
    assert told.stderr.count("cannot be read: No such file or directory") == 4
