"""The shipped configuration of nginx, with nginx where it is installed."""

import re
import socket
import subprocess
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from service.settings import Settings
from tests.deploy.conftest import NGINX, SHIPPED, Proxy
from tests.waiting import DEADLINE_SECONDS, wait_for

NUMBER = "19790001234"
LOOKUP = f"/v1/numbers/{NUMBER}"
KEY = {"Authorization": "Bearer x"}
#: The addresses whose bodies may be large, and how large.
BATCHES = {
    "/v1/reports:batch": 8 * 1024**2,
    "/v1/numbers:lookup": 8 * 1024**2,
    "/v1/outcomes": 8 * 1024**2,
}
LARGE = BATCHES | {"/v1/reports/1/evidence": 201 * 1024**2, "/v1/reports/1/uploads/2": 201 * 1024**2}
CONNECTIONS = 1100
needs_nginx = pytest.mark.skipif(NGINX is None, reason="nginx is not installed")


def ask(
    proxy: Proxy,
    path: str,
    *,
    method: str = "GET",
    content: bytes = b"",
    headers: dict[str, str] | None = None,
) -> httpx.Response:
    """Ask through the proxy."""
    return httpx.request(
        method,
        f"http://127.0.0.1:{proxy.port}{path}",
        content=content,
        headers=headers,
        timeout=DEADLINE_SECONDS,
    )


@pytest.mark.parametrize(
    ("method", "path", "name"),
    [
        ("GET", LOOKUP, "lookups"),
        ("GET", "/v1/numbers/%2B8619790001234?format=plain&lang=en", "lookups"),
        ("GET", "/v1/numbers/197%209000%201234", "lookups"),
        ("GET", f"{LOOKUP}/explanation", "api"),
        ("POST", f"{LOOKUP}/owner-codes", "api"),
        ("POST", "/v1/reports", "api"),
        ("GET", "/docs", "api"),
        ("GET", "/readyz", "api"),
    ],
)
def test_each_request_goes_to_its_process_with_its_path_as_it_was(
    proxy: Proxy, method: str, path: str, name: str
) -> None:
    told = ask(proxy, path, method=method).json()
    assert (told["name"], told["path"]) == (name, path)


def test_who_asks_is_what_the_proxy_saw_not_what_the_client_says(proxy: Proxy) -> None:
    forged = {
        "X-Forwarded-For": "9.9.9.9",
        "Forwarded": "for=9.9.9.9",
        "X-Real-IP": "9.9.9.9",
        "Connection": "close",
    }
    for path in (LOOKUP, "/v1/reports/x"):
        headers = ask(proxy, path, headers=forged).json()["headers"]
        assert headers["x-forwarded-for"] == "127.0.0.1"
        assert "forwarded" not in headers
        assert "connection" not in headers


@pytest.mark.parametrize(
    ("path", "fits", "too_large"),
    [
        ("/v1/reports", 64 * 1024, 64 * 1024 + 1),
        (LOOKUP, 1024, 1025),
        *((path, size, size + 1) for path, size in BATCHES.items()),
        *((path, 26 * 1024**2, size + 1) for path, size in LARGE.items() if path not in BATCHES),
    ],
)
def test_a_body_has_the_size_that_the_service_takes(
    proxy: Proxy, path: str, fits: int, too_large: int
) -> None:
    assert ask(proxy, path, method="POST", content=bytes(fits), headers=KEY).json()["bytes"] == fits
    refused = ask(proxy, path, method="POST", content=bytes(too_large), headers=KEY)
    assert (refused.status_code, refused.json()["code"]) == (413, "body_too_large")
    assert refused.headers["content-type"] == "application/problem+json"
    assert "retry-after" not in refused.headers


def test_sizes_are_those_of_the_settings() -> None:
    shipped = (SHIPPED / "dunwatch-server.conf").read_text()
    fields = Settings.model_fields
    assert f"client_max_body_size        {fields['max_body_bytes'].default // 1024}k;" in shipped
    assert f"client_max_body_size {fields['max_batch_bytes'].default // 1024**2}m;" in shipped
    assert f"client_max_body_size {fields['evidence_max_video_bytes'].default // 1024**2 + 1}m;" in shipped


def test_look_ups_go_to_the_api_while_their_process_is_away(proxy: Proxy) -> None:
    assert ask(proxy, LOOKUP).json()["name"] == "lookups"
    proxy.lookups.end()
    for _ in range(3):
        assert ask(proxy, LOOKUP).json()["name"] == "api"


def test_without_the_service_there_is_a_problem_that_says_to_come_again(proxy: Proxy) -> None:
    for backend in (proxy.api, proxy.lookups):
        backend.end()
    for path in (LOOKUP, "/v1/reports/1"):
        refused = ask(proxy, path)
        assert refused.status_code == refused.json()["status"] == 502
        assert refused.json()["code"] == "service_unavailable"
        assert refused.headers["retry-after"] == "2"


def test_connections_of_one_address_are_bounded_and_do_not_hinder_another(proxy: Proxy) -> None:
    slow = b"POST /v1/reports HTTP/1.1\r\nHost: x\r\nContent-Length: 60000\r\n\r\n{"
    with ExitStack() as stack:
        held = []
        for _ in range(CONNECTIONS):
            connection = stack.enter_context(
                socket.create_connection(("127.0.0.1", proxy.port), timeout=DEADLINE_SECONDS)
            )
            connection.sendall(slow)
            held.append(connection)
        refused = held[-1].recv(4096)
        assert b" 429 " in refused.partition(b"\r\n")[0]
        assert b"too_many_requests" in refused
        transport = httpx.HTTPTransport(local_address="127.0.0.2")
        with httpx.Client(
            transport=transport, base_url=f"http://127.0.0.1:{proxy.port}", timeout=DEADLINE_SECONDS
        ) as other:
            for _ in range(20):
                assert other.get(LOOKUP).status_code == 200
    assert proxy.api.asked == [], "a body that is not whole does not reach the service"


def test_a_flood_of_requests_is_refused_and_look_ups_are_not_counted_in_it(proxy: Proxy) -> None:
    with httpx.Client(base_url=f"http://127.0.0.1:{proxy.port}", timeout=DEADLINE_SECONDS) as client:
        with ThreadPoolExecutor(8) as crowd:
            statuses = list(crowd.map(lambda _: client.get("/v1/cases/1").status_code, range(1000)))
        assert set(statuses) == {200, 429}
        assert {client.get(LOOKUP).status_code for _ in range(50)} == {200}


@pytest.mark.parametrize("path", LARGE)
@pytest.mark.parametrize("key", ["", "Authorization: \r\n"], ids=["none", "empty"])
def test_a_large_body_without_a_key_is_refused_before_it_is_there(proxy: Proxy, path: str, key: str) -> None:
    header = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {LARGE[path]}\r\n{key}\r\n"
    with socket.create_connection(("127.0.0.1", proxy.port), timeout=DEADLINE_SECONDS) as connection:
        connection.sendall(header.encode() + b"{")
        answer = connection.recv(4096).decode()
    assert answer.startswith("HTTP/1.1 401 ")
    assert "WWW-Authenticate: Bearer\r\n" in answer
    assert "application/problem+json" in answer
    assert '"code":"missing_key"' in answer
    assert "Retry-After" not in answer
    assert proxy.api.asked == []
    assert list((proxy.directory / "body").rglob("*.*")) == []


@pytest.mark.parametrize("path", LARGE)
def test_a_large_body_is_handed_on_as_it_comes(proxy: Proxy, path: str) -> None:
    """The service looks at the key first, before the rest has come."""
    header = (
        f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {LARGE[path]}\r\nAuthorization: Bearer x\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", proxy.port), timeout=DEADLINE_SECONDS) as connection:
        connection.sendall(header.encode() + bytes(100_000))
        wait_for(lambda: proxy.api.asked == [f"POST {path}"])


@pytest.mark.parametrize(
    "path",
    ["/metrics", "/metrics%0A", "/metrics%0a%0a", "/metrics%0D", "/metrics/", "/metrics/x", "/metrics?x", "/%6detrics",
     "/metrics%3Fx", "/metrics;x", "/./metrics", "/v1/../metrics", "/v1/..%2fmetrics", "//metrics%0A", "/metrics%20",
     "/metrics%E2%80%A8", "/metrics%ff", "/metrics%7f", "/metrics%23"],
)  # fmt: skip
def test_metrics_are_not_for_the_public(proxy: Proxy, path: str) -> None:
    with socket.create_connection(
        ("127.0.0.1", proxy.port), timeout=DEADLINE_SECONDS
    ) as connection:  # httpx would write it anew
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        answer = connection.recv(4096).decode()
    assert answer.startswith("HTTP/1.1 404 "), answer
    assert '"code":"not_found"' in answer
    assert proxy.api.asked == []


@pytest.mark.parametrize("character", ["%00", "%01", "%09", "%0A", "%0d", "%1f", "%7F"])
@pytest.mark.parametrize("path", [LOOKUP, "/v1/outcomes", "/v1/reports/1/evidence", "/docs", "/"])
def test_no_address_with_a_control_character_is_handed_on(proxy: Proxy, path: str, character: str) -> None:
    for spelled in (path + character, path[:2] + character + path[2:]):
        assert ask(proxy, spelled, headers=KEY).status_code == (400 if character == "%00" else 404)
    assert proxy.api.asked == proxy.lookups.asked == []


def test_every_answer_over_tls_asks_for_tls(proxy: Proxy) -> None:
    for path, status in ((LOOKUP, 200), ("/docs", 200), ("/metrics", 404), ("/v1/outcomes", 401)):
        for tls, told in (("on", "max-age=31536000"), ("", None)):
            answer = ask(proxy, path, headers={"X-TLS": tls})
            assert answer.status_code == status
            assert answer.headers.get("Strict-Transport-Security") == told


def test_no_number_and_no_address_gets_into_a_log(proxy: Proxy) -> None:
    for path in (
        LOOKUP,
        f"{LOOKUP}/explanation",
        f"/%ff/{NUMBER}",
        f"/v1/{NUMBER}?q={NUMBER}",
        f"/..%2f{NUMBER}",
    ):
        ask(proxy, path, headers={"Referer": f"http://x/{NUMBER}", "User-Agent": NUMBER})
    ask(proxy, f"/v1/reports?{NUMBER}", method="POST", content=bytes(70_000))
    with socket.create_connection(("127.0.0.1", proxy.port), timeout=DEADLINE_SECONDS) as broken:
        broken.sendall(f"GET {LOOKUP} HTTP/9.9\r\nHost: {NUMBER}\r\n\r\n".encode())
        broken.recv(4096)
    for backend in (proxy.api, proxy.lookups):
        backend.end()
    ask(proxy, LOOKUP)
    wait_for(lambda: "GET lookup 502" in proxy.logged())  # it is written after the answer
    logged = proxy.logged()
    assert "GET lookup 200" in logged
    assert NUMBER not in logged
    assert not re.search(r"127\.0\.0\.\d", logged)


@needs_nginx
def test_nginx_accepts_the_server_with_tls(tmp_path: Path) -> None:
    assert NGINX is not None
    _certificate(tmp_path)
    text = (SHIPPED / "dunwatch.conf").read_text().replace("/etc/ssl/dunwatch/", f"{tmp_path}/")
    (tmp_path / "dunwatch.conf").write_text(text.replace("/var/log/nginx/", f"{tmp_path}/"))
    (tmp_path / "snippets").mkdir()
    server = (SHIPPED / "dunwatch-server.conf").read_text().replace("/var/log/nginx/", f"{tmp_path}/")
    (tmp_path / "snippets/dunwatch-server.conf").write_text(server)
    main = tmp_path / "nginx.conf"
    main.write_text(
        f"pid {tmp_path}/pid; error_log {tmp_path}/error.log; events {{}}\n"
        f"http {{ include {SHIPPED}/dunwatch-limits.conf; include {tmp_path}/dunwatch.conf; }}\n"
    )
    tried = subprocess.run([NGINX, "-t", "-c", main], check=False, capture_output=True, text=True)
    assert tried.returncode == 0, tried.stderr


def _certificate(directory: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "dunwatch.example.org")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    (directory / "fullchain.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (directory / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
