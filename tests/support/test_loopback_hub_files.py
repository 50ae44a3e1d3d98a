"""Trees, files and commits of the loopback Hub, seen by the real client."""

import hashlib
from pathlib import Path

import httpx2
import pytest
from huggingface_hub import (
    CommitOperationAdd,
    CommitOperationCopy,
    CommitOperationDelete,
    HfApi,
    get_session,
    hf_hub_download,
)
from huggingface_hub.errors import EntryNotFoundError, HfHubHTTPError, RevisionNotFoundError
from huggingface_hub.hf_api import RepoFile, RepoFolder

from tests.support.hub_release import REPO, WEIGHTS
from tests.support.loopback_hub import (
    LoopbackHub,
)


def test_a_tree_is_listed_by_level_or_whole(loopback_hub: LoopbackHub) -> None:
    loopback_hub.seed_repo(REPO, {"a.txt": b"a", "d/e/f.txt": b"f"})
    assert [i.path for i in HfApi().list_repo_tree(REPO)] == [".gitattributes", "a.txt", "d"]
    assert [i.path for i in HfApi().list_repo_tree(REPO, "d")] == ["d/e"]
    assert [i.path for i in HfApi().list_repo_tree(REPO, "d", recursive=True)] == ["d/e", "d/e/f.txt"]


def test_an_expanded_tree_tells_the_last_commit_of_each_item(loopback_hub: LoopbackHub) -> None:
    loopback_hub.seed_repo(REPO, {"a.txt": b"a"}, title="first")
    loopback_hub.seed_repo(REPO, {"d/b.txt": b"b"}, title="second")
    items = HfApi().list_repo_tree(REPO, expand=True)
    titles = {i.path: i.last_commit.title for i in items if i.last_commit}
    assert titles == {".gitattributes": "initial commit", "a.txt": "first", "d": "second"}


def test_a_missing_folder_is_not_found(loopback_hub: LoopbackHub) -> None:
    loopback_hub.seed_repo(REPO, {})
    with pytest.raises(EntryNotFoundError):
        list(HfApi().list_repo_tree(REPO, "missing"))


def test_paths_info_tells_files_and_folders_and_leaves_out_the_rest(loopback_hub: LoopbackHub) -> None:
    loopback_hub.seed_repo(REPO, {"d/w.pb": WEIGHTS})
    found = HfApi().get_paths_info(REPO, ["d", "d/w.pb", "missing"])
    folder, file = found
    assert isinstance(folder, RepoFolder)
    assert isinstance(file, RepoFile)
    assert file.lfs is not None
    assert file.lfs.sha256 == hashlib.sha256(WEIGHTS).hexdigest()


def test_a_missing_file_or_revision_is_not_found(loopback_hub: LoopbackHub) -> None:
    loopback_hub.seed_repo(REPO, {})
    with pytest.raises(EntryNotFoundError):
        hf_hub_download(REPO, "missing.bin")
    with pytest.raises(RevisionNotFoundError):
        hf_hub_download(REPO, "a.txt", revision="missing")
    assert not HfApi().file_exists(REPO, "missing.bin")


@pytest.mark.parametrize(
    ("asked", "expected"),
    [("bytes=0-99", WEIGHTS[:100]), ("bytes=399990-", WEIGHTS[-10:]), ("bytes=-7", WEIGHTS[-7:])],
)
def test_a_stretch_of_a_file_is_served(loopback_hub: LoopbackHub, asked: str, expected: bytes) -> None:
    loopback_hub.seed_repo(REPO, {"w.pb": WEIGHTS})
    answer = _get(f"{loopback_hub.endpoint}/{REPO}/resolve/main/w.pb", asked)
    assert (answer.status_code, answer.content) == (206, expected)
    assert answer.headers["Content-Range"].endswith(f"/{len(WEIGHTS)}")
    assert loopback_hub.log.sent_bytes == len(expected)


def test_a_stretch_beyond_the_end_is_refused(loopback_hub: LoopbackHub) -> None:
    loopback_hub.seed_repo(REPO, {"a.txt": b"abc"})
    assert _get(f"{loopback_hub.endpoint}/{REPO}/resolve/main/a.txt", "bytes=3-").status_code == 416


def _get(url: str, asked_range: str) -> httpx2.Response:
    return get_session().get(url, headers={"Range": asked_range})


def test_an_unknown_route_is_not_found_and_logged(loopback_hub: LoopbackHub) -> None:
    assert get_session().get(f"{loopback_hub.endpoint}/api/nothing").status_code == 404
    assert [r.status for r in loopback_hub.log] == [404]


def test_a_commit_on_a_stale_parent_is_refused(any_loopback_hub: LoopbackHub) -> None:
    stale = any_loopback_hub.seed_repo(REPO, {"index.json": b"{}"})
    newest = any_loopback_hub.seed_repo(REPO, {"index.json": b"[]"})
    with pytest.raises(HfHubHTTPError, match="412"):
        HfApi().create_commit(
            REPO, [CommitOperationAdd("index.json", b"1")], commit_message="late", parent_commit=stale
        )
    assert any_loopback_hub.repo(REPO).branches["main"] == newest


def test_a_commit_adds_and_deletes_at_once(loopback_hub: LoopbackHub) -> None:
    loopback_hub.seed_repo(REPO, {"old.txt": b"x", "d/1.txt": b"1", "d/2.txt": b"2", "keep.txt": b"k"})
    operations: list[CommitOperationAdd | CommitOperationCopy | CommitOperationDelete] = [
        CommitOperationDelete("old.txt"),
        CommitOperationDelete("d/"),
        CommitOperationAdd("new.txt", b"n"),
    ]
    HfApi().create_commit(REPO, operations, commit_message="Change")
    assert set(loopback_hub.repo(REPO).files()) == {".gitattributes", "keep.txt", "new.txt"}


def test_deleting_an_unknown_file_is_refused(loopback_hub: LoopbackHub) -> None:
    loopback_hub.seed_repo(REPO, {})
    with pytest.raises(EntryNotFoundError):
        HfApi().create_commit(REPO, [CommitOperationDelete("missing")], commit_message="x")


def test_committing_to_an_unknown_branch_is_refused(loopback_hub: LoopbackHub) -> None:
    loopback_hub.seed_repo(REPO, {})
    with pytest.raises(RevisionNotFoundError):
        HfApi().create_commit(REPO, [CommitOperationAdd("a", b"a")], commit_message="x", revision="missing")


def test_a_large_file_is_copied_without_its_bytes(loopback_hub: LoopbackHub) -> None:
    loopback_hub.seed_repo(REPO, {"a.pb": WEIGHTS})
    operation = CommitOperationCopy(src_path_in_repo="a.pb", path_in_repo="b.pb")
    HfApi().create_commit(REPO, [operation], commit_message="Copy")
    files = loopback_hub.repo(REPO).files()
    assert files["b.pb"] == files["a.pb"]


def test_a_model_card_with_broken_front_matter_is_refused(loopback_hub: LoopbackHub) -> None:
    loopback_hub.seed_repo(REPO, {})
    with pytest.raises(ValueError, match="never closed"):
        HfApi().create_commit(REPO, [CommitOperationAdd("README.md", b"---\nlicense: mit\n")], commit_message="x")


def test_a_pointer_to_an_object_that_never_came_is_refused(loopback_hub: LoopbackHub) -> None:
    loopback_hub.seed_repo(REPO, {})
    body = (
        b'{"key":"header","value":{"summary":"x"}}\n'
        b'{"key":"lfsFile","value":{"path":"w.pb","algo":"sha256","oid":"' + b"0" * 64 + b'","size":1}}\n'
    )
    answer = get_session().post(
        f"{loopback_hub.endpoint}/api/models/{REPO}/commit/main",
        content=body,
        headers={"Authorization": f"Bearer {loopback_hub.token}"},
    )
    assert answer.status_code == 400
    assert "never uploaded" in answer.headers["X-Error-Message"]


def test_an_object_with_another_digest_is_not_kept(loopback_hub: LoopbackHub, tmp_path: Path) -> None:
    sha256 = hashlib.sha256(b"right").hexdigest()
    assert get_session().put(f"{loopback_hub.endpoint}/_storage/{sha256}", content=b"wrong").status_code == 400
    assert not list((tmp_path / "hub/objects").iterdir())
