"""nginx with the shipped configuration, before servers that say what they were asked."""

import http.server
import json
import shutil
import socket
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from benchmarks.ports import free_port
from tests.places import ROOT
from tests.waiting import DEADLINE_SECONDS, wait_for

NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
SHIPPED = ROOT / "deploy/nginx"
MAIN = """
daemon off;
pid {directory}/nginx.pid;
error_log {directory}/main-error.log emerg;
worker_processes 1;
worker_rlimit_nofile 8192;
events {{ worker_connections 4096; }}
http {{
    client_body_temp_path {directory}/body;
    proxy_temp_path {directory}/proxy;
    fastcgi_temp_path {directory}/fastcgi;
    uwsgi_temp_path {directory}/uwsgi;
    scgi_temp_path {directory}/scgi;
    include {directory}/dunwatch-limits.conf;
    server {{
        listen 127.0.0.1:{port};
        include {directory}/dunwatch-server.conf;
    }}
}}
"""


class Backend(http.server.ThreadingHTTPServer):
    """A server that answers with what it was asked, and counts."""

    daemon_threads = True
    request_queue_size = 128
    block_on_close = False

    def __init__(self, name: str, port: int) -> None:
        self.name = name
        self.asked: list[str] = []
        self._connections: list[socket.socket] = []
        super().__init__(("127.0.0.1", port), _Echo)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Remember each connection, to end it with the server."""
        self._connections.append(request)
        super().process_request(request, client_address)

    def end(self) -> None:
        """Be gone, as a process that is killed."""
        self.shutdown()
        self.server_close()
        for connection in self._connections:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of connections that nginx closes."""


class _Echo(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Backend

    def log_message(self, *_arguments: object) -> None:
        """Keep the output of the tests readable."""

    def _answer(self) -> None:
        self.server.asked.append(f"{self.command} {self.path}")
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        told = {
            "name": self.server.name,
            "path": self.path,
            "headers": {name.lower(): value for name, value in self.headers.items()},
            "bytes": len(body),
        }
        content = json.dumps(told).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_PATCH = do_HEAD = _answer  # noqa: N815  names that the library asks for


@dataclass
class Proxy:
    """A running nginx, and what stands behind it."""

    port: int
    directory: Path
    api: Backend
    lookups: Backend

    def logged(self) -> str:
        """Everything that it wrote to its logs."""
        return "".join(file.read_text() for file in self.directory.glob("*.log"))


@contextmanager
def nginx_before(api: int, lookups: int) -> Iterator[tuple[int, Path]]:
    """Run nginx with the shipped files before two ports; yield its port and its directory."""
    assert NGINX is not None
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="dunwatch-test-", ignore_cleanup_errors=True) as name:
        directory = Path(name)
        directory.chmod(0o777)  # its workers are unprivileged
        for file in ("dunwatch-limits.conf", "dunwatch-server.conf"):
            text = (SHIPPED / file).read_text()
            text = text.replace("127.0.0.1:8000", f"127.0.0.1:{api}").replace(
                "127.0.0.1:8001", f"127.0.0.1:{lookups}"
            )
            text = text.replace("map $https ", "map $http_x_tls ")  # a header says whether there is TLS
            (directory / file).write_text(text.replace("/var/log/nginx/", f"{directory}/"))
        configuration = directory / "nginx.conf"
        configuration.write_text(MAIN.format(directory=directory, port=port))
        process = subprocess.Popen([NGINX, "-c", configuration, "-p", directory])
        try:
            wait_for(lambda: process.poll() is not None or (directory / "nginx.pid").exists())
            assert process.poll() is None, "nginx does not start"
            yield port, directory
        finally:
            process.terminate()
            process.wait(DEADLINE_SECONDS)


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    """nginx before two servers that say what they were asked."""
    if NGINX is None:
        pytest.skip("nginx is not installed")
    first, second = free_port(), free_port()
    api, lookups = Backend("api", first), Backend("lookups", second)
    for backend in (api, lookups):
        threading.Thread(target=backend.serve_forever, args=(0.01,), daemon=True).start()
    try:
        with nginx_before(first, second) as (port, directory):
            yield Proxy(port, directory, api, lookups)
    finally:
        for backend in (api, lookups):
            backend.end()
