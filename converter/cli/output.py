"""Printing: results on standard output, everything else on standard error.

In a GitHub job, what is printed is also read for commands to the runner. Messages quote strangers, so there nothing but
`command` may give one.
"""

import os
import sys

from converter.canonical import JsonObject, readable_json


def say(line: str) -> None:
    """Print a line of the result."""
    print(_without_commands(line), flush=True)  # noqa: T201


def note(line: str) -> None:
    """Print a line beside the result."""
    print(_without_commands(line), file=sys.stderr, flush=True)  # noqa: T201


def say_json(value: JsonObject) -> None:
    """Print the result as JSON."""
    text = readable_json(value).decode()
    sys.stdout.write(text.replace("##[", r"#\u0023[") if _in_job() else text)
    sys.stdout.flush()


def command(line: str) -> None:
    """Give the runner of a GitHub job a command, which `converter.workflow` has made harmless."""
    print(line, flush=True)  # noqa: T201


def _without_commands(text: str) -> str:
    """Text in which the runner finds none: `::` counts at the beginning of a line, `##[` anywhere.

    https://github.com/actions/runner/blob/v2.330.0/src/Runner.Common/ActionCommand.cs
    """
    if not _in_job():
        return text
    return "\n".join(_line_without_command(line) for line in text.replace("##[", "# #[").splitlines())


def _line_without_command(line: str) -> str:
    return f"| {line}" if line.lstrip().startswith("::") else line


def _in_job() -> bool:
    return os.environ.get("GITHUB_ACTIONS") == "true"
