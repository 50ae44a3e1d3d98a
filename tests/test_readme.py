"""What the README says is true: its example, its commands, its tables and its links."""

import re
import shlex
from pathlib import Path

import pytest
import typer

from converter.built import unbuilt
from converter.cli.app import INTERRUPTED, app
from converter.errors import ExitCode
from converter.registry import load_registry

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")
COMMANDS = {command.name: command for command in typer.main.get_group(app).commands.values()}


def fenced(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def shown_commands() -> list[list[str]]:
    lines = [line.split("#")[0].strip() for block in fenced("shell") for line in block.splitlines()]
    return [shlex.split(line) for line in lines if line.startswith("./scripts/registry ")]


def test_the_example_of_a_registry_is_valid() -> None:
    (example,) = fenced("json")

    registry = load_registry(example.encode(), "README.md")

    assert registry.findings == ()
    assert [entry.name for entry in registry.entries] == ["openjourney", "my-checkpoint", "canny"]
    assert [unbuilt(entry) for entry in registry.entries] == [()] * 3


def test_the_table_of_commands_is_the_first_line_of_each_help_text() -> None:
    table = README.split("<!-- commands -->")[1].split("<!-- end of commands -->")[0]
    rows = dict(re.findall(r"\| `(\w+)` \| (.+) \|", table))

    assert rows == {name: (command.help or "").splitlines()[0] for name, command in COMMANDS.items()}


@pytest.mark.parametrize("words", shown_commands(), ids=" ".join)
def test_a_shown_command_exists_and_knows_its_options(words: list[str]) -> None:
    command = COMMANDS[words[1]]
    options = {option for parameter in command.params for option in parameter.opts}

    assert {word for word in words[2:] if word.startswith("-")} <= options


def test_some_commands_are_shown() -> None:
    assert len(shown_commands()) >= 8


def test_every_relative_link_leads_somewhere() -> None:
    links = [link for link in re.findall(r"\]\(([^)#]+)\)", README) if "://" not in link]

    missing = [link for link in links if not (ROOT / link).exists()]

    assert links
    assert missing == []


def test_every_room_and_file_of_the_package_is_listed() -> None:
    house = README.split("## The house")[1].split("## Benchmarks")[0]
    entries = {path.name for path in (ROOT / "converter").iterdir() if not path.name.startswith("__")}

    assert [name for name in sorted(entries) if name not in house] == []


def test_the_exit_codes_are_those_of_the_program() -> None:
    codes = {int(code) for code in re.findall(r"^\| (\d+) \|", README, re.MULTILINE)}

    assert codes == {*map(int, ExitCode), INTERRUPTED}


def test_the_two_commands_come_first() -> None:
    assert [line.split()[0] for line in fenced("shell")[0].splitlines()] == ["./scripts/demo", "./scripts/test"]


def test_every_threat_has_an_answer_that_is_there() -> None:
    page = (ROOT / "docs/threats.md").read_text("utf-8")
    rows = re.findall(r"^\| (\d+) \| (.+) \| (.+) \|$", page, re.MULTILINE)
    links = [link for link in re.findall(r"\]\(([^)#]+)\)", page) if "://" not in link]

    assert [int(number) for number, _, _ in rows] == list(range(1, 21))
    assert [link for link in links if not (ROOT / "docs" / link).exists()] == []
