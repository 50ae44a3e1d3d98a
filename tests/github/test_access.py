"""How GitHub is reached: what is refused before anything is asked, and that the token is not shown."""

import pytest

from converter.errors import ExitCode
from converter.github import GitHubAccess, GitHubSettingError, parse_endpoint, parse_repository
from tests.support.hostile_text import HOSTILE


@pytest.mark.parametrize(
    "text", ["https://api.github.com", "https://git.example/api/v3", "http://127.0.0.1:8080", "http://localhost:1"]
)
def test_an_api_is_at_https_or_on_this_machine(text: str) -> None:
    assert parse_endpoint(f"{text}/") == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "api.github.com",
        "http://api.github.com",
        "ftp://127.0.0.1",
        "https://user:secret@host",
        "https://host?a=b",
        "https://host#a",
        "https://[",
        "https://host:0",
        "https://ho\u2028st",
        "file:///etc",
    ],
)
def test_anything_else_is_no_api_and_is_not_shown(text: str) -> None:
    with pytest.raises(GitHubSettingError, match="GITHUB_API_URL") as caught:
        parse_endpoint(text)
    assert "secret" not in str(caught.value)
    assert caught.value.exit_code is ExitCode.USAGE


@pytest.mark.parametrize("text", ["acme/zoo", "a/b.c_d-e", "0/.github"])
def test_a_repository_is_owner_and_name(text: str) -> None:
    assert str(parse_repository(text)) == text


@pytest.mark.parametrize(
    "text",
    ["acme", "acme/", "/zoo", "acme/..", "acme/.", "a/b/c", "acme/zoo?x", "-a/b", "acme/zoo\n", "../a", *HOSTILE],
)
def test_what_would_be_another_path_is_no_repository(text: str) -> None:
    with pytest.raises(GitHubSettingError, match="expected OWNER/NAME"):
        parse_repository(text)


@pytest.mark.parametrize("token", ["ghp_secret\n", "ghp secret", "", "ghp_secr\u00e9t"])
def test_a_token_that_no_header_takes_is_refused_without_being_shown(token: str) -> None:
    with pytest.raises(GitHubSettingError, match="GITHUB_TOKEN: found white space") as caught:
        GitHubAccess(token=token)
    assert "ghp" not in str(caught.value)


def test_a_token_is_not_in_what_an_access_looks_like() -> None:
    token = "ghp_secret"  # noqa: S105  # opens nothing
    assert token not in repr(GitHubAccess(token=token))
