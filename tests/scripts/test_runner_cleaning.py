"""What a job leaves on a runner is deleted: by the hook after its last step, and by systemd when it is over."""

import shutil
import subprocess
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).parents[2] / "scripts" / "runner"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """The home of a runner whose job left something in every place that it can write to."""
    home = tmp_path / "home of runner"
    for name in ["runner/_work/zoo/zoo", "runner/_work/_actions", "runner/_work/_temp", "runner/bin", "runner/_diag"]:
        (home / name).mkdir(parents=True)
    for name in [
        "runner/run.sh",
        "runner/.env",
        "runner/bin/Runner.Worker",
        "cache/graph",
        "home/.config/pip/pip.conf",
    ]:
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text("mine")
    for name in ["runner/_work/zoo/zoo/.file", "runner/_work/_temp/command", "runner/run-helper.sh", "runner/.runner"]:
        (home / name).write_text("of the job")
    return home


def run(tmp_path: Path, name: str, home: Path, kind: str = "ephemeral") -> subprocess.CompletedProcess[str]:
    program = tmp_path / "program"
    program.mkdir()
    shutil.copy(SCRIPTS / name, program / name)
    (program / "runner.conf").write_text(f"home={home}\nkind={kind}\n")
    (program / "runner-files").write_text(".env\n.path\nbin\nrun.sh\n")
    command = ["bash", "-e", str(program / name)]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=30)


def left(home: Path) -> list[str]:
    return [str(path.relative_to(home)) for path in sorted(home.rglob("*")) if not path.is_dir()]


def test_the_hook_deletes_all_that_is_in_the_work_folder_but_what_the_runner_still_needs(
    tmp_path: Path, home: Path
) -> None:
    run(tmp_path, "clean", home)

    assert [path.name for path in (home / "runner/_work").iterdir()] == ["_temp"]
    assert (home / "runner/_work/_temp/command").exists()
    assert (home / "runner/run-helper.sh").exists()


def test_the_hook_does_nothing_where_no_work_folder_is(tmp_path: Path, home: Path) -> None:
    shutil.rmtree(home / "runner/_work")
    before = left(home)

    run(tmp_path, "clean", home)

    assert left(home) == before


def test_after_the_job_only_the_runner_and_the_caches_are_left(tmp_path: Path, home: Path) -> None:
    run(tmp_path, "after-job", home)

    assert left(home) == ["cache/graph", "runner/.env", "runner/bin/Runner.Worker", "runner/run.sh"]


def test_a_registration_for_good_outlives_the_job(tmp_path: Path, home: Path) -> None:
    run(tmp_path, "after-job", home, "persistent")

    assert left(home) == ["cache/graph", "runner/.env", "runner/.runner", "runner/bin/Runner.Worker", "runner/run.sh"]


@pytest.mark.parametrize("name", ["clean", "after-job"])
def test_a_link_that_a_job_left_is_deleted_and_what_it_leads_to_is_not(tmp_path: Path, home: Path, name: str) -> None:
    (home / "runner/_work/link").symlink_to(home / "cache")
    (home / "runner/link").symlink_to(home / "cache")
    (home / "home/link").symlink_to(home / "cache")

    run(tmp_path, name, home)

    assert (home / "cache/graph").read_text() == "mine"
    assert not (home / "runner/_work/link").is_symlink()


@pytest.mark.parametrize("name", ["-rf", "a b", "new\nline", "*", "$(touch owned)"])
def test_names_that_mean_something_to_a_shell_are_names(tmp_path: Path, home: Path, name: str) -> None:
    (home / "runner" / name).write_text("of the job")
    (home / "home" / name).write_text("of the job")

    run(tmp_path, "after-job", home)

    assert left(home) == ["cache/graph", "runner/.env", "runner/bin/Runner.Worker", "runner/run.sh"]
