"""Issues on a loopback GitHub: once for each fault, whenever a run is killed."""

from dataclasses import replace

import pytest

from converter.audit import Audited, PublishedFault, Sound
from converter.github import GitHubError, Issues
from converter.release import ProblemKind
from converter.tickets import LABEL, Audit, file
from tests.support.fixtures_github import Clients
from tests.support.loopback_github import ADMIN_TOKEN, LoopbackGitHub
from tests.support.loopback_hub import Answer, On

ONE = PublishedFault("pico.v1", ProblemKind.MISSING, "unet/weights.pb", "missing")
OTHER = PublishedFault("pico.v2", ProblemKind.SIZE, "README.md", "too long")
HEALTHY = Sound("nano.v1", 5, 100)


def filed(clients: Clients, *found: Audited) -> list[str]:
    audit = Audit("hf:org/zoo", found, with_links=True)
    return [f"{type(each.step).__name__} {each.number}" for each in file(audit, Issues(clients.of()))]


def test_the_life_of_a_fault(loopback_github: LoopbackGitHub, clients: Clients) -> None:
    assert filed(clients, ONE, HEALTHY) == ["Open 1"]
    assert filed(clients, ONE, HEALTHY) == []
    assert filed(clients, HEALTHY) == ["Close 1"]
    assert filed(clients, HEALTHY) == []
    assert filed(clients, ONE, HEALTHY) == ["Reopen 1"]
    assert filed(clients, ONE, HEALTHY) == []
    (issue,) = loopback_github.state.issues
    assert (issue.title, issue.labels, issue.state) == ("pico.v1: missing: unet/weights.pb", [LABEL], "open")
    gone, back = issue.comments
    assert "does not find this fault any more" in gone.body
    assert "finds this fault (again)" in back.body


def test_a_second_run_with_nothing_new_writes_nothing(loopback_github: LoopbackGitHub, clients: Clients) -> None:
    filed(clients, ONE, OTHER)
    loopback_github.log.clear()
    filed(clients, ONE, OTHER)
    assert {request.method for request in loopback_github.log} == {"GET"}


def test_issues_are_found_on_every_page(loopback_github: LoopbackGitHub, clients: Clients) -> None:
    loopback_github.state.page_size = 1
    filed(clients, ONE, OTHER)
    assert filed(clients, ONE, OTHER) == []


def test_a_fault_found_by_another_account_is_not_taken_for_ours(
    loopback_github: LoopbackGitHub, clients: Clients
) -> None:
    filed(clients, ONE)
    loopback_github.state.issues[0].author = "mallory"
    assert filed(clients, HEALTHY) == []
    assert filed(clients, ONE) == ["Open 2"]


def test_a_token_under_which_issues_would_not_be_found_again_is_an_error(
    loopback_github: LoopbackGitHub, clients: Clients
) -> None:
    issues = Issues(clients.of(ADMIN_TOKEN))
    assert issues.me == "maintainer"
    account = loopback_github.state.accounts[ADMIN_TOKEN]
    loopback_github.state.accounts[ADMIN_TOKEN] = type(account)("somebody", account.may)
    with pytest.raises(GitHubError, match=r"opened by 'somebody' .* expected 'maintainer'"):
        list(file(Audit("hub", (ONE,), with_links=True), issues))


def test_without_permission_the_message_says_which(loopback_github: LoopbackGitHub, clients: Clients) -> None:
    audit = Audit("hub", (ONE,), with_links=True)
    with pytest.raises(GitHubError, match="`Issues: write`"):
        list(file(audit, Issues(clients.of(None))))
    assert loopback_github.state.issues == []


_Story = tuple[list[tuple[Audited, ...]], tuple[Audited, ...]]
_STORIES: dict[str, _Story] = {
    "open": ([], (ONE, OTHER, HEALTHY)),
    "close": ([(ONE, OTHER, HEALTHY)], (HEALTHY,)),
    "change": ([(ONE, HEALTHY)], (replace(ONE, message="other"), HEALTHY)),
    "open again": ([(ONE, HEALTHY), (HEALTHY,)], (ONE, HEALTHY)),
}


def settled(github: LoopbackGitHub) -> list[tuple[str, str, str | None, list[str]]]:
    return sorted((i.title, i.state, i.body, [c.body for c in i.comments]) for i in github.state.issues)


def begin(clients: Clients, story: str) -> None:
    for found in _STORIES[story][0]:
        filed(clients, *found)


def writes_of(story: str) -> list[On]:
    """Each write of the second run of a story, as the place of a fault."""
    with LoopbackGitHub() as github:
        clients = Clients(github.endpoint)
        begin(clients, story)
        github.log.clear()
        filed(clients, *_STORIES[story][1])
        seen = [(request.method, request.path) for request in github.log if request.method != "GET"]
    return [On(*write, nth=seen[: index + 1].count(write)) for index, write in enumerate(seen)]


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("story", _STORIES)
def test_whichever_write_is_the_last_one_of_a_run_the_next_ends_where_an_undisturbed_one_does(
    loopback_github: LoopbackGitHub, story: str, *, after: bool
) -> None:
    then = _STORIES[story][1]
    begin(Clients(loopback_github.endpoint), story)
    filed(Clients(loopback_github.endpoint), *then)
    places = writes_of(story)
    assert places
    for place in places:
        with LoopbackGitHub() as github:
            clients = Clients(github.endpoint)
            begin(clients, story)
            # 400 is not tried again, so the run ends there, and the server has or has not done it.
            github.faults.arm(Answer(400), replace(place, after=after))
            with pytest.raises(GitHubError):
                filed(clients, *then)
            filed(clients, *then)
            assert settled(github) == settled(loopback_github)
            assert filed(clients, *then) == []
