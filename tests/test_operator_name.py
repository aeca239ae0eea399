"""Decisions are recorded under a name, also of an account that has none."""

import os
import pwd

import pytest

from service.operator_name import operator_name
from tests.places import ROOT


@pytest.mark.parametrize("error", [KeyError("uid not found"), OSError("no username")])
def test_an_account_without_a_name_is_named_by_its_number(
    monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def nobody(_: int) -> None:
        raise error

    for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(pwd, "getpwuid", nobody)
    monkeypatch.setattr(os, "getuid", lambda: 54321)
    assert operator_name() == "uid 54321"
    monkeypatch.setenv("LOGNAME", "somebody")
    assert operator_name() == "somebody"


def test_nothing_asks_for_the_name_in_another_way() -> None:
    asking = [
        path.name
        for path in (ROOT / "service").rglob("*.py")
        if "getuser" in path.read_text(encoding="utf-8")
    ]
    assert asking == ["operator_name.py"]
