"""A forked command is what a process of its own is."""

from pathlib import Path

import pytest

from tests.support.command_line import Ran, environment, run, started
from tests.support.forked import Forking, fits


def alone(*arguments: object, cwd: Path, **variables: str) -> Ran:
    with started(*arguments, cwd=cwd, variables=variables) as process:
        out, err = process.communicate(timeout=60)
    return Ran(process.returncode, out, err)


@pytest.mark.parametrize(
    "arguments",
    [(), ("--help",), ("--version",), ("validate",), ("plan", "--format", "xml"), ("list", "--hub", "ftp:x")],
)
def test_it_says_and_ends_as_one_that_is_not_forked(arguments: tuple[str, ...], tmp_path: Path) -> None:
    assert run(*arguments, cwd=tmp_path) == alone(*arguments, cwd=tmp_path)


def test_it_has_the_variables_it_is_given_and_those_alone(tmp_path: Path) -> None:
    for hub in ("file:one", "file:two"):
        variables = {"ONNX_REGISTRY_HUB": hub}
        ran = run("list", cwd=tmp_path, variables=variables)
        assert ran == alone("list", cwd=tmp_path, **variables)
        assert ran.out == f"{hub}: nothing is published yet\n"
    assert run("list", cwd=tmp_path).out == "file:hub: nothing is published yet\n"


@pytest.mark.parametrize("name", ["PYTHONHASHSEED", "LANG", "LC_ALL", "TERM"])
def test_what_python_reads_when_it_begins_is_for_a_process_of_its_own(name: str) -> None:
    assert not fits({name: "1"})
    assert fits({"HF_TOKEN": "t"})


def test_one_that_takes_too_long_is_ended(tmp_path: Path) -> None:
    forking = Forking(environment())

    with pytest.raises(TimeoutError):
        forking.run(["--help"], tmp_path, environment(HOME=str(tmp_path)), 0.001)
