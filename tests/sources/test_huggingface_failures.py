"""A Hub that says no, or says nothing: which of both it was, and never a token in the message."""

import socket
import traceback
from pathlib import Path

import pytest

from converter.errors import ConverterError, ExitCode
from converter.registry import HubSource
from converter.sources import Downloads, HubAccess, SourceError, SourceUnreachable, fetch
from tests.support.hub_model import NEEDED, REPO
from tests.support.loopback_hub import Answer, Drop, LoopbackHub, On

ALWAYS = 10_000
TOKEN = "hf_s3cret"  # noqa: S105  # opens nothing


@pytest.fixture
def hub(loopback_hub: LoopbackHub) -> LoopbackHub:
    loopback_hub.seed_repo(REPO, NEEDED)
    return loopback_hub


def failure(
    hub: LoopbackHub, tmp_path: Path, *, repo: str = REPO, revision: str | None = None, token: str | None = None
) -> ConverterError:
    access = HubAccess(hub.endpoint, token or hub.token)
    with pytest.raises(ConverterError) as caught:
        fetch(HubSource(repo, revision), root=tmp_path, downloads=Downloads(tmp_path), access=access)
    return caught.value


def test_a_missing_repository_is_refused_with_what_it_may_be(hub: LoopbackHub, tmp_path: Path) -> None:
    error = failure(hub, tmp_path, repo="org/missing")

    assert isinstance(error, SourceError)
    assert str(error) == (
        "org/missing: missing, or private, which looks the same; check the name, write ./org/missing for a local "
        "folder, or set HF_TOKEN to a token that may read it"
    )


def test_a_private_repository_is_missing_to_who_gives_no_token(
    hub: LoopbackHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.seed_repo("org/private", NEEDED, private=True)
    monkeypatch.delenv("HF_TOKEN")  # the client reads it by itself

    with pytest.raises(SourceError, match=r"^org/private: missing, or private, which looks the same; "):
        fetch(
            HubSource("org/private", None), root=tmp_path, downloads=Downloads(tmp_path), access=HubAccess(hub.endpoint)
        )


def test_a_token_that_the_hub_does_not_know_is_refused_by_its_status(hub: LoopbackHub, tmp_path: Path) -> None:
    hub.seed_repo("org/private", NEEDED, private=True)

    error = failure(hub, tmp_path, repo="org/private", token=TOKEN)

    assert isinstance(error, SourceError)
    assert str(error) == "org/private: the Hub answered 401, expected the repository; check the name and HF_TOKEN"


def test_a_renamed_repository_is_refused_with_its_new_name(hub: LoopbackHub, tmp_path: Path) -> None:
    hub.rename_repo(REPO, "org/new")

    error = failure(hub, tmp_path)

    assert isinstance(error, SourceError)
    assert str(error) == f"{REPO}: renamed, expected the name that the repository has now; write org/new"


def test_a_missing_revision_is_refused_by_its_name(hub: LoopbackHub, tmp_path: Path) -> None:
    error = failure(hub, tmp_path, revision="v9")

    assert isinstance(error, SourceError)
    assert str(error) == f"{REPO}: there is no revision 'v9'; expected a branch, tag or commit of it"


@pytest.mark.parametrize("path", ["/api/models/", "/resolve/"], ids=["at-once", "at-the-files"])
def test_a_gated_repository_is_refused_with_what_to_do(hub: LoopbackHub, tmp_path: Path, path: str) -> None:
    hub.faults.arm(Answer(403, "Access to model is restricted", "GatedRepo"), On(path=path, times=ALWAYS))

    error = failure(hub, tmp_path, revision="main")

    assert isinstance(error, SourceError)
    assert str(error) == (
        f"{REPO}@main: gated; accept its terms on the Hub and set HF_TOKEN to a token that may read it"
    )


@pytest.mark.parametrize("status", [400, 403, 451])
def test_another_refusal_is_told_by_its_status(hub: LoopbackHub, tmp_path: Path, status: int) -> None:
    hub.faults.arm(Answer(status), On(path="/api/models/", times=ALWAYS))

    error = failure(hub, tmp_path)

    assert isinstance(error, SourceError)
    assert f"{REPO}: the Hub answered {status}, expected the repository; check the name and HF_TOKEN" in str(error)


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_a_hub_that_is_out_of_order_asks_to_try_again(hub: LoopbackHub, tmp_path: Path, status: int) -> None:
    hub.faults.arm(Answer(status), On(path="/api/models/", times=ALWAYS))

    error = failure(hub, tmp_path)

    assert isinstance(error, SourceUnreachable)
    assert error.exit_code is ExitCode.UNREACHABLE
    assert str(error) == f"{REPO}: the Hub answered {status}; try again later"


@pytest.mark.parametrize("path", ["/tree/", "/resolve/"])
def test_a_hub_that_fails_during_the_download_asks_to_try_again(hub: LoopbackHub, tmp_path: Path, path: str) -> None:
    hub.faults.arm(Answer(503), On(path=path, times=ALWAYS))

    error = failure(hub, tmp_path)

    assert isinstance(error, SourceUnreachable)
    assert "try again later" in str(error)


@pytest.mark.parametrize("path", ["/api/models/", "/resolve/"])
def test_connections_that_are_dropped_ask_to_try_again(hub: LoopbackHub, tmp_path: Path, path: str) -> None:
    hub.faults.arm(Drop(), On(path=path, times=ALWAYS))

    error = failure(hub, tmp_path, revision="main")

    assert isinstance(error, SourceUnreachable)
    assert str(error).startswith(f"{REPO}@main: the Hub does not answer (")


def test_a_hub_where_nobody_listens_asks_to_try_again(hub: LoopbackHub, tmp_path: Path) -> None:
    with socket.socket() as reserved:  # bound and not listening: nothing else takes the port
        reserved.bind(("127.0.0.1", 0))
        access = HubAccess(f"http://127.0.0.1:{reserved.getsockname()[1]}", TOKEN)

        with pytest.raises(SourceUnreachable, match=r"the Hub does not answer .*; try again later") as caught:
            fetch(HubSource(REPO, None), root=tmp_path, downloads=Downloads(tmp_path), access=access)

    assert caught.value.exit_code == 4


def test_after_a_failure_the_next_run_finishes(hub: LoopbackHub, tmp_path: Path) -> None:
    hub.faults.arm(Answer(503), On(path="/resolve/.*unet.*safetensors", times=ALWAYS))
    failure(hub, tmp_path)
    hub.faults.clear()

    found = fetch(
        HubSource(REPO, None), root=tmp_path, downloads=Downloads(tmp_path), access=HubAccess(hub.endpoint, hub.token)
    )

    assert (found.path / "unet/diffusion_pytorch_model.safetensors").read_bytes() == b"unet weights"


def test_a_run_that_fails_after_an_interrupted_one_does_not_pass_half_a_folder_on(
    hub: LoopbackHub, tmp_path: Path
) -> None:
    hub.faults.arm(Answer(503), On(path="/resolve/.*unet.*safetensors", times=ALWAYS))
    failure(hub, tmp_path)

    assert isinstance(failure(hub, tmp_path), SourceUnreachable)


@pytest.mark.parametrize("status", [401, 403, 404, 429, 503])
def test_no_message_has_the_token_in_it(hub: LoopbackHub, tmp_path: Path, status: int) -> None:
    hub.faults.arm(Answer(status), On(times=ALWAYS))

    error = failure(hub, tmp_path, token=TOKEN)

    assert TOKEN not in str(error)
    assert TOKEN not in "".join(traceback.format_exception(error))
