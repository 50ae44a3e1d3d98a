"""The gate of a self-hosted runner: it lets one job of one repository start, and nothing else."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

GATE = Path(__file__).parents[2] / "scripts" / "runner-gate"
CONFIG = """\
# Written by setup-runner. The gate refuses every job but this one.
repository=acme/zoo
repository_id=4711
server_url=https://github.com
ref=refs/heads/main
workflow=release.yml
job=convert
events=push schedule workflow_dispatch
"""
JOB = {
    "GITHUB_SERVER_URL": "https://github.com",
    "GITHUB_REPOSITORY": "acme/zoo",
    "GITHUB_REPOSITORY_ID": "4711",
    "GITHUB_EVENT_NAME": "push",
    "GITHUB_REF": "refs/heads/main",
    "GITHUB_WORKFLOW_REF": "acme/zoo/.github/workflows/release.yml@refs/heads/main",
    "GITHUB_JOB": "convert",
}


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """The gate and its config, in a folder of their own as on a runner."""
    folder = tmp_path / "onnx-registry-runner"
    folder.mkdir(mode=0o755)
    gate = folder / "gate.sh"
    shutil.copy(GATE, gate)
    gate.chmod(0o555)
    configure(gate, CONFIG)
    return gate


def configure(gate: Path, text: str) -> Path:
    config = gate.with_name("gate.conf")
    config.unlink(missing_ok=True)
    config.write_text(text)
    config.chmod(0o444)
    return config


def start(gate: Path, **changes: str | None) -> subprocess.CompletedProcess[bytes]:
    """A job, as the runner starts its hook: with -e, and the variables of the job alone."""
    job: dict[str, str | None] = {**JOB, **changes}
    variables = {name: value for name, value in job.items() if value is not None}
    return subprocess.run(["bash", "-e", str(gate)], env=variables, capture_output=True, check=False, timeout=30)  # type: ignore[call-overload, no-any-return]


def refusal(result: subprocess.CompletedProcess[bytes]) -> str:
    """The one line of a refusal."""
    assert result.returncode == 1
    assert result.stderr == b""
    (line,) = result.stdout.decode("ascii").splitlines()
    assert line.startswith("::error::runner-gate: refused: found ")
    return line


@pytest.mark.parametrize("event", ["push", "schedule", "workflow_dispatch"])
def test_the_job_that_the_runner_is_for_starts(installed: Path, event: str) -> None:
    result = start(installed, GITHUB_EVENT_NAME=event)

    assert (result.returncode, result.stderr) == (0, b"")
    assert result.stdout == b"runner-gate: allowed: job convert of release.yml on refs/heads/main of acme/zoo\n"


def test_the_number_of_the_repository_is_not_asked_for_where_it_was_not_recorded(installed: Path) -> None:
    configure(installed, CONFIG.replace("repository_id=4711\n", ""))

    assert start(installed, GITHUB_REPOSITORY_ID="12").returncode == 0


REFUSED = {
    "another repository": {"GITHUB_REPOSITORY": "acme/other"},
    "a fork": {"GITHUB_REPOSITORY": "stranger/zoo"},
    "the name in other letters": {"GITHUB_REPOSITORY": "Acme/zoo"},
    "a name that begins the same": {"GITHUB_REPOSITORY": "acme/zoo-2"},
    "a repository made again under the name": {"GITHUB_REPOSITORY_ID": "4712"},
    "another server": {"GITHUB_SERVER_URL": "https://github.evil.example"},
    "a pull request": {"GITHUB_EVENT_NAME": "pull_request"},
    "a pull request with rights": {"GITHUB_EVENT_NAME": "pull_request_target"},
    "a run after a run": {"GITHUB_EVENT_NAME": "workflow_run"},
    "all events at once": {"GITHUB_EVENT_NAME": "push schedule workflow_dispatch"},
    "another branch": {"GITHUB_REF": "refs/heads/main-2"},
    "the merge of a pull request": {"GITHUB_REF": "refs/pull/5/merge"},
    "a tag": {"GITHUB_REF": "refs/tags/main"},
    "another workflow": {"GITHUB_WORKFLOW_REF": "acme/zoo/.github/workflows/evil.yml@refs/heads/main"},
    "a workflow in a folder": {"GITHUB_WORKFLOW_REF": "acme/zoo/.github/workflows/x/release.yml@refs/heads/main"},
    "the workflow of another branch": {"GITHUB_WORKFLOW_REF": "acme/zoo/.github/workflows/release.yml@refs/heads/evil"},
    "the workflow of a pull request": {
        "GITHUB_WORKFLOW_REF": "acme/zoo/.github/workflows/release.yml@refs/pull/5/merge"
    },
    "the workflow of a fork": {"GITHUB_WORKFLOW_REF": "stranger/zoo/.github/workflows/release.yml@refs/heads/main"},
    "another job": {"GITHUB_JOB": "mine"},
}


@pytest.mark.parametrize("changes", REFUSED.values(), ids=REFUSED.keys())
def test_any_other_job_is_refused_by_what_is_other(installed: Path, changes: dict[str, str]) -> None:
    ((variable, value),) = changes.items()
    expected = JOB[variable] if variable != "GITHUB_EVENT_NAME" else "push schedule workflow_dispatch"

    line = refusal(start(installed, **changes))

    assert f"found {variable} '{value}', expected {expected};" in line


@pytest.mark.parametrize("variable", JOB)
def test_a_variable_that_is_missing_is_refused(installed: Path, variable: str) -> None:
    assert f"found no {variable}, expected " in refusal(start(installed, **{variable: None}))


@pytest.mark.parametrize("variable", JOB)
def test_a_variable_that_is_empty_is_refused(installed: Path, variable: str) -> None:
    assert f"found no {variable}, expected " in refusal(start(installed, **{variable: ""}))


HOSTILE = {
    "a second line": ("main\n::set-output name=a::b", r"main\x0a::set-output name=a::b"),
    "a second line by carriage return": ("main\r::stop-commands::x", r"main\x0d::stop-commands::x"),
    "escapes of workflow commands": ("main%0A%25", r"main\x250A\x2525"),
    "a command that is read anywhere in a line": ("a##[add-path]/evil", r"a\x23\x23\x5badd-path\x5d/evil"),
    "shell": ("$(touch owned)`touch owned`;&|<>\"'*?~\\", r"\x24\x28touch owned\x29\x60touch owned"),
    "bidirectional text": ("main\u202egnp", r"main\xe2\x80\xaegnp"),
    "escapes of a terminal": ("\x1b[31mmain", r"\x1b\x5b31mmain"),
    "bytes that are no text": (b"main\xff\x80".decode("utf-8", "surrogateescape"), r"main\xff\x80"),
}


@pytest.mark.parametrize(("value", "shown"), HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_text_is_shown_as_bytes_and_does_nothing(installed: Path, value: str, shown: str) -> None:
    before = sorted(Path.cwd().iterdir())

    line = refusal(start(installed, GITHUB_REF=value))

    assert f"found GITHUB_REF '{shown}" in line
    assert sorted(Path.cwd().iterdir()) == before


def test_long_text_is_cut_and_its_length_is_said(installed: Path) -> None:
    line = refusal(start(installed, GITHUB_REF="a" * 50_000))

    assert f"'{'a' * 120}... (50000 bytes)'" in line
    assert len(line) < 500


def test_without_its_config_it_refuses(installed: Path) -> None:
    installed.with_name("gate.conf").unlink()

    assert "expected a file or folder that setup-runner made" in refusal(start(installed))


def test_a_config_that_is_a_link_is_refused(installed: Path, tmp_path: Path) -> None:
    config = installed.with_name("gate.conf")
    config.rename(tmp_path / "elsewhere")
    config.symlink_to(tmp_path / "elsewhere")

    assert "expected a file or folder that setup-runner made" in refusal(start(installed))


@pytest.mark.parametrize("mode", [0o646, 0o664, 0o666], ids=oct)
@pytest.mark.parametrize("name", ["gate.conf", "gate.sh", "."])
def test_what_others_can_change_is_refused(installed: Path, name: str, mode: int) -> None:
    place = installed.with_name(name) if name != "." else installed.parent
    place.chmod(mode | (0o111 if name == "." else 0))

    line = refusal(start(installed))

    assert "expected one that only its owner can change" in line


def test_a_config_of_another_user_is_refused(installed: Path) -> None:
    if os.getuid() != 0:
        pytest.skip("only root can give a file away")
    os.chown(installed.with_name("gate.conf"), 65534, 65534)

    assert "of user 65534, expected user 0" in refusal(start(installed))


BAD_CONFIGS = {
    "an unknown key": (CONFIG + "allow=all\n", "found the line 'allow=all' in gate.conf, expected repository, "),
    "two keys in one": (CONFIG + "ref job=x\n", "found the line 'ref job=x' in gate.conf"),
    "a line without a key": (CONFIG + "pull_request\n", "found the line 'pull_request' in gate.conf"),
    "a key without a value": (CONFIG.replace("job=convert", "job="), "found the line 'job=' in gate.conf"),
    "a key twice": (CONFIG + "ref=refs/heads/evil\n", "found 'ref' twice in gate.conf, expected each key once"),
    "a key that is missing": (CONFIG.replace("job=convert\n", ""), "found no 'job' in gate.conf, expected a value"),
    "shell in a value": (CONFIG.replace("job=convert", "job=$(touch owned)"), r"'job=\x24\x28touch owned\x29'"),
    "nothing": ("", "found no 'repository' in gate.conf"),
}


@pytest.mark.parametrize(("text", "message"), BAD_CONFIGS.values(), ids=BAD_CONFIGS.keys())
def test_a_config_that_is_not_as_it_must_be_is_refused(installed: Path, text: str, message: str) -> None:
    configure(installed, text)

    assert message in refusal(start(installed))


# A failed hook does not keep the runner from steps with `if: always()`, so the process that would run them must end.
# bash under the name of that process stands for it: it runs the gate, and then what a hostile workflow would run.


def work(tmp_path: Path, gate: Path, worker: str, **changes: str) -> tuple[int, bool]:
    """The exit code of a worker that runs the gate and then a step, and whether that step ran."""
    program = tmp_path / worker
    shutil.copy(os.path.realpath(shutil.which("bash") or "bash"), program)
    after = tmp_path / "the step ran"
    script = 'bash -e "$1" >"$3"; : >"$2"'
    command = [str(program), "-c", script, worker, str(gate), str(after), str(tmp_path / "log")]
    result = subprocess.run(command, env={"PATH": os.environ["PATH"], **JOB, **changes}, check=False, timeout=30)
    return result.returncode, after.exists()


def test_a_refusal_ends_the_worker_before_any_step_runs(installed: Path, tmp_path: Path) -> None:
    code, ran = work(tmp_path, installed, "Runner.Worker", GITHUB_REF="refs/pull/5/merge")

    assert (code, ran) == (-9, False)
    assert "refused: found GITHUB_REF" in (tmp_path / "log").read_text()


def test_a_refusal_ends_a_worker_of_another_name_by_the_mark_that_it_gives(installed: Path, tmp_path: Path) -> None:
    code, ran = work(tmp_path, installed, "Renamed", GITHUB_REF="refs/pull/5/merge", RUNNER_TRACKING_ID="github_1")

    assert (code, ran) == (-9, False)


def test_a_gate_that_fails_by_itself_ends_the_worker_too(installed: Path, tmp_path: Path) -> None:
    installed.chmod(0o755)
    installed.write_text(installed.read_text().replace("\ncheck_places\n", "\nno-such-program\n"))

    code, ran = work(tmp_path, installed, "Runner.Worker")

    assert (code, ran) == (-9, False)


def test_the_worker_of_an_allowed_job_goes_on(installed: Path, tmp_path: Path) -> None:
    assert work(tmp_path, installed, "Runner.Worker") == (0, True)


def test_a_refusal_in_a_terminal_ends_nothing(installed: Path, tmp_path: Path) -> None:
    assert work(tmp_path, installed, "a-shell", GITHUB_JOB="other") == (0, True)


def test_a_cancelled_run_does_not_save_the_worker(installed: Path, tmp_path: Path) -> None:
    """Cancelling sends INT and TERM to the hook, then runs the steps with `if: always()`."""
    installed.chmod(0o755)
    installed.write_text(
        installed.read_text().replace("    sleep 2", '    kill -INT "$BASHPID"; kill -TERM "$BASHPID"; sleep 1')
    )

    code, ran = work(tmp_path, installed, "Runner.Worker", GITHUB_EVENT_NAME="pull_request")

    assert (code, ran) == (-9, False)
