"""A merge commit as a proposal: read from git's objects, whatever the work tree and the settings are."""

import os
import stat
import subprocess
from pathlib import Path

import pytest

from converter.errors import ExitCode
from converter.pull_request import REGISTRY_PATH, MergeCommitError, NotAMergeError, NoText, Text, proposal_of_merge
from converter.pull_request.git import Git, GitError, GitRefusedError
from converter.review import SIZE_LIMIT_BYTES
from tests.support.merge_commits import Link, Submodule, Tree, git, merge_checkout

OLD, NEW = b'{"diffusion": []}', b'{"networks": []}'
BASE: Tree = {REGISTRY_PATH: OLD, "README.md": b"hello"}


def test_before_and_after_are_the_first_parent_and_the_commit(tmp_path: Path) -> None:
    folder = merge_checkout(tmp_path / "p", BASE, {**BASE, REGISTRY_PATH: NEW})

    found = proposal_of_merge(folder)

    assert (found.base, found.head) == (Text(OLD, len(OLD)), Text(NEW, len(NEW)))
    assert (found.file, found.changed_paths) == (REGISTRY_PATH, (REGISTRY_PATH,))


def test_the_work_tree_does_not_count(tmp_path: Path) -> None:
    folder = merge_checkout(tmp_path / "p", BASE, {**BASE, REGISTRY_PATH: NEW})
    (folder / REGISTRY_PATH).unlink()
    (folder / REGISTRY_PATH).symlink_to("/etc/passwd")
    (folder / "another").write_text("x")

    found = proposal_of_merge(folder)

    assert (found.head, found.changed_paths) == (Text(NEW, len(NEW)), (REGISTRY_PATH,))


def test_every_path_that_changes_is_named_whatever_is_in_it(tmp_path: Path) -> None:
    odd = "odd\n::error::$(id)/\u202ename"
    hiding = b'[submodule "x"]\n\tpath = sub\n\turl = ./x\n\tignore = all\n'
    base: Tree = {**BASE, "moved": b"content", ".gitmodules": hiding, "sub": Submodule()}
    head: Tree = {
        **BASE,
        "elsewhere": b"content",
        odd: b"x",
        ".gitmodules": hiding,
        "sub": Submodule("f" * 40),
        ".gitattributes": b"* -diff diff=evil\n",
    }

    found = proposal_of_merge(merge_checkout(tmp_path / "p", base, head))

    assert sorted(found.changed_paths) == sorted(["moved", "elsewhere", odd, "sub", ".gitattributes"])


def test_a_path_that_is_no_text_is_named_in_ascii(tmp_path: Path) -> None:
    folder = merge_checkout(tmp_path / "p", BASE, {**BASE, "zz": b"x"})
    blob = git(folder, "hash-object", "-w", "--stdin", stdin=b"x")
    tree = git(folder, "mktree", "-z", stdin=f"100644 blob {blob}\tbad".encode() + b"\xff\0")
    merged = git(folder, "commit-tree", tree, "-p", git(folder, "rev-parse", "HEAD^1"), "-m", "odd")
    git(folder, "update-ref", "--no-deref", "HEAD", merged)

    assert "bad\\xff" in proposal_of_merge(folder).changed_paths


@pytest.mark.parametrize(
    ("head", "words"),
    [
        ({}, "there is no registry/extras.json"),
        ({"registry": Link("/etc")}, "there is no registry/extras.json"),
        ({REGISTRY_PATH: Link("/etc/passwd")}, "registry/extras.json is a symbolic link, expected a regular file"),
        ({REGISTRY_PATH: Submodule()}, "registry/extras.json is a submodule, expected a regular file"),
        ({f"{REGISTRY_PATH}/inner": b"x"}, "registry/extras.json is a folder, expected a regular file"),
    ],
    ids=["deleted", "folder is a link", "link", "submodule", "folder"],
)
def test_what_is_no_regular_file_is_not_read(head: Tree, words: str, tmp_path: Path) -> None:
    for base, after in ((BASE, {"README.md": b"x", **head}), ({"README.md": b"x", **head}, BASE)):
        found = proposal_of_merge(merge_checkout(tmp_path / f"p{len(base)}{base is BASE}", base, after))
        side = found.head if base is BASE else found.base

        assert isinstance(side, NoText)
        assert words in side.message


@pytest.mark.parametrize(("size_bytes", "read"), [(SIZE_LIMIT_BYTES, True), (SIZE_LIMIT_BYTES + 1, False)])
def test_what_is_too_large_is_refused_by_its_size(size_bytes: int, read: bool, tmp_path: Path) -> None:
    head: Tree = {**BASE, REGISTRY_PATH: b" " * size_bytes}

    found = proposal_of_merge(merge_checkout(tmp_path / "p", BASE, head)).head

    assert isinstance(found, Text)
    assert (found.size_bytes, len(found.data)) == (size_bytes, size_bytes if read else 0)


def test_a_checkout_of_one_commit_is_wrong_usage_and_of_two_is_right(tmp_path: Path) -> None:
    whole = merge_checkout(tmp_path / "p", BASE, {**BASE, REGISTRY_PATH: NEW})
    git(whole, "branch", "merged", "HEAD")
    for depth in ("1", "2"):
        git(tmp_path, "clone", "-q", "--depth", depth, "--branch", "merged", f"file://{whole}", f"depth-{depth}")

    with pytest.raises(NotAMergeError, match="check it out with `fetch-depth: 2`") as raised:
        proposal_of_merge(tmp_path / "depth-1")
    assert raised.value.exit_code is ExitCode.USAGE
    assert proposal_of_merge(tmp_path / "depth-2").head == Text(NEW, len(NEW))


def test_a_folder_without_a_repository_is_wrong_usage_also_inside_of_one(tmp_path: Path) -> None:
    folder = merge_checkout(tmp_path / "p", BASE, {**BASE, REGISTRY_PATH: NEW})

    for place in (folder / "registry", tmp_path, tmp_path / "none"):
        with pytest.raises(NotAMergeError, match="there is no git repository"):
            proposal_of_merge(place)


def test_no_program_that_settings_name_is_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    canary, program = tmp_path / "ran", tmp_path / "program"
    program.write_text(f"#!/bin/sh\ntouch {canary}\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    head: Tree = {**BASE, REGISTRY_PATH: NEW, ".gitattributes": b"* diff=evil filter=evil\n"}
    folder = merge_checkout(tmp_path / "p", BASE, head)
    for key in ("core.fsmonitor", "diff.external", "diff.evil.textconv", "diff.evil.command", "core.pager"):
        git(folder, "config", key, str(program))
    (tmp_path / ".gitconfig").write_text(f"[core]\n\tfsmonitor = {program}\n[diff]\n\texternal = {program}\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("GIT_EXTERNAL_DIFF", str(program))
    monkeypatch.setenv("GIT_PAGER", str(program))

    assert sorted(proposal_of_merge(folder).changed_paths) == [".gitattributes", REGISTRY_PATH]
    assert not canary.exists()
    # The settings are such that git by itself would run it.
    subprocess.run(["git", "-C", str(folder), "diff", "HEAD^1", "HEAD"], env={**os.environ}, check=False)
    assert canary.exists()


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("GIT_DIR", "/nowhere"),
        ("GIT_INDEX_FILE", "/nowhere"),
        ("GIT_OBJECT_DIRECTORY", "/nowhere"),
        ("GIT_NAMESPACE", "x"),
        ("GIT_CONFIG_COUNT", "many"),
        ("GIT_CONFIG_PARAMETERS", "broken"),
    ],
)
def test_variables_of_the_caller_do_not_count(
    variable: str, value: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = merge_checkout(tmp_path / "p", BASE, {**BASE, REGISTRY_PATH: NEW})
    monkeypatch.setenv(variable, value)

    assert proposal_of_merge(folder).head == Text(NEW, len(NEW))


def test_a_replaced_commit_does_not_count(tmp_path: Path) -> None:
    folder = merge_checkout(tmp_path / "p", BASE, {**BASE, REGISTRY_PATH: NEW})
    git(folder, "replace", git(folder, "rev-parse", "HEAD"), git(folder, "rev-parse", "HEAD^1"))

    assert proposal_of_merge(folder).head == Text(NEW, len(NEW))


def test_an_object_that_is_missing_is_said(tmp_path: Path) -> None:
    folder = merge_checkout(tmp_path / "p", BASE, {**BASE, REGISTRY_PATH: NEW})
    digest = git(folder, "rev-parse", f"HEAD:{REGISTRY_PATH}")
    (folder / ".git" / "objects" / digest[:2] / digest[2:]).unlink()

    with pytest.raises(MergeCommitError, match="git cat-file failed: ") as raised:
        proposal_of_merge(folder)
    assert raised.value.exit_code is ExitCode.FAILED


def test_git_that_says_too_much_fails_or_is_missing_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reader = Git(merge_checkout(tmp_path / "p", BASE, {**BASE, "long": b"x" * 10_000_000}))

    with pytest.raises(GitError, match="git cat-file prints more than 1,000 bytes"):
        reader.said("cat-file", "blob", "HEAD:long", max_bytes=1000)
    with pytest.raises(GitRefusedError, match="git cat-file failed: fatal"):
        reader.said("cat-file", "blob", "HEAD:none", max_bytes=1000)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(GitError, match=r"git cannot be run: .*; install it"):
        reader.said("version", max_bytes=1000)


def test_git_that_does_not_end_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    slow = tmp_path / "git"
    slow.write_text("#!/bin/sh\nexec sleep 600\n")
    slow.chmod(slow.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")

    with pytest.raises(GitError, match=r"git version did not end within 0\.2 s"):
        Git(tmp_path, timeout_s=0.2).said("version", max_bytes=1000)
