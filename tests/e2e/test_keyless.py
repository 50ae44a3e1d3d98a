"""Publishing without a stored token: a job says who it is, and the Hub gives it a token for the one repository."""

from pathlib import Path

import pytest

from tests.support.command_line import Ran, run
from tests.support.loopback_hub import Job, LoopbackHub, Publisher, client_environment

_REPO = "acme/zoo"
_OURS = Job("acme/models", "refs/heads/main", "release.yml")
_TRUSTED = Publisher("acme/models", "main", "release.yml")


@pytest.fixture
def hub(loopback_hub: LoopbackHub) -> LoopbackHub:
    """A Hub whose `acme/zoo` trusts `release.yml` on `main` of `acme/models`."""
    loopback_hub.seed_repo(_REPO, {"README.md": b"# empty\n"})
    loopback_hub.trust(_REPO, _TRUSTED)
    return loopback_hub


def _publish(hub: LoopbackHub, repository: Path, job: Job, *, to: str = _REPO, **variables: str) -> Ran:
    plain = client_environment(hub, repository / "hf-home")
    del plain["HF_TOKEN"]
    return run("publish", "pico", "--hub", f"hf:{to}", cwd=repository, variables={**plain, **hub.job(job), **variables})


def test_a_trusted_workflow_publishes_without_a_token(hub: LoopbackHub, repository: Path) -> None:
    ran = _publish(hub, repository, _OURS)
    assert (ran.code, ran.out.split()[:2]) == (0, ["published", "pico.v1:"]), ran.err
    assert set(hub.repo(_REPO).tags) == {"pico.v1"}
    assert len(hub.minted_tokens) == 1
    assert not any(token in ran.output for token in hub.minted_tokens)


@pytest.mark.parametrize(
    "job",
    [
        Job("fork/models", "refs/heads/main", "release.yml"),
        Job("acme/models", "refs/pull/7/merge", "release.yml"),
        Job("acme/models", "refs/heads/main", "validate.yml"),
    ],
    ids=["another repository", "a pull request", "another workflow"],
)
def test_nobody_else_gets_a_token_and_nothing_is_written(hub: LoopbackHub, repository: Path, job: Job) -> None:
    before = dict(hub.repo(_REPO).branches)
    ran = _publish(hub, repository, job)
    assert ran.code == 1
    assert "invalid_grant" in ran.err
    assert (hub.repo(_REPO).branches, dict(hub.repo(_REPO).tags), hub.minted_tokens) == (before, {}, ())


def test_a_token_that_is_set_is_used_in_its_place(hub: LoopbackHub, repository: Path) -> None:
    ran = _publish(hub, repository, Job("fork/models", "refs/heads/main", "release.yml"), HF_TOKEN=hub.token)
    assert ran.code == 0
    assert hub.minted_tokens == ()


def test_the_token_is_for_one_repository_only(hub: LoopbackHub, repository: Path) -> None:
    hub.seed_repo("acme/other", {"README.md": b"# empty\n"})
    ran = _publish(hub, repository, _OURS, to="acme/other", HF_OIDC_RESOURCE=_REPO)
    assert ran.code == 1
    assert "403" in ran.err
    assert dict(hub.repo("acme/other").tags) == {}
