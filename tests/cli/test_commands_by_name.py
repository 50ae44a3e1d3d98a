"""Commands are imported when they are asked for; nobody sees a difference from a program that has all of them."""

import subprocess
import sys
from collections.abc import Sequence
from importlib import import_module

import pytest
import typer
from typer.core import TyperGroup
from typer.testing import CliRunner, Result

from converter.cli import app as program
from converter.cli.commands import _CACHE_COMMANDS, _COMMANDS, Program, _reflowed

_ASKED: tuple[tuple[str, ...], ...] = (
    (),
    ("--help",),
    *((name, "--help") for name in (*_COMMANDS, "cache")),
    *(("cache", name, "-h") for name in _CACHE_COMMANDS),
    ("cache",),
    ("rel",),
    ("cach",),
    ("nothing-like-it",),
    ("--verbos",),
    ("cache", "lis"),
    ("plan", "--format", "xml"),
    ("release", "--hubb", "x"),
    ("download",),
)


def _with_all() -> typer.Typer:
    """The program as typer's own words make it, each command registered when it is made."""
    eager = typer.Typer()
    for name, value in vars(program.app).items():
        setattr(eager, name, value)
    eager.info = type(program.app.info)(**{**vars(program.app.info), "cls": TyperGroup})
    eager.registered_commands, eager.registered_groups = [], []
    for name, place in _COMMANDS.items():
        _register(eager, name, place)
    cache = typer.Typer(
        help="Show what was downloaded, and make it smaller.", no_args_is_help=True, rich_markup_mode="rich"
    )
    for name, place in _CACHE_COMMANDS.items():
        _register(cache, name, place)
    eager.add_typer(cache, name="cache")
    return eager


def _register(group: typer.Typer, name: str, place: str) -> None:
    module, _, function = place.partition(":")
    command = getattr(import_module(module), function)
    group.command(name, help=_reflowed(command.__doc__))(command)


def _said(of: typer.Typer, arguments: Sequence[str], **variables: str) -> Result:
    return CliRunner().invoke(of, arguments, prog_name="onnx-registry", env={"COLUMNS": "90", **variables})


@pytest.mark.parametrize("arguments", _ASKED, ids=" ".join)
def test_it_says_what_a_program_that_has_all_commands_says(arguments: tuple[str, ...]) -> None:
    ours, theirs = (_said(of, arguments) for of in (program.app, _with_all()))
    assert (ours.exit_code, ours.output, ours.stderr) == (theirs.exit_code, theirs.output, theirs.stderr)
    assert ours.output


@pytest.mark.parametrize("typed", ["", "c", "cache ", "cache p", "plan --", "plan --format ", "nothing "])
@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_completes_it_alike(shell: str, typed: str) -> None:
    line = f"onnx-registry {typed}"
    asked = {
        "_ONNX_REGISTRY_COMPLETE": f"complete_{shell}",
        "COMP_WORDS": line,
        "COMP_CWORD": str(len(line.split(" ")) - 1),
        "_TYPER_COMPLETE_ARGS": line,
        "_TYPER_COMPLETE_FISH_ACTION": "get-args",
    }
    ours, theirs = (_said(of, [], **asked) for of in (program.app, _with_all()))
    assert (ours.exit_code, ours.output) == (theirs.exit_code, theirs.output)
    assert ours.output


def test_the_names_of_commands_are_there_before_any_is_imported() -> None:
    code = (
        "import sys; from converter.cli.commands import Program; print(*Program(name='x').commands)"
        f"; print([name for name in {list(_COMMANDS)} if f'converter.cli.{{name}}' in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == f"{' '.join([*_COMMANDS, 'cache'])}\n[]\n"


def test_a_command_imports_no_other() -> None:
    code = (
        "import sys; from converter.cli.commands import Program; Program(name='x').commands['validate']"
        "; print([name for name in ('plan', 'list', 'release', 'doctor') if f'converter.cli.{name}' in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_a_command_is_built_once() -> None:
    commands = Program(name="x").commands
    assert commands["plan"] is commands["plan"]
