"""Entries whose weights are on the web, through the real command line and TLS: released, and never a token seen."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.certificates import certificate_for_localhost
from tests.support.command_line import Ran, run
from tests.support.range_server import RangeServer, Reply
from tests.support.registries import write_registry

_TOKEN = "civitaiTokenThatNobodyMaySee"  # noqa: S105  # opens nothing
_SECRET = "queryValueThatNobodyMaySee"  # noqa: S105  # opens nothing
_CIVITAI = "/api/download/models/6266"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return certificate_for_localhost(tmp_path_factory.mktemp("certificate"))


@pytest.fixture
def server(certificate: Path) -> Iterator[RangeServer]:
    with RangeServer(certificate) as server:
        yield server


def _run(server: RangeServer, certificate: Path, *arguments: object, cwd: Path, **variables: str) -> Ran:
    here = {
        "SSL_CERT_FILE": str(certificate),
        "ONNX_REGISTRY_ALLOW_PRIVATE_NETWORK": "1",
        "CIVITAI_ENDPOINT": f"https://localhost:{server.port}",
        "CIVITAI_TOKEN": _TOKEN,
        "CI": "true",
    }
    return run(*arguments, cwd=cwd, variables={**here, **variables})


@pytest.mark.slow  # tests/sources have each of it alone
def test_entries_of_civitai_and_the_web_are_released_and_no_secret_is_seen(
    server: RangeServer, certificate: Path, pico_checkpoint: Path, cache: Path, tmp_path: Path
) -> None:
    data = pico_checkpoint.read_bytes()
    digest = hashlib.sha256(data).hexdigest()
    server.serve("/file", data)
    server.serve(_CIVITAI, b"", *[Reply(307, headers={"Location": f"/file?signature={_SECRET}"})] * 9)
    web = f"https://localhost:{server.port}/file?name={_SECRET}"
    write_registry(
        tmp_path,
        {"name": "one", "source": "civitai://6266?type=Model", "license": "mit", "hash": "cc6cb27103"},
        {"name": "two", "source": web, "license": "mit", "hash": digest},
        {"name": "bad", "source": web, "license": "mit", "sha256": "0" * 64},
        {"name": "odd", "source": web, "license": "mit", "hash": "1" * 64},
    )

    ran = _run(server, certificate, "-v", "release", "--cache", cache, cwd=tmp_path)

    assert ran.code == 1
    assert [line.split()[:2] for line in ran.out.splitlines()] == [["published", "one.v1:"], ["published", "two.v1:"]]
    assert f"has SHA-256 {digest}, expected {'0' * 64}" in ran.err
    assert f"has SHA-256 {digest}, expected {'1' * 64}" in ran.err
    manifest = json.loads((tmp_path / "hub/one.v1/manifest.json").read_bytes())
    assert manifest["sources"][0]["files"][0]["sha256"] == digest
    listed = _run(server, certificate, "cache", "list", "--cache", cache, cwd=tmp_path)
    assert "civitai://6266" in listed.out
    files = [path for folder in ("hub", "build") for path in (tmp_path / folder).rglob("*") if path.is_file()]
    written = [path.read_bytes() for path in files if path.suffix in {".json", ".md", ".txt"}]
    kept = [path.read_bytes() for path in (cache / "downloads").rglob("*.json")]
    seen = b"".join([ran.output.encode(), listed.output.encode(), *written, *kept])
    assert written
    assert kept
    assert (_TOKEN.encode() in seen, _SECRET.encode() in seen) == (False, False)
    assert {asked.headers.get("Authorization") for asked in server.log if asked.path.startswith(_CIVITAI)} == {
        f"Bearer {_TOKEN}"
    }


def test_a_certificate_that_nobody_vouches_for_is_refused(
    server: RangeServer, certificate: Path, tmp_path: Path
) -> None:
    server.serve("/m", b"weights")
    url = f"https://localhost:{server.port}/m?key={_SECRET}"

    ran = _run(server, certificate, "inspect", url, cwd=tmp_path, SSL_CERT_FILE="/dev/null")

    assert ran.code == 1
    assert "the certificate of localhost is not valid" in ran.err
    assert _SECRET not in ran.output
    assert server.log == []


def test_a_certificate_for_another_name_is_refused(server: RangeServer, certificate: Path, tmp_path: Path) -> None:
    server.serve("/m", b"weights")

    ran = _run(server, certificate, "inspect", f"https://127.0.0.1:{server.port}/m", cwd=tmp_path)

    assert ran.code == 1
    assert "the certificate of 127.0.0.1 is not valid" in ran.err


def test_a_private_network_is_refused_unless_it_is_allowed(
    server: RangeServer, certificate: Path, tmp_path: Path
) -> None:
    url = f"https://localhost:{server.port}/m"

    ran = _run(server, certificate, "inspect", url, cwd=tmp_path, ONNX_REGISTRY_ALLOW_PRIVATE_NETWORK="")

    assert ran.code == 1
    assert "is not on the public internet" in ran.err
    assert server.log == []


def test_a_host_that_is_out_of_order_is_exit_code_4(server: RangeServer, certificate: Path, tmp_path: Path) -> None:
    url = f"https://localhost:{server.port}/m"
    server.serve("/m", b"", Reply(503, headers={"Retry-After": "9999"}))

    ran = _run(server, certificate, "inspect", url, cwd=tmp_path)

    assert (ran.code, ran.out) == (4, "")
    assert "asks to wait 9,999 s" in ran.err


def test_a_path_is_refused_in_continuous_integration_unless_it_is_allowed(
    server: RangeServer, certificate: Path, repository: Path
) -> None:
    refused = _run(server, certificate, "convert", "--force", cwd=repository)
    allowed = _run(server, certificate, "convert", "--allow-local", cwd=repository)

    assert refused.code == 1
    assert "paths are refused in continuous integration" in refused.err
    assert allowed.code == 0
