"""Requests: which are made again and when, where a listing may lead, and what errors say."""

from collections.abc import Callable

import pytest

from converter.errors import ExitCode
from converter.github import GitHubDenied, GitHubError, GitHubMissing, GitHubUnreachable
from converter.github.client import MOST_PAGES
from tests.support.fixtures_github import NOW_S, Clients
from tests.support.loopback_github import BOT_TOKEN, PLAIN_TOKEN, REPOSITORY, LoopbackGitHub
from tests.support.loopback_hub import Answer, Drop, On

ISSUES = "~/issues"
DRAFT = {"title": "a", "body": "b", "labels": []}


def listed(clients: Clients, token: str | None = BOT_TOKEN) -> list[object]:
    return [
        item
        for page in clients.of(token).pages(ISSUES, {"state": "all"}, "listing issues", "Issues: read")
        for item in page  # type: ignore[union-attr]
    ]


def opened(clients: Clients, token: str | None = BOT_TOKEN) -> object:
    return clients.of(token).write("POST", ISSUES, DRAFT, "opening an issue", "Issues: write")


def test_a_request_says_who_asks_and_for_what(loopback_github: LoopbackGitHub, clients: Clients) -> None:
    clients.of().get("~", "looking", "none")
    (request,) = loopback_github.log
    assert (request.method, request.path) == ("GET", f"/repos/{REPOSITORY}")
    assert request.authorization == f"Bearer {BOT_TOKEN}"


def test_without_a_token_none_is_sent(loopback_github: LoopbackGitHub, clients: Clients) -> None:
    clients.of(None).get("~", "looking", "none")
    assert next(iter(loopback_github.log)).authorization == ""


def test_every_page_of_a_listing_is_read(loopback_github: LoopbackGitHub, clients: Clients) -> None:
    loopback_github.state.page_size = 2
    for number in range(5):
        loopback_github.state.add_issue("a", str(number), "")
    assert len(listed(clients)) == 5
    assert len(loopback_github.log) == 3


@pytest.mark.parametrize("there", ["https://evil.example/x", "http://127.0.0.1:9/x", "//evil.example", "http://[/"])
def test_a_listing_that_leads_to_another_host_is_not_followed(
    loopback_github: LoopbackGitHub, clients: Clients, there: str
) -> None:
    loopback_github.faults.arm(Answer(200, headers={"Link": f'<{there}>; rel="next"'}))
    pages = clients.of().pages("~", {}, "listing", "none")
    with pytest.raises(GitHubError, match="next page at another host"):
        list(pages)
    assert len(loopback_github.log) == 1


def test_a_listing_without_an_end_is_given_up(loopback_github: LoopbackGitHub, clients: Clients) -> None:
    link = {"Link": f'<{loopback_github.endpoint}/again>; rel="next"'}
    loopback_github.faults.arm(Answer(200, headers=link), On(times=1000))
    with pytest.raises(GitHubError, match=f"more than {MOST_PAGES} pages"):
        list(clients.of().pages("~", {}, "listing", "none"))
    assert len(loopback_github.log) == MOST_PAGES


@pytest.mark.parametrize("fault", [Answer(500), Answer(502), Answer(408), Drop()])
def test_reading_is_tried_again_after_what_may_pass(
    loopback_github: LoopbackGitHub, clients: Clients, fault: Answer | Drop
) -> None:
    loopback_github.faults.arm(fault, On(times=2))
    assert listed(clients) == []
    assert clients.waits == [1.0, 2.0]


def test_an_answer_that_breaks_off_is_asked_for_again(loopback_github: LoopbackGitHub, clients: Clients) -> None:
    loopback_github.state.add_issue("a", "t" * 100_000, "")
    loopback_github.faults.arm(Drop(after_bytes=500), On(after=True))
    assert len(listed(clients)) == 1


def test_a_server_that_stays_broken_is_exit_code_4(loopback_github: LoopbackGitHub, clients: Clients) -> None:
    loopback_github.faults.arm(Answer(503), On(times=100))
    with pytest.raises(
        GitHubUnreachable, match=r"listing issues: the server answered 503, 4 times; try again"
    ) as caught:
        listed(clients)
    assert caught.value.exit_code is ExitCode.UNREACHABLE
    assert len(loopback_github.log) == 4


def test_nobody_at_the_address_is_exit_code_4() -> None:
    with pytest.raises(GitHubUnreachable, match="no answer"):
        listed(Clients("http://127.0.0.1:9"))


@pytest.mark.parametrize("after", [False, True])
def test_a_post_that_may_have_been_done_is_not_sent_again(
    loopback_github: LoopbackGitHub, clients: Clients, *, after: bool
) -> None:
    loopback_github.faults.arm(Answer(500), On("POST", after=after))
    with pytest.raises(GitHubUnreachable, match="whether it was done is not known"):
        opened(clients)
    assert len(loopback_github.state.issues) == int(after)
    assert len(loopback_github.log) == 1


def test_a_change_is_sent_again_because_twice_is_once(loopback_github: LoopbackGitHub, clients: Clients) -> None:
    loopback_github.state.add_issue("a", "t", "")
    loopback_github.faults.arm(Answer(500), On("PATCH", after=True))
    clients.of().write("PATCH", f"{ISSUES}/1", {"body": "b"}, "changing", "Issues: write")
    assert loopback_github.state.issues[0].body == "b"


@pytest.mark.parametrize(
    ("status", "headers", "wait_s"),
    [
        (429, {"Retry-After": "7"}, 7.0),
        (403, {"Retry-After": "7"}, 7.0),
        (403, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(NOW_S) + 30)}, 31.0),
        (429, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(NOW_S) - 30)}, 1.0),
        (429, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "soon"}, 60.0),
        (429, {}, 60.0),
    ],
)
@pytest.mark.parametrize("ask", [listed, opened])
def test_a_rate_limit_is_waited_for_even_by_a_post_because_nothing_was_done(
    loopback_github: LoopbackGitHub,
    clients: Clients,
    *,
    ask: Callable[[Clients], object],
    status: int,
    headers: dict[str, str],
    wait_s: float,
) -> None:
    loopback_github.faults.arm(Answer(status, headers=headers))
    ask(clients)
    assert clients.waits == [wait_s]


@pytest.mark.parametrize("token", [BOT_TOKEN, None])
def test_a_rate_limit_that_is_too_long_is_exit_code_4_and_says_until_when(
    loopback_github: LoopbackGitHub, clients: Clients, token: str | None
) -> None:
    loopback_github.faults.arm(
        Answer(403, headers={"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(NOW_S) + 3000)})
    )
    with pytest.raises(GitHubUnreachable, match=r"used up until 08:50:01 UTC.*3,001 s") as caught:
        listed(clients, token)
    assert ("set GITHUB_TOKEN" in str(caught.value)) == (token is None)
    assert clients.waits == []


def test_no_token_is_told_which_one_to_set(clients: Clients) -> None:
    with pytest.raises(GitHubDenied, match=r"found status 401.*set GITHUB_TOKEN .* permission `Issues: write`"):
        opened(clients, None)


def test_a_token_that_is_not_valid_is_said_and_not_shown(clients: Clients) -> None:
    with pytest.raises(GitHubDenied, match="GITHUB_TOKEN is not valid") as caught:
        opened(clients, "ghp_expired")
    assert "ghp_expired" not in str(caught.value)
    assert caught.value.exit_code is ExitCode.FAILED


def test_a_token_that_may_not_is_told_which_permission_is_missing(clients: Clients) -> None:
    with pytest.raises(GitHubDenied, match=r"403.*give GITHUB_TOKEN the permission `Issues: write`"):
        opened(clients, PLAIN_TOKEN)


def test_the_permission_that_github_names_is_better_than_ours(
    loopback_github: LoopbackGitHub, clients: Clients
) -> None:
    loopback_github.faults.arm(
        Answer(403, headers={"X-Accepted-GitHub-Permissions": "issues=write; pull_requests=write"})
    )
    with pytest.raises(GitHubDenied, match="`issues=write; pull_requests=write`"):
        opened(clients)


def test_what_is_not_there_is_said_with_what_may_hide_it(clients: Clients) -> None:
    with pytest.raises(GitHubMissing, match=r"acme/zoo-maker: reading an issue: found status 404 \('Not Found'\)"):
        clients.of().get("~/issues/7", "reading an issue", "Issues: read")


def test_a_redirect_is_not_followed_with_the_token(loopback_github: LoopbackGitHub, clients: Clients) -> None:
    loopback_github.faults.arm(Answer(301, headers={"Location": "https://evil.example/"}))
    with pytest.raises(GitHubError, match="another name now"):
        listed(clients)
    assert len(loopback_github.log) == 1


def test_writes_have_a_pause_between_them(loopback_github: LoopbackGitHub, clients: Clients) -> None:
    github = clients.of()
    for _ in range(3):
        github.write("POST", ISSUES, DRAFT, "opening", "Issues: write")
    assert clients.waits == [0.5, 0.5]
    assert len(loopback_github.state.issues) == 3


def test_an_answer_of_another_shape_is_no_traceback(loopback_github: LoopbackGitHub, clients: Clients) -> None:
    from converter.github import Issues

    loopback_github.faults.arm(Answer(200))  # an object, and not a list
    with pytest.raises(GitHubError, match="found dict, expected list"):
        list(Issues(clients.of()).with_label("x"))
