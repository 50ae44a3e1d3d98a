"""Look at the attestations that GitHub has of a release."""

from dataclasses import dataclass
from itertools import islice
from typing import TypeAlias

from converter.attestation.claims import AttestationError, read_claims
from converter.attestation.judging import Differs, Expected, Fits, judge
from converter.errors import ExitCode
from converter.github import Attestations, GitHubError, GitHubUnreachable
from converter.registry import printable

MOST_ATTESTATIONS = 30
"""Each try of a release makes one; nobody needs to read more."""


@dataclass(frozen=True)
class Unreadable:
    """It cannot be read."""

    why: str


Judged: TypeAlias = Fits | Differs | Unreadable


@dataclass(frozen=True)
class Seen:
    """The attestations of one digest."""

    judged: tuple[Judged, ...]
    are_more: bool
    """Whether there are more, which were not looked at."""

    @property
    def exit_code(self) -> ExitCode:
        """One that fits is enough, as it is to `gh`; the others may be of earlier tries."""
        fits = any(isinstance(each, Fits) for each in self.judged)
        return ExitCode.DONE if fits else ExitCode.FAILED


def look(attestations: Attestations, expected: Expected) -> Seen:
    """The attestations that GitHub has of a digest, each with a judgement.

    Raises:
        GitHubUnreachable: GitHub does not answer.
        GitHubError: GitHub refuses to list them, or there is no such repository.
    """
    stored = list(islice(attestations.of(expected.sha256), MOST_ATTESTATIONS + 1))
    judged: list[Judged] = []
    for each in stored[:MOST_ATTESTATIONS]:
        try:
            judged.append(judge(read_claims(attestations.bundle(each)), expected))
        except GitHubUnreachable:
            raise
        except (GitHubError, AttestationError) as error:
            judged.append(Unreadable(printable(str(error))))
    return Seen(tuple(judged), len(stored) > MOST_ATTESTATIONS)
