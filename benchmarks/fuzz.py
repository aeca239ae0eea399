"""Generated requests against a running service: `python -m benchmarks.fuzz --examples 10000`.

Requests that fit the OpenAPI document and requests that do not, for every operation of it, each with the token of somebody
who may use it, are sent to `dunwatch api` on a real PostgreSQL. Every answer goes through all checks of schemathesis, the
ones that send the request again without or with a wrong token among them. Prints what was sent and what was found.
"""

import argparse
import json
import os
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final
from uuid import uuid4

# prometheus_client decides at import where it keeps its values
os.environ.setdefault("PROMETHEUS_MULTIPROC_DIR", tempfile.mkdtemp(prefix="dunwatch-fuzz-metrics-"))

import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
from prometheus_client import CollectorRegistry
from schemathesis.checks import CheckFunction, load_all_checks
from schemathesis.config import SchemathesisConfig
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import positive_data_acceptance

from benchmarks.ports import free_port
from benchmarks.rig import Rig, dunwatch, rig, run, running
from service.agencies.store import insert_agency
from service.app import create_api
from service.disputes.store import Owner, insert_owner
from service.edge import access
from service.edge.api_keys import create_key
from service.edge.person_tokens import issue_token, pseudonym_of
from service.metrics import Metrics
from service.reports.reporters_store import Links, insert_reporter
from service.reports.sources_store import ensure_source
from service.secrets import load_key_ring

NUMBER: Final = "+8619790001234"
AT_A_TIME: Final = (
    25  # requests of one operation and mode in a row, fewer where all operations are to have some
)
UNLIMITED: Final = 10**9
#: Left out: the document cannot say what a telephone number, a time in the past or a solved proof of work is.
EXCLUDED: Final[list[CheckFunction]] = [positive_data_acceptance]
CONFIG: Final = {
    "generation": {"with-security-parameters": False},  # requests carry the tokens given here
    "checks": {
        "negative_data_rejection": {
            "expected-statuses": [400, 401, 403, 404, 405, 406, 409, 413, 415, 422, 428, 429],
        }
    },
    # a batch is taken whole and says of each line what is wrong with it
    "operations": [
        {
            "include-name": "POST /v1/reports:batch",
            "checks": {"negative_data_rejection": {"enabled": False}},
        }
    ],
}
#: Whose token an operation is called with, by the start of its path; keys for all others.
HOLDERS: Final = (
    ("/v1/reports:batch", "key"),
    *(
        (path, "reporter")
        for path in ("/v1/reports", "/v1/cases", "/v1/calendars", "/v1/webhooks", "/v1/violations:suggest")
    ),
    ("/v1/disputes", "owner"),
    ("/v1/me", "leaving"),
)


@dataclass(slots=True)
class Sent:
    """What was sent and found so far."""

    cases: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    operations: Counter[str] = field(default_factory=Counter)
    findings: dict[tuple[str, str], str] = field(default_factory=dict)


@schemathesis.serializer("application/x-ndjson")
def ndjson(_context: schemathesis.SerializationContext, value: Any) -> bytes:
    """One line; what JSON cannot hold is sent as it prints."""
    return json.dumps(value, default=repr).encode()


class Counting(requests.Session):
    """A session that counts what it is answered."""

    def __init__(self, sent: Sent) -> None:
        super().__init__()
        self._sent = sent

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        """Send, and count the answer by its status."""
        answer = super().send(request, **kwargs)
        self._sent.statuses[answer.status_code] += 1
        return answer


class Fuzz:
    """One run against one service."""

    def __init__(self, url: str, tokens: Mapping[str, Callable[[], str]], document: dict[str, Any]) -> None:
        self._url = url
        self._tokens = tokens
        self._schema = schemathesis.openapi.from_dict(document, config=SchemathesisConfig.from_dict(CONFIG))
        self._operations = sorted(
            (path, method.upper()) for path, operations in document["paths"].items() for method in operations
        )
        self._things: dict[str, str] = {}
        self._at_a_time = AT_A_TIME
        self.sent = Sent()
        self._session = Counting(self.sent)

    def run(self, examples: int) -> None:
        """Go round all operations until so many generated requests were sent."""
        load_all_checks()
        self._things = self._make_things()
        self._at_a_time = min(AT_A_TIME, max(1, examples // (2 * len(self._operations))))
        round_number = 0
        while self.sent.cases < examples:
            for path, method in self._operations:
                for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
                    if self.sent.cases < examples:
                        self._try(path, method, mode, round_number)
            round_number += 1

    def _make_things(self) -> dict[str, str]:
        """Ids of things that are there, for paths that name one."""
        things: dict[str, str] = {}
        asked: tuple[tuple[str, str, str, dict[str, Any]], ...] = (
            (
                "report_id",
                "reporter",
                "/v1/reports",
                {"number": NUMBER, "occurred_at": "2026-03-01T12:00:00+08:00"},
            ),
            ("case_id", "reporter", "/v1/cases", {}),
            ("dispute_id", "owner", "/v1/disputes", {"reason": "other", "statement": "一段足够长的说明文字"}),
            ("export_id", "key", "/v1/exports", {"from": "2026-03-01", "to": "2026-03-02"}),
        )
        for name, who, path, body in asked:
            if name == "case_id":
                body["report_ids"] = [things["report_id"]]
            headers = {"Authorization": f"Bearer {self._tokens[who]()}"}
            answer = requests.post(self._url + path, json=body, headers=headers, timeout=60)
            things[name] = answer.json()[name]
        return things

    def close(self) -> None:
        """Let go of the connection, without which the service would wait for more."""
        self._session.close()

    def _try(self, path: str, method: str, mode: GenerationMode, round_number: int) -> None:
        holder = next((who for start, who in HOLDERS if path.startswith(start)), "key")
        token = self._tokens[holder]()

        def conforms(case: schemathesis.Case[Any]) -> None:
            self._send(case, token)

        once = settings(
            max_examples=self._at_a_time,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        try:
            strategy = self._schema[path][method].as_strategy(generation_mode=mode)
            seed(round_number)(once(given(case=strategy)(conforms)))()
        except Unsatisfiable:  # an operation without parameters cannot be called wrongly
            return

    def _send(self, case: schemathesis.Case[Any], token: str) -> None:
        self.sent.cases += 1
        self.sent.operations[case.operation.label] += 1
        if self.sent.cases % 2:
            case.path_parameters.update(
                {name: thing for name, thing in self._things.items() if name in case.path_parameters}
            )
        try:
            case.call_and_validate(
                base_url=self._url,
                session=self._session,
                headers={"Authorization": f"Bearer {token}"},
                excluded_checks=EXCLUDED,
            )
        except FailureGroup as group:
            for failure in group.exceptions:
                if isinstance(failure, Failure):
                    self._note(case, failure)

    def _note(self, case: schemathesis.Case[Any], failure: Failure) -> None:
        words = f"{failure.message}\n{case.as_curl_command()}"
        self.sent.findings.setdefault((case.operation.label, failure.title), words[:900])


def tokens_of(rigged: Rig) -> dict[str, Callable[[], str]]:
    """Somebody who may use each operation; `leaving` gives a new reporter each time, for it may be deleted."""
    keys = load_key_ring(rigged.settings.keys_dir)

    async def make() -> dict[str, str]:
        database = rigged.database()
        now = datetime.now(UTC)
        made = {
            "reporter": issue_token(keys, access.REPORTER_PREFIX),
            "leaving": issue_token(keys, access.REPORTER_PREFIX),
            "owner": issue_token(keys, access.OWNER_PREFIX),
        }
        async with database.connection() as connection:
            for cluster, who in enumerate(("reporter", "leaving")):
                links = Links(cluster, None)
                await insert_reporter(connection, pseudonym_of(keys, made[who]), links, now, cluster=cluster)
            owner = pseudonym_of(keys, made["owner"])
            await insert_owner(connection, Owner(NUMBER, owner, now))
            source = await ensure_source(connection, "partner", weight=1.0)
            agency = f"agency-{uuid4().hex}"
            agency_id = await insert_agency(connection, agency, agency, rows_per_30_days=10**6, now=now)
            _, made["key"] = await create_key(
                connection,
                label="fuzz",
                scopes=list(access.Scope),
                now=now,
                source_id=source.source_id,
                limit_per_second=10**6,
                agency_id=agency_id,
                purpose="fuzzing",
            )
        await database.close()
        return made

    first = run(make)
    return {
        "key": lambda: first["key"],
        "reporter": lambda: first["reporter"],
        "owner": lambda: first["owner"],
        "leaving": lambda: run(make)["leaving"],
    }


def main(arguments: list[str]) -> int:
    """Send, and tell; 1 when something was found."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fuzz", description=__doc__)
    parser.add_argument("--examples", type=int, default=10_000, help="generated requests to send")
    sent = send(parser.parse_args(arguments).examples)
    tell(sent)
    return 1 if sent.findings else 0


def send(examples: int) -> Sent:
    """Send so many generated requests to a service of their own."""
    with (
        rig(
            proof_of_work_cost=1, code_sender="log", log_format="json", stale_after_seconds=3600,
            report_limit_per_hour=UNLIMITED, signup_limit_per_hour=UNLIMITED, code_limit_per_hour=UNLIMITED,
            request_limit_per_second=UNLIMITED, lookup_limit_per_second=UNLIMITED,
        ) as rigged,
        ExitStack() as stack,
    ):  # fmt: skip
        tokens = tokens_of(rigged)
        port = free_port()
        environment = rigged.environment | {"DUNWATCH_PORT": str(port)}
        for command in (("follow",), ("score", "--watch")):
            stack.enter_context(running(dunwatch(*command), environment))
        stack.enter_context(running(dunwatch("api"), environment, port=port))
        document = create_api(rigged.settings, Metrics(CollectorRegistry())).openapi()
        fuzz = Fuzz(f"http://127.0.0.1:{port}", tokens, document)
        fuzz.run(examples)
        fuzz.close()
    return fuzz.sent


def tell(sent: Sent) -> None:
    """Print what was sent and found."""
    least, label = min((count, label) for label, count in sent.operations.items())
    print(
        f"{sent.cases} generated requests to {len(sent.operations)} operations, besides those of the checks"
    )
    print(f"fewest: {least} to {label}")
    print("answers: " + ", ".join(f"{status}: {count}" for status, count in sorted(sent.statuses.items())))
    print(f"left out: {', '.join(check.__name__ for check in EXCLUDED)}")
    print(f"{len(sent.findings)} findings")
    for (operation, title), words in sorted(sent.findings.items()):
        print(f"\n{operation}: {title}\n  " + words.replace("\n", "\n  "))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
