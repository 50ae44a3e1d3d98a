"""Surroundings in which everything is set, to take one thing away from."""

from converter.doctor import Surroundings, Told
from converter.doctor.answers import FileAnswers, GitHubAnswers, HubAnswers, Writer
from converter.doctor.github_checks import WORKFLOWS
from converter.github import Environment, NamedBranches, Repository, RepositoryFacts, Runner

SERVER = "https://github.com"
HOME = f"{SERVER}/acme/zoo-maker"
WRITER = Writer("maintainer", frozenset({"acme"}), "write", frozenset())
FACTS = RepositoryFacts(
    "acme/zoo-maker", is_fork=False, is_template=False, default_branch="main", is_organisation=False
)
FILES = FileAnswers(
    remote="https://github.com/acme/zoo-maker.git",
    codeowners="# everything\n* @jane @acme/models\n",
    has_licence=True,
    workflows=frozenset(WORKFLOWS),
    registry_errors=(),
)
GITHUB = GitHubAnswers(
    repository=Told(FACTS),
    variable=Told("hf:acme/zoo"),
    environment=Told(Environment(NamedBranches(("main",)), 1)),
    required_checks=Told(frozenset({"gate"})),
    fork_approval=Told("all_external_contributors"),
    runners=Told((Runner(frozenset({"self-hosted", "gpu"}), is_online=True),)),
    workflows=Told(dict.fromkeys(WORKFLOWS, "active")),
    codeowner_errors=Told(()),
    has_label=Told(True),
)
HUB = HubAnswers(Told("c0ffee"), Told(WRITER))
ALL_SET = Surroundings(
    server=SERVER,
    repository=Repository("acme", "zoo-maker"),
    hub=None,
    hub_page="https://huggingface.co",
    files=FILES,
    github=GITHUB,
    hub_answers=HUB,
)
