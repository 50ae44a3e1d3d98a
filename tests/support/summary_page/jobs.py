"""What the jobs of our workflows write into their summaries: each `run:` of them is run."""

import json
import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from tests.support.merge_commits import merge_checkout
from tests.support.summary_page.zoo import Zoo

_WORKFLOWS = Path(__file__).parents[3] / ".github" / "workflows"
_LAUNCHER = "./scripts/registry"
_FILE = "registry/extras.json"


@dataclass(frozen=True)
class JobSummary:
    """What GitHub shows of a job on the page of its run."""

    title: str
    markdown: str
    codes: tuple[int, ...] = ()
    """Exit codes of its steps; those after the first failure were not run."""


def release_jobs(zoo: Zoo, folder: Path) -> list[JobSummary]:
    """What `release.yml` does after a push to `main`; the files that GitHub makes for a job are made in `folder`."""
    plan = _job(zoo, folder, "plan", _commands("release", "plan"))
    legs = [
        _job(zoo, folder, f"convert {leg['name']}", _commands("release", "convert", leg["names"]))
        for leg in _matrix(folder / "plan.outputs")
    ]
    return [plan, *legs, _job(zoo, folder, "catalogue", _commands("release", "catalogue"))]


def review_jobs(zoo: Zoo, folder: Path) -> list[JobSummary]:
    """What `validate.yml` does with a pull request that proposes `zoo.proposed_registry()`."""
    merge_checkout(zoo.root / "proposal", {_FILE: zoo.registry()}, {_FILE: zoo.proposed_registry()})
    return [_job(zoo, folder, "review", _commands("validate", "review"))]


def _commands(workflow: str, job: str, names: str = "") -> list[list[str]]:
    """What the steps of a job tell the command line; `names` is the value of their variable `NAMES`."""
    steps = yaml.safe_load((_WORKFLOWS / f"{workflow}.yml").read_text("utf-8"))["jobs"][job]["steps"]
    commands = (shlex.split(step["run"]) for step in steps if "run" in step)
    return [
        [names if word == "$NAMES" else word for word in arguments]
        for launcher, *arguments in commands
        if launcher == _LAUNCHER
    ]


def _job(zoo: Zoo, folder: Path, title: str, commands: Sequence[Sequence[str]]) -> JobSummary:
    page, outputs = folder / f"{title}.md", folder / f"{title}.outputs"
    codes: list[int] = []
    for arguments in commands:
        codes.append(zoo.run(*arguments, page=page, outputs=outputs).code)
        if codes[-1]:
            break
    return JobSummary(title, page.read_text("utf-8"), tuple(codes))


def _matrix(outputs: Path) -> list[dict[str, str]]:
    """The legs, as GitHub reads them from the outputs of the plan."""
    found = re.search(r"^matrix<<(\w+)\n(.*?)\n\1$", outputs.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    assert found is not None, outputs.read_text("utf-8")
    legs: list[dict[str, str]] = json.loads(found[2])["include"]
    return legs
