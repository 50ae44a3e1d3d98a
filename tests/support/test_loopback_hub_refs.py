"""Repositories, branches, tags and history of the loopback Hub, seen by the real client."""

import hashlib
from pathlib import Path

import pytest
from huggingface_hub import (
    HfApi,
    hf_hub_download,
)
from huggingface_hub.errors import HfHubHTTPError, RepositoryNotFoundError, RevisionNotFoundError

from tests.support.hub_release import REPO, WEIGHTS, publish, write_release
from tests.support.loopback_hub import (
    HubSettings,
    LoopbackHub,
    client_pointed_at,
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_release(tmp_path / "release")


def test_creating_a_repository_twice_is_refused_unless_it_may_exist(loopback_hub: LoopbackHub) -> None:
    HfApi().create_repo(REPO)
    with pytest.raises(HfHubHTTPError, match="409"):
        HfApi().create_repo(REPO)
    assert HfApi().create_repo(REPO, exist_ok=True).repo_id == REPO


def test_a_new_repository_has_one_commit_with_git_attributes(loopback_hub: LoopbackHub) -> None:
    HfApi().create_repo(REPO)
    assert HfApi().list_repo_files(REPO) == [".gitattributes"]
    assert [c.title for c in HfApi().list_repo_commits(REPO)] == ["initial commit"]


def test_repo_info_tells_the_commit_and_the_files(loopback_hub: LoopbackHub) -> None:
    oid = loopback_hub.seed_repo(REPO, {"a.json": b"{}", "w.pb": WEIGHTS})
    info = HfApi().model_info(REPO, files_metadata=True)
    files = {s.rfilename: s for s in info.siblings or ()}
    assert info.sha == oid
    assert files["a.json"].size == 2
    assert files["a.json"].lfs is None
    lfs = files["w.pb"].lfs
    assert lfs is not None
    assert lfs.sha256 == hashlib.sha256(WEIGHTS).hexdigest()


def test_a_missing_repository_is_not_found(loopback_hub: LoopbackHub) -> None:
    with pytest.raises(RepositoryNotFoundError):
        HfApi().model_info("acme/missing")
    assert not HfApi().repo_exists("acme/missing")


def test_a_deleted_repository_is_gone(loopback_hub: LoopbackHub) -> None:
    HfApi().create_repo(REPO)
    HfApi().delete_repo(REPO)
    assert not HfApi().repo_exists(REPO)


def test_a_private_repository_is_hidden_from_strangers(loopback_hub: LoopbackHub) -> None:
    HfApi().create_repo(REPO, private=True)
    assert HfApi().model_info(REPO).private
    with pytest.raises(RepositoryNotFoundError):
        HfApi(token=False).model_info(REPO)


def test_the_visibility_of_a_repository_can_be_changed(loopback_hub: LoopbackHub) -> None:
    HfApi().create_repo(REPO)
    HfApi().update_repo_settings(REPO, private=True)
    assert loopback_hub.repo(REPO).private


def test_whoami_names_the_user(loopback_hub: LoopbackHub) -> None:
    assert HfApi().whoami()["name"] == "tester"


def test_auth_check_passes_for_a_repository_that_is_there(loopback_hub: LoopbackHub) -> None:
    HfApi().create_repo(REPO)
    HfApi().auth_check(REPO)


def test_a_bad_token_is_refused_even_for_reading(loopback_hub: LoopbackHub) -> None:
    loopback_hub.seed_repo(REPO, {"a.json": b"{}"})
    with pytest.raises(HfHubHTTPError, match="Invalid credentials") as caught:
        HfApi(token="hf_wrong").model_info(REPO)  # noqa: S106  # wrong indeed
    assert caught.value.response.headers["X-Error-Code"] == "InvalidCredentials"
    assert not isinstance(caught.value, RepositoryNotFoundError)


def test_writing_without_a_token_is_refused(loopback_hub: LoopbackHub) -> None:
    with pytest.raises(RepositoryNotFoundError, match="401"):
        HfApi(token=False).create_repo(REPO)
    assert len(loopback_hub.log) == 1


def test_refs_list_branches_and_tags_with_their_commits(loopback_hub: LoopbackHub, folder: Path) -> None:
    oid = publish(HfApi(), folder)
    refs = HfApi().list_repo_refs(REPO)
    assert {b.name for b in refs.branches} == {"main", "pico"}
    assert [(t.name, t.ref, t.target_commit) for t in refs.tags] == [("pico.v1", "refs/tags/pico.v1", oid)]
    assert loopback_hub.repo(REPO).tag_messages == {"pico.v1": "first"}


def test_a_branch_starts_where_it_is_told(loopback_hub: LoopbackHub) -> None:
    loopback_hub.seed_repo(REPO, {"a.json": b"{}"})
    first = HfApi().list_repo_commits(REPO)[-1].commit_id
    HfApi().create_branch(REPO, branch="empty", revision=first)
    assert HfApi().list_repo_files(REPO, revision="empty") == [".gitattributes"]


def test_a_branch_that_exists_is_refused_unless_it_may(loopback_hub: LoopbackHub) -> None:
    loopback_hub.seed_repo(REPO, {})
    HfApi().create_branch(REPO, branch="b")
    with pytest.raises(HfHubHTTPError, match="409"):
        HfApi().create_branch(REPO, branch="b")
    HfApi().create_branch(REPO, branch="b", exist_ok=True)


def test_a_deleted_branch_is_gone_and_main_cannot_be(loopback_hub: LoopbackHub) -> None:
    loopback_hub.seed_repo(REPO, {}, revision="b")
    HfApi().delete_branch(REPO, branch="b")
    assert not HfApi().revision_exists(REPO, "b")
    with pytest.raises(HfHubHTTPError, match="403"):
        HfApi().delete_branch(REPO, branch="main")


def test_a_tag_that_exists_is_never_moved(loopback_hub: LoopbackHub) -> None:
    first = loopback_hub.seed_repo(REPO, {"a": b"1"})
    HfApi().create_tag(REPO, tag="v1")
    loopback_hub.seed_repo(REPO, {"a": b"2"})
    with pytest.raises(HfHubHTTPError, match="409"):
        HfApi().create_tag(REPO, tag="v1")
    HfApi().create_tag(REPO, tag="v1", exist_ok=True)
    assert loopback_hub.repo(REPO).tags == {"v1": first}


def test_a_tag_with_a_slash_is_one_name(loopback_hub: LoopbackHub) -> None:
    oid = loopback_hub.seed_repo(REPO, {"sub/a.json": b"{}"})
    HfApi().create_tag(REPO, tag="a/v1")
    assert HfApi().model_info(REPO, revision="a/v1").sha == oid
    assert Path(hf_hub_download(REPO, "sub/a.json", revision="a/v1")).read_bytes() == b"{}"


def test_tagging_an_unknown_revision_is_refused(loopback_hub: LoopbackHub) -> None:
    loopback_hub.seed_repo(REPO, {})
    with pytest.raises(RevisionNotFoundError):
        HfApi().create_tag(REPO, tag="v1", revision="missing")


def test_a_deleted_tag_is_gone(loopback_hub: LoopbackHub) -> None:
    loopback_hub.seed_repo(REPO, {})
    HfApi().create_tag(REPO, tag="v1")
    HfApi().delete_tag(REPO, tag="v1")
    with pytest.raises(RevisionNotFoundError):
        HfApi().delete_tag(REPO, tag="v1")


def test_long_listings_come_in_pages(tmp_path: Path) -> None:
    with LoopbackHub(tmp_path, settings=HubSettings(page_size=3)) as hub, client_pointed_at(hub, tmp_path / "home"):
        for n in range(7):
            hub.seed_repo(REPO, {f"dir/{n}.txt": b"x"})
        assert len(HfApi().list_repo_files(REPO)) == 8
        assert len(HfApi().list_repo_commits(REPO)) == 8
        assert len(hub.log.select("GET", "/tree/")) == 3
        assert len(hub.log.select("GET", "/commits/")) == 3
