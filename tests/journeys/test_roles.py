"""Every operation of the OpenAPI document, tried by every role, on what is one's own and what is not.

An operation that is missing in ALLOWED fails the test: whoever adds one says here who may use it.
"""

import re
from datetime import UTC, datetime
from typing import Any, Final
from uuid import uuid4

import httpx
import orjson
import pytest

from service.agencies.store import insert_agency
from service.app import load_api
from service.cases import consent_text
from service.edge.access import Scope
from service.ledger.sign import Notary, sign_ledger
from tests.clients import NUMBER, Api, report_body
from tests.disputes.dispute_requests import PNG

#: What an API key of a role may do; reporters and owners have tokens of their own.
SCOPES: Final = {
    "partner": (Scope.LOOKUP, Scope.REPORTS),
    "regulator": (Scope.EXPORTS,),
    "another regulator": (Scope.EXPORTS,),
    "moderator": (Scope.MODERATOR,),
    "administrator": (Scope.ADMINISTRATOR,),
}
ROLES: Final = {"stranger", "reporter", "another reporter", "owner", "another owner", *SCOPES}

EVERYONE: Final = ROLES
REPORTERS: Final = {"reporter", "another reporter"}
OWNERS: Final = {"owner", "another owner"}
REGULATORS: Final = {"regulator", "another regulator"}
ALLOWED: Final[dict[tuple[str, str], set[str]]] = {
    ("GET", "/healthz"): EVERYONE,
    ("GET", "/readyz"): EVERYONE,
    ("GET", "/metrics"): EVERYONE,
    ("GET", "/problems"): EVERYONE,
    ("GET", "/problems/{code}"): EVERYONE,
    ("GET", "/v1/reporters/challenge"): EVERYONE,
    ("POST", "/v1/reporters"): EVERYONE,
    ("POST", "/v1/reports"): REPORTERS,
    ("GET", "/v1/reports"): REPORTERS,
    ("GET", "/v1/reports/{report_id}"): {"reporter"},
    ("PATCH", "/v1/reports/{report_id}"): {"reporter"},
    ("DELETE", "/v1/reports/{report_id}"): {"reporter"},
    ("GET", "/v1/reports/{report_id}/decisions"): {"reporter"},
    ("GET", "/v1/reports/{report_id}/findings"): {"reporter"},
    ("GET", "/v1/reports/{report_id}/evidence"): {"reporter"},
    ("POST", "/v1/reports/{report_id}/evidence"): {"reporter"},
    ("GET", "/v1/reports/{report_id}/evidence/{evidence_id}"): {"reporter"},
    ("PATCH", "/v1/reports/{report_id}/evidence/{evidence_id}"): {"reporter"},
    ("DELETE", "/v1/reports/{report_id}/evidence/{evidence_id}"): {"reporter"},
    ("POST", "/v1/reports/{report_id}/uploads"): {"reporter"},
    ("GET", "/v1/reports/{report_id}/uploads/{upload_id}"): {"reporter"},
    ("PATCH", "/v1/reports/{report_id}/uploads/{upload_id}"): {"reporter"},
    ("DELETE", "/v1/reports/{report_id}/uploads/{upload_id}"): {"reporter"},
    ("POST", "/v1/cases"): {"reporter"},  # of one's own reports
    ("GET", "/v1/cases"): REPORTERS,
    ("GET", "/v1/cases/{case_id}"): {"reporter"},
    ("PATCH", "/v1/cases/{case_id}"): {"reporter"},
    ("DELETE", "/v1/cases/{case_id}"): {"reporter"},
    ("POST", "/v1/cases/{case_id}/reports"): {"reporter"},
    ("POST", "/v1/cases/{case_id}/consents"): {"reporter"},
    ("DELETE", "/v1/cases/{case_id}/consents/{channel}"): {"reporter"},
    ("POST", "/v1/cases/{case_id}/filings/{channel}/events"): {"reporter"},
    ("GET", "/v1/cases/{case_id}/packages/{channel}"): {"reporter"},
    ("GET", "/v1/cases/{case_id}/packages/{channel}/fields"): {"reporter"},
    ("GET", "/v1/cases/{case_id}/packages/{channel}/documents/{document}"): {"reporter"},
    ("POST", "/v1/calendars"): REPORTERS,
    ("DELETE", "/v1/calendars"): REPORTERS,
    ("GET", "/v1/calendars/{token}.ics"): EVERYONE,  # who knows its address
    ("POST", "/v1/webhooks"): REPORTERS,
    ("GET", "/v1/webhooks"): REPORTERS,
    ("POST", "/v1/webhooks/{webhook_id}/test"): {"reporter"},
    ("DELETE", "/v1/webhooks/{webhook_id}"): {"reporter"},
    ("POST", "/v1/violations:suggest"): REPORTERS,
    ("POST", "/v1/screens"): REPORTERS,
    ("POST", "/v1/reports:batch"): {"partner"},
    ("GET", "/v1/numbers/{number}"): {"partner"},
    ("POST", "/v1/numbers:lookup"): {"partner"},
    ("GET", "/v1/numbers/{number}/explanation"): {"partner"},
    ("POST", "/v1/numbers/{number}/owner-codes"): EVERYONE,
    ("POST", "/v1/owners"): EVERYONE,
    ("POST", "/v1/disputes"): OWNERS,
    ("GET", "/v1/disputes"): OWNERS,
    ("GET", "/v1/disputes/{dispute_id}"): {"owner"},
    ("PATCH", "/v1/disputes/{dispute_id}"): {"owner"},
    ("DELETE", "/v1/disputes/{dispute_id}"): {"owner"},
    ("POST", "/v1/disputes/{dispute_id}/proofs"): {"owner"},
    ("GET", "/v1/disputes/{dispute_id}/proofs/{proof_id}"): {"owner"},
    ("DELETE", "/v1/disputes/{dispute_id}/proofs/{proof_id}"): {"owner"},
    ("POST", "/v1/disputes:range"): OWNERS,  # who are told that they are no organisation
    ("GET", "/v1/moderation/disputes/{dispute_id}/proofs/{proof_id}"): {"moderator"},
    ("GET", "/v1/me"): REPORTERS | OWNERS,
    ("DELETE", "/v1/me"): REPORTERS | OWNERS,
    ("PUT", "/v1/me/restriction"): REPORTERS | OWNERS,
    ("DELETE", "/v1/me/restriction"): REPORTERS | OWNERS,
    ("GET", "/v1/privacy"): EVERYONE,
    ("GET", "/v1/purges"): {"administrator"},
    ("GET", "/v1/moderation/reviews"): {"moderator"},
    ("GET", "/v1/moderation/numbers/{number}/decisions"): {"moderator"},
    ("POST", "/v1/moderation/numbers/{number}/decisions"): {"moderator"},
    ("GET", "/v1/moderation/disputes"): {"moderator"},
    ("GET", "/v1/moderation/disputes/{dispute_id}"): {"moderator"},
    ("POST", "/v1/moderation/disputes/{dispute_id}/decision"): {"moderator"},
    ("POST", "/v1/exports"): REGULATORS,
    ("GET", "/v1/exports/signing-key"): EVERYONE,
    ("GET", "/v1/exports"): REGULATORS,
    ("GET", "/v1/exports/requests"): {"moderator"},
    ("POST", "/v1/exports/{export_id}/decision"): {"moderator"},
    ("GET", "/v1/exports/{export_id}"): {"regulator"},
    ("DELETE", "/v1/exports/{export_id}"): {"regulator"},
    ("GET", "/v1/exports/{export_id}/manifest"): {"regulator"},
    ("GET", "/v1/exports/{export_id}/files/{name}"): {"regulator"},
    ("POST", "/v1/outcomes"): REGULATORS,
    ("GET", "/v1/log/checkpoint"): EVERYONE,
    ("GET", "/v1/log/checkpoints"): EVERYONE,
    ("GET", "/v1/log/entries"): REGULATORS,
    ("GET", "/v1/log/proof"): REGULATORS,
    ("GET", "/v1/channels"): EVERYONE,
    ("GET", "/v1/figures"): EVERYONE,
    ("GET", "/v1/figures.csv"): EVERYONE,
    ("GET", "/v1/rules"): EVERYONE,
    ("GET", "/v1/violations"): EVERYONE,
    ("GET", "/v1/routing"): EVERYONE,
}

#: Of things that somebody owns.
IDS: Final = (
    "report_id", "evidence_id", "upload_id", "dispute_id", "proof_id", "export_id", "case_id", "webhook_id",
)  # fmt: skip
#: An address that no name has to be looked up for; nothing is sent there.
WEBHOOK: Final = "https://1.1.1.1/hook"
#: Bodies good enough to come as far as the question whose it is, with ids as in paths; all others are sent an empty object.
BODIES: Final[dict[tuple[str, str], dict[str, object]]] = {
    ("POST", "/v1/violations:suggest"): {"narrative": "威胁"},
    ("POST", "/v1/disputes"): {"reason": "other", "statement": "一段足够长的说明文字"},
    ("POST", "/v1/disputes:range"): {"reason": "other", "statement": "一段足够长的说明文字"},
    ("PATCH", "/v1/reports/{report_id}"): {"narrative": "more"},
    ("PATCH", "/v1/reports/{report_id}/evidence/{evidence_id}"): {"caption": "短信截图"},
    ("POST", "/v1/reports/{report_id}/uploads"): {"size": 3},
    ("PATCH", "/v1/disputes/{dispute_id}"): {"statement": "补充一段说明文字，供裁定"},
    ("POST", "/v1/exports/{export_id}/decision"): {"decision": "approved", "reason": "the letter"},
    ("POST", "/v1/cases"): {"report_ids": ["{report_id}"]},
    ("PATCH", "/v1/cases/{case_id}"): {"statement": "更正后的陈述"},
    ("POST", "/v1/cases/{case_id}/reports"): {"report_ids": ["{report_id}"]},
    ("POST", "/v1/cases/{case_id}/consents"): {"channel": "police", "text_version": consent_text.VERSION},
    ("POST", "/v1/cases/{case_id}/filings/{channel}/events"): {"event": "filed"},
    ("POST", "/v1/webhooks"): {"url": WEBHOOK},
    ("POST", "/v1/moderation/disputes/{dispute_id}/decision"): {
        "outcome": "rejected",
        "reason": "已核对录音",
    },
}

DOCUMENT: Final = load_api().openapi()
OPERATIONS: Final = sorted(
    (method.upper(), path) for path, operations in DOCUMENT["paths"].items() for method in operations
)


def is_denied(answer: httpx.Response) -> bool:
    """Whether it was refused for who asked: others' things do not exist."""
    if answer.status_code in (401, 404):
        return True
    if answer.status_code == 422:
        return "report_not_own" in {error["code"] for error in answer.json().get("errors", [])}
    return answer.status_code == 403 and answer.json()["code"] == "missing_scope"


async def keys_of_roles(api: Api) -> dict[str, httpx.AsyncClient]:
    """A client with an API key for each role that has one; each regulator is an agency of its own."""
    clients = {}
    for role, scopes in SCOPES.items():
        bound: dict[str, Any] = {}
        if role in REGULATORS:
            async with api.database.connection() as connection:
                agency_id = await insert_agency(
                    connection, role.replace(" ", "-"), role, rows_per_30_days=10, now=datetime.now(UTC)
                )
            bound = {"agency_id": agency_id, "purpose": "testing"}
        source = "partner" if Scope.REPORTS in scopes else None
        clients[role] = await api.partner(*scopes, source=source, **bound)
    return clients


async def people(api: Api) -> tuple[dict[str, httpx.AsyncClient], dict[str, str]]:
    """New reporters and owners, a stranger, and ids of what belongs to `reporter` and `owner`."""
    clients = {
        "stranger": await api.client(),
        "reporter": await api.reporter(),
        "another reporter": await api.reporter(cluster=2),
        "owner": await api.owner(f"+8619790{uuid4().int % 10**6:06}"),
        "another owner": await api.owner(),
    }
    report = (await clients["reporter"].post("/v1/reports", json=report_body(violations=["threat"]))).json()
    address = f"/v1/reports/{report['report_id']}/evidence"
    evidence = (await clients["reporter"].post(address, files={"file": b"text"})).json()
    uploads = f"/v1/reports/{report['report_id']}/uploads"
    upload = (await clients["reporter"].post(uploads, json={"size": 3})).json()
    body = {"reason": "other", "statement": "一段足够长的说明文字"}
    dispute = (await clients["owner"].post("/v1/disputes", json=body)).json()
    proofs = f"/v1/disputes/{dispute['dispute_id']}/proofs"
    proof = (await clients["owner"].post(proofs, content=PNG)).json()
    own = {
        "report_id": report["report_id"],
        "evidence_id": evidence["evidence_id"],
        "upload_id": upload["upload_id"],
        "dispute_id": dispute["dispute_id"],
        "proof_id": proof["proof_id"],
    }
    return clients, own | await case_of(clients["reporter"], report["report_id"])


async def case_of(reporter: httpx.AsyncClient, report_id: str) -> dict[str, str]:
    """Ids of a case with consent for the police, a webhook and a calendar."""
    case_id = (await reporter.post("/v1/cases", json={"report_ids": [report_id]})).json()["case_id"]
    consent = {"channel": "police", "text_version": consent_text.VERSION}
    assert (await reporter.post(f"/v1/cases/{case_id}/consents", json=consent)).status_code == 201
    webhook = (await reporter.post("/v1/webhooks", json={"url": WEBHOOK})).json()
    path = (await reporter.post("/v1/calendars")).json()["path"]
    token = path.rpartition("/")[2].removesuffix(".ics")
    return {"case_id": case_id, "channel": "police", "webhook_id": webhook["webhook_id"], "token": token}


def body_of(method: str, path: str, ids: dict[str, str]) -> object:
    """What is sent, with the ids that it names."""
    if method == "GET":
        return None
    body: object = orjson.loads(
        re.sub(
            rb'"\{(\w+)\}"',
            lambda name: orjson.dumps(ids[name[1].decode()]),
            orjson.dumps(BODIES.get((method, path), {})),
        )
    )
    return body


async def things_of(api: Api, keys: dict[str, httpx.AsyncClient]) -> dict[str, Any]:
    """Ids of what belongs to keys, and what is nobody's own."""
    body = {"from": "2026-01-01", "to": "2026-02-01"}
    export = (await keys["regulator"].post("/v1/exports", json=body)).json()
    async with api.database.connection() as connection:
        assert await sign_ledger(
            connection, Notary(api.keys.signer(), api.settings.ledger_note), datetime.now(UTC)
        )
    return {
        "export_id": export["export_id"],
        "number": NUMBER,
        "name": "reports.csv",
        "document": "statement.txt",
        "code": "not_found",
    }


def test_the_table_names_every_operation_and_no_other() -> None:
    assert sorted(ALLOWED) == OPERATIONS


async def test_every_role_may_do_what_the_table_says_and_nothing_else(api: Api) -> None:
    api.settings.metrics_dir.mkdir(parents=True)
    keys = await keys_of_roles(api)
    things = await things_of(api, keys)
    unexpected = []
    for method, path in OPERATIONS:
        clients, own = await people(api)
        for role, client in sorted(
            {**clients, **keys}.items(), key=lambda one: one[0] in ALLOWED[method, path]
        ):
            body = body_of(method, path, own)
            answer = await client.request(method, path.format(**things, **own), json=body)
            assert answer.status_code < 500, (method, path, role, answer.text)
            if is_denied(answer) == (role in ALLOWED[method, path]):
                unexpected.append((method, path, role, answer.status_code))
    assert unexpected == []


@pytest.mark.parametrize("token", ["dw_key_nobody", "dw_rep_nobody", "dw_own_nobody", "nobody"])
async def test_a_token_that_nobody_holds_opens_only_what_is_open_to_all(api: Api, token: str) -> None:
    await api.follow()
    nobody = await api.client(token)
    ids = {name: str(uuid4()) for name in IDS}
    for method, path in OPERATIONS:
        wanted = path.format(
            number=NUMBER,
            name="reports.csv",
            document="statement.txt",
            channel="police",
            token="dw_cal_nobody",
            code="not_found",
            **ids,
        )
        body = (body_of(method, path, ids) or report_body()) if method != "GET" else None
        answer = await nobody.request(method, wanted, json=body)
        if ALLOWED[method, path] != EVERYONE:
            assert answer.status_code == 401, (method, path, answer.status_code)
