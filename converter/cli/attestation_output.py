"""What `verify --attestation` prints."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, assert_never

from converter.canonical import JsonObject
from converter.cli.output import note, say
from converter.registry import printable

if TYPE_CHECKING:
    from converter.attestation import Claims, Judged, Seen
    from converter.cli.verify_attestation import Attested

_NOT_CHECKED = "The signature is not checked here, so these are claims and no proof. What checks it:"


def print_attested(found: Attested) -> None:
    """Say what is attested, and that nothing of it was checked here."""
    expected, seen = found.expected, found.seen
    count = f"{len(seen.judged)}{' and more' if seen.are_more else ''}"
    about = f"of SHA256SUMS (sha256:{expected.sha256}) in {expected.repository}"
    if not seen.judged:
        note(
            f"found no attestation {about}, expected one by {_workflow()}; was it made by another repository "
            "(--repository), without attestations, or in a private one that GITHUB_TOKEN does not show?"
        )
        return
    say(f"{count} attestation{'' if count == '1' else 's'} {about}")
    for number, each in enumerate(seen.judged, start=1):
        _print(number, each)
    for line in (_NOT_CHECKED, *(f"  {command}" for command in found.commands), *_worth(seen)):
        say(printable(line))


def attested_as_json(found: Attested) -> JsonObject:
    """The same for scripts."""
    return {
        "repository": str(found.expected.repository),
        "sha256": found.expected.sha256,
        "fits": not found.seen.exit_code,
        "attestations": [_object(each) for each in found.seen.judged],
        "are_more": found.seen.are_more,
        "signature_checked": False,
        "commands": list(found.commands),
    }


def _print(number: int, each: Judged) -> None:
    from converter.attestation import Differs, Fits, Unreadable

    match each:
        case Fits(claims):
            say(f"{number}: claims what is expected")
            _print_claims(claims)
        case Differs(claims, differences):
            note(f"{number}: claims something else: {'; '.join(differences)}")
            _print_claims(claims)
        case Unreadable(why):
            note(f"{number}: cannot be read: {why}")
        case _:
            assert_never(each)


def _print_claims(claims: Claims) -> None:
    for name, value in (
        ("predicate", claims.predicate_type),
        ("workflow", f"{claims.workflow}@{claims.ref} of {claims.repository}"),
        ("commit", claims.commit),
        ("runner", claims.runner),
        ("run", claims.run),
    ):
        say(f"   {name:<9}  {value or 'not said'}")


def _worth(seen: Seen) -> list[str]:
    from converter.attestation import Fits, worth

    fitting = [each.claims for each in seen.judged if isinstance(each, Fits)]
    return list(dict.fromkeys(f"What it is worth then: {worth(claims)}" for claims in fitting))


def _workflow() -> str:
    from converter.attestation import REF, WORKFLOW

    return f"{WORKFLOW}@{REF}"


def _object(each: Judged) -> JsonObject:
    from converter.attestation import Differs, Fits, Unreadable, worth

    match each:
        case Fits(claims):
            return {"verdict": "fits", "claims": _claims(claims), "worth": worth(claims)}
        case Differs(claims, differences):
            return {"verdict": "differs", "claims": _claims(claims), "differences": list(differences)}
        case Unreadable(why):
            return {"verdict": "unreadable", "why": why}
    assert_never(each)


def _claims(claims: Claims) -> JsonObject:
    return {**asdict(claims), "subjects": sorted(claims.subjects)}
