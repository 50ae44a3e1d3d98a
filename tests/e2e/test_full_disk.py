"""A disk without room, as a small file system of its own: a clear message, exit code 1, and nothing left."""

import shlex
import subprocess
from pathlib import Path

import pytest

from tests.support.command_line import COMMAND, environment
from tests.support.registries import write_registry

_NAMESPACE = ("unshare", "--map-root-user", "--mount")


def _can_mount(folder: Path) -> bool:
    try:
        mounted = subprocess.run(
            [*_NAMESPACE, "mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder], capture_output=True, check=False
        )
    except FileNotFoundError:
        return False
    return mounted.returncode == 0


def _run_on_small_disk(folder: Path, size: str, *arguments: object) -> tuple[int, str, list[str]]:
    """Run a command with `folder` on a disk of that size; exit code, what it said, and which files are left there."""
    folder.mkdir()
    if not _can_mount(folder):
        pytest.skip("this machine lets nobody mount a file system in a namespace")
    command = shlex.join([*COMMAND, *map(str, arguments)])
    disk = shlex.quote(str(folder))
    script = f"mount -t tmpfs -o size={size} tmpfs {disk} && {command}; code=$?; find {disk} -type f; exit $code"
    ran = subprocess.run(
        [*_NAMESPACE, "sh", "-c", script],
        cwd=folder.parent,
        env=environment(HOME=str(folder.parent)),
        capture_output=True,
        text=True,
        check=False,
    )
    return ran.returncode, ran.stderr, [line for line in ran.stdout.splitlines() if line.startswith(str(folder))]


@pytest.fixture
def root(pico_asked: dict[str, object], pico_release: Path, tmp_path: Path) -> Path:
    """A repository that asks for the tiny model; its templates are traced."""
    write_registry(tmp_path, pico_asked)
    return tmp_path


@pytest.mark.parametrize("size", ["4m", "14m"])
def test_weights_that_will_not_fit_are_not_begun(root: Path, cache: Path, size: str) -> None:
    code, err, left = _run_on_small_disk(root / "build", size, "convert", "--no-parity", "--cache", cache)
    assert code == 1
    assert "bytes are free on the disk of" in err
    assert "are needed; make room or choose another folder" in err
    assert left == []


def test_a_disk_that_is_full_in_the_middle_of_a_file_is_said_and_cleaned_up(root: Path, cache: Path) -> None:
    """18.9 MB of weights fit, the tokenizer's 1.6 MB do not."""
    code, err, left = _run_on_small_disk(root / "build", "19500k", "convert", "--no-parity", "--cache", cache)
    assert code == 1
    assert "failed     pico: No space left on device" in err
    assert left == []


def test_a_release_that_will_not_fit_into_a_file_hub_is_not_begun(repository: Path) -> None:
    code, err, left = _run_on_small_disk(repository / "hub", "14m", "publish", repository / "build/pico.v1")
    assert code == 1
    assert "are needed; make room or choose another folder" in err
    assert [Path(path).name for path in left] == ["pico.lock"]
