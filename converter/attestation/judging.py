"""Whether an attestation claims what `release.yml` of the right repository would claim of a release. Pure."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from converter.attestation.claims import Claims
from converter.github import Repository

PROVENANCE = "https://slsa.dev/provenance/v1"
WORKFLOW = ".github/workflows/release.yml"
REF = "refs/heads/main"
GITHUB = "https://github.com"
SELF_HOSTED = "self-hosted"
_RUNNERS = ("github-hosted", SELF_HOSTED)


@dataclass(frozen=True)
class Expected:
    """What an attestation of a release must claim."""

    sha256: str
    """Of its `SHA256SUMS`."""
    repository: Repository
    server: str = GITHUB
    """Where GitHub's pages are."""

    @property
    def home(self) -> str:
        return f"{self.server}/{self.repository}"


@dataclass(frozen=True)
class Fits:
    """It claims what is expected."""

    claims: Claims


@dataclass(frozen=True)
class Differs:
    """It claims something else."""

    claims: Claims
    differences: tuple[str, ...]


def judge(claims: Claims, expected: Expected) -> Fits | Differs:
    """Whether claims are those of `release.yml` on `main` of the repository, about the release."""
    signer = f"{expected.home}/{WORKFLOW}@{REF}"
    wanted = (
        ("predicate", claims.predicate_type, PROVENANCE),
        ("repository", _folded(claims.repository, expected.home), expected.home),
        ("workflow", claims.workflow, WORKFLOW),
        ("ref", claims.ref, REF),
        ("signer", _folded(claims.signer, expected.home), signer),
    )
    found = [f"{what}: found {value or 'none'}, expected {right}" for what, value, right in wanted if value != right]
    if expected.sha256 not in claims.subjects:
        found.append(f"subject: found {_few(claims.subjects)}, expected sha256:{expected.sha256}")
    if not re.fullmatch("[0-9a-f]{40}|[0-9a-f]{64}", claims.commit):
        found.append(f"commit: found {claims.commit or 'none'}, expected 40 or 64 hexadecimal digits")
    if claims.runner not in _RUNNERS:
        found.append(f"runner: found {claims.runner or 'none'}, expected {' or '.join(_RUNNERS)}")
    return Differs(claims, tuple(found)) if found else Fits(claims)


def _folded(found: str, home: str) -> str:
    """`found` with the repository's name as we write it, if it is the same to GitHub, which does not mind its case."""
    begins = found[: len(home)].lower() == home.lower()
    return home + found[len(home) :] if begins else found


def _few(digests: Iterable[str]) -> str:
    shown = [f"sha256:{digest}" for digest in sorted(digests)]
    more = f" and {len(shown) - 3} more" if len(shown) > 3 else ""
    return f"{', '.join(shown[:3]) or 'none'}{more}"
