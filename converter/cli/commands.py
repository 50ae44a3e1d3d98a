"""The commands of the program by their names, each imported and built when it is asked for.

Importing and building all of them takes longer than most commands that look at a small registry.
"""

from collections.abc import Callable, Iterator, Mapping, MutableMapping
from importlib import import_module
from typing import Any, cast

import typer
from typer._click import Command, Context  # typer carries its own click and exports no public base
from typer.core import TyperGroup
from typer.main import get_command

from converter.cli.plain_values import PlainCommand, read_plainly
from converter.garbage import no_search

_COMMANDS = {
    "validate": "converter.cli.validate:validate",
    "inspect": "converter.cli.inspect:inspect",
    "entry": "converter.cli.entry:entry",
    "plan": "converter.cli.plan:plan",
    "review": "converter.cli.review:review",
    "fetch": "converter.cli.fetch:fetch",
    "convert": "converter.cli.convert:convert",
    "publish": "converter.cli.publish:publish",
    "release": "converter.cli.release:release",
    "catalogue": "converter.cli.catalogue:catalogue",
    "download": "converter.cli.download:download",
    "verify": "converter.cli.verify:verify",
    "render": "converter.cli.render:render",
    "doctor": "converter.cli.doctor:doctor",
    "list": "converter.cli.list:list_releases",
}
"""Name to module and function, in the order of the help."""
_CACHE_COMMANDS = {
    "list": "converter.cli.cache:list_downloads",
    "prune": "converter.cli.cache:prune_downloads",
}


class Commands(MutableMapping[str, Command]):
    """What typer takes for a dict of commands: its names are there at once, a value is built when it is read."""

    def __init__(self) -> None:
        self._made: dict[str, Command | None] = dict.fromkeys([*_COMMANDS, "cache"])

    @no_search()  # modules stay
    def __getitem__(self, name: str) -> Command:
        made = self._made[name]
        if made is None:
            made = self._made[name] = _cache_group() if name == "cache" else _command(name)
        return made

    def __setitem__(self, name: str, command: Command) -> None:
        self._made[name] = command

    def __delitem__(self, name: str) -> None:
        del self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._made)

    def __len__(self) -> int:
        return len(self._made)


class Program(TyperGroup):
    """The program, with `Commands` for its commands, and its own values read as theirs."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**{**settings, "commands": None})
        self.commands = Commands()

    def parse_args(self, ctx: Context, args: list[str]) -> list[str]:
        read_plainly(self.get_params(ctx))
        return super().parse_args(ctx, args)


def _command(name: str) -> Command:
    return _built({name: _COMMANDS[name]})


def _cache_group() -> Command:
    return _built(
        _CACHE_COMMANDS, name="cache", help="Show what was downloaded, and make it smaller.", no_args_is_help=True
    )


def _built(places: Mapping[str, str], **settings: Any) -> Command:
    """A command, or a group of several; `settings` are those of a group."""
    group = typer.Typer(add_completion=False, rich_markup_mode="rich", pretty_exceptions_enable=False, **settings)
    for name, place in places.items():
        module, _, function = place.partition(":")
        command = cast("Callable[..., None]", getattr(import_module(module), function))
        group.command(name, cls=PlainCommand, help=_reflowed(command.__doc__))(command)
    return get_command(group)


def _reflowed(docstring: str | None) -> str:
    """Help text whose paragraphs are one line each, because typer keeps the line breaks of a source file."""
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in (docstring or "").split("\n\n"))
