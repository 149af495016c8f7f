"""TLS carries and checks the configured name, though the connection goes to a checked address."""

from __future__ import annotations

import shutil
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from faulty_http import ScriptedServer, scripted

from syncd.core.errors import Forbidden, Transient
from syncd_caldav.provider import CalDavProvider

from .conftest import access_to
from .multistatus import PATH, itself, multistatus

NAME = "calendar.invalid"
OPENSSL = shutil.which("openssl")

pytestmark = pytest.mark.skipif(OPENSSL is None, reason="openssl makes the certificate")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for `NAME` that signs itself, with its key in the same folder."""
    folder = tmp_path_factory.mktemp("tls")
    command = [OPENSSL or "", "req", "-x509", "-newkey", "ec", "-pkeyopt"]
    command += ["ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", f"/CN={NAME}"]
    command += ["-addext", f"subjectAltName=DNS:{NAME}", "-keyout", "key.pem", "-out", "cert.pem"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    return folder / "cert.pem"


@pytest.fixture
def secure(certificate: Path) -> Iterator[tuple[ScriptedServer, list[str | None]]]:
    """A server that speaks TLS, and the names that clients asked it for."""
    names: list[str | None] = []
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, certificate.with_name("key.pem"))
    context.sni_callback = lambda _sock, name, _context: names.append(name)
    with scripted(lambda asked: multistatus(itself())) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        yield server, names


def _provider(server: ScriptedServer, host: str, **settings: str) -> CalDavProvider:
    port = server.server_address[1]
    return CalDavProvider(
        access_to(f"https://{host}:{port}{PATH}", allow_private_networks=True, **settings),
        resolve=lambda host, port: ["127.0.0.1"],
    )


def test_a_certificate_for_the_name_is_believed(
    secure: tuple[ScriptedServer, list[str | None]], certificate: Path
) -> None:
    server, names = secure
    provider = _provider(server, NAME, ca_file=str(certificate))

    provider.check()

    assert names == [NAME]
    assert server.asked[0].headers["Host"].startswith(f"{NAME}:")
    provider.close()


@pytest.mark.parametrize("trusted", [True, False])
def test_any_other_certificate_is_not(
    secure: tuple[ScriptedServer, list[str | None]], certificate: Path, *, trusted: bool
) -> None:
    server, _ = secure
    host = "another.invalid" if trusted else NAME
    settings = {"ca_file": str(certificate)} if trusted else {}
    provider = _provider(server, host, **settings)

    with pytest.raises(Transient, match="certificate"):
        provider.check()

    assert server.asked == []
    provider.close()


def test_a_ca_file_that_cannot_be_read_is_said_at_once(tmp_path: Path) -> None:
    empty = tmp_path / "empty.pem"
    empty.touch()
    for path in (empty, tmp_path / "missing.pem"):
        with pytest.raises(Forbidden, match="ca_file"):
            CalDavProvider(access_to(f"https://{NAME}{PATH}", ca_file=str(path)))


def test_plain_http_on_a_tls_port_is_an_outage(
    secure: tuple[ScriptedServer, list[str | None]],
) -> None:
    server, _ = secure

    with pytest.raises(Transient):
        CalDavProvider(access_to(f"http://127.0.0.1:{server.server_address[1]}{PATH}")).check()
