"""GitHub's REST API, as far as this program talks to it: issues, attestations, and what a repository is set to.

Main types: `GitHubAccess` says how it is reached and `Repository` about what, `GitHub` makes the requests, `Issues`,
`Attestations` and `Settings` give them names and types. Errors are `GitHubError` and what derives from it. The room
decides nothing, reads no environment, and no token gets into a message.
"""

from converter.github.access import GITHUB_API, GitHubAccess, Repository, parse_endpoint, parse_repository
from converter.github.attestations import Attestations, StoredAttestation
from converter.github.client import GitHub
from converter.github.errors import GitHubDenied, GitHubError, GitHubMissing, GitHubSettingError, GitHubUnreachable
from converter.github.issues import Comment, Draft, Issue, Issues, IssueState
from converter.github.own_comment import Kept, keep_comment
from converter.github.settings import (
    AnyBranch,
    Deployers,
    Environment,
    NamedBranches,
    ProtectedBranches,
    RepositoryFacts,
    Runner,
    Settings,
)

__all__ = [
    "GITHUB_API",
    "AnyBranch",
    "Attestations",
    "Comment",
    "Deployers",
    "Draft",
    "Environment",
    "GitHub",
    "GitHubAccess",
    "GitHubDenied",
    "GitHubError",
    "GitHubMissing",
    "GitHubSettingError",
    "GitHubUnreachable",
    "Issue",
    "IssueState",
    "Issues",
    "Kept",
    "NamedBranches",
    "ProtectedBranches",
    "Repository",
    "RepositoryFacts",
    "Runner",
    "Settings",
    "StoredAttestation",
    "keep_comment",
    "parse_endpoint",
    "parse_repository",
]
