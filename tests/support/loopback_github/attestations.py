"""Attestations as `actions/attest` makes them, but for the signature, and packed as GitHub keeps them."""

import base64
import json

from tests.support.loopback_github.state import REPOSITORY

COMMIT = "c0ffee" * 6 + "beef"
SIGNED = ".github/workflows/release.yml@refs/heads/main"


def statement_of(
    *sha256: str,
    repository: str = REPOSITORY,
    signed: str = SIGNED,
    signer: str | None = None,
    runner: str = "self-hosted",
    predicate_type: str = "https://slsa.dev/provenance/v1",
) -> dict[str, object]:
    """The in-toto statement about files with these digests.

    https://github.com/actions/toolkit/blob/339447c5d39f05087f1f6ad15798915bb7f23c02/packages/attest/src/provenance.ts
    """
    home = f"https://github.com/{repository}"
    path, _, ref = signed.partition("@")
    build = {
        "buildType": "https://actions.github.io/buildtypes/workflow/v1",
        "externalParameters": {"workflow": {"ref": ref, "repository": home, "path": path}},
        "internalParameters": {
            "github": {
                "event_name": "push",
                "repository_id": "1",
                "repository_owner_id": "2",
                "runner_environment": runner,
            }
        },
        "resolvedDependencies": [{"uri": f"git+{home}@{ref}", "digest": {"gitCommit": COMMIT}}],
    }
    run = {
        "builder": {"id": f"https://github.com/{signer or f'{repository}/{signed}'}"},
        "metadata": {"invocationId": f"{home}/actions/runs/7/attempts/1"},
    }
    return {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": "SHA256SUMS", "digest": {"sha256": each}} for each in sha256],
        "predicateType": predicate_type,
        "predicate": {"buildDefinition": build, "runDetails": run},
    }


def bundle_of(statement: object) -> dict[str, object]:
    """The Sigstore bundle of a statement; bytes are taken for the payload as they are."""
    payload = statement if isinstance(statement, bytes) else json.dumps(statement).encode()
    return {
        "mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json",
        "verificationMaterial": {"certificate": {"rawBytes": ""}, "tlogEntries": []},
        "dsseEnvelope": {
            "payload": base64.b64encode(payload).decode(),
            "payloadType": "application/vnd.in-toto+json",
            "signatures": [{"sig": ""}],
        },
    }


def packed(content: object) -> bytes:
    """JSON, or bytes as they are, as a Snappy block of literals only."""
    data = content if isinstance(content, bytes) else json.dumps(content).encode()
    literals = [data[start : start + 65_536] for start in range(0, len(data), 65_536)]
    return varint(len(data)) + b"".join(b"\xf4" + (len(each) - 1).to_bytes(2, "little") + each for each in literals)


def varint(number: int) -> bytes:
    """A number in groups of seven bits, the lowest first."""
    groups = [number >> shift & 0x7F for shift in range(0, max(1, number.bit_length()), 7)]
    return bytes([*(group | 0x80 for group in groups[:-1]), groups[-1]])
