"""What setup-runner takes from elsewhere: the token, which it keeps to itself, and the runner."""

import hashlib
import os
from pathlib import Path

from tests.scripts.machines import (
    HOME,
    SECRETS,
    TOKEN,
    UNIT,
    Run,
    ok,
    packed,
    secret,
    states,
    tree,
)


def test_the_token_is_in_one_file_that_only_root_can_read(prepare: Run, machine: Path) -> None:
    ok(prepare())

    holders = [path for path in machine.rglob("*") if path.is_file() and "secretsecret" in path.read_text()]

    assert holders == [machine / SECRETS / "token"]
    assert oct(holders[0].stat().st_mode & 0o777) == "0o600"
    assert oct(holders[0].parent.stat().st_mode & 0o777) == "0o700"


def test_the_token_is_never_printed(prepare: Run, setup: Run) -> None:
    results = [prepare("--dry-run"), prepare(), prepare(), setup("--check"), setup("--uninstall")]

    assert [result.returncode for result in results] == [0] * 5
    assert "secretsecret" not in "".join(result.stdout + result.stderr for result in results)


def test_the_token_comes_by_standard_input_too(setup: Run, machine: Path, runner: Path) -> None:
    ok(setup("--repo", "acme/zoo", "--runner", runner, "--token-file", "-", stdin=TOKEN))

    assert (machine / SECRETS / "token").read_text() == f"{TOKEN}\n"


def test_a_new_token_takes_the_place_of_the_old_one(prepare: Run, machine: Path, tmp_path: Path) -> None:
    ok(prepare())
    secret(tmp_path, TOKEN.replace("11AA", "22BB"))

    result = ok(prepare())

    assert states(result)["access token"] == "changed"
    assert (machine / SECRETS / "token").read_text() == TOKEN.replace("11AA", "22BB") + "\n"


def test_a_registration_for_good_keeps_no_token_and_asks_for_none(
    setup: Run, prepare: Run, machine: Path, runner: Path, tmp_path: Path
) -> None:
    ok(prepare())
    registration = secret(tmp_path, "AAAABBBBCCCCDDDDEEEEFFFFGGGG2")

    result = ok(setup("--repo", "acme/zoo", "--runner", runner, "--token-file", registration, "--no-ephemeral"))

    assert not (machine / SECRETS / "token").exists()
    assert "skipped  registration (because of --prefix)" in result.stdout
    assert "register.py" not in (machine / UNIT).read_text()
    assert [path for path in machine.rglob("*") if path.is_file() and "AAAABBBB" in path.read_text()] == []
    assert "AAAABBBB" not in result.stdout + result.stderr


def test_an_archive_with_the_digest_that_was_named_is_unpacked(
    setup: Run, machine: Path, runner: Path, token: Path, tmp_path: Path
) -> None:
    archive = packed(runner, tmp_path)
    digest = hashlib.sha256(archive.read_bytes()).hexdigest()

    ok(setup("--repo", "acme/zoo", "--runner", archive, "--runner-sha256", digest, "--token-file", token))

    assert os.access(machine / HOME / "runner/bin/Runner.Worker", os.X_OK)
    assert states(ok(setup("--repo", "acme/zoo")))["runner"] == "done"


def test_an_archive_with_another_digest_is_refused_and_nothing_is_changed(
    setup: Run, machine: Path, runner: Path, token: Path, tmp_path: Path
) -> None:
    before = tree(machine)
    archive = packed(runner, tmp_path)

    result = setup("--repo", "acme/zoo", "--runner", archive, "--runner-sha256", "0" * 64, "--token-file", token)

    assert result.returncode == 1
    assert f"found SHA-256 {hashlib.sha256(archive.read_bytes()).hexdigest()} of " in result.stderr
    assert tree(machine) == before
