"""Settings are read once from the environment, checked, and frozen."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from service.settings import Settings
from tests.english import flaws_of_phrase


def test_every_setting_is_read_from_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (
        ("PORT", "8123"),
        ("DATABASE_URL", "postgresql://h/d"),
        ("DATA_DIR", "/x/y"),
        ("TRUSTED_PROXIES", '["10.0.0.0/8", "fd00::/8"]'),
        ("POLL_SECONDS", "0.5"),
    ):
        monkeypatch.setenv(f"DUNWATCH_{name}", value)
    settings = Settings()
    assert (settings.port, settings.database_url, settings.poll_seconds) == (8123, "postgresql://h/d", 0.5)
    assert [str(network) for network in settings.trusted_proxies] == ["10.0.0.0/8", "fd00::/8"]
    assert settings.replica_dir == Path("/x/y/replica")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "0"), ("PORT", "65536"), ("PORT", "x"), ("DATABASE_URL", "mysql://h"), ("WORKERS", "0"),
        ("TRUSTED_PROXIES", '["somewhere"]'), ("LOG_FORMAT", "xml"), ("STALE_AFTER_SECONDS", "0"),
        ("PUBLISH_MIN_REPORTERS", "0"), ("POLL_SECONDS", "-1"), ("PROOF_OF_WORK_COST", "0"),
        ("LOOKUP_LIMIT_PER_SECOND", "0"), ("SCORE_BATCH", "0"),
    ],
)  # fmt: skip
def test_a_value_that_does_not_fit_is_refused(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(f"DUNWATCH_{name}", value)
    with pytest.raises(ValidationError, match=name.lower()):
        Settings()


def test_settings_do_not_change() -> None:
    with pytest.raises(ValidationError):
        Settings().port = 1  # type: ignore[misc]  # that types forbid it already is not enough


def test_the_data_directories_lie_in_the_data_directory() -> None:
    settings = Settings(data_dir=Path("/d"))
    paths = [
        settings.postgres_dir,
        settings.replica_dir,
        settings.keys_dir,
        settings.exports_dir,
        settings.metrics_dir,
    ]
    assert len(set(paths)) == len(paths)
    assert {path.parent for path in paths} == {Path("/d")}


@pytest.mark.parametrize("name", Settings.model_fields)
def test_a_setting_says_what_it_is(name: str) -> None:
    assert flaws_of_phrase(Settings.model_fields[name].description or "") == []
