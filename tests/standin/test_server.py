from __future__ import annotations

import http.client
import ipaddress
import json
import ssl
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from dlt_action.standin import Fault, Server, serve
from tests.standin.desk import BEARER, Desk


@pytest.fixture
def desk() -> Desk:
    return Desk(["success"])


@pytest.fixture
def server(desk: Desk) -> Iterator[Server]:
    with serve(desk.workspace) as served:
        yield served


def connect(server: Server) -> http.client.HTTPConnection:
    return http.client.HTTPConnection(server.url.removeprefix("http://"), timeout=5)


def test_one_connection_serves_many_requests(desk: Desk, server: Server) -> None:
    with closing(connect(server)) as connection:
        connection.connect()
        kept = connection.sock
        for _ in range(3):
            connection.request("GET", desk.path("success"), headers=BEARER)
            answer = connection.getresponse()
            assert json.loads(answer.read())["name"] == "success"
            assert answer.version == 11
            assert connection.sock is kept


def test_an_answer_has_one_date_and_it_is_the_workspaces(
    desk: Desk, server: Server
) -> None:
    desk.now -= 86_400
    with closing(connect(server)) as connection:
        connection.request("GET", desk.path("success"), headers=BEARER)
        answer = connection.getresponse()
        answer.read()
    assert answer.headers.get_all("date") == ["Sun, 20 Sep 2026 14:13:20 GMT"]
    assert answer.headers.get_all("server") == ["databricks"]


def test_a_workspace_without_a_date_sends_none() -> None:
    desk = Desk(["success"], dated=False)
    with serve(desk.workspace) as served, closing(connect(served)) as connection:
        connection.request("GET", desk.path("success"), headers=BEARER)
        answer = connection.getresponse()
        answer.read()
    assert answer.headers.get_all("date") is None


def test_query_and_body_arrive_as_they_were_sent(desk: Desk, server: Server) -> None:
    with closing(connect(server)) as connection:
        path = desk.path("success", "/updates")
        body = b'{"full_refresh":true}'
        connection.request("POST", f"{path}?a=1%20%3D&a=2&b=", body, BEARER)
        connection.getresponse().read()
    seen = desk.workspace.requests[0]
    assert (seen.method, seen.path, seen.body) == ("POST", path, body)
    assert seen.query == (("a", "1 ="), ("a", "2"), ("b", ""))


def test_a_dropped_request_gets_no_answer(desk: Desk, server: Server) -> None:
    fault = Fault(method="GET", path_pattern="", drop=True)
    desk.workspace.faults.append(fault)
    with closing(connect(server)) as connection:
        connection.request("GET", desk.path("success"), headers=BEARER)
        with pytest.raises(http.client.RemoteDisconnected):
            connection.getresponse()


def test_a_fault_may_promise_more_than_it_sends(desk: Desk, server: Server) -> None:
    headers = {"content-length": "100", "connection": "close"}
    fault = Fault(method="GET", path_pattern="", headers=headers, body=b"{")
    desk.workspace.faults.append(fault)
    with closing(connect(server)) as connection:
        connection.request("GET", desk.path("success"), headers=BEARER)
        with pytest.raises(http.client.IncompleteRead):
            connection.getresponse().read()


def test_a_closed_server_answers_nobody(desk: Desk) -> None:
    served = serve(desk.workspace)
    served.close()
    with closing(connect(served)) as connection, pytest.raises(ConnectionRefusedError):
        connection.request("GET", desk.path("success"), headers=BEARER)


def test_a_defect_of_ours_is_reported(
    server: Server, desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    fault = Fault(method="GET", path_pattern="(")
    desk.workspace.faults.append(fault)
    with closing(connect(server)) as connection:
        connection.request("GET", desk.path("success"), headers=BEARER)
        with pytest.raises(http.client.RemoteDisconnected):
            connection.getresponse()
    assert "missing )" in capsys.readouterr().err


def certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1 and its key, as PEM files."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "stand-in")])
    now = datetime.now(UTC)
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    secret = key.private_bytes(
        pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    cert_file, key_file = folder / "cert.pem", folder / "key.pem"
    cert_file.write_bytes(made.public_bytes(pem))
    key_file.write_bytes(secret)
    return cert_file, key_file


def test_with_a_certificate_it_speaks_https(desk: Desk, tmp_path: Path) -> None:
    cert, key = certificate(tmp_path)
    with serve(desk.workspace, cert=cert, key=key) as served:
        address = served.url.removeprefix("https://")
        context = ssl.create_default_context(cafile=str(cert))
        with closing(
            http.client.HTTPSConnection(address, timeout=5, context=context)
        ) as connection:
            connection.request("GET", "/.well-known/databricks-config")
            found = json.loads(connection.getresponse().read())
    assert found["oidc_endpoint"] == f"{served.url}/oidc"


def test_a_client_that_speaks_no_tls_keeps_nobody_else_waiting(
    desk: Desk, tmp_path: Path
) -> None:
    cert, key = certificate(tmp_path)
    with serve(desk.workspace, cert=cert, key=key) as served:
        address = served.url.removeprefix("https://")
        context = ssl.create_default_context(cafile=str(cert))
        silent = http.client.HTTPConnection(address, timeout=5)
        with (
            closing(silent),
            closing(
                http.client.HTTPSConnection(address, timeout=5, context=context)
            ) as connection,
        ):
            silent.connect()
            connection.request("GET", desk.path("success"), headers=BEARER)
            assert connection.getresponse().read()
