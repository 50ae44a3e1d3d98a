"""`--help` of every command: there at once, complete, and with an example that parses."""

import re
import shlex
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.support.command_line import run
from tests.support.program import commands_and_groups, imported_by

_COMMANDS = (
    "validate",
    "inspect",
    "entry",
    "plan",
    "review",
    "fetch",
    "convert",
    "publish",
    "release",
    "catalogue",
    "download",
    "verify",
    "render",
    "doctor",
    "list",
    "cache list",
    "cache prune",
)
_HEAVY = ("torch", "diffusers", "transformers", "onnxruntime", "onnx", "huggingface_hub", "numpy", "jsonschema")


def _commands() -> dict[str, Any]:
    """Every command by its words, those of groups too."""
    return {words: each for words, each in commands_and_groups() if not hasattr(each, "commands")}


def _options(command: str) -> set[str]:
    return {name for parameter in _commands()[command].params for name in parameter.opts if name.startswith("--")}


@cache
def _help(command: str, folder: Path) -> str:
    ran = run(*command.split(), "--help", cwd=folder)
    assert (ran.code, ran.err) == (0, "")
    return ran.out


@pytest.fixture(scope="module")
def anywhere(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with nothing in it."""
    return tmp_path_factory.mktemp("anywhere")


def test_every_command_is_tested() -> None:
    assert set(_commands()) == set(_COMMANDS)


@pytest.mark.parametrize("command", _COMMANDS)
def test_the_help_of_a_command_names_every_option(command: str, anywhere: Path) -> None:
    text = _help(command, anywhere)
    assert _options(command)
    assert [option for option in _options(command) if option not in text] == []


@pytest.mark.parametrize("command", _COMMANDS)
def test_the_example_in_the_help_of_a_command_parses(command: str, anywhere: Path) -> None:
    (example,) = re.findall(r"Example: onnx-registry (.+)", _help(command, anywhere))
    words, depth = shlex.split(example), len(command.split())
    assert words[:depth] == command.split()
    assert _commands()[command].make_context(command, words[depth:])


def test_the_help_of_the_program_names_every_command_and_exit_code(tmp_path: Path) -> None:
    ran = run("--help", cwd=tmp_path)
    assert ran.code == 0
    assert [command for command in _COMMANDS if f" {command.split()[0]} " not in ran.out] == []
    text = " ".join(ran.out.split())
    assert all(code in text for code in ("0 done", "1 an entry", "2 usage", "3 a person", "4 the remote"))


def _imported(folder: Path, *arguments: str) -> set[str]:
    """Which heavy modules a command has imported when it ends."""
    return imported_by(arguments, _HEAVY, folder)[1]


@pytest.mark.parametrize("command", _COMMANDS)
def test_help_imports_nothing_heavy(command: str, tmp_path: Path) -> None:
    assert _imported(tmp_path, *command.split(), "--help") == set()


@pytest.mark.parametrize(
    "arguments", [["validate"], ["plan"], ["list"], ["review"], ["verify", "build/pico.v1"], ["cache", "list"]]
)
def test_what_needs_no_model_imports_no_framework(repository: Path, arguments: list[str]) -> None:
    frameworks = {"torch", "diffusers", "transformers", "onnxruntime", "huggingface_hub"}
    assert _imported(repository, *arguments) & frameworks == set()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["rel"], "No such command 'rel'. Did you mean 'release'?"),
        (["release", "--hubb", "x"], "No such option: --hubb"),
        (["download"], "Missing argument"),
        (["plan", "--format", "xml"], "'xml' is not one of"),
        (["list", "--hub", "ftp:x"], "--hub: found 'ftp:x', expected `file:FOLDER` or `hf:ORGANISATION/REPOSITORY`"),
        (["list", "--hub", "hf:zoo"], "'zoo' is not the id of a repository"),
    ],
)
def test_wrong_usage_is_exit_code_2_and_says_what_is_wrong(tmp_path: Path, arguments: list[str], said: str) -> None:
    ran = run(*arguments, cwd=tmp_path)
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err


def test_no_command_shows_the_help_and_is_exit_code_2(tmp_path: Path) -> None:
    ran = run(cwd=tmp_path)
    assert ran.code == 2
    assert "Usage:" in ran.output
