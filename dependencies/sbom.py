"""Writes a software bill of materials (CycloneDX 1.6, JSON) of what the lock file pins: `make sbom`.

The document is the same whenever it is written from the same lock file and installation: it has neither a time nor a
random serial number. Licences are those that installed packages declare; what is not installed on this platform has none.
"""

import json
import sys
import tomllib
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, metadata
from typing import Any, Final

from dependencies.lock import LOCK, ROOT, Locked, read_lock

CLASSIFIER: Final = "License :: OSI Approved :: "


def bill_of(packages: Sequence[Locked], project: dict[str, Any]) -> dict[str, Any]:
    """Return the document about these packages of a project, as pyproject.toml describes it."""
    root = f"pkg:pypi/{project['name']}@{project['version']}"
    ordered = sorted(packages, key=lambda one: (one.name, one.version))
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": root,
                "name": project["name"],
                "version": project["version"],
                "purl": root,
                "licenses": [{"license": {"id": project["license"]}}],
            }
        },
        "components": [_component(one) for one in ordered],
        # which package needs which is not told: the lock file pins all of them alike
        "dependencies": [{"ref": root, "dependsOn": [one.purl for one in ordered]}],
        "compositions": [{"aggregate": "incomplete", "dependencies": [root]}],
    }


def render(document: dict[str, Any]) -> str:
    """Return the one form of the file."""
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def _component(package: Locked) -> dict[str, Any]:
    component: dict[str, Any] = {
        "type": "library",
        "bom-ref": package.purl,
        "name": package.name,
        "version": package.version,
        "purl": package.purl,
        "scope": "required" if not package.marker else "optional",
    }
    if licences := licences_of(package):
        component["licenses"] = licences
    # one package has several files, of which an installation gets one: each is a distribution of it
    component["externalReferences"] = [
        {"type": "distribution", "url": package.purl, "hashes": [{"alg": "SHA-256", "content": digest}]}
        for digest in package.sha256
    ]
    if package.marker:
        component["properties"] = [{"name": "dunwatch:marker", "value": package.marker}]
    return component


def licences_of(package: Locked) -> list[dict[str, Any]]:
    """Return what an installed package declares: an SPDX expression if it has one, else the names that it gives."""
    try:
        declared = metadata(package.name).json
    except PackageNotFoundError:
        return []
    if declared["version"] != package.version:
        return []
    if expression := declared.get("license_expression"):
        return [{"expression": expression}]
    named = [
        line.removeprefix(CLASSIFIER)
        for line in declared.get("classifier", [])
        if str(line).startswith(CLASSIFIER)
    ]
    told = str(declared.get("license", "")).strip().partition("\n")[0][:100]
    return [{"license": {"name": name}} for name in named or ([told] if told else [])]


def main() -> None:
    """Print the document."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    sys.stdout.write(render(bill_of(read_lock(LOCK.read_text("utf-8")), project)))


if __name__ == "__main__":
    main()
