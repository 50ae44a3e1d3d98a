"""Values that are read without pydantic are what typer makes of them, and so are its complaints about the others."""

from enum import Enum
from pathlib import Path
from typing import Any

import pytest
from typer._coercion import build_runtime_param
from typer.core import TyperArgument, TyperOption
from typer.main import get_command

from converter.cli.app import app
from converter.cli.plain_values import read_plainly
from tests.support.program import commands_and_groups, imported_by

_VALUES = (
    None,
    "",
    "x",
    " x",
    "a\tb",
    "0",
    "1.5",
    "true",
    "xml",
    "TEXT",
    "hf:a/b",
    b"x",
    3,
    True,
    Path("x"),
    Path(),
    (),
)
_LISTS = (None, (), ("x",), ("a", "b"), [Path("x")], "x")


_PARAMETERS = {
    f"{words} {each.name}".strip(): each for words, command in commands_and_groups() for each in command.params
}


def _made(read: Any, value: object, parameter: Any) -> object:
    context = get_command(app).make_context("onnx-registry", ["list"], resilient_parsing=True)
    try:
        made = read.coerce(value, param=parameter, ctx=context)
    except Exception as error:  # noqa: BLE001  # whatever it is, it is compared
        return type(error), str(error)
    return type(made), made


def _values_of(parameter: Any) -> list[object]:
    kind = parameter.type_descriptor.annotation
    words = [word for each in kind for word in (each, each.value, each.name)] if _is_enum(kind) else []
    default = parameter.default
    return [*_VALUES, *_LISTS, *words, default() if callable(default) else default]


def _is_enum(kind: object) -> bool:
    return isinstance(kind, type) and issubclass(kind, Enum)


@pytest.mark.parametrize("name", _PARAMETERS)
def test_a_value_is_what_typer_makes_of_it(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    parameter = _PARAMETERS[name]
    assert isinstance(parameter, TyperArgument | TyperOption)
    read_plainly([parameter])
    ours, theirs = parameter.get_runtime_param(), build_runtime_param(parameter.type_descriptor)
    assert type(ours) is not type(theirs)
    for value in _values_of(parameter):
        assert _made(ours, value, parameter) == _made(theirs, value, parameter), value


@pytest.mark.parametrize(
    "arguments", [["plan", "--format", "matrix"], ["plan", "--hub", "file:hub"], ["validate"], ["list", "--outdated"]]
)
def test_a_command_whose_values_are_plain_imports_no_pydantic(repository: Path, arguments: list[str]) -> None:
    assert imported_by(arguments, ["pydantic"], repository) == (0, set())
