"""What the tests of setup-runner share."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.scripts.machines import SETUP, TOKEN, Run, secret


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """The root of a machine, with the folders that every machine has."""
    root = tmp_path / "machine"
    for folder in ["opt", "var/lib", "etc/systemd/system"]:
        (root / folder).mkdir(parents=True)
    return root


@pytest.fixture
def runner(tmp_path: Path) -> Path:
    """The files of the runner that matter here, as its archive has them."""
    folder = tmp_path / "actions-runner"
    for name in ["run.sh", "config.sh", "bin/Runner.Listener", "bin/Runner.Worker"]:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("#!/bin/sh\n")
        (folder / name).chmod(0o755)
    return folder


@pytest.fixture
def token(tmp_path: Path) -> Path:
    return secret(tmp_path, TOKEN)


@pytest.fixture
def setup(machine: Path, tmp_path: Path) -> Run:
    """setup-runner on that machine, which has no GPU unless a test gives it one."""
    programs = tmp_path / "programs"
    programs.mkdir()
    no_gpu = programs / "nvidia-smi"
    no_gpu.write_text("#!/bin/sh\nexit 9\n")
    no_gpu.chmod(0o755)

    def run(*arguments: object, stdin: str = "") -> subprocess.CompletedProcess[str]:
        command = [str(SETUP), "--prefix", str(machine), *map(str, arguments)]
        environment = {**os.environ, "PATH": f"{programs}:{os.environ['PATH']}"}
        return subprocess.run(
            command, env=environment, input=stdin, capture_output=True, text=True, check=False, timeout=60
        )

    return run


@pytest.fixture
def prepare(setup: Run, runner: Path, token: Path) -> Run:
    def run(*arguments: object) -> subprocess.CompletedProcess[str]:
        return setup("--repo", "acme/zoo", "--runner", runner, "--token-file", token, *arguments)

    return run
