"""All checks in the order in which a person sets things. Pure."""

from collections.abc import Iterable, Iterator

from converter.doctor import file_checks, github_checks
from converter.doctor.answers import GitHubAnswers, Surroundings, Told, Untold
from converter.doctor.hub_checks import hub_checks
from converter.doctor.pages import Pages
from converter.doctor.verdicts import Check, Missing, NoAnswer
from converter.errors import ExitCode
from converter.request import REQUEST_LABEL

_GITHUB_CHECKS = (
    "repository",
    f"variable {github_checks.HUB_VARIABLE}",
    f"environment {github_checks.ENVIRONMENT}",
    "required check",
    "approval of outside pull requests",
    f"label {REQUEST_LABEL}",
    "workflows",
    "runner",
)


def examine(around: Surroundings) -> Iterator[Check]:
    """A verdict on each setting."""
    files, github = around.files, around.github
    pages = Pages(around.server, around.repository) if around.repository is not None else None
    yield Check("checkout", file_checks.checkout(around))
    if github is None or pages is None:
        yield from (Check(title, file_checks.without_repository()) for title in _GITHUB_CHECKS)
        errors = Untold("no repository")
        yield Check("CODEOWNERS", file_checks.codeowners(files.codeowners, errors, pages))
    else:
        yield from _of_github(around, github, pages)
        yield Check("CODEOWNERS", file_checks.codeowners(files.codeowners, github.codeowner_errors, pages))
    yield from hub_checks(around, address_of(around.hub, github))
    yield Check("registry", file_checks.registry(files.registry_errors))
    yield Check("licence", file_checks.licence(has_licence=files.has_licence))


def address_of(here: str | None, github: GitHubAnswers | None) -> str | None:
    """The hub that is meant: by who asks, or else by the repository's variable."""
    if here is not None or github is None:
        return here
    return github.variable.value or None if isinstance(github.variable, Told) else None


def exit_code_of_examination(checks: Iterable[Check]) -> ExitCode:
    """What is missing counts more than a missing answer; what is not known counts nothing."""
    kinds = {type(check.verdict) for check in checks}
    if Missing in kinds:
        return ExitCode.FAILED
    return ExitCode.UNREACHABLE if NoAnswer in kinds else ExitCode.DONE


def _of_github(around: Surroundings, said: GitHubAnswers, pages: Pages) -> Iterator[Check]:
    verdicts = (
        github_checks.repository(said.repository, pages),
        github_checks.variable(said.variable, around, pages),
        github_checks.environment(said.environment, pages),
        github_checks.required_check(said.required_checks, pages),
        github_checks.fork_approval(said.fork_approval, pages),
        github_checks.request_label(said.has_label, pages),
        github_checks.workflows(said.workflows, around.files.workflows, pages),
        github_checks.runner(said.runners, said.repository, pages),
    )
    yield from (Check(title, verdict) for title, verdict in zip(_GITHUB_CHECKS, verdicts, strict=True))
