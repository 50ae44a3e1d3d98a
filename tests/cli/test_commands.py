"""What each command prints and returns, on a repository with one tiny model, through the real command line."""

import json
import subprocess
from pathlib import Path

import pytest

from converter.release import FolderView, verify
from tests.support.command_line import COMMAND, environment, run
from tests.support.registries import write_registry
from tests.support.release_folders import flipped
from tests.support.tiny_release import contents_of

_TEN = Path(__file__).parents[1] / "registry/data/ten_mistakes.json"


def test_ten_mistakes_are_ten_findings_with_their_places(tmp_path: Path) -> None:
    ran = run("validate", "--registry", _TEN, cwd=tmp_path)
    *findings, sums = ran.out.splitlines()
    assert (ran.code, ran.err) == (1, "")
    assert sums == f"{_TEN}: 10 errors, 0 warnings"
    lines = [int(finding.removeprefix(f"{_TEN}:").split(":")[0]) for finding in findings]
    assert lines == [3, 4, 5, 6, 7, 8, 9, 13, 15, 17]
    assert all(": error: " in finding for finding in findings)


def test_ten_mistakes_as_json_have_line_column_and_path(tmp_path: Path) -> None:
    ran = run("validate", "--registry", _TEN, "--json", cwd=tmp_path)
    findings = json.loads(ran.out)["findings"]
    assert (ran.code, len(findings)) == (1, 10)
    assert all(set(f) == {"severity", "file", "line", "column", "path", "message"} for f in findings)


def test_other_commands_refuse_an_invalid_registry_with_all_findings(tmp_path: Path) -> None:
    ran = run("plan", "--registry", _TEN, cwd=tmp_path)
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.count(f"{_TEN}:") >= 10


def test_broken_json_is_one_finding_with_line_and_column(tmp_path: Path) -> None:
    (tmp_path / "broken.json").write_text('{\n  "diffusion": [\n    {"name": "x",}\n  ]\n}\n')
    ran = run("validate", "--registry", "broken.json", cwd=tmp_path)
    finding, _ = ran.out.splitlines()
    assert ran.code == 1
    assert finding.startswith("broken.json:3:")


def test_a_valid_registry_is_said_to_be_valid(repository: Path) -> None:
    ran = run("validate", cwd=repository)
    assert (ran.code, ran.out) == (0, "registry/extras.json: valid, 1 entry, 0 errors, 0 warnings\n")


@pytest.mark.parametrize("command", ["validate", "plan", "convert", "release"])
def test_a_missing_registry_is_said(tmp_path: Path, command: str) -> None:
    ran = run(command, cwd=tmp_path)
    assert (ran.code, ran.out) == (1, "")
    assert ran.err == (
        "registry/extras.json: No such file or directory; expected a registry, name another one with --registry\n"
    )


@pytest.mark.parametrize("command", ["plan", "convert", "release"])
def test_an_unknown_name_is_exit_code_2_with_the_nearest(repository: Path, command: str) -> None:
    ran = run(command, "pica", cwd=repository)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == "the name 'pica' is neither in the registry nor published; did you mean 'pico'?\n"


@pytest.mark.parametrize(("command", "code"), [("download", 1), ("verify", 1)])
def test_a_release_that_is_not_there_is_said_with_the_nearest(repository: Path, command: str, code: int) -> None:
    run("release", cwd=repository)
    ran = run(command, "pica", cwd=repository)
    assert (ran.code, ran.out) == (code, "")
    assert "found no release 'pica' among 1 models; did you mean pico" in ran.err


def test_a_plan_says_what_and_why(repository: Path) -> None:
    assert run("plan", cwd=repository).out == "convert  pico.v1  new\n1 to convert\n"
    run("release", cwd=repository)
    assert run("plan", cwd=repository).out == "keep  pico.v1  unchanged\n1 to keep\n"
    write_registry(repository, {"name": "owl", "source": "./owl", "opset": 14})
    ran = run("plan", cwd=repository)
    assert ran.code == 1
    assert ran.out.splitlines() == [
        "refuse  owl      line 3: `opset: 14` is not built yet; this version builds 18",
        "retire  pico.v1  no longer in the registry",
        "1 to refuse, 1 to retire",
    ]


def test_a_plan_as_json_and_as_a_matrix_is_json(repository: Path) -> None:
    plan = json.loads(run("plan", "--format", "json", cwd=repository).out)
    assert [action["tag"] for action in plan["actions"]] == ["pico.v1"]
    assert "include" in json.loads(run("plan", "--format", "matrix", cwd=repository).out)


def test_release_twice_publishes_once(repository: Path, pico_release: Path) -> None:
    first = run("release", cwd=repository)
    assert (first.code, first.out.split()[:2]) == (0, ["published", "pico.v1:"])
    hub = contents_of(repository / "hub")
    second = run("release", cwd=repository)
    assert (second.code, second.out, second.err) == (0, "", "nothing to do: every entry is published as it is\n")
    assert contents_of(repository / "hub") == hub
    assert contents_of(repository / "hub/pico.v1") == contents_of(pico_release)


def test_release_as_json_has_one_object_an_entry(repository: Path) -> None:
    (outcome,) = json.loads(run("release", "--json", cwd=repository).out)["outcomes"]
    assert (outcome["outcome"], outcome["tag"], outcome["already"]) == ("published", "pico.v1", False)


def test_convert_keeps_a_folder_that_is_there(repository: Path) -> None:
    ran = run("convert", cwd=repository)
    assert ran.code == 0
    assert ran.out.endswith("was there\n")
    assert not (repository / "hub").exists()


def test_publish_list_verify_and_download_go_together(repository: Path) -> None:
    assert run("publish", "build/pico.v1", cwd=repository).code == 0
    assert run("list", cwd=repository).out.split()[:3] == ["pico.v1", "sd1", "fp32"]
    assert "pico.v1 is whole: 21 files" in run("verify", "pico", cwd=repository).out
    assert run("download", "pico.v1", "--to", "here", cwd=repository).out == "here: downloaded and verified\n"
    assert verify(FolderView(repository / "here")).manifest.tag == "pico.v1"


def test_a_download_goes_to_a_folder_of_its_name(repository: Path) -> None:
    run("release", cwd=repository)
    run("download", "pico", cwd=repository)
    assert (repository / "pico/manifest.json").is_file()


@pytest.mark.parametrize("command", ["list", "verify", "download"])
def test_json_of_a_reader_is_json(repository: Path, command: str) -> None:
    run("release", cwd=repository)
    ran = run(command, *([] if command == "list" else ["pico"]), "--json", cwd=repository)
    assert ran.code == 0
    assert isinstance(json.loads(ran.out), dict)


def test_a_damaged_folder_is_exit_code_1_with_the_file(repository: Path) -> None:
    flipped(repository / "build/pico.v1/unet/weights.pb")
    ran = run("verify", "build/pico.v1", cwd=repository)
    assert (ran.code, ran.out) == (1, "")
    assert "unet/weights.pb: its bytes do not have the digest in SHA256SUMS" in ran.err


def test_a_folder_that_was_not_measured_is_not_published_and_the_folder_is_said_once(
    pico_asked: dict[str, object], pico_release: Path, cache: Path, tmp_path: Path
) -> None:
    write_registry(tmp_path, pico_asked)
    assert run("convert", "--no-parity", "--cache", cache, cwd=tmp_path).code == 0
    ran = run("publish", "build/pico.v1", cwd=tmp_path)
    assert ran.code == 1
    failed = ran.err.splitlines()[-1]
    assert failed.startswith("failed     build/pico.v1: text_encoder, unet")
    assert failed.count("build/pico.v1") == 1


def test_inspect_says_what_a_checkpoint_is(tmp_path: Path, pico_checkpoint: Path, cache: Path) -> None:
    ran = run("inspect", pico_checkpoint, "--cache", cache, cwd=tmp_path)
    rows = dict(line.split(maxsplit=1) for line in ran.out.splitlines())
    assert (ran.code, rows["layout"], rows["parameters"]) == (0, "original", "4,695,691")
    assert (rows["architecture"], rows["predicts"]) == ("sd1 (Stable Diffusion 1.x)", "epsilon")


def test_inspect_of_what_is_no_model_is_exit_code_1(tmp_path: Path) -> None:
    (tmp_path / "page.safetensors").write_text("<html></html>")
    ran = run("inspect", "./page.safetensors", cwd=tmp_path)
    assert (ran.code, ran.out) == (1, "")
    assert "HTML" in ran.err


def test_a_closed_pipe_is_no_error(repository: Path) -> None:
    script = f"{' '.join(COMMAND)} validate --json | true"
    ran = subprocess.run(["sh", "-c", script], cwd=repository, env=environment(), capture_output=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, b"")
