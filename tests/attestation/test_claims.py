"""What a bundle claims, and bundles that are none."""

import base64
import json
from typing import Any

import pytest

from converter.attestation import AttestationError, Claims, read_claims
from converter.errors import ExitCode
from tests.support.hostile_text import HOSTILE
from tests.support.loopback_github import COMMIT, bundle_of, statement_of

DIGEST = "ab" * 32
STATEMENT: dict[str, Any] = statement_of(DIGEST)


def with_payload(payload: object, **envelope: object) -> dict[str, Any]:
    return {"dsseEnvelope": {"payloadType": "application/vnd.in-toto+json", "payload": payload, **envelope}}


def test_a_statement_of_github_says_who_made_it_of_what() -> None:
    assert read_claims(bundle_of(STATEMENT)) == Claims(
        predicate_type="https://slsa.dev/provenance/v1",
        subjects=frozenset({DIGEST}),
        repository="https://github.com/acme/zoo-maker",
        workflow=".github/workflows/release.yml",
        ref="refs/heads/main",
        signer="https://github.com/acme/zoo-maker/.github/workflows/release.yml@refs/heads/main",
        commit=COMMIT,
        runner="self-hosted",
        run="https://github.com/acme/zoo-maker/actions/runs/7/attempts/1",
    )


def test_every_subject_is_seen() -> None:
    assert read_claims(bundle_of(statement_of("01" * 32, DIGEST))).subjects == {"01" * 32, DIGEST}


@pytest.mark.parametrize("predicate", [None, [], "x", {}, {"buildDefinition": []}, {"runDetails": {"builder": 1}}])
def test_what_is_not_said_is_empty(predicate: object) -> None:
    claims = read_claims(bundle_of({**STATEMENT, "predicate": predicate, "subject": [1, {"digest": {"sha512": "x"}}]}))
    assert (claims.repository, claims.workflow, claims.commit, claims.subjects) == ("", "", "", frozenset())


@pytest.mark.parametrize(
    ("bundle", "found"),
    [
        ({}, "a payload of type none"),
        ({"dsseEnvelope": []}, "a payload of type none"),
        ({"messageSignature": {}}, "a payload of type none"),
        (with_payload("e30=", payloadType="text/x\n::error::y"), r"a payload of type text/x\\n::error::y"),
        (with_payload(None), r"a payload that is none \(JSONDecodeError\)"),
        (with_payload({}), r"a payload that is none \(JSONDecodeError\)"),
        (with_payload("not base64!"), r"a payload that is none \(Error\)"),
        (with_payload("e!30="), r"a payload that is none \(Error\)"),
        (with_payload("ä"), r"a payload that is none \(ValueError\)"),
        (bundle_of(b"not JSON"), r"a payload that is none \(JSONDecodeError\)"),
        (bundle_of(b"\xff"), r"a payload that is none \(UnicodeDecodeError\)"),
        (bundle_of(b'{"a":' * 100_000), r"a payload that is none \(RecursionError\)"),
        (bundle_of(b"1" * 10_000), r"a payload that is none \(ValueError\)"),
        (bundle_of([]), "something else in the payload"),
        (bundle_of({**STATEMENT, "_type": "https://in-toto.io/Statement/v9"}), "something else in the payload"),
        (bundle_of({**STATEMENT, "_type": {}}), "something else in the payload"),
    ],
)
def test_a_bundle_without_a_statement_is_one_error(bundle: dict[str, Any], found: str) -> None:
    with pytest.raises(AttestationError, match=f"^bundle: found {found}, expected .*; do not trust it$") as caught:
        read_claims(bundle)
    assert caught.value.exit_code is ExitCode.FAILED


@pytest.mark.parametrize("text", [*HOSTILE, "\ud800", "x" * 1000])
def test_text_of_a_stranger_is_made_printable_and_short(text: str) -> None:
    payload = json.dumps(STATEMENT).replace('"self-hosted"', json.dumps(text))
    runner = read_claims(with_payload(base64.b64encode(payload.encode()).decode())).runner
    assert runner.isprintable()
    assert runner
    assert len(runner) <= max(300, 10 * len(text))
