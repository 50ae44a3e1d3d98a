"""fetch, convert --fetched --isolated, publish: a release in the steps of a workflow, through the real command line."""

import json
import shutil
from pathlib import Path

import pytest

from tests.support.command_line import Ran, run
from tests.support.loopback_hub import LoopbackHub, client_environment
from tests.support.registries import write_registry
from tests.support.release_folders import flipped
from tests.support.tiny_release import contents_of

_SOURCE = "acme/pico"


@pytest.fixture
def remote(loopback_hub: LoopbackHub, pico_folder: Path, tmp_path: Path) -> Path:
    """A repository whose registry asks for a model on a loopback Hub, and whose build folder is empty."""
    files = {path.relative_to(pico_folder).as_posix(): path for path in pico_folder.rglob("*") if path.is_file()}
    loopback_hub.seed_repo(_SOURCE, files)
    root = tmp_path / "remote"
    write_registry(root, {"name": "pico", "source": f"huggingface://{_SOURCE}", "license": "mit"})
    return root


def _run(hub: LoopbackHub, root: Path, cache: Path, *arguments: object, **variables: str) -> Ran:
    environment = {**client_environment(hub, root / "hf-home"), "ONNX_REGISTRY_CACHE": str(cache), **variables}
    return run(*arguments, cwd=root, variables=environment)


def test_what_was_fetched_is_converted_without_a_request_and_published_by_name(
    loopback_hub: LoopbackHub, remote: Path, cache: Path, pico_release: Path
) -> None:
    assert _run(loopback_hub, remote, cache, "fetch", "pico").out.startswith("fetched    pico.v1: ")
    asked = len(loopback_hub.log)

    converted = _run(loopback_hub, remote, cache, "convert", "pico", "--fetched", "--isolated")

    assert converted.code == 0, converted.err
    assert "isolated: no credentials" in converted.err
    assert len(loopback_hub.log) == asked
    weights = "unet/weights.pb"
    assert (remote / "build/pico.v1" / weights).read_bytes() == (pico_release / weights).read_bytes()
    published = _run(loopback_hub, remote, cache, "publish", "pico")
    assert published.out.startswith("published  pico.v1: commit ")
    assert "nothing to publish" in _run(loopback_hub, remote, cache, "publish", "pico").err


@pytest.mark.slow  # tests/test_pipeline.py and tests/e2e/test_bad_models.py have it for one command
def test_what_one_entry_of_a_job_lacks_stops_none_of_the_others(
    repository: Path, pico_asked: dict[str, object], cache: Path
) -> None:
    shutil.rmtree(repository / "build")
    write_registry(repository, {**pico_asked, "name": "missing", "source": "./none.safetensors"}, pico_asked)
    variables = {"ONNX_REGISTRY_CACHE": str(cache)}
    codes = [
        run(*step, cwd=repository, variables=variables).code
        for step in (
            ("fetch", "missing pico"),
            ("convert", "missing pico", "--fetched", "--isolated"),
            ("publish", "missing pico"),
        )
    ]
    assert codes == [1, 1, 1]
    assert (repository / "hub/pico.v1").is_dir()


def test_several_names_may_stand_in_one_argument_as_a_workflow_hands_them_on(repository: Path) -> None:
    ran = run("plan", " pico  other ", cwd=repository)
    assert (ran.code, "'other'" in ran.err) == (2, True)
    assert run("plan", "", cwd=repository).out.splitlines()[-1] == "1 to convert"


def test_converting_what_was_not_fetched_says_so(repository: Path) -> None:
    ran = run("convert", "pico", "--fetched", cwd=repository)
    assert ran.code == 1
    assert "pico: nothing was fetched for it" in ran.err


def test_isolation_without_a_fetch_is_a_usage_error(repository: Path) -> None:
    ran = run("convert", "pico", "--isolated", cwd=repository)
    assert (ran.code, "--isolated without --fetched" in ran.err) == (2, True)


def test_publishing_what_was_not_converted_fails_with_the_folder_that_is_missing(repository: Path) -> None:
    shutil.rmtree(repository / "build")
    ran = run("publish", "pico", cwd=repository)
    assert ran.code == 1
    assert "build/pico.v1, expected release 1, which the plan asks for (new); convert it first" in ran.err


def test_a_damaged_folder_is_not_published(repository: Path) -> None:
    flipped(repository / "build/pico.v1/unet/weights.pb")
    assert run("publish", "pico", cwd=repository).code == 1
    assert not (repository / "hub/pico.v1").exists()


def test_an_entry_that_takes_more_disk_than_it_may_is_stopped_before_it_is_published(
    repository: Path, pico_asked: dict[str, object], cache: Path
) -> None:
    shutil.rmtree(repository / "build")
    huge = repository / "huge.safetensors"
    with huge.open("wb") as file:
        file.truncate(3 * 10**9)
    write_registry(repository, {**pico_asked, "source": "./huge.safetensors", "limits": {"disk_gb": 2}})
    ran = run("fetch", cwd=repository, variables={"ONNX_REGISTRY_CACHE": str(cache)})
    assert ran.code == 1
    assert "its sources have 3.00 GB, expected at most 2 GB; raise `limits.disk_gb`" in ran.err


def test_a_plan_for_a_workflow_has_outputs_and_a_summary(repository: Path, tmp_path: Path) -> None:
    output, page = tmp_path / "output", tmp_path / "summary.md"
    ran = run(
        "plan",
        "--github",
        cwd=repository,
        variables={"GITHUB_OUTPUT": str(output), "GITHUB_STEP_SUMMARY": str(page), "GITHUB_ACTIONS": "true"},
    )
    outputs = _outputs(output)
    assert ran.code == 0
    assert {name: outputs[name] for name in ("count", "catalogue")} == {"count": "1", "catalogue": "true"}
    assert [job["names"] for job in json.loads(outputs["matrix"])["include"]] == ["pico"]
    assert "| `convert` | `pico.v1` | `new` |" in page.read_text()


def test_a_plan_with_a_refusal_has_its_outputs_all_the_same_and_fails(
    repository: Path, pico_asked: dict[str, object], tmp_path: Path
) -> None:
    write_registry(repository, pico_asked, {**pico_asked, "name": "refused", "opset": 14})
    output = tmp_path / "output"
    variables = {"GITHUB_OUTPUT": str(output), "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md")}
    ran = run("plan", "--github", cwd=repository, variables=variables)
    assert (ran.code, _outputs(output)["count"]) == (1, "1")
    assert "::error file=registry/extras.json,line=" in ran.out


def test_when_all_is_published_there_is_nothing_for_the_catalogue(repository: Path, tmp_path: Path) -> None:
    assert run("publish", "pico", cwd=repository).code == 0
    output = tmp_path / "output"
    variables = {"GITHUB_OUTPUT": str(output), "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md")}
    assert run("plan", "--github", cwd=repository, variables=variables).code == 0
    outputs = _outputs(output)
    assert (outputs["count"], outputs["catalogue"]) == ("0", "false")


def test_a_lost_index_is_work_for_the_catalogue(repository: Path, tmp_path: Path) -> None:
    assert run("publish", "pico", cwd=repository).code == 0
    (repository / "hub/main/index.json").unlink()
    output = tmp_path / "output"
    variables = {"GITHUB_OUTPUT": str(output), "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md")}
    assert run("plan", "--github", cwd=repository, variables=variables).code == 0
    outputs = _outputs(output)
    assert (outputs["count"], outputs["catalogue"]) == ("0", "true")


@pytest.mark.parametrize("command", ["plan", "fetch", "convert", "publish", "release", "catalogue"])
def test_outside_of_a_workflow_the_option_for_it_is_a_usage_error(repository: Path, command: str) -> None:
    ran = run(command, "--github", cwd=repository)
    assert (ran.code, "GITHUB_STEP_SUMMARY" in ran.err) == (2, True)
    assert contents_of(repository / "hub") == {}


def test_in_a_job_what_strangers_wrote_is_no_command_to_the_runner(repository: Path) -> None:
    names = "::set-output", "##[add-mask]x"
    ran = run("plan", *names, cwd=repository, variables={"GITHUB_ACTIONS": "true"})
    assert ran.code == 2
    assert "##[" not in ran.output
    assert not any(line.lstrip().startswith("::") for line in ran.output.splitlines())


def _outputs(path: Path) -> dict[str, str]:
    """What the runner reads from the file: `name<<END`, lines, `END`."""
    outputs: dict[str, str] = {}
    lines = iter(path.read_text().splitlines())
    for line in lines:
        name, _, end = line.partition("<<")
        value = []
        while (part := next(lines)) != end:
            value.append(part)
        outputs[name] = "\n".join(value)
    return outputs
