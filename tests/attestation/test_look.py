"""Looking at what GitHub has: one that fits is enough, and none or only others are a failure."""

import pytest

from converter.attestation import MOST_ATTESTATIONS, Differs, Expected, Fits, Seen, Unreadable, look
from converter.errors import ExitCode
from converter.github import Attestations, GitHubUnreachable, Repository
from tests.support.fixtures_github import Clients
from tests.support.loopback_github import LoopbackGitHub, bundle_of, packed, statement_of
from tests.support.loopback_hub import Answer, On

DIGEST = "ab" * 32
GOOD = packed(bundle_of(statement_of(DIGEST)))
OTHER = packed(bundle_of(statement_of(DIGEST, signed=".github/workflows/ci.yml@refs/heads/main")))


def seen(clients: Clients) -> Seen:
    return look(Attestations(clients.of(None)), Expected(DIGEST, Repository("acme", "zoo-maker")))


@pytest.mark.parametrize(
    ("blobs", "kinds", "code"),
    [
        ([GOOD], [Fits], ExitCode.DONE),
        ([OTHER, GOOD], [Differs, Fits], ExitCode.DONE),
        ([b"broken", GOOD], [Unreadable, Fits], ExitCode.DONE),
        ([packed({}), packed(b"{")], [Unreadable, Unreadable], ExitCode.FAILED),
        ([OTHER], [Differs], ExitCode.FAILED),
        ([], [], ExitCode.FAILED),
    ],
)
def test_each_is_judged_and_one_that_fits_is_enough(
    loopback_github: LoopbackGitHub, clients: Clients, blobs: list[bytes], kinds: list[type], code: ExitCode
) -> None:
    for blob in blobs:
        loopback_github.state.add_attestation(DIGEST, blob)
    found = seen(clients)
    assert ([type(each) for each in found.judged], found.exit_code) == (kinds, code)


def test_an_attestation_of_another_file_does_not_fit_wherever_it_is_listed(
    loopback_github: LoopbackGitHub, clients: Clients
) -> None:
    loopback_github.state.add_attestation(DIGEST, packed(bundle_of(statement_of("01" * 32))))
    (other,) = seen(clients).judged
    assert isinstance(other, Differs)
    assert other.differences == (f"subject: found sha256:{'01' * 32}, expected sha256:{DIGEST}",)


def test_more_than_anybody_needs_are_not_looked_at(loopback_github: LoopbackGitHub, clients: Clients) -> None:
    for _ in range(MOST_ATTESTATIONS + 1):
        loopback_github.state.add_attestation(DIGEST, GOOD)
    found = seen(clients)
    assert (len(found.judged), found.are_more) == (MOST_ATTESTATIONS, True)
    assert len([each for each in loopback_github.log if each.path.startswith("/blobs/")]) == MOST_ATTESTATIONS


def test_a_host_that_does_not_answer_is_no_judgement(loopback_github: LoopbackGitHub, clients: Clients) -> None:
    loopback_github.state.add_attestation(DIGEST, GOOD)
    loopback_github.faults.arm(Answer(500), On(path="/blobs/", times=100))
    with pytest.raises(GitHubUnreachable):
        seen(clients)
