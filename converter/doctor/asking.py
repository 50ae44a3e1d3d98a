"""Getting the answers: from GitHub, from the hub, from the files. Nothing is changed."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from converter.doctor.answers import Absent, Answer, FileAnswers, GitHubAnswers, Silent, Surroundings, Told, Untold
from converter.doctor.asking_files import file_answers
from converter.doctor.asking_hub import hub_answers
from converter.doctor.examination import address_of
from converter.doctor.github_checks import BRANCH, ENVIRONMENT, HUB_VARIABLE
from converter.doctor.hub_checks import repo_id_of
from converter.doctor.pages import repository_of
from converter.errors import ConverterError, ExitCode
from converter.github import (
    GitHub,
    GitHubAccess,
    GitHubMissing,
    Issues,
    Repository,
    RepositoryFacts,
    Settings,
    parse_repository,
)
from converter.request import REQUEST_LABEL
from converter.sources import HubAccess

_Value = TypeVar("_Value")


@dataclass(frozen=True)
class Asking:
    """Who is asked, and about what."""

    root: Path
    """The checkout."""
    registry: Path
    hub: str | None
    """`hf:org/zoo`; `None` for what the repository's variable says."""
    repository: str | None
    """`OWNER/NAME`; `None` for what the git remote says."""
    server: str
    github: GitHubAccess
    hub_access: HubAccess
    hub_page: str


def ask(asking: Asking) -> Surroundings:
    """Everything that the checks look at; what cannot be had is in it as such.

    Raises:
        GitHubSettingError: `repository` is no name of one.
    """
    files = file_answers(asking.root, asking.registry)
    repository = _repository(asking, files)
    github = None if repository is None else _github_answers(GitHub(repository, asking.github), asking.github)
    repo_id = repo_id_of(address_of(asking.hub, github) or "")
    return Surroundings(
        asking.server,
        repository,
        asking.hub,
        asking.hub_page,
        files,
        github,
        None if repo_id is None else hub_answers(repo_id, asking.hub_access),
    )


def answered(question: Callable[[], _Value]) -> Answer[_Value]:
    """What a question gives, or why it gives nothing."""
    try:
        return Told(question())
    except GitHubMissing:
        return Absent()
    except ConverterError as error:
        return Silent(str(error)) if error.exit_code is ExitCode.UNREACHABLE else Untold(str(error))


def _repository(asking: Asking, files: FileAnswers) -> Repository | None:
    if asking.repository is not None:
        return parse_repository(asking.repository)
    return None if files.remote is None else repository_of(files.remote, asking.server)


def _github_answers(github: GitHub, access: GitHubAccess) -> GitHubAnswers:
    settings = Settings(github)
    facts = answered(settings.repository)
    if not isinstance(facts, Told):
        return _nothing(facts)
    return GitHubAnswers(
        facts,
        answered(lambda: settings.variable(HUB_VARIABLE)) if access.token else Untold("a token is needed"),
        answered(lambda: settings.environment(ENVIRONMENT)),
        answered(lambda: settings.required_checks(BRANCH)),
        answered(settings.fork_approval),
        answered(settings.runners),
        answered(settings.workflows),
        answered(settings.codeowner_errors),
        answered(lambda: Issues(github).has_label(REQUEST_LABEL)),
    )


def _nothing(facts: Answer[RepositoryFacts]) -> GitHubAnswers:
    """The rest of who got no answer about the repository itself: asking on would only take time."""
    rest = facts if isinstance(facts, Silent) else Untold("GitHub does not show the repository")
    return GitHubAnswers(facts, rest, rest, rest, rest, rest, rest, rest, rest)
