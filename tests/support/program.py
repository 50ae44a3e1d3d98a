"""The program from within: its commands and groups, and what a run of it imports."""

import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from typer.main import get_command

from converter.cli.app import app
from tests.support.command_line import environment


def commands_and_groups() -> Iterator[tuple[str, Any]]:
    """Everything that takes options by its words, groups before what is in them; that of the program is empty."""
    waiting: list[tuple[str, Any]] = [("", get_command(app))]
    while waiting:
        words, command = waiting.pop()
        yield words, command
        waiting.extend((f"{words} {name}".strip(), each) for name, each in getattr(command, "commands", {}).items())


def imported_by(arguments: Sequence[str], modules: Sequence[str], folder: Path) -> tuple[int, set[str]]:
    """The exit code of a command that is run in a folder, and which of some modules it has imported when it ends."""
    script = (
        "import sys\n"
        "from converter.cli.app import main\n"
        "try:\n    main(sys.argv[1:])\n"
        f"finally:\n    print('IMPORTED', *[name for name in {tuple(modules)!r} if name in sys.modules])\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", script, *arguments],
        cwd=folder,
        env=environment(HOME=str(folder)),
        capture_output=True,
        text=True,
        check=False,
    )
    return ran.returncode, set(re.findall(r"^IMPORTED(.*)", ran.stdout, re.MULTILINE)[0].split())
