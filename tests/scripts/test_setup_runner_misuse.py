"""What setup-runner refuses, and how it says so."""

import subprocess
from pathlib import Path

import pytest

from tests.scripts.machines import SETUP, TOKEN, Run, ok, secret, tree

REPO = ["--repo", "acme/zoo"]
MISUSES = {
    "an unknown option": (["--frobnicate"], "found '--frobnicate', which is no option"),
    "a token on the command line": ([*REPO, "--token", "x"], "found '--token', which is no option"),
    "an option without its value": (["--repo"], "found --repo at the end, expected a value after it"),
    "two modes": (["--check", "--uninstall"], "found --check and --uninstall, expected one of them"),
    "purge alone": ([*REPO, "--purge"], "found --purge, expected --uninstall with it"),
    "no repository": ([], "found no --repo, expected --repo OWNER/NAME"),
    "a repository without owner": (["--repo", "zoo"], "found --repo 'zoo', expected OWNER/NAME"),
    "a repository with a second line": (["--repo", "acme/zoo\nevents=all"], "expected OWNER/NAME"),
    "a number that is none": ([*REPO, "--repo-id", "x"], "found --repo-id 'x', expected a number"),
    "a server in the clear": ([*REPO, "--url", "http://github.com"], "expected a server such as https://github.com"),
    "root for jobs": ([*REPO, "--user", "root"], "found --user root, expected an account that can do nothing"),
    "a user with a colon": ([*REPO, "--user", "a:b"], "found --user 'a:b', expected a name such as onnx-runner"),
    "a home that climbs": ([*REPO, "--home", "/var/../etc"], "expected a folder below another one"),
    "a home at the top": ([*REPO, "--home", "/srv"], "expected a folder below another one"),
    "a label with a space": ([*REPO, "--labels", "a b"], "found --labels 'a b', expected labels with commas between"),
    "a device that is none": ([*REPO, "--device", "rocm"], "found --device 'rocm', expected auto, cuda or cpu"),
    "a size that is none": ([*REPO, "--memory-max", "lots"], "found --memory-max 'lots', expected a size such as 24G"),
    "a digest that is none": ([*REPO, "--runner-sha256", "abc"], "expected 64 of 0-9 and a-f"),
    "no runner and no digest": (
        REPO,
        "found no runner yet and no --runner-sha256, expected the SHA-256 of actions-runner",
    ),
    "a runner that is not there": ([*REPO, "--runner", "/none"], "found no /none, expected the archive of the runner"),
    "an archive without its digest": ([*REPO, "--runner", SETUP], "found --runner without --runner-sha256"),
}


@pytest.mark.parametrize(("arguments", "message"), MISUSES.values(), ids=MISUSES.keys())
def test_misuse_is_exit_code_2_with_what_was_found_and_expected(
    setup: Run, machine: Path, arguments: list[object], message: str
) -> None:
    before = tree(machine)

    result = setup(*arguments)

    assert result.returncode == 2
    assert message in result.stderr
    assert result.stderr.endswith("; see --help\n")
    assert tree(machine) == before


BAD_TOKENS = {
    "a classic access token": ("ghp_" + "a" * 36, 0o600, [], "expected a fine-grained personal access token"),
    "a registration token where each job needs one": ("A" * 29, 0o600, [], "expected a fine-grained personal access"),
    "an access token for a registration for good": (
        TOKEN,
        0o600,
        ["--no-ephemeral"],
        "expected the registration token",
    ),
    "a token and a header": (f"{TOKEN} X-Evil: 1", 0o600, [], "expected a fine-grained personal access token"),
    "nothing": ("", 0o600, [], "expected a fine-grained personal access token"),
    "a file that others can read": (TOKEN, 0o644, [], "with mode 644, expected one that only you can read: chmod 600"),
}


@pytest.mark.parametrize("case", BAD_TOKENS.values(), ids=BAD_TOKENS.keys())
def test_a_token_that_is_none_is_refused_and_not_shown(
    prepare: Run, machine: Path, tmp_path: Path, case: tuple[str, int, list[str], str]
) -> None:
    text, mode, options, message = case
    before = tree(machine)
    secret(tmp_path, text, mode)

    result = prepare(*options)

    assert result.returncode == 2
    assert message in result.stderr
    assert text == "" or text not in result.stderr + result.stdout
    assert tree(machine) == before


def test_without_a_token_it_says_which_one_is_needed(setup: Run, machine: Path, runner: Path) -> None:
    result = setup(*REPO, "--runner", runner)

    assert result.returncode == 2
    assert (
        "found no --token-file and nothing of an earlier one, expected a fine-grained personal access token"
        in result.stderr
    )
    assert list((machine / "opt").iterdir()) == []


def test_help_names_every_option_that_there_is(setup: Run) -> None:
    text = ok(setup("--help")).stdout
    parser = (SETUP.parent / "runner/options.sh").read_text().split("parse_options() {")[1].split("\n}")[0]
    options = {word for word in parser.replace("|", " ").replace(")", " ").split() if word.startswith("--")}

    assert len(options) >= 17
    assert {option for option in options if option not in text} == set()


TOOLS = (
    "bash cat chmod chown cmp cp cut dirname find grep head id install ls mkdir mktemp mv paste readlink rm rmdir sed"
    " sha256sum sort stat tar tr uname unshare xargs"
)


def test_packages_that_are_missing_are_named_with_the_line_that_installs_them(
    machine: Path, runner: Path, token: Path, tmp_path: Path
) -> None:
    """A machine that has the tools of a shell, and neither Python nor git."""
    programs = tmp_path / "few"
    programs.mkdir()
    for name in TOOLS.split():
        found = [Path(folder) / name for folder in ("/usr/bin", "/bin") if (Path(folder) / name).exists()]
        (programs / name).symlink_to(found[0])
    command = [str(SETUP), "--prefix", str(machine), *REPO, "--runner", str(runner), "--token-file", str(token)]

    result = subprocess.run(
        ["bash", *command], env={"PATH": str(programs)}, capture_output=True, text=True, check=False, timeout=60
    )

    assert result.returncode == 1
    assert (
        "missing  packages: not found: python3.11 python3.11-venv git; "
        "to mend it: sudo apt-get install -y python3.11 python3.11-venv git\n" in result.stdout
    )
    assert "setup-runner: 1 missing; do what the lines above say" in result.stderr
