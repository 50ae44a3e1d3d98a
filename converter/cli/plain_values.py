"""What is written after an option, read without pydantic where that is plain.

typer asks pydantic for every value, also for a default and for text that stays text, and importing pydantic takes a
third of the time in which a command starts. What is not plain, and all that is wrong, is still typer's to read and to
word. These are private names of typer, which is pinned; a test compares what is made with what typer makes, for each
option and argument that we have.
"""

from collections.abc import Iterable
from enum import Enum
from pathlib import Path
from typing import Any

from typer._click import Context, Parameter
from typer._coercion import RuntimeParam, build_runtime_param
from typer._param_types import coerce_cli_choice, coerce_cli_path
from typer.core import TyperArgument, TyperCommand, TyperOption

_NOT_PLAIN = object()


def read_plainly(parameters: Iterable[Parameter]) -> None:
    """Have the values of parameters, which typer has not read yet, read so."""
    for parameter in parameters:
        if isinstance(parameter, TyperArgument | TyperOption):
            read = parameter.type_descriptor
            parameter._runtime_param = _Plain(read.parameter_info, read.annotation)


class PlainCommand(TyperCommand):
    """A command whose values are read so."""

    def parse_args(self, ctx: Context, args: list[str]) -> list[str]:
        read_plainly(self.get_params(ctx))
        return super().parse_args(ctx, args)


class _Plain(RuntimeParam):
    """Takes the place of what typer would make of pydantic's parts."""

    def coerce(self, value: Any, param: Any, ctx: Context) -> Any:
        found = _NOT_PLAIN if param.multiple or param.nargs == -1 else self._plain(value, param, ctx)
        return super().coerce(value, param, ctx) if found is _NOT_PLAIN else found

    def _plain(self, value: Any, param: Any, ctx: Context) -> Any:
        kind = self.annotation
        if self.parameter_info.parser is not None or not isinstance(kind, type):
            return _NOT_PLAIN
        if kind is str and isinstance(value, str):
            return value
        if issubclass(kind, Path) and isinstance(value, kind):
            return coerce_cli_path(value, self.parameter_info, path_type=kind, param=param, ctx=ctx)
        if issubclass(kind, Enum):
            return self._choice(kind, value, ctx)
        return _NOT_PLAIN

    def _choice(self, kind: type[Enum], value: Any, ctx: Context) -> Any:
        try:
            return coerce_cli_choice(
                value, choices=list(kind), case_sensitive=self.parameter_info.case_sensitive, ctx=ctx
            )
        except ValueError:
            return _NOT_PLAIN

    def _coerce_value(self, value: Any, param: Any, ctx: Context) -> Any:
        return build_runtime_param(param.type_descriptor)._coerce_value(value, param=param, ctx=ctx)
