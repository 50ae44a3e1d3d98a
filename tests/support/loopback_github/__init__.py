"""A stand-in for GitHub's REST API on 127.0.0.1: one repository with issues, settings and attestations.

Purpose: tests write issues, and read settings, of a repository that they can look into and whose requests can fail.

    with LoopbackGitHub() as github:
        github.state.variables["ONNX_REGISTRY_HUB"] = "hf:org/zoo"
        github.faults.arm(Answer(502), On("PATCH"))
        ...  # point a client at github.endpoint
        assert [issue.title for issue in github.state.issues] == [...]

Main types: `LoopbackGitHub` (the server), `GitHubState` (what it holds), `Account` (whose a token is, and what it may).
`statement_of`, `bundle_of` and `packed` make attestations for `GitHubState.add_attestation`; nobody has signed them.
Faults and the log are those of the loopback Hub, whose server it is.

What it is not: it has one repository, knows no organisations, and checks no more of a body than its types.
"""

from tests.support.loopback_github.attestations import COMMIT, bundle_of, packed, statement_of, varint
from tests.support.loopback_github.server import LoopbackGitHub, environment_of
from tests.support.loopback_github.state import (
    ADMIN_TOKEN,
    BLOB_SECRET,
    BOT_TOKEN,
    PLAIN_TOKEN,
    REPOSITORY,
    Account,
    GitHubState,
    StoredComment,
    StoredIssue,
)

__all__ = [
    "ADMIN_TOKEN",
    "BLOB_SECRET",
    "BOT_TOKEN",
    "COMMIT",
    "PLAIN_TOKEN",
    "REPOSITORY",
    "Account",
    "GitHubState",
    "LoopbackGitHub",
    "StoredComment",
    "StoredIssue",
    "bundle_of",
    "environment_of",
    "packed",
    "statement_of",
    "varint",
]
