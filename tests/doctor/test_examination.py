"""Every check: what is right, what is missing and where to click, what is not known and why."""

from dataclasses import replace

import pytest

from converter.doctor import (
    Answer,
    Check,
    Missing,
    NoAnswer,
    NotKnown,
    Ok,
    Silent,
    Surroundings,
    Told,
    Untold,
    Verdict,
    examine,
    exit_code_of_examination,
)
from converter.doctor.answers import Absent, FileAnswers, GitHubAnswers, HubAnswers
from converter.doctor.github_checks import WORKFLOWS
from converter.errors import ExitCode
from converter.github import AnyBranch, Environment, NamedBranches, ProtectedBranches, Runner
from tests.support.doctor_answers import ALL_SET, FACTS, FILES, GITHUB, HOME, HUB, WRITER

CPU = Runner(frozenset({"self-hosted"}), is_online=True)
ASLEEP = Runner(frozenset({"gpu"}), is_online=False)
ACTIVE = dict.fromkeys(WORKFLOWS, "active")


def verdict(around: Surroundings, title: str) -> Verdict:
    (found,) = [check.verdict for check in examine(around) if check.title == title]
    return found


def of_github(**answers: object) -> Surroundings:
    return replace(ALL_SET, github=replace(GITHUB, **answers))  # type: ignore[arg-type]


def of_files(**answers: object) -> Surroundings:
    return replace(ALL_SET, files=replace(FILES, **answers))  # type: ignore[arg-type]


def of_hub(**answers: object) -> Surroundings:
    return replace(ALL_SET, hub_answers=replace(HUB, **answers))  # type: ignore[arg-type]


def test_when_all_is_set_only_the_trusted_publisher_is_not_known() -> None:
    checks = list(examine(ALL_SET))
    others = [check.title for check in checks if not isinstance(check.verdict, Ok)]
    assert others == ["trusted publisher"]
    assert exit_code_of_examination(checks) is ExitCode.DONE


def test_the_claims_of_the_trusted_publisher_are_there_to_copy() -> None:
    found = verdict(ALL_SET, "trusted publisher")
    assert isinstance(found, NotKnown)
    assert "repository acme/zoo-maker, branch main, workflow release.yml" in found.text
    assert found.where == "https://huggingface.co/acme/zoo/settings"


@pytest.mark.parametrize(
    ("title", "around", "text", "where"),
    [
        ("repository", of_github(repository=Absent()), "shows no repository acme/zoo-maker", "https://github.com/new"),
        ("repository", of_github(repository=Told(replace(FACTS, is_fork=True))), "is a fork", HOME),
        ("repository", of_github(repository=Told(replace(FACTS, is_template=True))), "Use this", f"{HOME}/generate"),
        (
            "repository",
            of_github(repository=Told(replace(FACTS, default_branch="trunk"))),
            "trunk, expected main",
            f"{HOME}/settings/branches",
        ),
        (
            "repository",
            of_github(repository=Told(replace(FACTS, full_name="acme/other"))),
            "called acme/other now",
            "git remote set-url origin https://github.com/acme/other",
        ),
        (
            "variable ONNX_REGISTRY_HUB",
            of_github(variable=Told(None)),
            "not set",
            f"{HOME}/settings/variables/actions/new",
        ),
        (
            "variable ONNX_REGISTRY_HUB",
            replace(ALL_SET, hub="hf:acme/other"),
            "found hf:acme/zoo there and hf:acme/other here",
            f"{HOME}/settings/variables/actions",
        ),
        ("environment release", of_github(environment=Absent()), "there is none", f"{HOME}/settings/environments/new"),
        (
            "environment release",
            of_github(environment=Told(Environment(AnyBranch(), 0))),
            "any branch may deploy",
            f"{HOME}/settings/environments",
        ),
        (
            "environment release",
            of_github(environment=Told(Environment(NamedBranches(("main", "v*")), 0))),
            "main, v*, expected main alone",
            f"{HOME}/settings/environments",
        ),
        (
            "required check",
            of_github(required_checks=Told(frozenset({"lint"}))),
            "without the check `gate` (found: lint)",
            f"{HOME}/settings/rules/new?target=branch",
        ),
        ("required check", of_github(required_checks=Absent()), "no branch main", f"{HOME}/branches"),
        (
            "approval of outside pull requests",
            of_github(fork_approval=Told("first_time_contributors")),
            "all external contributors",
            f"{HOME}/settings/actions",
        ),
        ("label request", of_github(has_label=Told(False)), "make `request`", f"{HOME}/labels"),
        ("workflows", of_files(workflows=frozenset(WORKFLOWS[1:])), "not in this checkout", f"{HOME}/actions"),
        ("workflows", of_github(workflows=Told({})), "GitHub does not know", f"{HOME}/actions"),
        (
            "workflows",
            of_github(workflows=Told({**ACTIVE, ".github/workflows/release.yml": "disabled_inactivity"})),
            "release.yml is disabled_inactivity",
            f"{HOME}/actions/workflows/release.yml",
        ),
        (
            "runner",
            of_github(runners=Told((CPU,))),
            "none of the repository's own",
            f"{HOME}/settings/actions/runners/new",
        ),
        ("runner", of_github(runners=Told((ASLEEP,))), "none of 1", f"{HOME}/settings/actions/runners"),
        ("CODEOWNERS", of_files(codeowners=None), "there is no", f"{HOME}/edit/main/.github/CODEOWNERS"),
        ("CODEOWNERS", of_files(codeowners="* @your-name\n"), "@your-name, which is nobody", "CODEOWNERS"),
        ("CODEOWNERS", of_files(codeowners="* @jane\n/x @your-org/team"), "@your-org/team", "CODEOWNERS"),
        ("CODEOWNERS", of_files(codeowners="# * @jane\n*\n"), "names nobody", "CODEOWNERS"),
        (
            "CODEOWNERS",
            of_github(codeowner_errors=Told(("Unknown owner: @jnae",))),
            "Unknown owner: @jnae",
            "CODEOWNERS",
        ),
        ("hub", of_github(variable=Told("file:hub")), "runners forget every folder", "https://huggingface.co/new"),
        (
            "hub",
            of_github(variable=Told("hf:zoo")),
            "expected hf:ORGANISATION/REPOSITORY",
            "https://huggingface.co/new",
        ),
        ("hub", of_hub(main=Absent()), "no model repository acme/zoo", "https://huggingface.co/new"),
        ("hub", of_hub(main=Untold("401"), writer=None), "to everybody", "https://huggingface.co/new"),
        ("HF_TOKEN", of_hub(writer=Untold("401")), "it is set, but 401", "https://huggingface.co/settings/tokens"),
        ("HF_TOKEN", of_hub(writer=Told(replace(WRITER, role="read"))), "may only read", "/settings/tokens"),
        ("HF_TOKEN", of_hub(writer=Told(replace(WRITER, role="fineGrained"))), "may not write", "/settings/tokens"),
        ("HF_TOKEN", of_hub(writer=Told(replace(WRITER, organisations=frozenset()))), "does not belong", "/tokens"),
        ("registry", of_files(registry_errors=("a: wrong", "b: too")), "a: wrong and 1 more", "registry validate"),
        ("licence", of_files(has_licence=False), "no file LICENSE", "LICENSE"),
    ],
)
def test_what_is_not_set_is_missing_with_the_page_to_set_it_on(
    title: str, around: Surroundings, text: str, where: str
) -> None:
    found = verdict(around, title)
    assert isinstance(found, Missing)
    assert text in found.text
    assert found.where.endswith(where)
    assert exit_code_of_examination(examine(around)) is ExitCode.FAILED


@pytest.mark.parametrize(
    ("title", "around", "text"),
    [
        ("environment release", of_github(environment=Told(Environment(ProtectedBranches(), 0))), "nobody is asked"),
        ("environment release", ALL_SET, "main only; 1 required reviewer"),
        ("runner", of_github(runners=Told((CPU, ASLEEP, Runner(frozenset({"gpu"}), is_online=True)))), "1 of 2"),
        ("HF_TOKEN", of_hub(writer=Told(replace(WRITER, name="acme", organisations=frozenset()))), "may write to acme"),
        (
            "HF_TOKEN",
            of_hub(writer=Told(replace(WRITER, role="fineGrained", writable=frozenset({"acme/zoo"})))),
            "may write to acme/zoo",
        ),
        ("CODEOWNERS", ALL_SET, "@acme/models, @jane"),
        ("variable ONNX_REGISTRY_HUB", replace(ALL_SET, hub="hf:acme/zoo"), "hf:acme/zoo"),
    ],
)
def test_other_ways_to_have_it_set_are_ok_too(title: str, around: Surroundings, text: str) -> None:
    found = verdict(around, title)
    assert isinstance(found, Ok)
    assert text in found.text


@pytest.mark.parametrize(
    ("title", "around"),
    [
        ("variable ONNX_REGISTRY_HUB", of_github(variable=Untold("403"))),
        ("environment release", of_github(environment=Untold("403"))),
        ("required check", of_github(required_checks=Untold("403"))),
        ("approval of outside pull requests", of_github(fork_approval=Untold("403"))),
        ("approval of outside pull requests", of_github(fork_approval=Absent())),
        ("runner", of_github(runners=Untold("403"))),
        (
            "runner",
            of_github(runners=Told(()), repository=Told(replace(FACTS, is_organisation=True))),
        ),
        ("workflows", of_github(workflows=Absent())),
        ("hub", of_hub(main=Untold("403"))),
        ("HF_TOKEN", of_hub(writer=None)),
    ],
)
def test_what_github_or_the_hub_keeps_to_itself_is_not_known_and_no_failure(title: str, around: Surroundings) -> None:
    found = verdict(around, title)
    assert isinstance(found, NotKnown)
    assert found.where.startswith("https://")
    assert exit_code_of_examination(examine(around)) is ExitCode.DONE


def test_the_way_to_the_variable_is_said_even_when_its_value_is_not_told() -> None:
    found = verdict(of_github(variable=Untold("403")), "variable ONNX_REGISTRY_HUB")
    assert isinstance(found, NotKnown)
    assert "gh variable get ONNX_REGISTRY_HUB" in found.text


def all_silent() -> Surroundings:
    silent: Answer[object] = Silent("no answer")
    fields = GitHubAnswers.__dataclass_fields__
    github = GitHubAnswers(**dict.fromkeys(fields, silent))  # type: ignore[arg-type]
    hub = HubAnswers(Silent("no answer"), Silent("no answer"))
    return replace(ALL_SET, github=github, hub_answers=hub, hub="hf:acme/zoo")


def test_hosts_that_do_not_answer_are_exit_code_4_unless_something_is_missing() -> None:
    around = all_silent()
    silent = [check for check in examine(around) if isinstance(check.verdict, NoAnswer)]
    assert len(silent) == 10
    assert exit_code_of_examination(examine(around)) is ExitCode.UNREACHABLE
    assert (
        exit_code_of_examination(examine(replace(around, files=replace(FILES, has_licence=False)))) is ExitCode.FAILED
    )


def test_without_a_repository_its_settings_are_not_known_and_the_rest_is_checked() -> None:
    files: FileAnswers = replace(FILES, remote=None)
    around = replace(ALL_SET, repository=None, github=None, hub="hf:acme/zoo", files=files)
    checks = list(examine(around))
    assert isinstance(verdict(around, "checkout"), Missing)
    assert sum(isinstance(check.verdict, NotKnown) for check in checks) == 9
    assert isinstance(verdict(around, "hub"), Ok)
    assert isinstance(verdict(around, "CODEOWNERS"), Ok)


def test_the_address_of_a_remote_elsewhere_is_not_shown() -> None:
    around = replace(of_files(remote="https://jane:secret@git.example/x/y"), repository=None, github=None)
    found = verdict(around, "checkout")
    assert isinstance(found, Missing)
    assert "is not at https://github.com" in found.text
    assert "secret" not in found.text


def test_the_checks_are_the_same_ones_whatever_is_known() -> None:
    def titles(around: Surroundings) -> list[str]:
        return [check.title for check in examine(around)]

    assert (
        titles(ALL_SET) == titles(all_silent()) == titles(replace(ALL_SET, repository=None, github=None, hub="hf:a/b"))
    )
    assert all(isinstance(check, Check) for check in examine(ALL_SET))
