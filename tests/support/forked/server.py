"""Loads the command line, then forks for each command that it is sent: a script, for `Forking`."""

import importlib
import json
import os
import runpy
import socket
import sys

_LOADED = (
    "converter.cli.app",
    "converter.comparison",
    "converter.plan_rendering",
    "converter.pull_request",
    "converter.review",
    "converter.validation",
    "converter.workflow",
    "rich.console",
    "rich.table",
    "typer.rich_utils",
)
"""Nothing that starts a thread, or reads variables when it is imported."""


def main(socket_number: int) -> None:
    asked = socket.socket(fileno=socket_number)
    del sys.path[0]  # this folder
    for name in _LOADED:
        importlib.import_module(name)
    _load_commands()
    while (message := socket.recv_fds(asked, 1 << 20, 2))[0]:
        data, (out, err), *_ = message
        child = os.fork()
        if child == 0:
            asked.close()
            _become(*json.loads(data), out, err)
            return
        os.close(out)
        os.close(err)
        asked.send(str(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])).encode())


def _load_commands() -> None:
    """The program imports each when it is asked for: here all are, once."""
    commands = importlib.import_module("converter.cli.commands").Commands()
    for command in commands.values():
        assert command.name


def _become(arguments: list[str], cwd: str, environment: dict[str, str], out: int, err: int) -> None:
    for number, target in ((out, 1), (err, 2)):
        os.dup2(number, target)
        os.close(number)
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(environment)
    sys.path.insert(0, cwd)
    sys.argv = ["converter", *arguments]
    runpy.run_module("converter", run_name="__main__", alter_sys=True)


main(int(sys.argv[1]))
