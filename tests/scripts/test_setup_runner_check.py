"""setup-runner --check finds what is wrong, and running it again mends that."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.scripts.machines import HOME, PROGRAM, SECRETS, UNIT, Run, ok, states, tree

pytestmark = pytest.mark.slow


def edit(path: Path, old: str, new: str) -> None:
    mode = path.stat().st_mode
    path.chmod(0o644)
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    path.chmod(mode)


DAMAGES: dict[str, tuple[str, Callable[[Path], object]]] = {
    "the gate lets all in": ("gate", lambda root: edit(root / PROGRAM / "gate.sh", "set -euo pipefail", "exit 0")),
    "the gate is gone": ("gate", lambda root: (root / PROGRAM / "gate.sh").unlink()),
    "others can change the gate": ("gate", lambda root: (root / PROGRAM / "gate.sh").chmod(0o777)),
    "the gate is for another repository": (
        "gate config",
        lambda root: edit(root / PROGRAM / "gate.conf", "acme/zoo", "stranger/zoo"),
    ),
    "the gate lets pull requests in": (
        "gate config",
        lambda root: edit(root / PROGRAM / "gate.conf", "events=push", "events=pull_request push"),
    ),
    "no hook": (
        "environment",
        lambda root: edit(root / HOME / "runner/.env", f"ACTIONS_RUNNER_HOOK_JOB_STARTED=/{PROGRAM}/gate.sh\n", ""),
    ),
    "another path for programs": ("path", lambda root: edit(root / HOME / "runner/.path", "/usr/local", "/tmp")),  # noqa: S108 (a text)
    "nothing is cleaned": ("cleaning", lambda root: edit(root / PROGRAM / "clean.sh", "find", "true")),
    "nothing is emptied": ("emptying", lambda root: (root / PROGRAM / "after-job").unlink()),
    "others can read the token": ("access token", lambda root: (root / SECRETS / "token").chmod(0o644)),
    "others can look at secrets": ("secrets folder", lambda root: (root / SECRETS).chmod(0o755)),
    "jobs can replace files of the runner": ("runner folder", lambda root: (root / HOME / "runner").chmod(0o777)),
    "others can change the runner": ("runner", lambda root: (root / HOME / "runner/bin/Runner.Worker").chmod(0o777)),
    "the runner is gone": ("runner", lambda root: (root / HOME / "runner/run.sh").unlink()),
    "no cache": ("cache folder", lambda root: (root / HOME / "cache").rmdir()),
    "jobs get new rights": ("unit", lambda root: edit(root / UNIT, "NoNewPrivileges=yes\n", "")),
    "no unit": ("unit", lambda root: (root / UNIT).unlink()),
}


@pytest.mark.parametrize(("step", "damage"), DAMAGES.values(), ids=DAMAGES.keys())
def test_the_check_finds_each_damage_and_running_it_again_mends_it(
    prepare: Run, setup: Run, machine: Path, step: str, damage: Callable[[Path], object]
) -> None:
    ok(prepare())
    right = tree(machine)
    damage(machine)

    looked = setup("--check")

    assert looked.returncode == 1
    assert states(looked)[step] == "wrong"
    assert "; to mend it: sudo scripts/setup-runner --repo acme/zoo" in looked.stdout
    assert looked.stderr == "setup-runner: 1 wrong\n"
    ok(prepare())
    assert tree(machine) == right
    ok(setup("--check"))
