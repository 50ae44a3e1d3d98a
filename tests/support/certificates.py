"""Certificates for servers on loopback."""

import shutil
import subprocess
from pathlib import Path

import pytest


def certificate_for_localhost(folder: Path) -> Path:
    """A fresh self-signed certificate with its key in one file; a client trusts it that has it as SSL_CERT_FILE."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed, and the standard library makes no certificates")
    key, certificate, both = folder / "key.pem", folder / "certificate.pem", folder / "both.pem"
    subject = ("-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-days", "2")
    algorithm = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
    subprocess.run(
        ["openssl", "req", "-x509", *algorithm, "-keyout", key, "-out", certificate, *subject],
        check=True,
        capture_output=True,
    )
    both.write_bytes(certificate.read_bytes() + key.read_bytes())
    return both
