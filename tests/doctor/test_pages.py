"""Which repository a git remote is."""

import pytest

from converter.doctor.pages import repository_of
from tests.support.hostile_text import HOSTILE


@pytest.mark.parametrize(
    "remote",
    [
        "https://github.com/acme/zoo",
        "https://github.com/acme/zoo.git",
        "https://github.com/acme/zoo/",
        "https://x-access-token:secret@github.com/acme/zoo.git",
        "https://GitHub.com/acme/zoo",
        "git@github.com:acme/zoo.git",
        "github.com:acme/zoo",
        "ssh://git@github.com/acme/zoo.git",
        "ssh://git@github.com:22/acme/zoo.git",
        "git://github.com/acme/zoo",
    ],
)
def test_every_form_of_an_address_is_the_same_repository(remote: str) -> None:
    assert str(repository_of(remote, "https://github.com")) == "acme/zoo"


@pytest.mark.parametrize(
    "remote",
    [
        "https://gitlab.com/acme/zoo",
        "https://github.com.evil.example/acme/zoo",
        "git@evil.example:acme/zoo.git",
        "https://github.com/acme",
        "https://github.com/acme/zoo/tree/main",
        "https://github.com/../zoo",
        "https://[",
        "/srv/git/acme/zoo.git",
        "../zoo",
        "",
        *HOSTILE,
    ],
)
def test_anything_else_is_none(remote: str) -> None:
    assert repository_of(remote, "https://github.com") is None


def test_another_server_has_repositories_too() -> None:
    assert str(repository_of("git@git.example:acme/zoo.git", "https://git.example")) == "acme/zoo"
