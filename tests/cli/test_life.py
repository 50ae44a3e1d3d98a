"""The life of a release through the real command line: yanked, retired, outdated. No model is converted here."""

import json
from pathlib import Path

import pytest

from converter.hub import open_hub, parse_hub, publish
from converter.progress import silent
from tests.support.command_line import run
from tests.support.registries import write_registry
from tests.support.tiny_release import contents_of, tiny_release

PICO = {"name": "pico", "source": "./pico.safetensors", "license": "mit"}
YANKED = {**PICO, "yanked": "The VAE is broken."}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A repository whose hub has three releases, and whose registry yanks the model of two of them."""
    store = open_hub(parse_hub("file:hub"), endpoint=None, token=None, root=tmp_path)
    for name, version in (("pico", 1), ("pico", 2), ("nano", 1)):
        publish(store, tiny_release(tmp_path / "made" / f"{name}{version}", name, version), report=silent)
    write_registry(tmp_path, YANKED)
    return tmp_path


def test_a_yanked_entry_is_planned_carried_out_once_and_then_kept(root: Path) -> None:
    plan = run("plan", cwd=root)
    assert (plan.code, plan.out.splitlines()) == (
        0,
        [
            "yank    pico     v1, v2: The VAE is broken.",
            "keep    pico.v2  yanked: The VAE is broken.",
            "retire  nano.v1  no longer in the registry",
            "1 to keep, 1 to yank, 1 to retire",
        ],
    )
    first = run("release", cwd=root)
    assert (first.code, first.out.splitlines()) == (
        0,
        ["yanked     pico.v1, pico.v2: The VAE is broken.", "retired    nano.v1: no longer in the registry"],
    )
    hub = contents_of(root / "hub")
    second = run("release", cwd=root)
    assert (second.code, second.out, second.err) == (0, "", "nothing to do: every entry is published as it is\n")
    assert contents_of(root / "hub") == hub


def test_the_list_says_what_is_yanked_and_retired(root: Path) -> None:
    run("release", cwd=root)
    nano, *picos = run("list", cwd=root).out.splitlines()
    assert nano.endswith("mit, retired")
    assert all(line.endswith("mit, yanked: The VAE is broken.") for line in picos)
    rows = json.loads(run("list", "--json", cwd=root).out)["releases"]
    assert {(row["precision"], row["optimize"]) for row in rows} == {("fp32", "none")}
    assert [(row["tag"], row["yanked"], row["retired"]) for row in rows] == [
        ("nano.v1", None, True),
        ("pico.v1", "The VAE is broken.", False),
        ("pico.v2", "The VAE is broken.", False),
    ]


@pytest.mark.parametrize("command", [["download"], ["verify"]])
@pytest.mark.parametrize("wanted", ["pico", "pico.v1"])
def test_a_yanked_release_is_exit_code_3_with_the_reason(root: Path, command: list[str], wanted: str) -> None:
    run("release", cwd=root)
    ran = run(*command, wanted, cwd=root)
    assert (ran.code, ran.out) == (3, "")
    assert "yanked: The VAE is broken.; take another model, or give --allow-yanked" in ran.err


def test_a_yanked_release_is_downloaded_if_that_is_allowed(root: Path) -> None:
    run("release", cwd=root)
    ran = run("download", "pico", "--to", "here", "--allow-yanked", cwd=root)
    assert (ran.code, ran.out) == (0, "here: downloaded and verified\n")
    assert contents_of(root / "here") == contents_of(root / "made/pico2")


def test_verifying_a_yanked_release_that_is_allowed_looks_at_its_files(root: Path) -> None:
    run("release", cwd=root)
    ran = run("verify", "pico", "--allow-yanked", cwd=root)
    assert ran.code == 1
    assert "hub/pico.v2/unet/model.onnx: not an ONNX file" in ran.err  # which only its files can tell
    assert "is yanked" not in ran.err


def test_the_key_that_is_gone_takes_the_marks_off(root: Path) -> None:
    run("release", cwd=root)
    write_registry(root, {**PICO, "precision": "fp16"}, {"name": "nano", "source": "./n", "yanked": "Bad."})
    ran = run("catalogue", cwd=root)
    assert (ran.code, ran.out.splitlines()) == (
        0,
        [
            "unyanked   pico.v1, pico.v2: no longer yanked in the registry",
            "unretired  nano.v1: in the registry again",
            "yanked     nano.v1: Bad.",
            "file:hub: index and catalogue say what is published",
        ],
    )
    page = (root / "hub/main/README.md").read_text()
    assert "| pico | `pico.v2` |" in page
    assert "- `nano.v1`: Bad." in page


def test_the_catalogue_is_made_anew_from_the_tags(root: Path) -> None:
    run("catalogue", cwd=root)
    wanted = contents_of(root / "hub")
    for name in ("index.json", "README.md"):
        (root / "hub/main" / name).unlink()
    ran = run("catalogue", "--json", cwd=root)
    assert (ran.code, json.loads(ran.out)) == (0, {"outcomes": []})
    assert contents_of(root / "hub") == wanted


def test_outdated_releases_are_listed_with_the_reason(root: Path) -> None:
    write_registry(root, {**PICO, "license": "apache-2.0"})
    ran = run("list", "--outdated", cwd=root)
    assert ran.code == 0
    (line,) = ran.out.splitlines()
    assert line.startswith("pico.v2  changed: ")
    assert "license mit -> apache-2.0" in line
    found = json.loads(run("list", "--outdated", "--json", cwd=root).out)
    assert [(o["tag"], o["recipe"]) for o in found["outdated"]] == [("pico.v2", 1)]


def test_nothing_outdated_is_said_beside_the_result(root: Path) -> None:
    ran = run("list", "--outdated", cwd=root)
    assert (ran.code, ran.out) == (0, "")
    assert "nothing is outdated" in ran.err


def test_every_published_release_is_verified_at_once(root: Path) -> None:
    ran = run("verify", "--published", cwd=root)
    assert (ran.code, ran.out) == (0, "file:hub: 3 releases as they were published, 0 faults\n")
    (root / "hub/pico.v1/unet/weights.pb").unlink()
    ran = run("verify", "--published", cwd=root)
    assert (ran.code, ran.out.splitlines()) == (
        1,
        [
            "pico.v1: missing: unet/weights.pb: missing, but listed in SHA256SUMS",
            "file:hub: 2 releases as they were published, 1 fault",
        ],
    )
    assert run("verify", "--published", "nano", "pico.v2", cwd=root).code == 0


def test_faults_as_json_have_keys(root: Path) -> None:
    (root / "hub/pico.v1/unet/weights.pb").unlink()
    ran = run("verify", "--published", "--json", cwd=root)
    found = json.loads(ran.out)
    assert (ran.code, found["sound"], found["unreachable"]) == (1, ["nano.v1", "pico.v2"], [])
    assert found["faults"] == [
        {
            "key": "pico.v1:missing:unet/weights.pb",
            "release": "pico.v1",
            "kind": "missing",
            "path": "unet/weights.pb",
            "message": "missing, but listed in SHA256SUMS",
        }
    ]


def test_a_source_whose_host_does_not_answer_is_exit_code_4(root: Path) -> None:
    write_registry(root, {"name": "loose", "source": "org/model"})
    ran = run("verify", "--published", "--links", cwd=root, variables={"HF_ENDPOINT": "http://127.0.0.1:9"})
    assert ran.code == 4
    assert "1 not known because a host did not answer" in ran.out
    assert "loose: " in ran.err


@pytest.mark.parametrize("arguments", [[], ["pico", "nano"], ["pico", "--links"]])
def test_names_that_only_published_takes_are_wrong_usage_without_it(root: Path, arguments: list[str]) -> None:
    ran = run("verify", *arguments, cwd=root)
    assert (ran.code, ran.out) == (2, "")
    assert "--published" in ran.err
