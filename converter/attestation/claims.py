"""What an attestation claims: the in-toto statement of a Sigstore bundle, as GitHub writes it. Pure."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass

from converter.canonical import JsonObject, JsonValue
from converter.errors import ConverterError
from converter.registry import printable

_STATEMENT, _IN_TOTO = "https://in-toto.io/Statement/v1", "application/vnd.in-toto+json"
_MOST_SHOWN = 300


class AttestationError(ConverterError):
    """A bundle is none with an in-toto statement."""


@dataclass(frozen=True)
class Claims:
    """What an attestation says, made printable; a text that it lacks is empty."""

    predicate_type: str
    subjects: frozenset[str]
    """Their SHA-256."""
    repository: str
    """Its page."""
    workflow: str
    """The path of its file."""
    ref: str
    signer: str
    """The workflow that signed: another one than `workflow` where that calls a reusable one."""
    commit: str
    runner: str
    """`self-hosted` or `github-hosted`."""
    run: str
    """The page of the run."""


def read_claims(bundle: JsonObject) -> Claims:
    """What the statement of a Sigstore bundle claims.

    Its form: https://github.com/in-toto/attestation/blob/v1.1.0/spec/v1/statement.md, with what GitHub puts into it:
    https://github.com/actions/toolkit/blob/339447c5d39f05087f1f6ad15798915bb7f23c02/packages/attest/src/provenance.ts

    Raises:
        AttestationError: it has none.
    """
    statement = _statement(_object(bundle, "dsseEnvelope"))
    definition = _object(statement, "predicate", "buildDefinition")
    workflow = _object(definition, "externalParameters", "workflow")
    run = _object(statement, "predicate", "runDetails")
    sources = _objects(definition, "resolvedDependencies")
    return Claims(
        predicate_type=_text(statement, "predicateType"),
        subjects=frozenset(_text(_object(each, "digest"), "sha256") for each in _objects(statement, "subject")) - {""},
        repository=_text(workflow, "repository"),
        workflow=_text(workflow, "path"),
        ref=_text(workflow, "ref"),
        signer=_text(_object(run, "builder"), "id"),
        commit=_text(_object(sources[0], "digest"), "gitCommit") if sources else "",
        runner=_text(_object(definition, "internalParameters", "github"), "runner_environment"),
        run=_text(_object(run, "metadata"), "invocationId"),
    )


def _statement(envelope: JsonObject) -> JsonObject:
    kind = _text(envelope, "payloadType")
    if kind != _IN_TOTO:
        raise _error(f"a payload of type {kind or 'none'}", f"a DSSE envelope with {_IN_TOTO}")
    payload = envelope.get("payload")
    try:
        statement = json.loads(base64.b64decode(payload if isinstance(payload, str) else "", validate=True))
    except (ValueError, RecursionError) as error:  # of both: what is no base64 is a ValueError, too
        raise _error(f"a payload that is none ({type(error).__name__})", "JSON in base64") from error
    found = statement.get("_type") if isinstance(statement, Mapping) else None
    if not isinstance(statement, Mapping) or found != _STATEMENT:
        raise _error("something else in the payload", f"a statement of type {_STATEMENT}")
    return statement


def _error(found: str, expected: str) -> AttestationError:
    return AttestationError(f"bundle: found {found}, expected {expected}; do not trust it")


def _object(parent: JsonObject, *keys: str) -> JsonObject:
    for key in keys:
        found = parent.get(key)
        parent = found if isinstance(found, Mapping) else {}
    return parent


def _objects(parent: JsonObject, key: str) -> list[JsonObject]:
    found: JsonValue = parent.get(key)
    return [each for each in found if isinstance(each, Mapping)] if isinstance(found, list) else []


def _text(parent: JsonObject, key: str) -> str:
    found = parent.get(key)
    return printable(found[:_MOST_SHOWN]) if isinstance(found, str) else ""
