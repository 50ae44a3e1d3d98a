"""What the server holds: a repository, and who may do what to it."""

import threading
from dataclasses import dataclass, field

REPOSITORY = "acme/zoo-maker"
ADMIN_TOKEN, BOT_TOKEN, PLAIN_TOKEN = "gho_admin", "ghs_workflow", "gho_stranger"
BOT = "github-actions[bot]"
BLOB_SECRET = "a-secret-of-some-minutes"  # noqa: S105  # of addresses here


@dataclass(frozen=True)
class Account:
    """Whose a token is."""

    login: str
    may: frozenset[str]
    """`issues` (write), `variables` and `admin` (read)."""
    is_app: bool = False
    """Whether `/user` is refused, as it is to the token of a workflow."""


@dataclass
class StoredComment:
    id: int
    author: str
    body: str


@dataclass
class StoredIssue:
    number: int
    author: str
    title: str
    body: str | None
    labels: list[str]
    state: str = "open"
    state_reason: str | None = None
    is_pull_request: bool = False
    comments: list[StoredComment] = field(default_factory=list)


@dataclass
class GitHubState:
    """Mutable; routes hold `lock`. The defaults are a repository just made from a template, with nothing set."""

    endpoint: str = ""
    page_size: int = 100
    """Items of a listing before the client has to follow a `Link`, whatever it asks for."""
    accounts: dict[str, Account] = field(
        default_factory=lambda: {
            ADMIN_TOKEN: Account("maintainer", frozenset({"issues", "variables", "admin"})),
            BOT_TOKEN: Account(BOT, frozenset({"issues"}), is_app=True),
            PLAIN_TOKEN: Account("stranger", frozenset()),
        }
    )
    facts: dict[str, object] = field(
        default_factory=lambda: {
            "full_name": REPOSITORY,
            "fork": False,
            "is_template": False,
            "default_branch": "main",
            "owner": {"login": "acme", "type": "User"},
        }
    )
    issues: list[StoredIssue] = field(default_factory=list)
    labels: set[str] = field(default_factory=set)
    variables: dict[str, str] = field(default_factory=dict)
    organization_variables: dict[str, str] | None = None
    """None for a repository that belongs to a person."""
    environments: dict[str, dict[str, object]] = field(default_factory=dict)
    branch_policies: list[str] = field(default_factory=list)
    """Of every environment."""
    rules: list[dict[str, object]] = field(default_factory=list)
    """Of branch `main`."""
    protection: dict[str, object] = field(default_factory=lambda: {"enabled": False})
    """Of branch `main`."""
    approval_policy: str = "first_time_contributors"
    runners: list[dict[str, object]] = field(default_factory=list)
    workflows: dict[str, str] = field(default_factory=dict)
    """Path to state."""
    codeowner_errors: list[dict[str, object]] = field(default_factory=list)
    attestations: dict[str, list[dict[str, object]]] = field(default_factory=dict)
    """SHA-256 of a subject to its attestations, as they are listed."""
    blobs: dict[str, bytes] = field(default_factory=dict)
    """What is kept at addresses of its own, which are not asked for with a token."""
    lock: threading.RLock = field(default_factory=threading.RLock)

    def add_issue(
        self, author: str, title: str, body: str | None, *labels: str, pull_request: bool = False
    ) -> StoredIssue:
        """An issue, as if somebody had opened it."""
        number = len(self.issues) + 1
        issue = StoredIssue(number, author, title, body, list(labels), is_pull_request=pull_request)
        self.issues.append(issue)
        return issue

    def add_comment(self, issue: StoredIssue, author: str, body: str) -> StoredComment:
        """A comment, as if somebody had written it."""
        comment = StoredComment(1000 + sum(len(each.comments) for each in self.issues), author, body)
        issue.comments.append(comment)
        return comment

    def add_attestation(self, sha256: str, packed: bytes) -> str:
        """An attestation whose bundle is kept elsewhere, as GitHub has it since July 2026; the address."""
        path = f"/blobs/{len(self.blobs)}.json.sn"
        self.blobs[path] = packed
        url = f"{self.endpoint}{path}?sig={BLOB_SECRET}"
        self.attestations.setdefault(sha256, []).append({"repository_id": 1, "bundle": None, "bundle_url": url})
        return url
