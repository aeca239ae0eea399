"""Everybody who may call the service, and some who may not: each kind of credential, and what belongs to whom."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import uuid4

import requests

from benchmarks.rig import Rig
from service.agencies.store import insert_agency
from service.cases import consent_text
from service.disputes.store import Owner, insert_owner
from service.edge.access import KEY_PREFIX, OWNER_PREFIX, REPORTER_PREFIX, Scope, new_token
from service.edge.api_keys import create_key, revoke_key
from service.edge.person_tokens import issue_token, pseudonym_of
from service.reports.reporters_store import Links, insert_reporter
from service.reports.sources_store import ensure_source
from service.secrets import load_key_ring

NUMBER: Final = "+8619790001234"
OTHER_NUMBER: Final = "+8619790004321"
EXPIRES_AFTER: Final = timedelta(seconds=2)
MESSAGE: Final = "197 9000 1234 来电：再不还款就上门。".encode()
KEY, REPORTER, OWNER = "apiKey", "reporterToken", "ownerToken"
REPORTERS_OWN: Final = frozenset({"report_id", "evidence_id", "upload_id", "case_id", "webhook_id"})
OWNERS_OWN: Final = frozenset({"dispute_id"})
AGENCYS_OWN: Final = frozenset({"export_id"})


@dataclass(frozen=True, slots=True)
class Credential:
    """What somebody shows: the values of `Authorization` headers, what they open by the document, and what is theirs."""

    name: str
    headers: tuple[bytes, ...] = ()
    scheme: str = ""
    scopes: frozenset[str] = frozenset()
    owns: frozenset[str] = frozenset()

    @property
    def token(self) -> str:
        """The token of one that is well-formed."""
        return self.headers[0].decode().removeprefix("Bearer ")


def bearer(name: str, token: str, scheme: str = "", **more: Any) -> Credential:
    """Return a credential with a well-formed header."""
    return Credential(name, (f"Bearer {token}".encode(),), scheme, **more)


def malformed(good: str) -> list[Credential]:
    """Headers that are none: `good` is a token that somebody holds."""
    token = good.encode()
    return [
        Credential("nothing"),
        Credential("an empty header", (b"",)),
        Credential("a scheme alone", (b"Bearer",)),
        Credential("another scheme", (b"Basic " + token,)),
        Credential("a token alone", (token,)),
        Credential("two tokens", (b"Bearer " + token + b" " + token,)),
        Credential("a token cut off", (b"Bearer " + token[:-1],)),
        Credential("a token with more", (b"Bearer " + token + b"A",)),
        Credential("other letters", (b"Bearer " + token.swapcase(),)),
        Credential("bytes that are no text", (b"Bearer \xff\xfe\x80",)),
        Credential("8 KB", (b"Bearer " + token + b"A" * 8192,)),
        Credential("two headers", (b"Bearer " + token, b"Bearer nobody")),
        *(
            bearer(f"an unknown {prefix}", new_token(prefix))
            for prefix in (KEY_PREFIX, REPORTER_PREFIX, OWNER_PREFIX)
        ),
    ]


async def everybody(rigged: Rig) -> list[Credential]:
    """Make everybody who holds something, and return them with those who hold nothing."""
    database = rigged.database()
    try:
        async with database.connection() as connection:
            keys = await _keys(connection)
            people = await _people(connection, rigged)
    finally:
        await database.close()
    good = next(one for one in keys if one.name == "key: lookup")
    reporter = next(one for one in people if one.name == "reporter")
    return [*malformed(good.token), *malformed(reporter.token)[5:11], *keys, *people]


async def _keys(connection: Any) -> list[Credential]:
    now = datetime.now(UTC)
    source = await ensure_source(connection, "partner", weight=1.0)

    async def key(name: str, *scopes: Scope, **more: Any) -> Credential:
        agency_id = await insert_agency(
            connection, f"agency-{uuid4().hex}", name, rows_per_30_days=10**6, now=now
        )
        bound: dict[str, Any] = {
            "source_id": source.source_id,
            "agency_id": agency_id,
            "purpose": "testing",
        }
        key_id, token = await create_key(
            connection, label=name, scopes=scopes, now=now, limit_per_second=10**6, **bound, **more
        )
        if name == "revoked key":
            await revoke_key(connection, key_id, now)
        is_good = name.startswith(("key", "another"))
        names = frozenset(scope.value for scope in scopes) if is_good else frozenset[str]()
        owns = AGENCYS_OWN if name == "key: exports" else frozenset[str]()
        return bearer(name, token, KEY if is_good else "", scopes=names, owns=owns)

    return [
        *[await key(f"key: {scope}", scope) for scope in Scope],
        await key("another agency's key", Scope.EXPORTS),
        await key("expired key", *Scope, expires_at=now + EXPIRES_AFTER),
        await key("revoked key", *Scope),
    ]


async def _people(connection: Any, rigged: Rig) -> list[Credential]:
    keys, now = load_key_ring(rigged.settings.keys_dir), datetime.now(UTC)
    made = []
    for cluster, (name, own) in enumerate((("reporter", REPORTERS_OWN), ("another reporter", frozenset()))):
        token = issue_token(keys, REPORTER_PREFIX)
        await insert_reporter(
            connection, pseudonym_of(keys, token), Links(cluster, None), now, cluster=cluster
        )
        made.append(bearer(name, token, REPORTER, owns=own))
    for name, number, own in (
        ("owner", NUMBER, OWNERS_OWN),
        ("another owner", OTHER_NUMBER, frozenset[str]()),
    ):
        token = issue_token(keys, OWNER_PREFIX)
        await insert_owner(connection, Owner(number, pseudonym_of(keys, token), now))
        made.append(bearer(name, token, OWNER, owns=own))
    return made


def belongings(url: str, everyone: Mapping[str, Credential]) -> dict[str, str]:
    """Make something of each kind that somebody owns; return the values of paths."""

    def post(who: str, path: str, **what: Any) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {everyone[who].token}"}
        answer = requests.post(url + path, headers=headers, timeout=60, **what)
        answer.raise_for_status()
        made: dict[str, Any] = answer.json()
        return made

    report = {"number": NUMBER, "occurred_at": "2026-03-01T12:00:00+08:00", "violations": ["threat"]}
    report_id = post("reporter", "/v1/reports", json=report)["report_id"]
    evidence = post("reporter", f"/v1/reports/{report_id}/evidence", files={"file": ("a.txt", MESSAGE)})
    upload = post("reporter", f"/v1/reports/{report_id}/uploads", json={"size": 9})
    case_id = post("reporter", "/v1/cases", json={"report_ids": [report_id]})["case_id"]
    consent = {"channel": "police", "text_version": consent_text.VERSION}
    post("reporter", f"/v1/cases/{case_id}/consents", json=consent)
    calendar = post("reporter", "/v1/calendars")["path"]
    statement = {"reason": "other", "statement": "一段足够长的说明文字"}
    period = {"from": "2026-03-01", "to": "2026-03-02"}
    return {
        "report_id": report_id,
        "evidence_id": evidence["evidence_id"],
        "upload_id": upload["upload_id"],
        "case_id": case_id,
        "webhook_id": post("reporter", "/v1/webhooks", json={"url": "https://1.1.1.1/hook"})["webhook_id"],
        "dispute_id": post("owner", "/v1/disputes", json=statement)["dispute_id"],
        "export_id": post("key: exports", "/v1/exports", json=period)["export_id"],
        "token": calendar.rpartition("/")[2].removesuffix(".ics"),
        "number": NUMBER,
        "channel": "police",
        "name": "reports.csv",
        "code": "not_found",
    }
