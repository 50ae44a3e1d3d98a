"""Who may publish without a stored token: jobs, the publishers that a repository trusts, and tokens made for them."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Job:
    """A job of a workflow, as GitHub sees it."""

    repository: str
    ref: str
    workflow: str
    """The name of its file."""

    def claims(self) -> dict[str, object]:
        """What GitHub says about it: https://docs.github.com/en/actions/reference/security/oidc."""
        return {
            "iss": "https://token.actions.githubusercontent.com",
            "repository": self.repository,
            "ref": self.ref,
            "workflow_ref": f"{self.repository}/.github/workflows/{self.workflow}@{self.ref}",
        }


@dataclass(frozen=True)
class Publisher:
    """What the settings of a Hub repository say: this workflow of that repository may write."""

    repository: str
    branch: str
    workflow: str

    def trusts(self, claims: Mapping[str, object]) -> bool:
        """Whether each claim is exactly what the settings say."""
        job = Job(self.repository, f"refs/heads/{self.branch}", self.workflow)
        return all(claims.get(name) == value for name, value in job.claims().items())


@dataclass(frozen=True)
class Minted:
    """A token that was given for an identity."""

    repo_id: str
    """All that it may write."""
    until_s: float
