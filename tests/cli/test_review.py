"""`review` through the real command line: good, bad and hostile pull requests."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.support.command_line import COMMAND, environment, run
from tests.support.hostile_text import require_tame
from tests.support.loopback_hub import LoopbackHub, client_environment
from tests.support.registries import write_registry

REPO = "org/pico"
FILE = "registry/extras.json"
MIT = {"license": "mit"}
PINNED = {"revision": "0123456789abcdef0123456789abcdef01234567"}
ALPHA = {"name": "alpha", "source": "org/alpha", **PINNED, **MIT}
GAMMA = {"name": "gamma", "source": "org/gamma", **PINNED, **MIT}


@pytest.fixture
def base(tmp_path: Path) -> Path:
    return write_registry(tmp_path / "old", ALPHA)


def seed(hub: LoopbackHub, folder: Path) -> str:
    return hub.seed_repo(REPO, {p.relative_to(folder).as_posix(): p for p in folder.rglob("*") if p.is_file()})


def test_a_good_pull_request_is_exit_code_0_and_says_what_it_releases(base: Path, tmp_path: Path) -> None:
    write_registry(tmp_path, ALPHA, GAMMA)

    ran = run("review", "--base", base, "--changed", FILE, cwd=tmp_path)

    assert (ran.code, ran.err) == (0, "")
    assert ran.out.splitlines() == ["convert  alpha.v1  new", "convert  gamma.v1  new", "2 to convert"]
    assert not (tmp_path / "hub").exists()


def test_each_verdict_has_its_exit_code_and_the_gravest_wins(base: Path, tmp_path: Path) -> None:
    unreachable = {"HF_ENDPOINT": "http://127.0.0.1:9", "HF_HUB_DISABLE_XET": "1"}
    hub = ("--hub", "hf:org/zoo")

    def code(*entries: dict[str, object], arguments: tuple[str, ...] = ()) -> int:
        write_registry(tmp_path, *entries)
        return run("review", "--base", base, *arguments, cwd=tmp_path, variables=unreachable).code

    assert code(ALPHA, GAMMA) == 0
    assert code(ALPHA, GAMMA, arguments=hub) == 4
    assert code(ALPHA, {**GAMMA, "license": "other"}, arguments=hub) == 3
    assert code(ALPHA, {**GAMMA, "license": None}, {**GAMMA, "name": "delta", "license": "other"}, arguments=hub) == 1


def test_changed_paths_come_from_git_with_whatever_is_in_them(base: Path, tmp_path: Path) -> None:
    write_registry(tmp_path, ALPHA)
    (tmp_path / "nul").write_bytes(b"registry/extras.json\0registry/odd\nname\0")
    (tmp_path / "lines").write_bytes(b"registry/extras.json\n.github/workflows/release.yml\n")

    inside = run("review", "--base", base, "--changed-from", "nul", cwd=tmp_path)
    outside = run("review", "--base", base, "--changed-from", "lines", cwd=tmp_path)
    missing = run("review", "--base", base, "--changed-from", "no-such", cwd=tmp_path)

    assert (inside.code, outside.code, missing.code) == (0, 3, 2)
    assert ".github/workflows/release.yml" in outside.out


def test_json_has_everything(base: Path, tmp_path: Path) -> None:
    write_registry(tmp_path, ALPHA, {**GAMMA, "license": "other"})

    ran = run("review", "--base", base, "--json", cwd=tmp_path)

    said = json.loads(ran.out)
    assert (ran.code, said["exit_code"]) == (3, 3)
    assert [(each["weight"], each["title"], each["line"]) for each in said["concerns"]] == [
        ("person", "Licence not on the list", 9)
    ]
    assert [row["tag"] for row in said["releases"]] == ["alpha.v1", "gamma.v1"]
    assert said["plan"]["summary"]["convert"] == 2
    assert said["pins"] == []


def test_online_the_page_says_what_a_new_source_is_and_the_line_to_paste(
    loopback_hub: LoopbackHub, pico_folder: Path, base: Path, tmp_path: Path
) -> None:
    commit = seed(loopback_hub, pico_folder)
    write_registry(tmp_path, ALPHA, {"name": "pico", "source": REPO, **MIT})
    page = tmp_path / "summary.md"
    page.write_text("before\n\n", "utf-8")
    variables = {**client_environment(loopback_hub, tmp_path / "home"), "GITHUB_STEP_SUMMARY": str(page)}

    ran = run("review", "--base", base, "--online", "--github", cwd=tmp_path, variables=variables)

    shown = page.read_text("utf-8")
    assert ran.code == 0
    assert [line.partition(",")[0] for line in ran.out.splitlines()] == [f"::warning file={FILE}"]
    assert f'\n"revision": "{commit}"\n' in shown
    assert "| `pico` | `pico.v1` | `new` | `huggingface://org/pico` | `Stable Diffusion 1.x` |" in shown
    assert shown.startswith("before\n\n## Review of the registry\n\n**This can be merged.**")
    require_tame(shown)


def test_online_a_source_that_is_not_there_fails_on_its_line(
    loopback_hub: LoopbackHub, base: Path, tmp_path: Path
) -> None:
    write_registry(tmp_path, ALPHA, {"name": "pico", "source": "org/none", **MIT})

    ran = run(
        "review",
        *("--base", base, "--online", "--json"),
        cwd=tmp_path,
        variables=client_environment(loopback_hub, tmp_path / "home"),
    )

    (failure,) = [each for each in json.loads(ran.out)["concerns"] if each["weight"] == "failure"]
    assert ran.code == 1
    assert (failure["title"], failure["line"]) == ("Source not fit", 11)


def test_a_hostile_pull_request_runs_nothing_leaks_nothing_and_each_thing_is_named(base: Path, tmp_path: Path) -> None:
    hostile = {"source": "org/model", **MIT}
    write_registry(
        tmp_path,
        {**hostile, "name": f"$(touch {tmp_path}/pwned)"},
        {**hostile, "name": "`id`"},
        {**hostile, "name": "a\n::set-output name=matrix::x"},
        {**hostile, "name": "../../etc/passwd"},
        {**hostile, "name": "аlpha"},  # a Cyrillic letter
        {**hostile, "name": "a1pha"},
        {**hostile, "name": "html", "source": "<img src=x>/</td>"},
        {**hostile, "name": "link", "source": "[click](javascript:alert(1))", "license": "| a | b |"},
        {**hostile, "name": "bidi", "description": "abc\u202edef"},
        {**hostile, "name": "mask", "description": "::add-mask::e", "##[add-mask]x": "::error::y"},
        {**hostile, "name": "shell", "precision": "$(id)"},
        {"name": "nowhere", **MIT},
        {**hostile, "name": "secret", "source": "https://user:hunter2@example.com/m.ckpt?token=hunter3"},
    )
    page = tmp_path / "summary.md"

    ran = run(
        "review",
        *("--base", base, "--github", "--changed", FILE, "--changed", ".github/workflows/x.yml\n::error::y"),
        cwd=tmp_path,
        variables={"GITHUB_STEP_SUMMARY": str(page), "HF_TOKEN": "hf_secret"},
    )

    shown = page.read_text("utf-8")
    lines = ran.out.splitlines()
    assert (ran.code, ran.err) == (1, "")
    assert all(
        line.startswith((f"::error file={FILE},line=", f"::warning file={FILE},line=", "::notice ")) for line in lines
    )
    assert sum(line.startswith("::error ") for line in lines) == 10
    assert not (tmp_path / "pwned").exists()
    assert [word for word in ("hunter2", "hunter3", "hf_secret") if word in ran.output + shown] == []
    for word in ("$(touch", "U+000A", "etc/passwd", "U+202E", "##[add-mask]x", "can be taken for alpha", "x.yml"):
        assert word in shown
    require_tame(shown)


def test_a_registry_of_300_mb_or_50000_entries_is_one_error_in_bounded_memory(base: Path, tmp_path: Path) -> None:
    head = write_registry(tmp_path, ALPHA)
    plain = _peak_bytes(tmp_path, base)
    with head.open("r+b") as stream:
        stream.truncate(300_000_000)
    large = _peak_bytes(tmp_path, base, "the file has 300,000,000 bytes")
    write_registry(tmp_path, *({**ALPHA, "name": f"model-{index}"} for index in range(50_000)))
    many = _peak_bytes(tmp_path, base, "the file has more than 5,000 entries")

    assert large - plain < 150_000_000
    assert many - plain < 100_000_000


def _peak_bytes(root: Path, base: Path, said: str = "") -> int:
    """Resident memory at most; asserts that there is one error that says `said`, or none if that is empty."""
    with subprocess.Popen(
        [*COMMAND, "review", "--base", str(base)], cwd=root, env=environment(HOME=str(root)), stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        out = process.stdout.read().decode()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == bool(said)
    assert not said or (said in out and out.count("\n") == 1)
    return usage.ru_maxrss * 1024


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--github", "--json"], "found --github and --json, expected one"),
        (["--github"], "found --github without GITHUB_STEP_SUMMARY"),
    ],
)
def test_wrong_usage_is_exit_code_2(arguments: list[str], said: str, tmp_path: Path) -> None:
    write_registry(tmp_path, ALPHA)

    ran = run("review", *arguments, cwd=tmp_path)

    assert (ran.code, ran.out) == (2, "")
    assert said in " ".join(ran.err.replace("│", "").split())


def test_a_head_that_is_missing_and_a_summary_that_cannot_be_written_are_said(tmp_path: Path) -> None:
    missing = run("review", "--head", "none.json", cwd=tmp_path)
    write_registry(tmp_path, ALPHA)
    unwritable = run("review", "--github", cwd=tmp_path, variables={"GITHUB_STEP_SUMMARY": str(tmp_path / "no/file")})

    assert (missing.code, unwritable.code) == (1, 1)
    assert "none.json: No such file or directory; expected a registry, name another one with --head" in missing.err
    assert "the summary is not written" in unwritable.err
