"""The bill of materials says what the lock file says, and no pinned package has a weakness that is known here."""

import json
import re
import tomllib
from collections.abc import Iterable
from datetime import date
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import pytest
from packaging.specifiers import SpecifierSet

from dependencies.audit import (
    ADVISORIES,
    Advisory,
    AdvisoryList,
    find_weaknesses,
    found_by_service,
    main,
    read_advisories,
)
from dependencies.lock import LOCK, Locked, LockError, read_lock
from dependencies.sbom import bill_of, render
from tests.places import ROOT

TEXT = LOCK.read_text("utf-8")
PACKAGES = read_lock(TEXT)
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]


def components() -> dict[str, dict[str, Any]]:
    return {one["bom-ref"]: one for one in bill_of(PACKAGES, PROJECT)["components"]}


def digests(component: dict[str, Any]) -> set[str]:
    return {digest["content"] for one in component["externalReferences"] for digest in one["hashes"]}


def test_the_lock_file_is_read_whole() -> None:
    assert len(PACKAGES) == len(re.findall(r"^[a-z].*==", TEXT, re.MULTILINE)) > 50
    assert sum(len(one.sha256) for one in PACKAGES) == TEXT.count("--hash=sha256:")
    assert all(one.sha256 for one in PACKAGES)
    assert {one.name for one in PACKAGES if one.marker} >= {"numpy", "colorama"}


@pytest.mark.parametrize(
    "line", ["name>=1", "    --hash=md5:00", "-e .", "name @ file:///x", "    --hash=sha256:0"]
)
def test_a_line_that_it_does_not_know_is_refused(line: str) -> None:
    with pytest.raises(LockError):
        read_lock(f"name==1 \\\n    --hash=sha256:{'0' * 64}\n{line}\n")


def test_every_package_stands_in_the_bill_with_version_hashes_and_purl() -> None:
    told = components()
    assert len(told) == len(PACKAGES)
    for package in PACKAGES:
        component = told[f"pkg:pypi/{package.name}@{package.version}"]
        assert (component["name"], component["version"]) == (package.name, package.version)
        assert component["purl"] == component["bom-ref"]
        assert digests(component) == set(package.sha256)


def installed(package: Locked) -> bool:
    try:
        return version(package.name) == package.version
    except PackageNotFoundError:
        return False


@pytest.mark.parametrize("package", [one for one in PACKAGES if installed(one)], ids=lambda one: one.name)
def test_every_installed_package_declares_its_licence(package: Locked) -> None:
    licences = components()[package.purl].get("licenses", [])
    if package.name in LICENCE_NOT_DECLARED:
        assert licences == [], "take it out of the list"
        return
    assert licences
    # an expression stands alone, a licence by its name
    assert all(set(one) <= {"expression", "license"} for one in licences)
    assert len(licences) == 1 or all("license" in one for one in licences)


#: Packages that say nothing machines can read; their files of licences were read by people.
LICENCE_NOT_DECLARED: frozenset[str] = frozenset({"skops"})


def test_the_bill_is_the_same_each_time_and_names_no_time_and_no_registry() -> None:
    document = bill_of(PACKAGES, PROJECT)
    assert render(document) == render(bill_of(list(reversed(PACKAGES)), PROJECT))
    assert (document["bomFormat"], document["specVersion"]) == ("CycloneDX", "1.6")
    assert "serialNumber" not in document
    assert "timestamp" not in document["metadata"]
    assert "https://" not in render(document)
    refs = [one["bom-ref"] for one in document["components"]]
    assert document["dependencies"] == [
        {"ref": document["metadata"]["component"]["bom-ref"], "dependsOn": refs}
    ]


def test_no_pinned_package_has_a_weakness_that_is_known_here() -> None:
    assert find_weaknesses(PACKAGES, read_advisories(ADVISORIES.read_text("utf-8"))) == []


def test_the_list_of_advisories_is_dated_and_about_what_is_installed() -> None:
    known = read_advisories(ADVISORIES.read_text("utf-8"))
    assert date(2025, 1, 1) < known.known_until <= known.made_on
    names = {one.name for one in PACKAGES}
    for advisory in known.advisories:
        assert advisory.package in names
        assert re.fullmatch(r"CVE-\d{4}-\d{4,}|GHSA(-[0-9a-z]{4}){3}|PYSEC-\d{4}-\d+", advisory.id)
        assert SpecifierSet(advisory.affected)
        assert advisory.summary.isascii()
    pairs = [(one.id, one.package) for one in known.advisories]
    assert len(pairs) == len(set(pairs))


@pytest.mark.parametrize(
    ("pinned", "affected", "is_weak"),
    [
        ("0.0.6", "<0.0.7", True),
        ("0.0.7", "<0.0.7", False),
        ("1.0rc1", "<=1.0", True),
        ("1.0", ">=1.0,<2", True),
    ],
)
def test_a_weakness_is_found_by_its_versions(pinned: str, affected: str, is_weak: bool) -> None:
    known = AdvisoryList(
        date(2026, 1, 1), date(2026, 1, 1), (Advisory("CVE-2026-0001", "name", affected, "x"),)
    )
    found = find_weaknesses([Locked("name", pinned, "", ()), Locked("other", pinned, "", ())], known)
    assert [package.name for package, _ in found] == (["name"] if is_weak else [])


def test_a_service_that_does_not_answer_is_not_taken_for_none() -> None:
    answer = {
        "dependencies": [
            {"name": "a", "version": "1", "vulns": [{"id": "CVE-2026-0001"}]},
            {"name": "b", "version": "1", "vulns": []},
            {"name": "c", "skip_reason": "Dependency not found"},
        ]
    }
    assert found_by_service(json.dumps(answer)) == (["a 1: CVE-2026-0001"], 2)


def program(directory: Path, printed: str) -> None:
    """A pip-audit that prints this and fails, as it does without a network and also when it finds something."""
    path = directory / "pip-audit"
    (directory / "printed").write_text(printed)
    path.write_text(f'#!/bin/sh\n/bin/cat "{directory}/printed"\nexit 1\n')
    path.chmod(0o700)


def answer_for(packages: Iterable[Locked], **more: object) -> str:
    return json.dumps(
        {"dependencies": [{"name": one.name, "version": one.version, **more} for one in packages]}
    )


@pytest.mark.parametrize(
    ("printed", "status", "told"),
    [
        (None, 0, "nobody was asked"),
        ("", 2, "nobody was asked"),
        ("ERROR: no network", 2, "nobody was asked"),
        ("[]", 2, "nobody was asked"),
        ("{}", 2, "nobody was asked"),
        ('{"dependencies": null}', 2, "nobody was asked"),
        ('{"dependencies": ["x"]}', 2, "nobody was asked"),
        ('{"dependencies": []}', 2, "nobody was asked"),
        (answer_for(PACKAGES, skip_reason="offline"), 2, "nobody was asked"),
        (answer_for(PACKAGES[1:]), 0, f"answered for {len(PACKAGES) - 1} of {len(PACKAGES)}"),
        (answer_for(PACKAGES), 0, "No known weakness."),
        (answer_for(PACKAGES, vulns=[{"id": "X-1"}]), 1, "X-1"),
    ],
)
def test_only_a_service_that_answered_for_all_is_taken_for_none(
    printed: str | None,
    status: int,
    told: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    if printed is not None:
        program(tmp_path, printed)
    assert main() == status
    text = capsys.readouterr().out
    assert told in text
    assert ("No known weakness." in text) == (told == "No known weakness.")
