"""`review` through the real command line: good, bad and hostile pull requests."""

import json
import re
from pathlib import Path

import pytest

from tests.support.command_line import COMMAND, environment, run
from tests.support.hostile_text import require_tame
from tests.support.loopback_hub import LoopbackHub, client_environment
from tests.support.merge_commits import Link, Tree, git, merge_checkout
from tests.support.registries import write_registry
from tests.support.usage import usage_of

REPO = "org/pico"
FILE = "registry/extras.json"
MIT = {"license": "mit"}
PINNED = {"revision": "0123456789abcdef0123456789abcdef01234567"}
ALPHA = {"name": "alpha", "source": "org/alpha", **PINNED, **MIT}
GAMMA = {"name": "gamma", "source": "org/gamma", **PINNED, **MIT}


@pytest.fixture
def base(tmp_path: Path) -> Path:
    return write_registry(tmp_path / "old", ALPHA)


def registry_text(*entries: dict[str, object]) -> bytes:
    return json.dumps({"diffusion": entries}, indent=2).encode()


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
    assert "| `pico.v1` | `new` | `Stable Diffusion 1.x` |" in shown
    assert "| `pico.v1` | `huggingface://org/pico` |" in shown
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
    usage = usage_of([*COMMAND, "review", "--base", str(base)], cwd=root, env=environment(HOME=str(root)))
    assert usage.code == bool(said)
    assert not said or (said in usage.output and usage.output.count("\n") == 1)
    return usage.resident_bytes


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
    assert missing.out == (
        "none.json:1:1: failure: $: No such file or directory; expected a registry, name another one with --head\n"
    )
    assert "expected the file of GITHUB_STEP_SUMMARY, it is not written" in unwritable.err


def test_for_github_a_missing_head_is_an_annotation_and_in_the_summary(tmp_path: Path) -> None:
    page = tmp_path / "summary.md"

    ran = run("review", "--github", cwd=tmp_path, variables={"GITHUB_STEP_SUMMARY": str(page)})

    assert (ran.code, ran.err) == (1, "")
    assert ran.out.startswith(f"::error file={FILE},line=1,col=1,title=No registry::$: No such file or directory; ")
    assert "| 1 | No registry | `$` | `No such file or directory; " in page.read_text("utf-8")


@pytest.mark.parametrize("variables", [{}, {"ONNX_REGISTRY_HUB": ""}], ids=["absent", "empty"])
def test_where_no_hub_is_named_the_summary_says_that_nothing_counts_as_published(
    variables: dict[str, str], base: Path, tmp_path: Path
) -> None:
    write_registry(tmp_path, ALPHA, GAMMA)
    page = tmp_path / "summary.md"

    ran = run(
        *("review", "--base", base, "--github"),
        cwd=tmp_path,
        variables={"GITHUB_STEP_SUMMARY": str(page), **variables},
    )

    assert (ran.code, ran.output) == (0, "")
    assert (
        "After the merge: 2 to convert, planned as if nothing were published (`file:hub` is empty)." in page.read_text()
    )


def test_a_merge_commit_is_reviewed_with_the_path_of_its_repository(tmp_path: Path) -> None:
    files = {FILE: registry_text(ALPHA), "README.md": b"x"}
    merge_checkout(tmp_path / "proposal", files, {**files, FILE: registry_text(ALPHA, {**GAMMA, "license": "other"})})
    merge_checkout(tmp_path / "mixed", files, {FILE: registry_text(ALPHA, GAMMA), "README.md": b"y"})

    alone, mixed = (run("review", "--merge", folder, cwd=tmp_path) for folder in ("proposal", "mixed"))

    assert (alone.code, alone.err, mixed.code) == (3, "", 3)
    assert alone.out.startswith(f"{FILE}:9:5: person: $.diffusion[1]: the licence 'other' is not on the list")
    assert mixed.out.startswith(f"{FILE}:1:1: person: $: the pull request changes `registry/` and also README.md; ")
    assert alone.out.splitlines()[-2:] == ["convert  gamma.v1  new", "2 to convert"]


def test_a_merge_commit_that_cannot_be_read_is_an_annotation_and_in_the_summary(tmp_path: Path) -> None:
    folder = merge_checkout(tmp_path / "proposal", {FILE: b"{}"}, {FILE: registry_text(ALPHA)})
    digest = git(folder, "rev-parse", f"HEAD:{FILE}")
    (folder / ".git" / "objects" / digest[:2] / digest[2:]).unlink()
    page = tmp_path / "summary.md"

    ran = run("review", "--merge", folder, "--github", cwd=tmp_path, variables={"GITHUB_STEP_SUMMARY": str(page)})

    assert (ran.code, ran.err) == (1, "")
    assert ran.out.startswith(f"::error file={FILE},line=1,col=1,title=Not readable::$: ")
    assert "git cat-file failed" in page.read_text("utf-8")


@pytest.mark.parametrize(
    ("head", "code"),
    [
        ({FILE: registry_text(ALPHA)}, "false"),
        ({FILE: registry_text({**ALPHA, "license": None})}, "false"),
        ({FILE: registry_text(ALPHA), "README.md": b"y"}, "true"),
        ({FILE: registry_text(ALPHA), "registry/extras.schema.json": b"{}"}, "true"),
        ({"README.md": b"y"}, "true"),
        ({FILE: Link("../README.md"), "README.md": b"y"}, "true"),
    ],
    ids=["valid", "not valid", "beside", "schema", "deleted beside", "link beside"],
)
def test_the_output_says_whether_there_is_code_to_test(head: Tree, code: str, tmp_path: Path) -> None:
    folder = merge_checkout(tmp_path / "proposal", {FILE: b"{}", "README.md": b"x"}, {"README.md": b"x", **head})
    outputs = tmp_path / "outputs"

    run(
        *("review", "--merge", folder, "--github"),
        cwd=tmp_path,
        variables={"GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md"), "GITHUB_OUTPUT": str(outputs)},
    )

    assert re.fullmatch(rf"code<<(\w+)\n{code}\n\1\n", outputs.read_text("utf-8"))


def test_a_path_in_a_merge_commit_is_refused_also_where_paths_are_allowed(tmp_path: Path) -> None:
    (tmp_path / "secret.safetensors").write_bytes(b"hunter2")
    entry = {"name": "local", "source": "./secret.safetensors", **MIT}
    merge_checkout(tmp_path / "proposal", {FILE: b"{}"}, {FILE: registry_text(entry)})

    ran = run(*("review", "--merge", "proposal", "--online", "--allow-local"), cwd=tmp_path)

    assert ran.code == 1
    assert "paths are refused" in ran.out
    assert "hunter2" not in ran.output


@pytest.mark.parametrize(
    "other", [("--base", "a"), ("--head", "a"), ("--changed", "a"), ("--changed-from", "a")], ids=lambda pair: pair[0]
)
def test_a_merge_commit_stands_alone(other: tuple[str, str], tmp_path: Path) -> None:
    ran = run("review", "--merge", ".", *other, cwd=tmp_path)

    assert (ran.code, ran.out) == (2, "")
    assert "found --merge beside" in ran.err


def test_a_folder_that_is_no_merge_commit_is_exit_code_2(tmp_path: Path) -> None:
    ran = run("review", "--merge", ".", cwd=tmp_path)

    assert (ran.code, ran.out) == (2, "")
    assert "there is no git repository, expected a checkout of the merge commit" in ran.err
