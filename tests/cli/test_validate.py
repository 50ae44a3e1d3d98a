"""`validate` with its options, through the real command line: pins in the file, and what is printed."""

import json
from pathlib import Path

from tests.support.command_line import run
from tests.support.loopback_hub import LoopbackHub, client_environment

REPO = "org/pico"
TEXT = '{\r\n  "diffusion": [\r\n    {"name": "one", "source": "org/pico", "license": "mit"}\r\n  ]\r\n}\r\n'


def seeded(hub: LoopbackHub, folder: Path) -> str:
    return hub.seed_repo(REPO, {p.relative_to(folder).as_posix(): p for p in folder.rglob("*") if p.is_file()})


def written(root: Path) -> Path:
    path = root / "registry/extras.json"
    path.parent.mkdir()
    path.write_bytes(TEXT.encode())
    return path


def test_pins_are_written_into_the_file_and_nothing_else(
    loopback_hub: LoopbackHub, pico_folder: Path, tmp_path: Path
) -> None:
    commit = seeded(loopback_hub, pico_folder)
    path, variables = written(tmp_path), client_environment(loopback_hub, tmp_path / "home")

    first = run("validate", "--pin", cwd=tmp_path, variables=variables)
    once = path.read_bytes()
    second = run("validate", "--pin", "--require-pins", cwd=tmp_path, variables=variables)

    assert (first.code, first.out.splitlines()) == (
        0,
        [
            f'pinned one, $.diffusion[0].source: "revision": "{commit}"',
            "registry/extras.json: valid, 1 entry, 0 errors, 0 warnings",
        ],
    )
    assert once.decode() == TEXT.replace('"org/pico"', f'"org/pico", "revision": "{commit}"')
    assert (second.code, second.out) == (0, "registry/extras.json: valid, 1 entry, 0 errors, 0 warnings\n")
    assert path.read_bytes() == once


def test_without_a_pin_it_is_a_warning_and_an_error_on_demand(tmp_path: Path) -> None:
    written(tmp_path)

    loose = run("validate", cwd=tmp_path)
    strict = run("validate", "--require-pins", "--json", cwd=tmp_path)

    assert loose.code == 0
    assert loose.out.splitlines()[0] == (
        "registry/extras.json:3:31: warning: $.diffusion[0].source: org/pico is not pinned: it can be other weights "
        "tomorrow; `validate --pin` writes `revision`"
    )
    assert strict.code == 1
    assert json.loads(strict.out)["findings"][0]["severity"] == "error"


def test_online_the_warning_has_the_line_to_paste(loopback_hub: LoopbackHub, pico_folder: Path, tmp_path: Path) -> None:
    commit = seeded(loopback_hub, pico_folder)
    written(tmp_path)

    ran = run("validate", "--online", cwd=tmp_path, variables=client_environment(loopback_hub, tmp_path / "home"))

    assert ran.code == 0
    assert ran.out.splitlines()[0].endswith(f'; add "revision": "{commit}"')


def test_online_a_missing_repository_is_an_error_on_its_line(loopback_hub: LoopbackHub, tmp_path: Path) -> None:
    written(tmp_path)

    ran = run("validate", "--online", cwd=tmp_path, variables=client_environment(loopback_hub, tmp_path / "home"))

    assert ran.code == 1
    assert ran.out.startswith("registry/extras.json:3:31: error: $.diffusion[0].source: org/pico: missing, or private")


def test_online_a_hub_that_does_not_answer_is_exit_code_4(tmp_path: Path) -> None:
    written(tmp_path)
    variables = {"HF_ENDPOINT": "http://127.0.0.1:9", "HF_HOME": str(tmp_path / "home"), "HF_HUB_DISABLE_XET": "1"}

    ran = run("validate", "--online", cwd=tmp_path, variables=variables)

    assert ran.code == 4
    assert "the Hub does not answer" in ran.out


def test_a_name_that_is_not_there_is_exit_code_2(tmp_path: Path) -> None:
    written(tmp_path)

    ran = run("validate", "--online", "onne", cwd=tmp_path)

    assert (ran.code, ran.out) == (2, "")
    assert ran.err == "the name 'onne' is not in the registry; did you mean 'one'?\n"


def test_a_registry_that_cannot_be_written_is_said(
    loopback_hub: LoopbackHub, pico_folder: Path, tmp_path: Path
) -> None:
    """A folder where a temporary file would have to be made is not writable for anybody: its name is too long."""
    seeded(loopback_hub, pico_folder)
    name = f"{'x' * 250}.json"
    (tmp_path / name).write_bytes(TEXT.encode())

    ran = run(
        "validate",
        "--pin",
        "--registry",
        name,
        cwd=tmp_path,
        variables=client_environment(loopback_hub, tmp_path / "h"),
    )

    assert (ran.code, ran.out) == (1, "")
    assert "expected a file that can be written, nothing was changed" in ran.err
    assert (tmp_path / name).read_bytes() == TEXT.encode()
