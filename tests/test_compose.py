"""The container files are valid, agree with each other and name only what exists in the code."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
import typer
import yaml
from jsonschema import Draft202012Validator
from prometheus_client import CollectorRegistry

from service.cli import app
from service.edge.problems import BY_CODE
from service.metrics import Metrics
from service.settings import Settings
from tests.places import ROOT

COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if "build" in service}
PROMETHEUS = yaml.safe_load((ROOT / "deploy/prometheus.yml").read_text("utf-8"))
ALERTS = yaml.safe_load((ROOT / "deploy/alerts.yml").read_text("utf-8"))
GRAFANA = ROOT / "deploy/grafana"
DASHBOARD = json.loads((GRAFANA / "dashboards/dunwatch.json").read_text("utf-8"))
DOCKERFILE = (ROOT / "Dockerfile").read_text("utf-8")

_TEXT = {"type": "string", "minLength": 1}
_TEXTS = {"type": "array", "items": _TEXT, "minItems": 1}
_UNIQUE_TEXTS = {**_TEXTS, "uniqueItems": True}
_DURATION = {"type": "string", "pattern": r"^([0-9]+(us|ms|s|m|h))+$"}
_VARIABLES = {
    "type": "object",
    "propertyNames": {"pattern": "^[A-Z][A-Z0-9_]*$"},
    "additionalProperties": {"type": "string"},  # a bare yes or 1 would not be the text it looks like
}


def _object(properties: dict[str, Any], *required: str) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
    }


#: The keys used here, typed as in the Compose specification, and no others.
SCHEMA = {
    **_object(
        {
            "name": {"type": "string", "pattern": "^[a-z0-9][a-z0-9_-]*$"},
            "services": {
                "type": "object",
                "propertyNames": {"pattern": "^[a-zA-Z0-9._-]+$"},
                "additionalProperties": {"$ref": "#/$defs/service"},
            },
            "volumes": {"type": "object", "additionalProperties": {"type": "object", "maxProperties": 0}},
        },
        "name",
        "services",
        "volumes",
    ),
    "patternProperties": {"^x-": {}},
    "$defs": {
        "service": {
            **_object(
                {
                    "build": _TEXT,
                    "image": {"type": "string", "pattern": r"^[a-z0-9./-]+:[\w][\w.-]*$"},
                    "init": {"type": "boolean"},
                    "restart": {"enum": ["no", "always", "on-failure", "unless-stopped"]},
                    "stop_grace_period": _DURATION,
                    "shm_size": {"type": "string", "pattern": "^[0-9]+(b|k|m|g|kb|mb|gb)$"},
                    "cap_drop": _UNIQUE_TEXTS,
                    "security_opt": _UNIQUE_TEXTS,
                    "command": _TEXTS,
                    "environment": _VARIABLES,
                    "ports": {
                        "type": "array",
                        "uniqueItems": True,
                        "items": {"type": "string", "pattern": r"^127\.0\.0\.1:[0-9]+:[0-9]+$"},
                    },
                    "expose": {
                        "type": "array",
                        "uniqueItems": True,
                        "items": {"type": "string", "pattern": "^[0-9]+$"},
                    },
                    "volumes": {
                        "type": "array",
                        "uniqueItems": True,
                        "items": {"type": "string", "pattern": "^(\\./)?[\\w./-]+:/[\\w./-]+(:ro)?$"},
                    },
                    "tmpfs": _UNIQUE_TEXTS,
                    "healthcheck": _object(
                        {
                            "test": {**_TEXTS, "prefixItems": [{"const": "CMD"}], "minItems": 2},
                            "interval": _DURATION,
                            "timeout": _DURATION,
                            "retries": {"type": "integer", "minimum": 1},
                            "start_period": _DURATION,
                        },
                        "test",
                        "interval",
                        "timeout",
                        "retries",
                    ),
                    "depends_on": {
                        "type": "object",
                        "additionalProperties": _object(
                            {"condition": {"enum": ["service_started", "service_healthy"]}}, "condition"
                        ),
                    },
                }
            ),
            "required": ["image", "restart", "healthcheck"],
        }
    },
}


def test_the_compose_file_keeps_to_the_specification() -> None:
    errors = [
        f"{error.json_path}: {error.message}" for error in Draft202012Validator(SCHEMA).iter_errors(COMPOSE)
    ]
    assert errors == []


@pytest.mark.parametrize("name", OURS)
def test_each_command_exists_with_its_options(name: str) -> None:
    program, command_name, *arguments = OURS[name]["command"]
    assert program == "dunwatch"
    _assert_command_exists(command_name, arguments)


def test_the_image_starts_a_command_that_exists() -> None:
    (command,) = re.findall(r"^CMD (\[.*\])$", DOCKERFILE, re.MULTILINE)
    program, command_name, *arguments = json.loads(command)
    assert program == "dunwatch"
    _assert_command_exists(command_name, arguments)


def test_the_process_left_out_of_one_container_runs_in_another() -> None:
    command = OURS["api"]["command"]
    left_out = [command[place + 1] for place, word in enumerate(command) if word == "--without"]
    assert left_out == ["scorer"]
    assert left_out[0] in str(_option("serve", "without").help)
    assert OURS["scorer"]["command"][1] == "score"
    assert "--watch" in OURS["scorer"]["command"]


def test_every_environment_variable_is_a_setting_with_a_value_it_takes() -> None:
    for name, value in _our_environment():
        field = name.removeprefix("DUNWATCH_").lower()
        assert field in Settings.model_fields, name
        filled = re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", re.sub(r"\$\{\w+:\?[^}]*\}", "secret", value))
        parsed = json.loads(filled) if filled.startswith("[") else filled
        Settings.__pydantic_validator__.validate_assignment(Settings.model_construct(), field, parsed)


def test_no_secret_stands_in_the_file() -> None:
    for service in SERVICES.values():
        for name, value in service.get("environment", {}).items():
            if name.endswith("PASSWORD"):
                assert re.fullmatch(r"\$\{[A-Z_]+:\?[^}]+\}", value), name
            if name.endswith("URL"):
                assert re.search(r"://[^:@]+:\$\{[A-Z_]+:\?[^}]+\}@", value), name
    assert ".env" in (ROOT / ".gitignore").read_text("utf-8").splitlines()


def test_volumes_are_declared_and_used_and_mounted_files_exist() -> None:
    mounts = [mount for service in SERVICES.values() for mount in service.get("volumes", ())]
    sources = {mount.split(":")[0] for mount in mounts}
    named = {source for source in sources if not source.startswith("./")}
    assert named == set(COMPOSE["volumes"])
    for source in sources - named:
        assert (ROOT / source).exists(), source


def test_every_service_waits_for_a_service_that_can_become_healthy() -> None:
    for name, service in SERVICES.items():
        for needed, terms in service.get("depends_on", {}).items():
            assert needed != name
            assert terms["condition"] == "service_healthy"
            assert "healthcheck" in SERVICES[needed]
    assert "api" in SERVICES["scorer"]["depends_on"], (
        "the schema is brought up to date by the API's container"
    )


@pytest.mark.parametrize("name", SERVICES)
def test_a_health_check_asks_a_port_that_the_service_opens(name: str) -> None:
    check = " ".join(SERVICES[name]["healthcheck"]["test"])
    ports = {int(port) for port in re.findall(r"127\.0\.0\.1:(\d+)", check)}
    assert ports <= _ports(name)
    assert ports or "pg_isready" in check


def test_published_ports_are_those_of_the_containers_and_differ() -> None:
    published = [port.split(":")[1] for service in SERVICES.values() for port in service.get("ports", ())]
    assert len(set(published)) == len(published)
    assert SERVICES["api"]["ports"] == [f"127.0.0.1:{_default_port()}:{_default_port()}"]
    assert re.findall(r"^EXPOSE (\d+)$", DOCKERFILE, re.MULTILINE) == [str(_default_port())]


def test_prometheus_scrapes_services_on_ports_they_open() -> None:
    targets = [
        (job["job_name"], *target.rsplit(":", 1))
        for job in PROMETHEUS["scrape_configs"]
        for config in job.get("static_configs", ())
        for target in config["targets"]
    ]
    targets += [
        (job["job_name"], name, config["port"])
        for job in PROMETHEUS["scrape_configs"]
        for config in job.get("dns_sd_configs", ())
        for name in config["names"]
    ]
    assert {job for job, _, _ in targets} == set(OURS)
    for job, host, port in targets:
        assert host == job
        assert int(port) in _ports(host)
    assert (
        f"./deploy/{PROMETHEUS['rule_files'][0]}:/etc/prometheus/{PROMETHEUS['rule_files'][0]}:ro"
        in (SERVICES["prometheus"]["volumes"])
    )


def test_every_metric_that_is_watched_exists() -> None:
    watched = [*_alert_expressions(), *_panel_expressions()]
    assert len(watched) > 20
    exported = _exported_names()
    for expression in watched:
        named = set(re.findall(r"\bdunwatch_\w+", expression))
        assert named <= exported, expression
        assert named or re.search(r"\bup\{", expression), expression


def test_every_metric_is_on_the_dashboard() -> None:
    shown = set(re.findall(r"\bdunwatch_\w+", " ".join(_panel_expressions())))
    missing = [metric.name for metric in _declared() if not shown & _names(metric.name)]
    assert missing == []


def test_labels_selected_and_grouped_by_are_labels_of_jobs_or_metrics() -> None:
    known = {"job", "instance", "le"} | {
        label for metric in vars(Metrics(CollectorRegistry())).values() for label in metric._labelnames
    }
    for expression in [*_alert_expressions(), *_panel_expressions()]:
        selected = re.findall(r"[{,]\s*(\w+)\s*(?:=~|!~|!=|=)", expression)
        grouped = re.findall(r"\bby \(([^)]*)\)", expression)
        assert {*selected, *(label.strip() for group in grouped for label in group.split(","))} <= known


def test_the_dashboard_reads_the_provisioned_source_from_where_it_is_mounted() -> None:
    (source,) = yaml.safe_load((GRAFANA / "provisioning/datasources/prometheus.yml").read_text())[
        "datasources"
    ]
    assert source["url"] == "http://prometheus:9090"
    assert 9090 in _ports("prometheus")
    assert {target["datasource"]["uid"] for panel in DASHBOARD["panels"] for target in panel["targets"]} == {
        source["uid"]
    }
    (provider,) = yaml.safe_load((GRAFANA / "provisioning/dashboards/dunwatch.yml").read_text())["providers"]
    assert f"./deploy/grafana/dashboards:{provider['options']['path']}:ro" in SERVICES["grafana"]["volumes"]
    assert len({panel["id"] for panel in DASHBOARD["panels"]}) == len(DASHBOARD["panels"])


def test_what_the_image_copies_exists_and_is_not_ignored() -> None:
    copied = [
        source
        for line in re.findall(r"^COPY (?!--from)(.+)$", DOCKERFILE, re.MULTILINE)
        for source in line.split()[:-1]
    ]
    ignored = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    assert "*" in ignored
    assert {line[1:] for line in ignored if line.startswith("!")} == set(copied)
    for source in copied:
        assert (ROOT / source).exists(), source


def test_the_image_installs_only_what_the_lock_file_pins_and_runs_unprivileged() -> None:
    installs = re.findall(r"pip install (.+?)(?:\\)?$", DOCKERFILE, re.MULTILINE)
    assert all("--require-hashes" in line or "--no-deps" in line for line in installs)
    assert any("--require-hashes" in line and "-r requirements.lock" in line for line in installs)
    (user,) = re.findall(r"^USER (\w+)$", DOCKERFILE, re.MULTILINE)
    (uid,) = re.findall(rf"useradd --uid (\d+) .* {user}\b", DOCKERFILE)
    assert f"/data:mode=0700,uid={uid},gid={uid}" in SERVICES["scorer"]["tmpfs"]


def _option(command_name: str, name: str) -> Any:
    group: Any = typer.main.get_command(app)
    (option,) = [option for option in group.commands[command_name].params if option.name == name]
    return option


def _assert_command_exists(name: str, arguments: list[str]) -> None:
    """Parses the arguments as the program would; click raises for what it does not know."""
    group: Any = typer.main.get_command(app)
    assert name in group.commands
    group.commands[name].make_context(name, arguments)


def _our_environment() -> Iterator[tuple[str, str]]:
    for service in OURS.values():
        yield from service["environment"].items()
    yield from re.findall(r"\b(DUNWATCH_\w+)=(\S+)", DOCKERFILE)


def _default_port() -> int:
    port = Settings.model_fields["port"].default
    assert isinstance(port, int)
    return port


def _ports(name: str) -> set[int]:
    service = SERVICES[name]
    published = {int(port.rsplit(":", 1)[1]) for port in service.get("ports", ())}
    return published | {int(port) for port in service.get("expose", ())}


def _alert_expressions() -> list[str]:
    return [rule["expr"] for group in ALERTS["groups"] for rule in group["rules"]]


def test_alerts_name_only_problems_that_exist() -> None:
    named = [
        code
        for expression in _alert_expressions()
        for told in re.findall(r'dunwatch_refusals_total\{code=~?"([^"]+)"', expression)
        for code in told.split("|")
    ]
    assert {"overloaded", "too_many_at_once", "request_timeout"} <= set(named) <= set(BY_CODE)


def _panel_expressions() -> list[str]:
    return [target["expr"] for panel in DASHBOARD["panels"] for target in panel["targets"]]


def _declared() -> list[Any]:
    return [metric.describe()[0] for metric in vars(Metrics(CollectorRegistry())).values()]


def _names(name: str) -> set[str]:
    return {name + suffix for suffix in ("", "_total", "_bucket", "_count", "_sum")}


def _exported_names() -> set[str]:
    """Names of samples as Prometheus stores them: those of histograms and counters carry a suffix."""
    suffixes = {"counter": ("_total",), "gauge": ("",), "histogram": ("_bucket", "_count", "_sum")}
    return {metric.name + suffix for metric in _declared() for suffix in suffixes[metric.type]}
