"""What a repository is set to, as far as GitHub tells who asks."""

from dataclasses import dataclass
from typing import TypeAlias

from converter.canonical import JsonObject
from converter.github.client import GitHub
from converter.github.errors import GitHubMissing
from converter.github.reading import flag_at, object_at, object_in, objects_at, objects_in, text_at

_METADATA, _ACTIONS, _ADMIN = "Metadata: read", "Actions: read", "Administration: read"


@dataclass(frozen=True)
class RepositoryFacts:
    """What the page of a repository says of it."""

    full_name: str
    is_fork: bool
    is_template: bool
    default_branch: str
    is_organisation: bool
    """Whether it belongs to one."""


@dataclass(frozen=True)
class AnyBranch:
    """Every branch may deploy to an environment."""


@dataclass(frozen=True)
class ProtectedBranches:
    """Those may that a branch protection is for."""


@dataclass(frozen=True)
class NamedBranches:
    """Those may that a rule names."""

    patterns: tuple[str, ...]


Deployers: TypeAlias = AnyBranch | ProtectedBranches | NamedBranches


@dataclass(frozen=True)
class Environment:
    """An environment of a repository."""

    deployers: Deployers
    reviewers: int
    """How many people or teams are asked; one of them is enough."""


@dataclass(frozen=True)
class Runner:
    """A self-hosted runner of a repository."""

    labels: frozenset[str]
    is_online: bool


class Settings:
    """The settings of a repository. Every method raises `GitHubError`; `GitHubMissing` if there is no such thing."""

    def __init__(self, github: GitHub) -> None:
        """Nothing is asked yet."""
        self._github = github

    def repository(self) -> RepositoryFacts:
        """The repository itself."""
        found = self._object("~", "looking at it", _METADATA)
        return RepositoryFacts(
            text_at(found, "full_name"),
            flag_at(found, "fork"),
            flag_at(found, "is_template"),
            text_at(found, "default_branch"),
            text_at(object_at(found, "owner"), "type") == "Organization",
        )

    def variable(self, name: str) -> str | None:
        """A variable of Actions, of the repository or else of its organisation; `None` if neither has it.

        They are listed and not asked for by name: of a name, "not there" and "not for you" are the same answer.
        """
        own = self._variables("~/actions/variables")
        if name in own:
            return own[name]
        try:
            return self._variables("~/actions/organization-variables").get(name)
        except GitHubMissing:
            return None  # it belongs to a person

    def environment(self, name: str) -> Environment:
        """An environment with the branches that may deploy to it."""
        path = f"~/environments/{name}"
        found = self._object(path, f"reading environment {name}", _ACTIONS)
        policy = object_at(found, "deployment_branch_policy")
        rules = [
            rule for rule in objects_at(found, "protection_rules") if text_at(rule, "type") == "required_reviewers"
        ]
        reviewers = sum(len(list(objects_at(rule, "reviewers"))) for rule in rules)
        if flag_at(policy, "protected_branches"):
            return Environment(ProtectedBranches(), reviewers)
        if not flag_at(policy, "custom_branch_policies"):
            return Environment(AnyBranch(), reviewers)
        return Environment(NamedBranches(tuple(self._patterns(path))), reviewers)

    def required_checks(self, branch: str) -> frozenset[str]:
        """The checks without which nothing is merged into a branch, by rulesets and by branch protection."""
        checks: set[str] = set()
        for page in self._github.pages(f"~/rules/branches/{branch}", {}, f"reading the rules of {branch}", _METADATA):
            for rule in objects_in(page, "rules"):
                if text_at(rule, "type") == "required_status_checks":
                    checks |= _contexts(object_at(rule, "parameters"), "required_status_checks")
        found = self._object(f"~/branches/{branch}", f"reading branch {branch}", "Contents: read")
        protected = object_at(object_at(found, "protection"), "required_status_checks")
        return frozenset(checks | _contexts(protected, "checks"))

    def fork_approval(self) -> str:
        """Whose pull requests wait for an approval before anything runs, in GitHub's word for it."""
        path = "~/actions/permissions/fork-pr-contributor-approval"
        return text_at(self._object(path, "reading who needs an approval", _ADMIN), "approval_policy")

    def runners(self) -> tuple[Runner, ...]:
        """The self-hosted runners of the repository itself; those of its organisation are not told."""
        pages = self._github.pages("~/actions/runners", {}, "listing the runners", _ADMIN)
        return tuple(_runner(each) for page in pages for each in objects_at(object_in(page, "runners"), "runners"))

    def workflows(self) -> dict[str, str]:
        """The state of each workflow by its path; `active` is one that runs."""
        pages = self._github.pages("~/actions/workflows", {}, "listing the workflows", _ACTIONS)
        listed = [each for page in pages for each in objects_at(object_in(page, "workflows"), "workflows")]
        return {text_at(each, "path"): text_at(each, "state") for each in listed}

    def codeowner_errors(self) -> tuple[str, ...]:
        """What GitHub finds wrong with CODEOWNERS, such as somebody that it does not know; empty without the file."""
        try:
            found = self._object("~/codeowners/errors", "reading the errors of CODEOWNERS", "Contents: read")
        except GitHubMissing:
            return ()
        return tuple(
            f"{text_at(each, 'kind')}: {text_at(each, 'source').strip()}" for each in objects_at(found, "errors")
        )

    def _variables(self, path: str) -> dict[str, str]:
        pages = self._github.pages(path, {"per_page": "30"}, "reading the variables", "Variables: read")
        listed = [each for page in pages for each in objects_at(object_in(page, "variables"), "variables")]
        return {text_at(each, "name"): text_at(each, "value") for each in listed}

    def _patterns(self, path: str) -> list[str]:
        pages = self._github.pages(f"{path}/deployment-branch-policies", {}, "reading its branch rules", _ACTIONS)
        listed = [each for page in pages for each in objects_at(object_in(page, "rules"), "branch_policies")]
        return [text_at(each, "name") for each in listed]

    def _object(self, path: str, what: str, permission: str) -> JsonObject:
        return object_in(self._github.get(path, what, permission), what)


def _contexts(parent: JsonObject, key: str) -> set[str]:
    return {text_at(each, "context") for each in objects_at(parent, key)}


def _runner(item: JsonObject) -> Runner:
    labels = frozenset(text_at(label, "name").lower() for label in objects_at(item, "labels"))
    return Runner(labels, text_at(item, "status") == "online")
