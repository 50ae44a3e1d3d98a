"""setup-runner prepares a machine, says what it would do, and undoes it."""

from pathlib import Path

from tests.scripts.machines import HOME, PROGRAM, UNIT, Run, gate, ok, states, tree


def test_the_gate_that_is_installed_lets_in_what_the_runner_is_for(prepare: Run, machine: Path) -> None:
    ok(prepare())

    assert gate(machine) == 0
    assert gate(machine, GITHUB_REPOSITORY="stranger/zoo") == 1
    assert gate(machine, GITHUB_EVENT_NAME="pull_request") == 1


def test_the_number_of_the_repository_gets_into_the_gate(prepare: Run, machine: Path) -> None:
    ok(prepare("--repo-id", "4711"))

    assert gate(machine) == 1
    assert gate(machine, GITHUB_REPOSITORY_ID="4711") == 0


def test_the_runner_is_told_of_both_hooks_and_the_caches(prepare: Run, machine: Path) -> None:
    ok(prepare())

    lines = dict(line.split("=", 1) for line in (machine / HOME / "runner/.env").read_text().splitlines())
    assert lines["ACTIONS_RUNNER_HOOK_JOB_STARTED"] == f"/{PROGRAM}/gate.sh"
    assert lines["ACTIONS_RUNNER_HOOK_JOB_COMPLETED"] == f"/{PROGRAM}/clean.sh"
    assert {lines["ONNX_REGISTRY_CACHE"], lines["HF_HOME"], lines["PIP_CACHE_DIR"]} == {
        f"/{HOME}/cache/{name}" for name in ["onnx-registry", "huggingface", "pip"]
    }
    assert lines["ONNX_REGISTRY_DEVICE"] == "cpu"


def test_where_nvidia_smi_works_jobs_are_told_to_take_the_builds_for_a_gpu(
    prepare: Run, machine: Path, tmp_path: Path
) -> None:
    (tmp_path / "programs/nvidia-smi").write_text("#!/bin/sh\necho GPU 0: one\n")

    ok(prepare())

    assert "ONNX_REGISTRY_DEVICE=cuda\n" in (machine / HOME / "runner/.env").read_text()


def test_a_gpu_that_is_asked_for_and_is_not_there_is_missing(prepare: Run) -> None:
    result = prepare("--device", "cuda")

    assert result.returncode == 1
    assert "missing  device cuda: nvidia-smi finds no GPU; to mend it: install the driver" in result.stdout


def test_twice_is_as_once(prepare: Run, machine: Path) -> None:
    ok(prepare())
    once = tree(machine)

    second = ok(prepare())

    assert tree(machine) == once
    assert "changed" not in states(second).values()
    assert "\n0 changed." in second.stdout


def test_the_second_time_needs_neither_token_nor_runner(prepare: Run, setup: Run, machine: Path) -> None:
    ok(prepare())
    once = tree(machine)

    ok(setup("--repo", "acme/zoo"))

    assert tree(machine) == once


def test_another_runner_takes_the_place_of_the_first(prepare: Run, machine: Path, runner: Path) -> None:
    ok(prepare())
    (runner / "bin/Runner.Worker").rename(runner / "bin/Runner.Worker2")

    result = ok(prepare())

    assert "changed  runner: another runner is asked for" in result.stdout
    assert sorted(path.name for path in (machine / HOME / "runner/bin").iterdir()) == [
        "Runner.Listener",
        "Runner.Worker2",
    ]
    assert states(prepare())["runner"] == "done"


def test_what_the_prefix_leaves_out_is_named(prepare: Run) -> None:
    text = ok(prepare()).stdout

    assert "skipped  account onnx-runner (because of --prefix)" in text
    assert "skipped  service onnx-registry-runner (because of --prefix)" in text
    assert "skipped  chown root:root " in text


def test_a_dry_run_says_what_is_missing_and_changes_nothing(prepare: Run, machine: Path) -> None:
    before = tree(machine)

    result = ok(prepare("--dry-run"))

    assert tree(machine) == before
    assert f"missing  gate: no file /{PROGRAM}/gate.sh" in result.stdout
    assert result.stdout.endswith("Nothing was changed.\n")


def test_a_dry_run_over_damage_changes_nothing(prepare: Run, machine: Path) -> None:
    ok(prepare())
    (machine / UNIT).write_text("[Service]\n")
    before = tree(machine)

    result = ok(prepare("--dry-run"))

    assert tree(machine) == before
    assert states(result)["unit"] == "missing"


def test_before_anything_is_set_up_the_check_says_so(setup: Run, machine: Path) -> None:
    before = tree(machine)

    result = setup("--check")

    assert result.returncode == 1
    assert "nothing is set up here" in result.stdout
    assert "to mend it: sudo scripts/setup-runner --repo OWNER/NAME" in result.stdout
    assert tree(machine) == before


def test_after_it_the_check_finds_all_right_and_changes_nothing(prepare: Run, setup: Run, machine: Path) -> None:
    ok(prepare())
    before = tree(machine)

    result = ok(setup("--check"))

    assert set(states(result).values()) <= {"right", "skipped", "All"}
    assert result.stdout.endswith("All right for acme/zoo.\n")
    assert tree(machine) == before


def test_uninstalling_leaves_nothing_but_the_cache(prepare: Run, setup: Run, machine: Path) -> None:
    before = tree(machine)
    ok(prepare())
    (machine / HOME / "cache/graph").write_text("traced once")

    result = ok(setup("--uninstall"))

    assert set(tree(machine)) - set(before) == {HOME, f"{HOME}/cache", f"{HOME}/cache/graph"}
    assert f"left     /{HOME}/cache, " in result.stdout
    assert "revoke it in Settings" in result.stdout


def test_uninstalling_with_purge_leaves_nothing(prepare: Run, setup: Run, machine: Path) -> None:
    before = tree(machine)
    ok(prepare())
    (machine / HOME / "cache/graph").write_text("traced once")

    ok(setup("--uninstall", "--purge"))

    assert tree(machine) == before


def test_uninstalling_finds_the_home_that_was_recorded(prepare: Run, setup: Run, machine: Path) -> None:
    before = tree(machine)
    ok(prepare("--home", "/opt/elsewhere"))
    assert (machine / "opt/elsewhere/runner/run.sh").exists()

    ok(setup("--uninstall", "--purge"))

    assert tree(machine) == before


def test_what_was_uninstalled_is_uninstalled_again_without_complaint(prepare: Run, setup: Run, machine: Path) -> None:
    ok(prepare())
    ok(setup("--uninstall"))
    once = tree(machine)

    ok(setup("--uninstall"))

    assert tree(machine) == once


def test_the_cache_is_found_again_after_an_uninstall(prepare: Run, setup: Run, machine: Path) -> None:
    ok(prepare())
    (machine / HOME / "cache/graph").write_text("traced once")
    ok(setup("--uninstall"))

    ok(prepare())

    assert (machine / HOME / "cache/graph").read_text() == "traced once"
