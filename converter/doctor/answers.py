"""What was asked, and what was said. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Generic, TypeAlias, TypeVar

from converter.github import Environment, Repository, RepositoryFacts, Runner

_Value_co = TypeVar("_Value_co", covariant=True)


@dataclass(frozen=True)
class Told(Generic[_Value_co]):
    """An answer."""

    value: _Value_co


@dataclass(frozen=True)
class Absent:
    """There is no such thing, or it is hidden from who asks."""


@dataclass(frozen=True)
class Untold:
    """Who asks is not told."""

    why: str


@dataclass(frozen=True)
class Silent:
    """The host does not answer."""

    why: str


Answer: TypeAlias = Told[_Value_co] | Absent | Untold | Silent


@dataclass(frozen=True)
class GitHubAnswers:
    """What GitHub says of a repository."""

    repository: Answer[RepositoryFacts]
    variable: Answer[str | None]
    """The repository's `ONNX_REGISTRY_HUB`."""
    environment: Answer[Environment]
    required_checks: Answer[frozenset[str]]
    """Of `main`."""
    fork_approval: Answer[str]
    runners: Answer[tuple[Runner, ...]]
    workflows: Answer[Mapping[str, str]]
    """Path to state."""
    codeowner_errors: Answer[tuple[str, ...]]
    has_label: Answer[bool]


@dataclass(frozen=True)
class Writer:
    """Whose a token of the Hub is, as far as it matters here."""

    name: str
    organisations: frozenset[str]
    role: str
    """`read`, `write` or `fineGrained`."""
    writable: frozenset[str]
    """Names of accounts and repositories that a fine-grained token may write to."""


@dataclass(frozen=True)
class HubAnswers:
    """What the Hugging Face Hub says."""

    main: Answer[str]
    """The commit of the repository's branch `main`."""
    writer: Answer[Writer] | None
    """`None` without a token."""


@dataclass(frozen=True)
class FileAnswers:
    """What lies in the checkout."""

    remote: str | None
    """Address of the git remote `origin`; `None` without one, or where this is no checkout."""
    codeowners: str | None
    """Text of the file; `None` without one."""
    has_licence: bool
    workflows: frozenset[str]
    """Paths of the workflow files."""
    registry_errors: tuple[str, ...]
    """What is wrong with the registry; a line each."""


@dataclass(frozen=True)
class Surroundings:
    """Everything that the checks look at."""

    server: str
    """Where GitHub's pages are, without a slash at its end."""
    repository: Repository | None
    """The one that is meant; `None` if nothing says it."""
    hub: str | None
    """What was meant here by option or variable; `None` for what GitHub's variable says."""
    hub_page: str
    """Where the Hub's pages are."""
    files: FileAnswers
    github: GitHubAnswers | None
    """`None` without a repository."""
    hub_answers: HubAnswers | None
    """`None` without an address of a repository on the Hub."""
