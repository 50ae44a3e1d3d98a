"""Executes GitHub workflow files on this machine, with GitHub's own parser and expressions.

The JavaScript beside this file does it; `scripts/node-setup` brings what it needs. It knows what a runner does between
the lines: conditions, matrices, outputs, files of commands, commands in the log, masks, permissions, identity tokens.
Actions are replaced by shims, executables that are called like `actions-checkout` for `actions/checkout@…`. Whatever it
does not have (containers, reusable workflows, `continue-on-error` of a job) it refuses, so that nothing seems to work
by being skipped.

It must not be taken for GitHub: who may start a run, protection rules, queues and the rights of tokens are settings
there. They are reported (`permissions`, `environment`, `concurrency`) and not enforced, except that a pull request from
a fork gets no secrets and no identity token.
"""

import json
import subprocess
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from tests.support.workflow_runner.report import Annotation, Job, Ran, Step, read_report

__all__ = ["Annotation", "Event", "Job", "Machine", "Ran", "Settings", "Step", "WorkflowError", "run_workflow"]

_HERE = Path(__file__).parent
_NODE = _HERE / "node_modules/.bin/node"
_REFUSED = 3


class WorkflowError(Exception):
    """The workflow was not executed: GitHub's parser complains, a shim is missing, or it asks for what is not built."""


@dataclass(frozen=True)
class Event:
    """What happened on GitHub."""

    name: str
    payload: Mapping[str, object] = field(default_factory=dict)
    github: Mapping[str, str] = field(default_factory=dict)
    """Fields of the `github` context: `repository`, `ref`, `sha`, `actor`; what follows from them need not be given."""
    inputs: Mapping[str, str] = field(default_factory=dict)
    """What was entered for `workflow_dispatch`, as texts."""
    changed_paths: tuple[str, ...] | None = None
    """For `paths` filters, which need them."""


@dataclass(frozen=True)
class Settings:
    """What the repository's settings hold."""

    secrets: Mapping[str, str] = field(default_factory=dict)
    variables: Mapping[str, str] = field(default_factory=dict)
    environments: Mapping[str, Mapping[str, Mapping[str, str]]] = field(default_factory=dict)
    """Environment -> {"secrets": {…}, "variables": {…}}, for the jobs that name it."""
    token: str = "ghs_token-of-the-job"  # noqa: S105 - stands for the token that each job has
    """`github.token` and `secrets.GITHUB_TOKEN`."""


@dataclass(frozen=True)
class Machine:
    """Where jobs run."""

    work: Path
    """An empty folder; every leg of a job gets a fresh one in it."""
    shims: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    """Variables that the machine gives every step; PATH is needed, HOME is a fresh folder unless it is given."""
    id_token: Mapping[str, str] | None = None
    """{"url": …, "token": …} of the issuer of identity tokens, for jobs with `id-token: write`."""


def run_workflow(workflow: Path, event: Event, machine: Machine, settings: Settings, *, timeout_s: float = 300) -> Ran:
    """What came of the event: whether it started the workflow, and of each job what GitHub would show.

    Raises:
        WorkflowError: It could not be executed as GitHub would.
    """
    if not _NODE.exists():
        raise WorkflowError(f"found no {_NODE}, expected Node and GitHub's parser; run scripts/node-setup")
    request = {
        "workflow": str(workflow.resolve()),
        "event": {**asdict(event), "github": _DEFAULTS | dict(event.github)},
        "settings": asdict(settings),
        "machine": {**asdict(machine), "work": str(machine.work.resolve()), "shims": str(machine.shims.resolve())},
    }
    command = [str(_NODE), "--import", (_HERE / "json_imports.js").as_uri(), str(_HERE / "execute.js")]
    done = subprocess.run(
        command, input=json.dumps(request), capture_output=True, text=True, timeout=timeout_s, check=False
    )
    if done.returncode == _REFUSED:
        raise WorkflowError(done.stderr.strip())
    if done.returncode != 0:
        raise RuntimeError(f"the executor itself failed with exit code {done.returncode}:\n{done.stderr}")
    return read_report(json.loads(done.stdout))


_DEFAULTS = {"repository": "someone/zoo", "ref": "refs/heads/main", "sha": "0" * 40, "actor": "someone"}
