"""Fixtures: a web server with TLS on loopback, and a command line that trusts it."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.certificates import certificate_for_localhost
from tests.support.command_line import Ran, run
from tests.support.range_server import RangeServer


@dataclass(frozen=True)
class SecureWeb:
    """A server that is both Civitai and any other host."""

    server: RangeServer
    certificate: Path

    @property
    def url(self) -> str:
        return f"https://localhost:{self.server.port}"

    def run(self, *arguments: object, cwd: Path, **variables: str) -> Ran:
        """Run a command in whose eyes the server is trustworthy, and Civitai."""
        here = {
            "SSL_CERT_FILE": str(self.certificate),
            "ONNX_REGISTRY_ALLOW_PRIVATE_NETWORK": "1",
            "CIVITAI_ENDPOINT": self.url,
        }
        return run(*arguments, cwd=cwd, variables={**here, **variables})


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return certificate_for_localhost(tmp_path_factory.mktemp("certificate"))


@pytest.fixture
def secure_web(certificate: Path) -> Iterator[SecureWeb]:
    with RangeServer(certificate) as server:
        yield SecureWeb(server, certificate)
